/*
 * check_network.c -- hypergradients of a whole network: trajectories against each other, against central
 * differences, against PyTorch; shards, precisions, buffers, refusals.
 */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde.h>

#include "failing_memory.h"
#include "golden.h"
#include "how.h"
#include "network.h"

#include "base/random.h"
#include "objective/objective.h"

/* A hypergradient [rg_hyper_size], to be freed: by reverse over a trajectory, or by differences where that is NULL. */
static double *
hypergradient (const fixture *f, rg_arithmetic arithmetic, const char *trajectory, rg_report *report)
{
    rg_problem problem = f->problem;
    rg_message message = { "" };
    const rg_estimator *estimator = rg_registry_estimator (trajectory == NULL ? "differences" : "reverse");
    const rg_estimator_options options = HOW (.policy = trajectory == NULL ? NULL : rg_registry_trajectory (trajectory));
    double *gradient = calloc (rg_hyper_size (f->hyper), sizeof *gradient);
    problem.run.arithmetic = arithmetic;
    ck_assert_msg (rg_hypergradient (&problem, estimator, &options, 2, gradient, report, &message) == RG_OK, "%s",
                   message.text);
    return gradient;
}

START_TEST (reversible_is_stored_bit_for_bit_and_close_to_floating)
{
    const scenario *s = &scenarios[_i];
    fixture f;
    rg_report back = { .size = sizeof back }, kept = { .size = sizeof kept }, plain = { .size = sizeof plain };
    fixture_init (&f, s, RG_DOUBLE);
    double *reversible = hypergradient (&f, RG_EXACT, "reversible", &back);
    double *stored = hypergradient (&f, RG_EXACT, "stored", &kept);
    double *floating = hypergradient (&f, RG_FLOATING, "stored", &plain);
    ck_assert_msg (back.certified && !kept.certified && !plain.certified, "%s: not certified", s->label);
    ck_assert_msg (memcmp (reversible, stored, rg_hyper_size (f.hyper) * sizeof *stored) == 0, "%s: bits differ",
                   s->label);
    ck_assert (memcmp (&back.outer_loss, &kept.outer_loss, sizeof (double)) == 0);
    ck_assert_double_eq_tol (back.outer_loss, plain.outer_loss, 1e-9);
    ck_assert_uint_eq (back.examples, s->on_training ? TRAIN : VALID);
    blocks_agree (s->label, "exact against floating", &f, reversible, floating, 1e-9);
    free (reversible);
    free (stored);
    free (floating);
    fixture_clear (&f);
}
END_TEST

/* The second, per step, would take 1,900 runs of 400 steps more than the first; the third stands for it. */
START_TEST (floating_is_what_central_differences_say)
{
    const scenario *s = &scenarios[_i];
    fixture f;
    rg_report report = { .size = sizeof report };
    if (s->per_step && s->steps > 100)
        return;
    fixture_init (&f, s, RG_DOUBLE);
    double *floating = hypergradient (&f, RG_FLOATING, "stored", &report);
    double *differences = hypergradient (&f, RG_FLOATING, NULL, &report);
    blocks_agree (s->label, "against differences", &f, floating, differences, 1e-6);
    free (floating);
    free (differences);
    fixture_clear (&f);
}
END_TEST

/* ---- Golden numbers, printed by golden/network.py --------------------- */

static const struct {
    const char *label, *dynamics;
    size_t steps;
    double rate, decay, swing;
    rg_activation activation;
    int on_training;
    double outer;
    size_t wrong;
    golden_block block[6];
} golden[] = {
    /* PyTorch 2.15.0, double precision */
    { "damped, 100 steps at .5", "momentum-damped", 100, 0.3, 0.5, 0.1, RG_TANH, 0,
      2.964173328416, 23,
      {
        { "rate", 0.08727329626768, { 0.0004327260155, 0.003189001595993, 9.28146047022e-05 } },
        { "decay", 0.02832413297215, { 0.000264475902071, 0.001771631599048, -4.33085570373e-05 } },
        { "l2", 0.09882237682516, { 0.0027871453054, 0.0008297080666344, -0.0002222543429252 } },
        { "example_weight", 0.2098340525303, { 0.04449070847847, 0.02273289419196, 0.01230356085168 } },
        { "weights", 0.5172415138046, { -0.06113823137739, -0.01467052073481, 0.008223697119685 } },
        { "inputs", 0.6230354300583, { 0.02931750702537, -0.007884294290734, 0.05942936953956 } },
      } },
    { "damped, 400 steps at .9", "momentum-damped", 400, 0.1, 0.9, 0.03, RG_TANH, 0,
      3.138040219775, 23,
      {
        { "rate", 0.03189994173357, { 0.0008858378340359, 0.0002883128968827, 9.392171759345e-06 } },
        { "decay", 0.02001889080688, { 7.70806828738e-05, 0.0003484914386274, -4.875460330223e-06 } },
        { "l2", 0.1248575207867, { 0.001816248138952, 0.002230366114419, -0.0003528398062096 } },
        { "example_weight", 0.190523056449, { 0.03467092286883, 0.02004527383205, 0.01736451822142 } },
        { "weights", 0.3749749404167, { -0.03015212672693, 0.007109202792178, 0.0114146802744 } },
        { "inputs", 0.6486118511258, { 0.02646224695078, -0.01447308842138, 0.06304890642909 } },
      } },
    { "classical, 100 steps at .9", "momentum", 100, 0.02, 0.9, 0.03, RG_SOFTPLUS_UNITS, 0,
      2.124777160957, 24,
      {
        { "rate", 0.08699361515663, { -0.0004512730014201, 0.006699341661421, -0.0001280389287989 } },
        { "decay", 0.06579512124038, { -0.0001809913609588, 0.004216050814548, -1.35078540755e-05 } },
        { "l2", 0.1209574155475, { -0.001775629360425, -0.00431649897475, -0.0003662081252374 } },
        { "example_weight", 0.3865587270232, { 0.01892781379276, 0.05164644509938, -0.150187744104 } },
        { "weights", 1.585783773598, { 0.009475272735668, 0.144973067288, 0.07862366035247 } },
        { "inputs", 0.7440032692859, { -0.07647338978355, -0.01440618355034, -0.02957911723695 } },
      } },
    { "training loss with its direct term", "momentum-damped", 100, 0.3, 0.5, 0.1, RG_SIGMOID, 1,
      1.346443006226, 35,
      {
        { "rate", 0.00119062436878, { -1.556178318347e-05, -4.438338375651e-05, -1.731832617701e-05 } },
        { "decay", 0.001131297037026, { -3.113617773522e-06, 1.123344151111e-05, 3.851153630539e-05 } },
        { "l2", 0.007181154973737, { -2.186331336005e-05, -3.606335136335e-05, -3.936969492821e-05 } },
        { "example_weight", 0.01075132390906, { -0.001842508752526, 0.0003093306803011, -0.0003444322750239 } },
        { "weights", 0.04773962669669, { 0.0002079574635277, 0.001797564636861, 9.008020048609e-05 } },
        { "inputs", 0.01591057690686, { 0.0008367898692364, 0.001045362286464, -0.0002147253504004 } },
      } },
};

START_TEST (floating_arithmetic_meets_the_golden_numbers)
{
    const scenario s = { golden[_i].label, golden[_i].dynamics, golden[_i].steps, golden[_i].rate, golden[_i].decay,
                         golden[_i].swing, golden[_i].activation, golden[_i].on_training, 1, RG_PER_WEIGHT,
                         &rg_sampler_cyclic, 8, 0, 0, 0, 0 };
    fixture f;
    rg_report report = { .size = sizeof report };
    fixture_init (&f, &s, RG_DOUBLE);
    double *gradient = hypergradient (&f, RG_FLOATING, "stored", &report);
    const rg_block decay = rg_hyper_block (f.hyper, 1);
    for (size_t i = 0; i < decay.size; i++)
        ck_assert (ldexp (decay.natural[i], 14) == nearbyint (ldexp (decay.natural[i], 14)));
    meets (s.label, "outer loss", report.outer_loss, golden[_i].outer, golden[_i].outer);
    ck_assert_uint_eq (report.wrong, golden[_i].wrong);
    for (size_t k = 0; k < 6; k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        block_meets (s.label, &b, gradient, &golden[_i].block[k], 0);
    }
    free (gradient);
    fixture_clear (&f);
}
END_TEST

/* ---- Precision, shards, order of evaluation --------------------------- */

START_TEST (single_precision_is_exact_too)
{
    const scenario *s = &scenarios[_i];
    fixture single, twice;
    rg_report report = { .size = sizeof report };
    fixture_init (&single, s, RG_SINGLE);
    fixture_init (&twice, s, RG_DOUBLE);
    double *reversible = hypergradient (&single, RG_EXACT, "reversible", &report);
    ck_assert (report.certified);
    double *stored = hypergradient (&single, RG_EXACT, "stored", &report);
    double *reference = hypergradient (&twice, RG_EXACT, "stored", &report);
    ck_assert_msg (memcmp (reversible, stored, rg_hyper_size (single.hyper) * sizeof *stored) == 0, "%s: bits differ",
                   s->label);
    blocks_agree (s->label, "single against double", &single, stored, reference, 1e-5);
    free (reversible);
    free (stored);
    free (reference);
    fixture_clear (&single);
    fixture_clear (&twice);
}
END_TEST

START_TEST (the_size_of_a_shard_changes_rounding_only)
{
    static const uint32_t shards[] = { 0, 1, 6, 8, 19, 20, 400 };
    scenario s = scenarios[0];
    fixture f;
    rg_report report = { .size = sizeof report };
    fixture_init (&f, &s, RG_DOUBLE);
    double *reference = hypergradient (&f, RG_EXACT, "reversible", &report);
    const double outer = report.outer_loss;
    for (size_t i = 0; i < sizeof shards / sizeof *shards; i++) {
        fixture g;
        s.shard = shards[i];
        fixture_init (&g, &s, RG_DOUBLE);
        double *gradient = hypergradient (&g, RG_EXACT, "reversible", &report);
        ck_assert (report.certified);
        ck_assert_double_eq_tol (report.outer_loss, outer, 1e-10);
        blocks_agree (s.label, "another shard size", &g, gradient, reference, 1e-10);
        free (gradient);
        fixture_clear (&g);
    }
    free (reference);
    fixture_clear (&f);
}
END_TEST

/* Gradients and tangents of a step's shards [shards x 2 x weights], evaluated in one order or the other. */
static double *
all_shards (const fixture *f, int backwards)
{
    rg_objective *o = f->inner;
    double w[WEIGHTS], direction[WEIGHTS];
    double *lambda = calloc (o->lambdas, sizeof *lambda), *out = calloc (o->shards * 2 * WEIGHTS, sizeof *out);
    for (size_t i = 0; i < WEIGHTS; i++) {
        w[i] = .5 * sin (2.1 * (double) i + .4);
        direction[i] = cos (2.385 * (double) i);
    }
    for (size_t k = 0, at = 0; k < rg_hyper_blocks (f->hyper); k++) {
        const rg_block b = rg_hyper_block (f->hyper, k);
        if (b.role == RG_RATE || b.role == RG_DECAY || b.role == RG_WEIGHTS)
            continue;
        memcpy (lambda + at, b.natural, b.size * sizeof *lambda);
        at += b.size;
    }
    for (size_t i = 0; i < 2 * o->shards; i++) {
        const size_t shard = backwards ? o->shards - 1 - i % o->shards : i % o->shards;
        double *g = out + 2 * shard * WEIGHTS, unwanted[WEIGHTS];
        if (i >= o->shards) {
            ck_assert_int_eq (o->table->tangent (o->self, shard, direction, NULL, g + WEIGHTS, NULL, NULL), RG_OK);
            continue;
        }
        if (backwards) /* another step in the same slot first */
            ck_assert_int_eq (o->table->gradient (o->self, shard, (rg_instant) { .iteration = 1, .step = 9 }, shard,
                              direction, lambda, NULL,
                                                  unwanted, NULL), RG_OK);
        ck_assert_int_eq (o->table->gradient (o->self, shard, (rg_instant) { .step = 3 }, shard, w, lambda, NULL, g, NULL),
                          RG_OK);
    }
    free (lambda);
    return out;
}

START_TEST (a_shard_gives_the_same_bits_in_any_order_of_evaluation)
{
    fixture f;
    fixture_init (&f, &scenarios[0], RG_DOUBLE);
    ck_assert_uint_eq (f.inner->shards, 4); /* 8 + 8 + 4 examples, and the penalty */
    double *forwards = all_shards (&f, 0), *backwards = all_shards (&f, 1);
    ck_assert_mem_eq (forwards, backwards, 4 * 2 * WEIGHTS * sizeof *forwards);
    free (forwards);
    free (backwards);
    fixture_clear (&f);
}
END_TEST

/* ---- The R-operator in weights and hyperparameters together ------------- */

/* Gradient (direction NULL) or its derivative in a direction: [weights + lambdas], summed over the shards of a step. */
static double *
whole_gradient (rg_objective *o, const double *at, const double *direction)
{
    double part[WEIGHTS], *out = calloc (WEIGHTS + o->lambdas, sizeof *out);
    for (size_t shard = 0; shard < o->shards; shard++) {
        ck_assert_int_eq (o->table->gradient (o->self, shard, (rg_instant) { .iteration = 1, .step = 3 }, shard, at,
                          at + WEIGHTS, NULL,
                                              part, NULL), RG_OK);
        if (direction == NULL)
            ck_assert_int_eq (o->table->lambda_gradient (o->self, shard, out + WEIGHTS, NULL), RG_OK);
        else
            ck_assert_int_eq (o->table->tangent (o->self, shard, direction, direction + WEIGHTS, part, out + WEIGHTS,
                                                 NULL), RG_OK);
        for (size_t i = 0; i < WEIGHTS; i++)
            out[i] += part[i];
    }
    return out;
}

static double
dot (const double *x, const double *y, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

START_TEST (the_tangent_is_symmetric_and_what_differences_say)
{
    const scenario *s = &scenarios[_i];
    const double h = 1e-5;
    fixture f;
    if (s->constant_l2) /* a constant has no tangent */
        return;
    fixture_init (&f, s, RG_DOUBLE);
    rg_objective *o = f.inner;
    const size_t size = WEIGHTS + o->lambdas;
    double *at = calloc (size, sizeof *at), *u = calloc (size, sizeof *u), *v = calloc (size, sizeof *v);
    for (size_t i = 0; i < size; i++) {
        at[i] = (i < WEIGHTS ? .5 : .8) * sin (2.1 * (double) i + .4);
        u[i] = cos (2.385 * (double) i);
        v[i] = sin (.7 + 1.618 * (double) i);
    }
    double *hu = whole_gradient (o, at, u), *hv = whole_gradient (o, at, v);
    ck_assert_double_eq_tol (dot (v, hu, size), dot (u, hv, size), 1e-11 * fabs (dot (u, hv, size)));
    for (size_t i = 0; i < size; i++)
        at[i] += h * u[i];
    double *above = whole_gradient (o, at, NULL);
    for (size_t i = 0; i < size; i++)
        at[i] -= 2 * h * u[i];
    double *below = whole_gradient (o, at, NULL);
    for (size_t i = 0; i < size; i++)
        above[i] = (above[i] - below[i]) / (2 * h);
    ck_assert_double_le (relative_difference (hu, above, WEIGHTS), 1e-7);
    ck_assert_double_le (relative_difference (hu + WEIGHTS, above + WEIGHTS, o->lambdas), 1e-7);
    double *const blocks[] = { at, u, v, hu, hv, above, below };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free (blocks[i]);
    fixture_clear (&f);
}
END_TEST

static int
no_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) at, (void) w, (void) lambda;
    *loss = 0;
    return 0;
}

static int
no_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) w, (void) lambda;
    memset (g, 0, (WEIGHTS + 1) * sizeof *g);
    return 0;
}

START_TEST (the_batches_of_another_meta_iteration_are_others)
{
    fixture f;
    rg_report first = { .size = sizeof first }, again = { .size = sizeof again }, second = { .size = sizeof second };
    fixture_init (&f, &scenarios[3], RG_DOUBLE);
    ck_assert_int_eq (rg_train (&f.problem, 0, NULL, &first, NULL), RG_OK);
    ck_assert_int_eq (rg_train (&f.problem, 1, NULL, &second, NULL), RG_OK);
    ck_assert_int_eq (rg_train (&f.problem, 0, NULL, &again, NULL), RG_OK);
    ck_assert (memcmp (&first.outer_loss, &again.outer_loss, sizeof (double)) == 0);
    ck_assert (fabs (first.outer_loss - second.outer_loss) > 1e-9);
    fixture_clear (&f);
}
END_TEST

/* Bit for bit what the run itself says of them; without a word more. */
START_TEST (an_objective_is_evaluated_at_the_last_weights)
{
    fixture f;
    rg_report trained = { .size = sizeof trained }, evaluated = { .size = sizeof evaluated };
    rg_message message = { "" };
    double *w = calloc (WEIGHTS + 1, sizeof *w);
    fixture_init (&f, &scenarios[3], (rg_precision) _i);
    f.problem.validation = f.inner; /* of batches, whose meta-iteration matters */
    ck_assert_int_eq (rg_train (&f.problem, 1, w, &trained, NULL), RG_OK);
    ck_assert_int_eq (rg_evaluate (&f.problem, f.inner, 1, w, &evaluated, NULL), RG_OK);
    ck_assert_double_eq (evaluated.validation_loss, trained.validation_loss);
    ck_assert_uint_eq (evaluated.wrong, trained.wrong);
    ck_assert_uint_eq (evaluated.examples, trained.examples);
    ck_assert_uint_gt (evaluated.examples, 0);
    ck_assert_int_eq (rg_evaluate (&f.problem, f.inner, 2, w, &evaluated, NULL), RG_OK);
    ck_assert_double_ne (evaluated.validation_loss, trained.validation_loss);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_evaluate (&f.problem, f.outer, 1, w, &evaluated, NULL));
    w[0] = NAN;
    ck_assert_int_eq (rg_evaluate (&f.problem, f.outer, 1, w, &evaluated, &message), RG_ENONFINITE);
    rg_objective *wide;
    const rg_callbacks call = { .size = sizeof (rg_callbacks), .loss = no_loss, .gradient = no_gradient };
    ck_assert_int_eq (rg_objective_from_callbacks (&wide, WEIGHTS + 1, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_evaluate (&f.problem, wide, 1, w, &evaluated, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "the objective to be evaluated has 135 weights, the inner one 134");
    rg_objective_free (wide);
    ck_assert_int_eq (rg_objective_from_callbacks (&f.problem.validation, WEIGHTS, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_train (&f.problem, 1, w, &trained, &message), _i == RG_SINGLE ? RG_ESHAPE : RG_OK);
    if (_i == RG_SINGLE)
        ck_assert_str_eq (message.text, "the validation objective and the inner one differ in precision");
    rg_objective_free (f.problem.validation);
    free (w);
    fixture_clear (&f);
}
END_TEST

/* ---- Refusals and memory ----------------------------------------------- */

typedef enum {
    NARROW, FEW_CLASSES, NO_LAYERS, BIG_BATCH, NO_BATCH, OTHER_SET, OTHER_LAYOUT, OTHER_EXAMPLES, OTHER_INPUTS,
    NO_INPUTS, TOO_LARGE
} refusal;
static const struct {
    refusal fault;
    rg_status status;
    const char *sentence;
} refusals[] = {
    { NARROW, RG_ESHAPE, "the first layer has 8 units, the examples have 9 inputs" },
    { FEW_CLASSES, RG_ESHAPE, "the last layer has 3 units, the labels have 4 classes" },
    { NO_LAYERS, RG_ERANGE, "expected at least 2 widths, got 1" },
    { BIG_BATCH, RG_ERANGE, "expected a batch of 1 to 50 examples, got 51" },
    { NO_BATCH, RG_ERANGE, "expected a batch of 1 to 50 examples, got 0" },
    { OTHER_SET, RG_ESHAPE, "batches of 50 examples from a set of 30" },
    { OTHER_LAYOUT, RG_ESHAPE, "the layout of the hyperparameters is not that of the network" },
    { OTHER_EXAMPLES, RG_ESHAPE, "example_weight: 50 values for 30 examples" },
    { OTHER_INPUTS, RG_ESHAPE, "inputs: 450 values for 30 examples of 9 inputs" },
    { NO_INPUTS, RG_EUNSUPPORTED, "the inputs are not among the hyperparameters" },
    { TOO_LARGE, RG_ENONFINITE, NULL },
};

/* One example too large for single precision. */
static rg_dataset *
large_example (void)
{
    rg_array inputs, labels;
    rg_dataset *data;
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, (size_t[]) { TRAIN, FEATURES }), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, (size_t[]) { TRAIN }), RG_OK);
    ((double *) inputs.data)[7] = 1e39;
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &labels, NULL, "inputs", "labels", NULL), RG_OK);
    return data;
}

START_TEST (a_network_that_does_not_fit_is_refused_with_a_sentence)
{
    const refusal fault = refusals[_i].fault;
    fixture f;
    rg_message message = { "" };
    rg_objective *objective;
    fixture_init (&f, &scenarios[fault == NO_INPUTS ? 5 : 0], RG_DOUBLE);
    rg_dataset *large = large_example ();
    const size_t narrow[] = { 8, 7, 5, CLASSES }, few[] = { FEATURES, 7, 5, 3 }, other[] = { FEATURES, 7, 6, CLASSES };
    rg_network_loss loss = { sizeof loss, { LAYERS, widths, RG_TANH }, RG_DOUBLE, RG_INNER, f.train, 1,
                             { &rg_sampler_cyclic, TRAIN, BATCH, 0 }, 0, f.hyper, NULL };
    loss.network.width = fault == NARROW ? narrow : fault == FEW_CLASSES ? few : fault == OTHER_LAYOUT ? other : widths;
    loss.network.widths = fault == NO_LAYERS ? 1 : LAYERS;
    loss.batches.batch = fault == BIG_BATCH ? TRAIN + 1 : fault == NO_BATCH ? 0 : BATCH;
    if (fault == OTHER_SET || fault == OTHER_EXAMPLES || fault == OTHER_INPUTS)
        loss.data = f.valid;
    if (fault == OTHER_EXAMPLES || fault == OTHER_INPUTS)
        loss.batches.examples = VALID;
    loss.part = fault == OTHER_INPUTS ? RG_OUTER : RG_INNER;
    if (fault == TOO_LARGE) {
        loss.data = large;
        loss.precision = RG_SINGLE;
    }
    ck_assert_int_eq (rg_objective_from_network (&objective, &loss, &message), refusals[_i].status);
    ck_assert_ptr_null (objective);
    if (refusals[_i].sentence != NULL)
        ck_assert_str_eq (message.text, refusals[_i].sentence);
    else
        ck_assert_msg (strlen (message.text) > 0, "no sentence");
    rg_dataset_free (large);
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_of_a_network_may_fail)
{
    static const rg_part_played parts[] = { RG_INNER, RG_OUTER };
    fixture f;
    fixture_init (&f, &scenarios[0], RG_DOUBLE);
    for (int p = 0; p < 2; p++) {
        const rg_network_loss loss = { sizeof loss, { LAYERS, widths, RG_TANH }, RG_DOUBLE, parts[p], f.train, 1,
                                       { &rg_sampler_cyclic, TRAIN, BATCH, 0 }, 8, f.hyper, NULL };
        failing_memory memory = failing_first ();
        while (memory.failed) {
            rg_objective *objective;
            rg_message message = { "" };
            FAILING (&memory, rg_objective_from_network (&objective, &loss, &message));
            ck_assert_int_eq (objective == NULL, memory.failed);
            ck_assert (!memory.failed || strlen (message.text) > 0);
            rg_objective_free (objective);
        }
        ck_assert_int_ge (memory.failures, 8);
    }
    fixture_clear (&f);
}
END_TEST

/* ---- Entropy buffers over a long run ----------------------------------- */

static const struct {
    const char *label;
    rg_precision precision;
    rg_buffer_kind buffer;
    int ratio_bits, steps;
    double over; /* the limit, at most */
} buffers[] = {
    { "single, 32-bit heads", RG_SINGLE, RG_BUFFER_STREAM32, 14, 2000, 1.015 },
    { "double, 32-bit heads", RG_DOUBLE, RG_BUFFER_STREAM32, 14, 2000, 1.015 },
    { "single, 64-bit heads", RG_SINGLE, RG_BUFFER_STREAM64, 20, 2000, 1.003 },
    { "double, 64-bit heads", RG_DOUBLE, RG_BUFFER_STREAM64, 20, 2000, 1.003 },
    { "single, integers", RG_SINGLE, RG_BUFFER_INTEGER, 14, 500, 1.003 },
    { "double, integers", RG_DOUBLE, RG_BUFFER_INTEGER, 14, 500, 1.003 },
};
static const double buffer_decays[] = { .5, .9, .98, 0 /* another one each step and array, in (.3, 1) */ };

/* A number in (0, 1). */
static double
uniform (uint64_t index)
{
    const rg_random random = { test_seed (), RG_STREAM_TEST, 0, 0 };
    return (rg_random_below (&random, index, 1000003) + .5) / 1000003;
}

enum { ROW = 80, UNITS = 64 }; /* 5,444 weights: many against the heads of the buffer */

/* Random bytes. */
static rg_dataset *
noise (void)
{
    rg_array inputs, labels;
    rg_dataset *data;
    ck_assert_int_eq (rg_array_new (&inputs, RG_UINT8, 2, (size_t[]) { TRAIN, ROW }), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, (size_t[]) { TRAIN }), RG_OK);
    for (size_t i = 0; i < TRAIN * ROW; i++)
        ((uint8_t *) inputs.data)[i] = (uint8_t) (256 * uniform (i));
    for (size_t i = 0; i < TRAIN; i++)
        ((int32_t *) labels.data)[i] = (int32_t) (i % CLASSES);
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &labels, NULL, "inputs", "labels", NULL), RG_OK);
    return data;
}

/* One rate; decays per step and array. */
static rg_hyper *
long_schedule (const rg_layout *layout, size_t steps, int ratio_bits, double decay)
{
    const size_t size = steps * rg_layout_arrays (layout);
    rg_hyper *hyper;
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, steps, TRAIN, ratio_bits), RG_OK);
    double *values = calloc (size, sizeof *values);
    for (size_t i = 0; i < size; i++)
        values[i] = decay > 0 ? decay : .3 + .7 * uniform (TRAIN * ROW + i);
    rg_block_spec rate = rg_block_defaults (RG_RATE), decays = rg_block_defaults (RG_DECAY);
    rate.init = .05;
    decays.scope = RG_PER_ARRAY;
    decays.per_step = 1;
    decays.values = values;
    ck_assert_int_eq (rg_hyper_add (hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (hyper, &decays, NULL), RG_OK);
    free (values);
    return hyper;
}

START_TEST (a_long_run_is_retraced_and_keeps_what_the_limit_says)
{
    const int row = _i / 4;
    const double decay = buffer_decays[_i % 4];
    const size_t shape[] = { ROW, UNITS, CLASSES };
    const rg_network network = { 3, shape, RG_TANH };
    rg_layout *layout;
    rg_objective *inner, *outer;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    rg_dataset *data = noise ();
    ck_assert_int_eq (rg_network_layout (&layout, &network), RG_OK);
    rg_hyper *hyper = long_schedule (layout, (size_t) test_scale (buffers[row].steps), buffers[row].ratio_bits, decay);
    rg_network_loss loss = { sizeof loss, network, buffers[row].precision, RG_INNER, data, 0, { &rg_sampler_random, TRAIN, 4, 1 }, 0,
                             hyper, NULL };
    ck_assert_int_eq (rg_objective_from_network (&inner, &loss, NULL), RG_OK);
    loss.part = RG_OUTER;
    ck_assert_int_eq (rg_objective_from_network (&outer, &loss, NULL), RG_OK);
    rg_problem problem = { .size = sizeof problem, .hyper = hyper, .inner = inner, .outer = outer,
                           .dynamics = rg_registry_dynamics ("momentum-damped"), .run = rg_run_defaults (),
                           .initial = { .scale = .1, .seed = test_seed () } };
    problem.run.buffer_kind = buffers[row].buffer;
    problem.run.ratio_bits = buffers[row].ratio_bits;
    ck_assert_msg (rg_retrace (&problem, &HOW (.check_interval = 100), 0, &report, &message) == RG_OK, "%s at %g: %s", buffers[row].label, decay,
                   message.text);
    ck_assert (report.certified);
    ck_assert_msg (report.bits >= report.bits_limit * .999 && report.bits <= report.bits_limit * buffers[row].over,
                   "%s at %g, SEED=%llu: %.6g bits a weight and step, the limit is %.6g", buffers[row].label, decay,
                   (unsigned long long) test_seed (), report.bits, report.bits_limit);
    rg_objective_free (inner);
    rg_objective_free (outer);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
    rg_dataset_free (data);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("network");
    TCase *tcase = tcase_create ("hypergradients");
    tcase_set_timeout (tcase, 300);
    tcase_add_loop_test (tcase, reversible_is_stored_bit_for_bit_and_close_to_floating, 0, SCENARIOS);
    tcase_add_loop_test (tcase, floating_is_what_central_differences_say, 0, SCENARIOS);
    tcase_add_loop_test (tcase, floating_arithmetic_meets_the_golden_numbers, 0,
                         (int) (sizeof golden / sizeof *golden));
    tcase_add_loop_test (tcase, single_precision_is_exact_too, 0, SCENARIOS);
    suite_add_tcase (suite, tcase);
    tcase = tcase_create ("shards, batches, tangents");
    tcase_set_timeout (tcase, 120);
    tcase_add_test (tcase, the_size_of_a_shard_changes_rounding_only);
    tcase_add_test (tcase, a_shard_gives_the_same_bits_in_any_order_of_evaluation);
    tcase_add_loop_test (tcase, the_tangent_is_symmetric_and_what_differences_say, 0, SCENARIOS);
    tcase_add_test (tcase, the_batches_of_another_meta_iteration_are_others);
    tcase_add_loop_test (tcase, an_objective_is_evaluated_at_the_last_weights, RG_SINGLE, RG_DOUBLE + 1);
    suite_add_tcase (suite, tcase);
    tcase = tcase_create ("refusals and memory");
    tcase_add_loop_test (tcase, a_network_that_does_not_fit_is_refused_with_a_sentence, 0,
                         (int) (sizeof refusals / sizeof *refusals));
    tcase_add_test (tcase, every_allocation_of_a_network_may_fail);
    suite_add_tcase (suite, tcase);
    tcase = tcase_create ("entropy buffers");
    tcase_set_timeout (tcase, 300);
    tcase_add_loop_test (tcase, a_long_run_is_retraced_and_keeps_what_the_limit_says, 0,
                         4 * (int) (sizeof buffers / sizeof *buffers));
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}
