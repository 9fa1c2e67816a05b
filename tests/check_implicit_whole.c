/*
 * check_implicit_whole.c -- trained by batches, differentiated over all examples: the implicit hypergradient against a Hessian
 * and mixed derivatives made of central differences, and against the last batch's, which is another.
 */
#include "testing.h"

#include "how.h"
#include "network.h"

#include "hyper/lambda.h"
#include "objective/objective.h"

enum { PENALTIES = WEIGHTS, NUMBERS = PENALTIES + TRAIN };

/* A penalty a weight and a weight an example are tuned. */
static void
add_own (fixture *f, const scenario *s)
{
    double values[WEIGHTS];
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rg_block_spec l2 = rg_block_defaults (RG_L2), weight = rg_block_defaults (RG_EXAMPLE_WEIGHT);
    rate.fixed = decay.fixed = 1;
    rate.init = s->rate;
    decay.init = s->decay;
    l2.scope = RG_PER_WEIGHT;
    weight.scope = RG_PER_EXAMPLE;
    l2.values = weight.values = values;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &decay, NULL), RG_OK);
    for (size_t i = 0; i < WEIGHTS; i++)
        values[i] = .05 * (1 + .5 * sin ((double) i));
    ck_assert_int_eq (rg_hyper_add (f->hyper, &l2, NULL), RG_OK);
    for (size_t i = 0; i < TRAIN; i++)
        values[i] = 1 + .3 * cos ((double) i);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &weight, NULL), RG_OK);
}

static const scenario by_batches = { "by batches", "momentum", 300, .05, .5, 0, RG_TANH, 0, 0, RG_PER_WEIGHT,
                                     &rg_sampler_shuffled, 0, 0, 0, 0, 0 };

/* The inner objective over so many examples a step, in shards of 13. */
static rg_objective *
new_whole (const fixture *f, uint32_t batch)
{
    const rg_network network = { LAYERS, widths, by_batches.activation };
    const rg_network_loss loss = { sizeof loss, network, RG_DOUBLE, RG_INNER, f->train, 0, { &rg_sampler_cyclic, TRAIN, batch, 7 },
                                   13, f->hyper, NULL };
    rg_objective *whole;
    ck_assert_int_eq (rg_objective_from_network (&whole, &loss, NULL), RG_OK);
    return whole;
}

static void
gradient_at (rg_objective *objective, const double *w, const double *lambda, double *g)
{
    rg_evaluation found;
    ck_assert_int_eq (rg_objective_total (objective, NULL, (rg_instant) { 0 }, w, lambda, &found, g, NULL, NULL), RG_OK);
}

/* The derivative of the gradient in one number, by central differences. */
static void
column (rg_objective *objective, double *number, const double *w, const double *lambda, double *out)
{
    const double was = *number, h = 1e-5;
    double below[WEIGHTS];
    *number = was + h;
    gradient_at (objective, w, lambda, out);
    *number = was - h;
    gradient_at (objective, w, lambda, below);
    *number = was;
    for (size_t i = 0; i < WEIGHTS; i++)
        out[i] = (out[i] - below[i]) / (2 * h);
}

/* Solve A x = b in place by Gaussian elimination with pivots; A [WEIGHTS x WEIGHTS] is lost. */
static void
solve (double (*a)[WEIGHTS], double *b)
{
    for (size_t k = 0; k < WEIGHTS; k++) {
        size_t best = k;
        for (size_t i = k + 1; i < WEIGHTS; i++)
            best = fabs (a[i][k]) > fabs (a[best][k]) ? i : best;
        for (size_t j = 0; j < WEIGHTS; j++) {
            const double other = a[best][j];
            a[best][j] = a[k][j];
            a[k][j] = other;
        }
        const double other = b[best];
        b[best] = b[k];
        b[k] = other;
        for (size_t i = k + 1; i < WEIGHTS; i++) {
            const double factor = a[i][k] / a[k][k];
            for (size_t j = k; j < WEIGHTS; j++)
                a[i][j] -= factor * a[k][j];
            b[i] -= factor * b[k];
        }
    }
    for (size_t k = WEIGHTS; k-- > 0;) {
        for (size_t j = k + 1; j < WEIGHTS; j++)
            b[k] -= a[k][j] * b[j];
        b[k] /= a[k][k];
    }
}

/* -q' d2J/(dw dlambda) with (H + damping I) q = dE/dw, all by differences; in the free numbers. */
static void
by_differences (const fixture *f, rg_objective *whole, const double *told_w, double damping, double *gradient)
{
    static double hessian[WEIGHTS][WEIGHTS];
    double w[WEIGHTS], q[WEIGHTS], lambda[NUMBERS], mixed[WEIGHTS];
    memcpy (w, told_w, sizeof w);
    rg_lambda_collect (f->hyper, lambda);
    for (size_t j = 0; j < WEIGHTS; j++) {
        column (whole, &w[j], w, lambda, hessian[j]);
        hessian[j][j] += damping;
    }
    gradient_at (f->outer, w, lambda, q);
    solve (hessian, q);
    for (size_t i = 0; i < NUMBERS; i++) {
        column (whole, &lambda[i], w, lambda, mixed);
        gradient[i] = 0;
        for (size_t k = 0; k < WEIGHTS; k++)
            gradient[i] -= q[k] * mixed[k];
    }
    rg_hyper_chain (f->hyper, gradient);
}

static const char *const solvers[] = { "implicit:cg", "implicit:dense", "implicit:neumann", "implicit:fixed-point" };
enum { SOLVERS = sizeof solvers / sizeof *solvers };

static const double DAMPING = .2;

static void
estimate (const fixture *f, const char *solver, double *gradient)
{
    const rg_estimator_options options = HOW (.settings = settings_of (solver, "damping: %g, terms: 4000", DAMPING));
    rg_message message = { "" };
    rg_report report = { .size = sizeof report };
    const rg_status status = rg_hypergradient (&f->problem, rg_registry_estimator (solver), &options, 0, gradient, &report,
                                               &message);
    ck_assert_msg (status == RG_OK, "%s", message.text);
}

START_TEST (all_examples_count_after_training_by_batches)
{
    fixture f;
    double w[WEIGHTS], last[NUMBERS], all[NUMBERS], expected[NUMBERS];
    fixture_init_with (&f, &by_batches, RG_DOUBLE, add_own);
    f.problem.initial.scale = .5;
    ck_assert_uint_eq (rg_hyper_size (f.hyper), NUMBERS);
    estimate (&f, solvers[_i], last);
    f.problem.whole = new_whole (&f, TRAIN);
    f.problem.last_weights = w;
    estimate (&f, solvers[_i], all);
    by_differences (&f, f.problem.whole, w, DAMPING, expected);
    blocks_agree (solvers[_i], "differences", &f, all, expected, 1e-6);
    ck_assert_double_gt (relative_difference (last, expected, PENALTIES), .05);
    rg_objective_free (f.problem.whole);
    fixture_clear (&f);
}
END_TEST

/* Where the batch is all examples, in the same shards, it does not matter which of the two is asked. */
START_TEST (a_whole_batch_is_the_same_bits)
{
    fixture f;
    double all[NUMBERS], inner[NUMBERS];
    fixture_init_with (&f, &by_batches, RG_DOUBLE, add_own);
    f.problem.initial.scale = .5;
    rg_objective_free (f.inner);
    f.problem.inner = f.inner = new_whole (&f, TRAIN);
    estimate (&f, "implicit:cg", inner);
    f.problem.whole = new_whole (&f, TRAIN);
    estimate (&f, "implicit:cg", all);
    ck_assert_mem_eq (all, inner, sizeof all);
    rg_objective_free (f.problem.whole);
    fixture_clear (&f);
}
END_TEST

START_TEST (one_that_does_not_fit_is_refused)
{
    fixture f, other;
    double gradient[NUMBERS];
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    const rg_estimator_options options = HOW (.settings = "damping: .2");
    fixture_init_with (&f, &by_batches, RG_DOUBLE, add_own);
    fixture_init_with (&other, &by_batches, RG_SINGLE, add_own);
    f.problem.initial.scale = .5;
    f.problem.whole = other.inner;
    ck_assert_int_eq (rg_hypergradient (&f.problem, rg_registry_estimator ("implicit:cg"), &options, 0, gradient, &report,
                                        &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "the whole objective and the inner one differ in precision");
    fixture_clear (&f);
    fixture_clear (&other);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("implicit over all examples");
    TCase *tcase = tcase_create ("whole");
    (void) fixture_init;
    (void) scenarios;
    tcase_add_loop_test (tcase, all_examples_count_after_training_by_batches, 0, SOLVERS);
    tcase_add_test (tcase, a_whole_batch_is_the_same_bits);
    tcase_add_test (tcase, one_that_does_not_fit_is_refused);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}
