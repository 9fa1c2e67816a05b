/* check_adam_network.c -- hypergradients of a network trained by Adam, AdamW and RMSprop: estimators, PyTorch, refusals. */
#include "testing.h"

#include <stdio.h>

#include "failing_memory.h"
#include "golden.h"
#include "how.h"
#include "network.h"

static const scenario adams[] = {
    { "adam, all per step", "adam", 30, .02, .9, .05, RG_TANH, 0, 1, RG_PER_WEIGHT, &rg_sampler_cyclic, 8, 0, 0, 0, 0 },
    { "adamw, all per step", "adamw", 30, .02, .5, .1, RG_SIGMOID, 0, 1, RG_PER_WEIGHT, &rg_sampler_cyclic, 8, 0, 0, 0, 0 },
    { "adamw inside, training loss", "adamw", 60, .02, .9, .05, RG_TANH, 1, 0, RG_PER_ALL, &rg_sampler_shuffled, 7, 0, 0, 0, 1 },
    { "adam inside, scales", "adam", 60, .02, .9, .05, RG_SOFTPLUS_UNITS, 0, 0, RG_PER_ARRAY, &rg_sampler_random, 8, 1, 0, 0, 1 },
    { "rmsprop", "rmsprop", 30, .005, 0, 0, RG_TANH, 0, 1, RG_PER_ARRAY, &rg_sampler_cyclic, 8, 0, 0, 0, 0 },
    { "rmsprop inside", "rmsprop", 30, .01, 0, 0, RG_TANH, 0, 0, RG_PER_ARRAY, &rg_sampler_cyclic, 8, 1, 0, 0, 1 },
    { "adam, 400 steps", "adam", 400, .005, .9, .03, RG_TANH, 0, 0, RG_PER_LAYER, &rg_sampler_cyclic, 0, 0, 0, 0, 0 },
};
enum { ADAMS = sizeof adams / sizeof *adams };

static double *
hypergradient (const fixture *f, const char *estimator, const char *trajectory, rg_arithmetic arithmetic,
               rg_report *report)
{
    rg_problem problem = f->problem;
    rg_message message = { "" };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectory), .slots = 5);
    double *gradient = calloc (rg_hyper_size (f->hyper), sizeof *gradient);
    problem.run.arithmetic = arithmetic;
    ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator (estimator), &options, 2, gradient, report, &message)
                       == RG_OK, "%s", message.text);
    return gradient;
}

/* The trajectory that needs no memory where the rule can be undone. */
static const char *
first_choice (const scenario *s)
{
    return strcmp (s->dynamics, "rmsprop") == 0 ? "checkpointed" : "reversible";
}

/* The largest difference of components of at least 1e-3, relative to each. */
static double
relative_where_large (const double *x, const double *y, size_t count)
{
    double worst = 0;
    for (size_t i = 0; i < count; i++)
        if (fabs (y[i]) >= 1e-3)
            worst = fmax (worst, fabs (x[i] - y[i]) / fabs (y[i]));
    return worst;
}

START_TEST (trajectories_agree_bit_for_bit_and_with_floating_arithmetic)
{
    const scenario *s = &adams[_i];
    fixture f;
    rg_report back = { .size = sizeof back }, again = { .size = sizeof again }, kept = { .size = sizeof kept }, plain = { .size = sizeof plain };
    fixture_init (&f, s, RG_DOUBLE);
    const size_t size = rg_hyper_size (f.hyper);
    double *reversible = hypergradient (&f, "reverse", first_choice (s), RG_EXACT, &back);
    double *checkpointed = hypergradient (&f, "reverse", "checkpointed", RG_EXACT, &again);
    double *stored = hypergradient (&f, "reverse", "stored", RG_EXACT, &kept);
    double *floating = hypergradient (&f, "reverse", "stored", RG_FLOATING, &plain);
    ck_assert (back.certified || strcmp (s->dynamics, "rmsprop") == 0);
    ck_assert_msg (memcmp (reversible, stored, size * sizeof *stored) == 0, "%s: stored: bits differ", s->label);
    ck_assert_msg (memcmp (reversible, checkpointed, size * sizeof *stored) == 0, "%s: checkpointed: bits differ", s->label);
    ck_assert_double_eq_tol (back.outer_loss, plain.outer_loss, 1e-6);
    blocks_agree (s->label, "exact against floating", &f, reversible, floating, 1e-5);
    ck_assert_double_le (relative_where_large (reversible, floating, size), 1e-5);
    free (reversible);
    free (checkpointed);
    free (stored);
    free (floating);
    fixture_clear (&f);
}
END_TEST

START_TEST (floating_is_what_central_differences_say)
{
    const scenario *s = &adams[_i];
    fixture f;
    rg_report report = { .size = sizeof report };
    if (s->steps > 100)
        return; /* the third is the same in fewer steps */
    fixture_init (&f, s, RG_DOUBLE);
    double *floating = hypergradient (&f, "reverse", "stored", RG_FLOATING, &report);
    double *differences = hypergradient (&f, "differences", "stored", RG_FLOATING, &report);
    blocks_agree (s->label, "against differences", &f, floating, differences, 1e-6);
    free (floating);
    free (differences);
    fixture_clear (&f);
}
END_TEST

START_TEST (forward_is_reverse)
{
    const scenario *s = &adams[_i];
    for (int arithmetic = RG_EXACT; arithmetic <= RG_FLOATING; arithmetic++) {
        fixture f;
        rg_report report = { .size = sizeof report };
        fixture_init (&f, s, RG_DOUBLE);
        double *forward = hypergradient (&f, "forward", "stored", (rg_arithmetic) arithmetic, &report);
        double *reverse = hypergradient (&f, "reverse", "stored", (rg_arithmetic) arithmetic, &report);
        blocks_agree (s->label, "forward against reverse", &f, forward, reverse, 1e-10);
        free (forward);
        free (reverse);
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (single_precision_is_reversible_too)
{
    fixture f;
    rg_report report = { .size = sizeof report };
    fixture_init (&f, &adams[_i], RG_SINGLE);
    double *reversible = hypergradient (&f, "reverse", first_choice (&adams[_i]), RG_EXACT, &report);
    double *stored = hypergradient (&f, "reverse", "stored", RG_EXACT, &report);
    double *plain = hypergradient (&f, "reverse", "stored", RG_FLOATING, &report);
    ck_assert_mem_eq (reversible, stored, rg_hyper_size (f.hyper) * sizeof *stored);
    blocks_agree (adams[_i].label, "exact against floating, single", &f, reversible, plain, 1e-2);
    free (reversible);
    free (stored);
    free (plain);
    fixture_clear (&f);
}
END_TEST

/* Printed by golden/network.py. */
static const struct {
    const char *label, *dynamics;
    size_t steps;
    double rate, decay, swing;
    rg_activation activation;
    int on_training;
    double outer;
    size_t wrong;
    golden_block block[9];
} golden[] = {
    /* PyTorch 2.15.0, double precision */
    { "adam", "adam", 100, 0.02, 0.9, 0.05, RG_TANH, 0,
      3.236367015559, 23,
      {
        { "rate", 0.08074452841016, { -0.0006279771093928, -0.0003180416306013, 2.723791594712e-05 } },
        { "beta1", 0.08718288374296, { 5.944294923221e-05, -0.0005350971338812, -1.185540046508e-05 } },
        { "beta2", 0.03023804657726, { 7.832764407532e-05, 2.719365225267e-05, -1.507929002824e-07 } },
        { "epsilon", 0.002624326313174, { 5.982204658026e-06, 1.719603131875e-05, -1.049196733771e-06 } },
        { "l2", 0.1791733773872, { 0.001079881376997, 0.002021231158213, -1.567753835363e-05 } },
        { "example_weight", 0.2610077601108, { 0.01111556904831, -0.001174479583216, -0.007275948541969 } },
        { "weights", 1.505195095554, { -0.02466365860192, -0.03292839572105, 0.05787065162517 } },
        { "inputs", 0.9562616992714, { 0.01444320959005, -0.01487767340968, 0.07436483783029 } },
      } },
    { "adamw", "adamw", 100, 0.02, 0.9, 0.05, RG_TANH, 0,
      2.692719017767, 23,
      {
        { "rate", 0.08044790169724, { -0.001093050619312, 0.0002974404926466, 3.37844486851e-05 } },
        { "beta1", 0.08725100693019, { -0.0002550260653306, 0.0002291900710709, -1.985486008823e-05 } },
        { "beta2", 0.03264030391013, { 0.0002010941310827, -0.0001396460532533, -4.856806190061e-07 } },
        { "epsilon", 0.003765882376405, { 1.313308895781e-05, -4.795630721817e-05, -1.479515439869e-06 } },
        { "weight_decay", 0.07514689657793, { 0.0001846250310376, -0.0002139228301643, -2.319770232591e-05 } },
        { "l2", 0.1085963243541, { 0.001065184004527, 0.001011798635072, -0.000183177814412 } },
        { "example_weight", 0.2396535541005, { 0.01107320549151, -0.006355577277367, -0.01817060029306 } },
        { "weights", 1.301036209406, { -0.04053696405042, -0.004959652573515, 0.04540765664628 } },
        { "inputs", 0.6447332303937, { 0.02455141701453, -0.01442972603903, 0.02226285590066 } },
      } },
    { "rmsprop", "rmsprop", 60, 0.005, 0.9, 0.05, RG_TANH, 0,
      2.472284016985, 23,
      {
        { "rate", 0.129803327761, { -3.605410422473e-05, 0.0007870708498628, 0.0001778500610173 } },
        { "beta2", 0.07781695703153, { 3.847510682406e-06, -6.767500458582e-05, -3.856398108651e-07 } },
        { "epsilon", 0.01996429863032, { 1.423479637734e-06, -2.84451785755e-05, -4.048115816292e-06 } },
        { "l2", 0.04587541688229, { 0.001854244547308, 0.0007108563358684, -0.0001536285289151 } },
        { "example_weight", 0.1293164607944, { 0.01936324596293, 0.003160397897145, -0.04011514464546 } },
        { "weights", 0.5947662618047, { -0.06248015741978, -0.002931973918095, 0.01384116401787 } },
        { "inputs", 0.4200444087279, { 0.04291177041156, -0.005659818843442, 0.01908837887863 } },
      } },
    { "adamw, epsilon inside", "adamw", 60, 0.02, 0.5, 0.1, RG_SIGMOID, 1,
      1.364460498412, 35,
      {
        { "rate", 0.0009265553523528, { -3.000638847798e-06, 4.437448958018e-05, -4.352315243815e-05 } },
        { "beta1", 0.001366133576366, { -1.648377587448e-06, 2.436477688269e-06, 0.0001266138632264 } },
        { "beta2", 1.771652350465e-05, { 6.570389606322e-08, 5.780263181461e-09, -5.939096808714e-08 } },
        { "epsilon", 0.0002388660893494, { 6.176412581169e-07, -5.478025178087e-08, 2.923236604605e-05 } },
        { "weight_decay", 0.0004507817708083, { -1.146735824305e-06, 4.448946068878e-05, 2.643659225083e-05 } },
        { "l2", 0.001049793803243, { -4.694383559978e-06, -2.345547451727e-06, -4.164150038733e-05 } },
        { "example_weight", 0.009595502585832, { -0.001274031344549, 0.00101089637334, -0.001032340448214 } },
        { "weights", 0.005963435494491, { 3.210717711843e-05, 0.0001389132922933, -0.0001109137573401 } },
        { "inputs", 0.001848135727332, { 9.621352975758e-05, 0.0001128016645292, -1.901460068693e-05 } },
      } },
};

START_TEST (floating_arithmetic_meets_the_golden_numbers)
{
    const scenario s = { golden[_i].label, golden[_i].dynamics, golden[_i].steps, golden[_i].rate, golden[_i].decay,
                         golden[_i].swing, golden[_i].activation, golden[_i].on_training, 1, RG_PER_WEIGHT,
                         &rg_sampler_cyclic, 8, 0, 0, 0, strstr (golden[_i].label, "inside") != NULL };
    fixture f;
    rg_report report = { .size = sizeof report };
    fixture_init (&f, &s, RG_DOUBLE);
    double *gradient = hypergradient (&f, "reverse", "stored", RG_FLOATING, &report);
    meets (s.label, "outer loss", report.outer_loss, golden[_i].outer, golden[_i].outer);
    ck_assert_uint_eq (report.wrong, golden[_i].wrong);
    for (size_t k = 0; k < 9 && golden[_i].block[k].name != NULL; k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        block_meets (s.label, &b, gradient, &golden[_i].block[k], 1e-3);
    }
    free (gradient);
    fixture_clear (&f);
}
END_TEST

/* A schedule of beta2 and rate with a few knots: ties and bias correction together. */
START_TEST (tied_schedules_agree_in_three_estimators)
{
    fixture f;
    rg_report report = { .size = sizeof report };
    rg_tie *tie;
    const scenario s = { "tied", "adamw", 40, .02, .9, .05, RG_TANH, 0, 0, RG_PER_ALL, &rg_sampler_cyclic, 8, 0, 0, 0, 0 };
    fixture_init (&f, &s, RG_DOUBLE);
    rg_hyper *plain = f.hyper;
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, s.steps, TRAIN, 14), RG_OK);
    ck_assert_int_eq (rg_tie_spline (&tie, s.steps, 4, 1, NULL), RG_OK);
    for (size_t k = 0; k < rg_hyper_blocks (plain); k++) {
        const rg_block b = rg_hyper_block (plain, k);
        double values[4 * ARRAYS];
        rg_block_spec spec = rg_block_defaults (b.role);
        spec.scope = b.scope;
        spec.values = b.natural;
        spec.count = b.slice;
        if (rg_role_takes_scope (b.role, RG_PER_ARRAY) && b.role != RG_L2) {
            spec.per_step = 1;
            spec.step_tie = tie;
            spec.values = values;
            for (size_t i = 0; i < 4 * ARRAYS; i++)
                values[i] = coefficient (&s, b.role, 9 * (double) (i / ARRAYS), (double) (i % ARRAYS));
        }
        ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    }
    f.problem.hyper = f.hyper;
    double *reverse = hypergradient (&f, "reverse", "reversible", RG_EXACT, &report);
    double *forward = hypergradient (&f, "forward", "stored", RG_EXACT, &report);
    double *floating = hypergradient (&f, "reverse", "stored", RG_FLOATING, &report);
    double *differences = hypergradient (&f, "differences", "stored", RG_FLOATING, &report);
    blocks_agree (s.label, "forward against reverse", &f, forward, reverse, 1e-10);
    blocks_agree (s.label, "exact against floating", &f, reverse, floating, 1e-5);
    blocks_agree (s.label, "against differences", &f, floating, differences, 1e-6);
    free (reverse);
    free (forward);
    free (floating);
    free (differences);
    rg_tie_free (tie);
    rg_hyper_free (plain);
    fixture_clear (&f);
}
END_TEST

/* ---- refusals and memory -------------------------------------------------------------- */

typedef void change (fixture *f);
static void small_epsilon (fixture *f) { rg_hyper_values (f->hyper)[rg_hyper_block (f->hyper, 3).first + 2] = log (1e-9); }
static void forgetting (fixture *f) { rg_hyper_values (f->hyper)[rg_hyper_block (f->hyper, 1).first] = -1000; }
static void coarse (fixture *f) { f->problem.run.second_bits = 20; }
static void few_bits (fixture *f) { f->problem.run.second_bits = 50; rg_hyper_values (f->hyper)[rg_hyper_block (f->hyper, 3).first] = log (1e-8); }
static void ratio (fixture *f) { f->problem.run.buffer_kind = RG_BUFFER_INTEGER; f->problem.run.ratio = (rg_ratio) { 9, 10 }; }
static void strong_decay (fixture *f) { rg_hyper_values (f->hyper)[rg_hyper_block (f->hyper, 4).first + 1] = log (1000); }
static void momentum (fixture *f) { f->problem.dynamics = rg_registry_dynamics ("momentum"); }
static void without_root (fixture *f) { f->problem.dynamics = rg_registry_dynamics ("momentum"); f->problem.run.epsilon_inside = 1; }

static const struct {
    change *alter;
    rg_status status;
    const char *sentence;
} refusals[] = {
    { small_epsilon, RG_ERANGE, "epsilon: value 2: expected at least 3.73e-09, the root of the resolution of second moments of "
                                "56 fraction bits (second_bits), got 1e-09" },
    { few_bits, RG_ERANGE, "epsilon: value 0: expected at least 2.98e-08, the root of the resolution of second moments of 50 "
                           "fraction bits (second_bits), got 1e-08" },
    { coarse, RG_ERANGE, "second_bits: expected 24 to 61, got 20" },
    { ratio, RG_EUNSUPPORTED, "an exact ratio is that of `decay`, which adamw does not have" },
    { strong_decay, RG_ERANGE, "step 0: 1 - rate * weight_decay cannot be applied exactly: expected a number in (0, 1]" },
    { momentum, RG_EUNSUPPORTED, "momentum needs rate and decay among the hyperparameters" },
    { without_root, RG_EUNSUPPORTED, "momentum has no epsilon to stand inside a root" },
    { forgetting, RG_EUNSUPPORTED, "beta1: a decay of 0 forgets the first moment and cannot be run backwards: expected a number "
                                   "in (0, 1), or floating arithmetic" },
};

START_TEST (what_cannot_be_is_refused_with_a_sentence)
{
    fixture f;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    const scenario s = { "refused", "adamw", 5, .02, .9, .05, RG_TANH, 0, 0, RG_PER_ALL, &rg_sampler_cyclic, 8, 0, 0, 0, 0 };
    fixture_init (&f, &s, RG_DOUBLE);
    refusals[_i].alter (&f);
    ck_assert_int_eq (rg_hyper_update (f.hyper, &message), RG_OK);
    ck_assert_int_eq (rg_retrace (&f.problem, &HOW (.check_interval = 1), 0, &report, &message),
                      refusals[_i].status);
    ck_assert_str_eq (message.text, refusals[_i].sentence);
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    static const char *const estimators[] = { "reverse", "forward" };
    const scenario s = { "memory", "adamw", 3, .02, .9, .05, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_cyclic, 8, 0, 0, 0, 0 };
    fixture f;
    fixture_init (&f, &s, RG_DOUBLE);
    double *gradient = calloc (rg_hyper_size (f.hyper), sizeof *gradient);
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory ("reversible"));
    for (int e = 0; e < 2; e++)
        for (failing_memory memory = failing_first (); memory.failed;)
            FAILING (&memory, rg_hypergradient (&f.problem, rg_registry_estimator (estimators[e]), &options, 0, gradient, NULL,
                                                NULL));
    free (gradient);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("adam network");
    TCase *whole = tcase_create ("hypergradients");
    tcase_set_timeout (whole, 120);
    tcase_add_loop_test (whole, trajectories_agree_bit_for_bit_and_with_floating_arithmetic, 0, ADAMS);
    tcase_add_loop_test (whole, floating_is_what_central_differences_say, 0, ADAMS);
    tcase_add_loop_test (whole, forward_is_reverse, 0, ADAMS);
    tcase_add_loop_test (whole, single_precision_is_reversible_too, 0, ADAMS);
    tcase_add_loop_test (whole, floating_arithmetic_meets_the_golden_numbers, 0, (int) (sizeof golden / sizeof *golden));
    tcase_add_test (whole, tied_schedules_agree_in_three_estimators);
    suite_add_tcase (suite, whole);
    TCase *refused = tcase_create ("refusals and memory");
    tcase_add_loop_test (refused, what_cannot_be_is_refused_with_a_sentence, 0, (int) (sizeof refusals / sizeof *refusals));
    tcase_add_test (refused, every_allocation_may_fail);
    suite_add_tcase (suite, refused);
    return run_suite (suite);
}
