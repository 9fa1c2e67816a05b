/*
 * check_layer_golden.c -- layers and whole networks against PyTorch, whose numbers golden/layers.py prints; and, of the whole networks,
 * runs of 400 steps: reversible is stored, threads change no bit.
 */
#include "testing.h"

#include <string.h>

#include <retrograde.h>

#include "how.h"

enum { TRAIN = 12, VALID = 8, CLASSES = 3, STEPS = 50, LONG = 400, BLOCKS = 4, PICTURE = 36, WORDS = 6 };

/* ---- Networks -------------------------------------------------------------------- */

#define WHOLE(key, number) { key, number, NULL }
#define TEXT(key, text) { key, 0, text }
#define LAYER(name, ...) { .kind = name, .settings = { __VA_ARGS__ } }
#define PLAIN(name) { .kind = name }
#define DENSE(n) LAYER ("dense", WHOLE ("units", n))
#define CONV(filters, ...) LAYER ("conv", WHOLE ("filters", filters), __VA_ARGS__)
#define SIDE(n) WHOLE ("kernel", n)
#define NETWORK(...) (const rg_layer[]) { __VA_ARGS__, DENSE (CLASSES), { .kind = NULL } }
#define MEAN PLAIN ("global-average-pool")
#define EMBEDDING(...) LAYER ("embedding", WHOLE ("entries", 5), WHOLE ("width", 4), __VA_ARGS__)
#define TRANSFORMER(...) LAYER ("transformer", __VA_ARGS__)

static const rg_layer block[] = { CONV (3, SIDE (3), WHOLE ("pad", 1)), PLAIN ("batch-norm"), PLAIN ("tanh"), { .kind = NULL } };

/* In the order of the numbers below. */
static const struct {
    const rg_layer *layers;
    size_t input[3];
} networks[] = {
    { NETWORK (CONV (3, SIDE (3), WHOLE ("pad", 1)), PLAIN ("tanh"), LAYER ("max-pool", SIDE (2)), CONV (4, SIDE (2)), PLAIN ("tanh"),
               PLAIN ("flatten"), DENSE (5), PLAIN ("tanh")), { 6, 6, 1 } },
    { NETWORK (CONV (3, SIDE (3), WHOLE ("pad", 1)), PLAIN ("batch-norm"), PLAIN ("tanh"), { .kind = "residual", .body = block }, MEAN),
      { 6, 6, 1 } },
    { NETWORK (LAYER ("lstm", WHOLE ("units", 4), TEXT ("output", "sequence")), LAYER ("lstm", WHOLE ("units", 3))), { 6, 6 } },
    { NETWORK (TRANSFORMER (WHOLE ("heads", 2), WHOLE ("causal", 1)), MEAN), { 6, 6 } },
    { NETWORK (EMBEDDING ({ NULL, 0, NULL }), MEAN), { WORDS } },
    { NETWORK (CONV (4, TEXT ("kernel", "[3, 2]"), WHOLE ("stride", 2), WHOLE ("pad", 1)), PLAIN ("tanh"),
               CONV (4, SIDE (2), WHOLE ("groups", 2), WHOLE ("dilation", 2)), LAYER ("average-pool", TEXT ("kernel", "[1, 2]"))), { 6, 6, 1 } },
    { NETWORK (CONV (4, SIDE (3)), LAYER ("group-norm", WHOLE ("groups", 2)), PLAIN ("tanh"), PLAIN ("layer-norm")), { 6, 6, 1 } },
    { NETWORK (LAYER ("gru", WHOLE ("units", 4), TEXT ("output", "sequence")), MEAN), { 6, 6 } },
    { NETWORK (LAYER ("attention", WHOLE ("heads", 3)), MEAN), { 6, 6 } },
    { NETWORK (TRANSFORMER (WHOLE ("hidden", 5), TEXT ("norm", "post")), MEAN), { 6, 6 } },
    { NETWORK (EMBEDDING (WHOLE ("positions", 1)), MEAN), { WORDS } },
};
enum { NETWORKS = sizeof networks / sizeof *networks, WITH_RUNS = 5 };

/* Length, and inner product with cos (.37 i + .2). */
typedef double measure[2];

/* A run of 50 steps: the outer loss; momentum: rate, decay, weights; AdamW: rate, beta1, weight decay, weights. */
typedef struct {
    double loss;
    measure block[BLOCKS];
} run_numbers;

static const struct {
    const char *label;
    size_t weights;
    double loss;
    measure gradient, product; /* along cos (1.3 i) */
    run_numbers momentum, adamw;
} golden[NETWORKS] = {
    { "LeNet", 185, 1.2389426645651636, { 1.0605602118494368, 0.69740609583817337 },
      { 3.0760707456283045, 1.1713380856257247 },
      { 1.1561925433077975, { { 3.8862909474163647, 3.4982357107790341 },
        { 0.95096515715496255, 0.16500748529690071 },
        { 9.7658513071307045, -6.239738580302765 } } },
      { 1.5416221716808103, { { 22.804155808533206, -4.5877893321776551 },
        { 2.9139858485170489, 2.0897990599148386 },
        { 0.071518135931165128, 0.031895018967032215 },
        { 13.275141742732114, -0.19933206335740161 } } } },
    { "residual, batch norm", 132, 0.96700437142865114, { 0.17818699852408357, -0.169070363042267 },
      { 2.4422993358125322, -2.6958128678127897 },
      { 0.79581893187164787, { { 0.64569273573354458, 0.22550201270643611 },
        { 0.16027592764794096, 0.094918640332677412 },
        { 0.82205154284942683, -0.74797841235574092 } } },
      { 0.73407531314730523, { { 2.2129386214974147, 0.051280688539138641 },
        { 0.22776668179596543, -0.055332662876695533 },
        { 0.0058273891241869972, 0.0023369567416435307 },
        { 1.8773448562225856, -1.511522393687633 } } } },
    { "LSTM", 284, 1.1758081731292185, { 0.48629692567176758, -0.017526765524807225 },
      { 0.61711967145306024, -0.47041241259331407 },
      { 0.72320589620495856, { { 0.1098642548964371, -0.090187833712237347 },
        { 0.031604023455113268, -0.016359114321815745 },
        { 0.097913491676432943, -0.081874723941508076 } } },
      { 0.69592323506719489, { { 0.98331605690721113, -1.2623777066518298 },
        { 0.083003422618461359, -0.082083461223534743 },
        { 0.012481091833473497, -0.0054572923528836102 },
        { 0.51381096339549814, -0.2282421751785865 } } } },
    { "transformer", 531, 1.2443327335262839, { 2.1438233777577453, -4.8307772641840501 },
      { 22.630823502215154, -7.7562996090834657 },
      { 1.0695604213911554, { { 2.5769957568244282, -1.5631538877115376 },
        { 0.60998918819770154, -0.033780273187611717 },
        { 1.9492040942941262, -6.1373594349132876 } } },
      { 0.97730680302275541, { { 11.074382120006572, -0.1163947396579128 },
        { 2.3352370870785712, 1.3325784246790944 },
        { 0.067505679071990177, 0.060692593065826778 },
        { 11.696554222835523, 19.524049900971455 } } } },
    { "embedding, mean", 35, 1.3910352334591307, { 0.62657923435167984, 0.50147681833229685 },
      { 0.53491505628352831, -0.0026411596621353089 },
      { 0.88404693675743173, { { 0.70887421102372872, -0.23833723760101158 },
        { 0.15076339289940666, -0.02728587901971468 },
        { 0.23030643103188841, -0.26677970991345834 } } },
      { 0.82085077658907379, { { 1.0624601148052613, 0.12703213050083648 },
        { 0.067829450034316452, 0.034219134454440102 },
        { 0.0076798419884890248, -0.0028023728730285045 },
        { 0.13871301345142087, -0.026568523691260906 } } } },
    { "strided, grouped, dilated", 79, 1.0405785555406404, { 0.56148205388366224, -0.066162971800033929 },
      { 1.5603465382519726, -0.35758392493183438 } },
    { "group and layer norm", 247, 1.8104985735369106, { 12.175541201274498, -13.628700061583032 },
      { 313.29453699970287, 393.31198775297287 } },
    { "GRU", 151, 1.2526059180823526, { 0.58412190030989186, 0.17957565192634506 },
      { 1.1698021385881479, 0.50161375929442242 } },
    { "attention", 189, 0.97401004701775407, { 0.23246948405884876, 0.096799272080481807 },
      { 2.0794047558769648, 0.10407722245723561 } },
    { "norms after", 284, 1.6154543470617988, { 1.6919009609216491, -0.60871106122091478 },
      { 2.3082031098798725, -2.0140182348153877 } },
    { "embedding, places", 59, 1.3820150026666023, { 0.66720393385347587, 0.021529694544033862 },
      { 0.63183891733979158, -0.32502689421211767 } },
};

static void
is_close (const char *label, const char *what, size_t count, const double *x, const measure expected, double tolerance)
{
    double length = 0, product = 0;
    for (size_t i = 0; i < count; i++) {
        length = hypot (length, x[i]);
        product += x[i] * cos (.37 * (double) i + .2);
    }
    ck_assert_msg (fabs (length - expected[0]) <= tolerance * expected[0] && fabs (product - expected[1]) <= tolerance * expected[0],
                   "%s: %s: %.17g, %.17g, expected %.17g, %.17g", label, what, length, product, expected[0], expected[1]);
}

/* ---- Problems -------------------------------------------------------------------- */

typedef struct {
    rg_model *model;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_dataset *train, *valid;
    rg_objective *inner, *outer;
    double *w;
    size_t weights;
} problem;

static rg_dataset *
examples (size_t first, size_t count, int words)
{
    rg_array inputs, labels;
    rg_dataset *data;
    const size_t features = words ? WORDS : PICTURE, shape[] = { count, features };
    const rg_dataset_options options = { .size = sizeof options, .classes = CLASSES };
    ck_assert_int_eq (rg_array_new (&inputs, words ? RG_INT32 : RG_FLOAT64, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    for (size_t n = 0; n < count; n++) {
        const size_t i = first + n;
        ((int32_t *) labels.data)[n] = (int32_t) ((3 * i + i * i / 5) % CLASSES);
        for (size_t k = 0; k < features; k++)
            if (words)
                ((int32_t *) inputs.data)[n * features + k] = (int32_t) ((i * i + 3 * k + i * k) % 5);
            else
                ((double *) inputs.data)[n * features + k] = sin (1.3 * (double) i + .7 * (double) k + .29 * (double) (i * k));
    }
    rg_message message = { "" };
    ck_assert_msg (rg_dataset_new (&data, &inputs, &labels, &options, "inputs", "labels", &message) == RG_OK, "%s", message.text);
    return data;
}

static void
add (problem *p, rg_role role, double value)
{
    rg_block_spec spec = rg_block_defaults (role);
    spec.per_step = role != RG_WEIGHTS && role != RG_BETA2 && role != RG_EPSILON;
    spec.fixed = role == RG_BETA2 || role == RG_EPSILON;
    spec.init = value;
    spec.transform = RG_IDENTITY;
    if (role == RG_WEIGHTS) {
        spec.values = p->w;
        spec.count = p->weights;
    }
    ck_assert_int_eq (rg_hyper_add (p->hyper, &spec, NULL), RG_OK);
}

static rg_objective *
objective_of (const problem *p, rg_part_played part, uint32_t shard)
{
    const rg_dataset *data = part == RG_INNER ? p->train : p->valid;
    const rg_batches batches = { &rg_sampler_cyclic, rg_dataset_count (data), rg_dataset_count (data), 0 };
    const rg_model_loss loss = { .size = sizeof loss, .model = p->model, .precision = RG_DOUBLE, .part = part, .data = data, .batches = batches, .shard = shard, .hyper = p->hyper };
    rg_objective *objective;
    rg_message message = { "" };
    const rg_status status = rg_objective_from_model (&objective, &loss, &message);
    ck_assert_msg (status == RG_OK, "%d %s", status, message.text);
    return objective;
}

/*
 * A network and its hyperparameters.
 *   dynamics  "momentum", "adamw"; NULL: there are no hyperparameters
 *   shard     of the inner loss; 0: all
 */
static problem
problem_of (int i, const char *dynamics, size_t steps, uint32_t shard)
{
    problem p = { .train = examples (0, TRAIN, networks[i].input[0] == WORDS && networks[i].input[1] == 0),
                  .valid = examples (TRAIN, VALID, networks[i].input[0] == WORDS && networks[i].input[1] == 0) };
    rg_model_spec spec = { .size = sizeof spec, .layers = networks[i].layers };
    rg_message message = { "" };
    memcpy (spec.input, networks[i].input, sizeof spec.input);
    ck_assert_msg (rg_model_new (&p.model, &spec, &message) == RG_OK, "%s: %s", golden[i].label, message.text);
    p.weights = rg_model_weights (p.model);
    ck_assert_uint_eq (p.weights, golden[i].weights);
    p.w = calloc (p.weights, sizeof *p.w);
    for (size_t k = 0; k < p.weights; k++)
        p.w[k] = .5 * sin (2.1 * (double) k + .4);
    ck_assert_int_eq (rg_model_layout (&p.layout, p.model, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&p.hyper, p.layout, steps, TRAIN, 14), RG_OK);
    const int adam = dynamics != NULL && strcmp (dynamics, "adamw") == 0;
    const rg_role momentum[] = { RG_RATE, RG_DECAY, RG_WEIGHTS },
                  adamw[] = { RG_RATE, RG_BETA1, RG_WEIGHT_DECAY, RG_WEIGHTS, RG_BETA2, RG_EPSILON };
    const double of_momentum[] = { .03, 14746. / 16384, 0 }, of_adamw[] = { .01, 14746. / 16384, .5, 0, .99, 1e-3 };
    for (int k = 0; dynamics != NULL && k < (adam ? 6 : 3); k++)
        add (&p, adam ? adamw[k] : momentum[k], adam ? of_adamw[k] : of_momentum[k]);
    p.inner = objective_of (&p, RG_INNER, shard);
    p.outer = objective_of (&p, RG_OUTER, 0);
    return p;
}

static void
problem_clear (problem *p)
{
    rg_objective_free (p->inner);
    rg_objective_free (p->outer);
    rg_hyper_free (p->hyper);
    rg_layout_free (p->layout);
    rg_model_free (p->model);
    rg_dataset_free (p->train);
    rg_dataset_free (p->valid);
    free (p->w);
}

/* ---- At one point ---------------------------------------------------------------- */

START_TEST (loss_gradient_and_product_are_those_of_pytorch)
{
    problem p = problem_of (_i, NULL, 1, 0);
    double *v = calloc (3 * p.weights, sizeof *v), *g = v + p.weights, *product = g + p.weights;
    rg_evaluation found;
    for (size_t i = 0; i < p.weights; i++)
        v[i] = cos (1.3 * (double) i);
    ck_assert_int_eq (rg_objective_evaluate (p.inner, (rg_instant) { 0 }, p.w, NULL, &found, g, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_product (p.inner, (rg_instant) { 0 }, p.w, NULL, v, NULL, product, NULL, NULL), RG_OK);
    ck_assert_double_eq_tol (found.loss, golden[_i].loss, 1e-12);
    is_close (golden[_i].label, "gradient", p.weights, g, golden[_i].gradient, 1e-10);
    is_close (golden[_i].label, "product", p.weights, product, golden[_i].product, 1e-10);
    free (v);
    problem_clear (&p);
}
END_TEST

/* ---- Runs ------------------------------------------------------------------------ */

/* A hypergradient, to be freed, and the outer loss. */
static double *
hypergradient (const problem *p, const char *dynamics, rg_arithmetic arithmetic, const char *trajectory, rg_team *team, double *loss)
{
    rg_problem run = { .size = sizeof run, .hyper = p->hyper, .inner = p->inner, .outer = p->outer, .dynamics = rg_registry_dynamics (dynamics),
                       .run = rg_run_defaults () };
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (trajectory));
    double *gradient = calloc (rg_hyper_size (p->hyper), sizeof *gradient);
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    run.run.arithmetic = arithmetic;
    run.run.team = team;
    run.run.fraction_bits = 44;
    ck_assert_msg (rg_hypergradient (&run, rg_registry_estimator ("reverse"), &options, 0, gradient, &report, &message) == RG_OK, "%s",
                   message.text);
    ck_assert_int_eq (report.certified, strcmp (trajectory, "reversible") == 0);
    *loss = report.outer_loss;
    return gradient;
}

static void
run_is_close (int i, const char *dynamics, const run_numbers *expected)
{
    problem p = problem_of (i, dynamics, STEPS, 0);
    for (int exact = 0; exact < 2; exact++) {
        double loss;
        double *gradient = hypergradient (&p, dynamics, exact ? RG_EXACT : RG_FLOATING, exact ? "reversible" : "stored", NULL, &loss);
        size_t next = 0;
        ck_assert_double_eq_tol (loss, expected->loss, exact ? 1e-7 : 1e-9);
        for (size_t k = 0; k < rg_hyper_blocks (p.hyper); k++) {
            const rg_block b = rg_hyper_block (p.hyper, k);
            if (!b.fixed)
                is_close (golden[i].label, b.name, b.size, gradient + b.first, expected->block[next++], exact ? 1e-6 : 1e-8);
        }
        free (gradient);
    }
    problem_clear (&p);
}

START_TEST (hypergradients_of_momentum_are_those_of_pytorch)
{
    run_is_close (_i, "momentum", &golden[_i].momentum);
}
END_TEST

START_TEST (hypergradients_of_adamw_are_those_of_pytorch)
{
    run_is_close (_i, "adamw", &golden[_i].adamw);
}
END_TEST

START_TEST (reversible_is_stored_bit_for_bit_over_400_steps_at_any_number_of_threads)
{
    problem p = problem_of (_i, "momentum", LONG, 4);
    rg_team *team;
    double loss[3];
    ck_assert_int_eq (rg_team_new (&team, 3, NULL), RG_OK);
    double *gradient[] = { hypergradient (&p, "momentum", RG_EXACT, "reversible", NULL, &loss[0]),
                           hypergradient (&p, "momentum", RG_EXACT, "stored", NULL, &loss[1]),
                           hypergradient (&p, "momentum", RG_EXACT, "reversible", team, &loss[2]) };
    for (int k = 1; k < 3; k++) {
        ck_assert_mem_eq (&loss[k], &loss[0], sizeof (double));
        ck_assert_mem_eq (gradient[k], gradient[0], rg_hyper_size (p.hyper) * sizeof (double));
    }
    for (int k = 0; k < 3; k++)
        free (gradient[k]);
    rg_team_free (team);
    problem_clear (&p);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("layer_golden");
    TCase *point = tcase_create ("at one point"), *runs = tcase_create ("runs");
    tcase_set_timeout (runs, 120);
    tcase_add_loop_test (point, loss_gradient_and_product_are_those_of_pytorch, 0, NETWORKS);
    tcase_add_loop_test (runs, hypergradients_of_momentum_are_those_of_pytorch, 0, WITH_RUNS);
    tcase_add_loop_test (runs, hypergradients_of_adamw_are_those_of_pytorch, 0, WITH_RUNS);
    tcase_add_loop_test (runs, reversible_is_stored_bit_for_bit_over_400_steps_at_any_number_of_threads, 0, WITH_RUNS);
    suite_add_tcase (suite, point);
    suite_add_tcase (suite, runs);
    return run_suite (suite);
}
