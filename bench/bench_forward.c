/*
 * bench_forward.c -- what many tangents at once save, as ratios of one run.
 *
 * 784-100-10, tanh, batch 200, double precision, one core; 64 directions in the weights. Each figure is the
 * median over interleaved repetitions: a gradient and a tangent for each direction, the tangents
 * alone after one gradient, and the tangents side by side, 16 at a time. Last, forward mode with rates and decays of each
 * step (6 panels of columns) by two threads and by one: the best of interleaved repetitions.
 */
#include <math.h>
#include <string.h>

#include <retrograde.h>

#include "base/random.h"
#include "bench.h"
#include "machine.h"
#include "dense/blas.h"
#include "dense/dense.h"
#include "objective/objective.h"

enum { EXAMPLES = 400, FEATURES = 784, BATCH = 200, DIRECTIONS = 64, WIDTH = 16, REPEATS = 9, STEPS = 4, SCHEDULE = 12 };
static const size_t widths[] = { FEATURES, 100, 10 };

static void
must (rg_status status, const rg_message *message)
{
    if (status == RG_OK)
        return;
    fprintf (stderr, "bench: %s\n", message == NULL ? rg_status_text (status) : message->text);
    exit (EXIT_FAILURE);
}

static rg_dataset *
random_images (void)
{
    rg_array inputs, labels;
    rg_dataset *data;
    rg_message message;
    const rg_random random = { 7, RG_STREAM_TEST, 0, 0 };
    must (rg_array_new (&inputs, RG_FLOAT64, 2, (size_t[]) { EXAMPLES, FEATURES }), NULL);
    must (rg_array_new (&labels, RG_INT32, 1, (size_t[]) { EXAMPLES }), NULL);
    for (size_t i = 0; i < EXAMPLES * FEATURES; i++)
        ((double *) inputs.data)[i] = rg_random_uniform (&random, i) - .5;
    for (size_t i = 0; i < EXAMPLES; i++)
        ((int32_t *) labels.data)[i] = (int32_t) (i % 10);
    must (rg_dataset_new (&data, &inputs, &labels, NULL, "images", "labels", &message), &message);
    return data;
}

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    size_t weights;
    double *w, *g, *direction, *derivative; /* [weights], directions and derivatives times DIRECTIONS */
} workload;

/* Rates and decays per array: 8 free numbers, or as many a step. */
static void
workload_init (workload *w, rg_dataset *data, size_t steps, int per_step)
{
    rg_message message;
    const rg_network network = { 3, widths, RG_TANH };
    const rg_random random = { 8, RG_STREAM_TEST, 0, 0 };
    must (rg_network_layout (&w->layout, &network), NULL);
    must (rg_hyper_new (&w->hyper, w->layout, steps, EXAMPLES, 14), NULL);
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rate.scope = decay.scope = RG_PER_ARRAY;
    rate.per_step = decay.per_step = per_step;
    rate.init = .3;
    decay.init = .9;
    must (rg_hyper_add (w->hyper, &rate, &message), &message);
    must (rg_hyper_add (w->hyper, &decay, &message), &message);
    rg_network_loss loss = { sizeof loss, network, RG_DOUBLE, RG_INNER, data, 0, { &rg_sampler_cyclic, EXAMPLES, BATCH, 1 }, 0, w->hyper, NULL };
    must (rg_objective_from_network (&w->inner, &loss, &message), &message);
    loss.part = RG_OUTER;
    must (rg_objective_from_network (&w->outer, &loss, &message), &message);
    must (w->inner->table->widen (w->inner->self, 1, DIRECTIONS), NULL);
    w->weights = rg_layout_weights (w->layout);
    w->w = calloc (w->weights, sizeof (double));
    w->g = calloc (w->weights, sizeof (double));
    w->direction = aligned_alloc (64, w->weights * DIRECTIONS * sizeof (double));
    w->derivative = aligned_alloc (64, w->weights * DIRECTIONS * sizeof (double));
    for (size_t i = 0; i < w->weights; i++)
        w->w[i] = .05 * rg_random_normal (&random, i);
    for (size_t i = 0; i < w->weights * DIRECTIONS; i++) {
        w->direction[i] = rg_random_uniform (&random, i) - .5;
        w->derivative[i] = 0;
    }
}

static void
workload_clear (workload *w)
{
    rg_objective_free (w->inner);
    rg_objective_free (w->outer);
    rg_hyper_free (w->hyper);
    rg_layout_free (w->layout);
    free (w->w);
    free (w->g);
    free (w->direction);
    free (w->derivative);
}

static void
gradient (const workload *w)
{
    const rg_objective *o = w->inner;
    must (o->table->gradient (o->self, 0, (rg_instant) { .step = 0 }, 0, w->w, NULL, NULL, w->g, NULL), NULL);
}

/* Seconds of 64 tangents one by one; with the gradient before each, or once. */
static double
one_by_one (const workload *w, int shared)
{
    const rg_objective *o = w->inner;
    const double start = bench_clock ();
    for (size_t k = 0; k < DIRECTIONS; k++) {
        if (k == 0 || !shared)
            gradient (w);
        must (o->table->tangent (o->self, 0, w->direction + k * w->weights, NULL, w->derivative + k * w->weights, NULL,
                                 NULL), NULL);
    }
    return bench_clock () - start;
}

static double
side_by_side (const workload *w, size_t width)
{
    const rg_objective *o = w->inner;
    size_t none[DIRECTIONS];
    memset (none, 0xff, sizeof none); /* SIZE_MAX: no hyperparameter moves */
    const double start = bench_clock ();
    gradient (w);
    for (size_t k = 0; k < DIRECTIONS; k += width)
        must (o->table->tangents (o->self, 0, 0, width, w->direction + k * w->weights, none,
                                  w->derivative + k * w->weights, NULL), NULL);
    return bench_clock () - start;
}

/* Seconds of the wide products of the first layer alone, which no tangent can do without. */
static double
products (const workload *w, const double *x, double *y)
{
    const rg_dense *dense = rg_dense_get (RG_DOUBLE);
    const size_t in = widths[0], out = widths[1] * WIDTH;
    const double start = bench_clock ();
    for (size_t k = 0; k < DIRECTIONS; k += WIDTH) {
        dense->wide_nn (BATCH, out, in, x, w->direction + k * w->weights, y, false);
        dense->wide_tn (in, out, BATCH, x, y, w->derivative + k * w->weights, false);
    }
    return bench_clock () - start;
}

static double
whole (const workload *w, const char *estimator, rg_team *team, double *found)
{
    rg_report report = { .size = sizeof report };
    rg_message message;
    rg_problem problem = { .size = sizeof problem, .hyper = w->hyper, .inner = w->inner, .outer = w->outer,
                                 .dynamics = rg_registry_dynamics ("momentum"), .run = rg_run_defaults (),
                                 .initial = { .scale = .05, .seed = 1 } };
    problem.run.team = team;
    const rg_estimator_options options = { .size = sizeof (rg_estimator_options), .policy = rg_registry_trajectory ("stored") };
    const double start = bench_clock ();
    must (rg_hypergradient (&problem, rg_registry_estimator (estimator), &options, 0, found, &report, &message), &message);
    return bench_clock () - start;
}

/* How much faster two threads carry the tangents of a schedule. */
static double
threads_speedup (rg_dataset *data)
{
    enum { TIMES = 7 };
    rg_team *team;
    rg_message message;
    workload w;
    double alone = INFINITY, both = INFINITY;
    workload_init (&w, data, SCHEDULE, 1);
    double *found = calloc (rg_hyper_size (w.hyper), sizeof *found);
    must (rg_team_new (&team, 2, &message), &message);
    for (int r = 0; r < TIMES; r++) {
        alone = fmin (alone, whole (&w, "forward", NULL, found));
        both = fmin (both, whole (&w, "forward", team, found));
    }
    rg_team_free (team);
    free (found);
    workload_clear (&w);
    return alone / both;
}

int
main (int argc, char **argv)
{
    static const size_t tried[] = { 8, WIDTH, 32, 64 };
    enum { TRIED = sizeof tried / sizeof *tried };
    FILE *results = argc > 1 ? fopen (argv[1], "a") : NULL;
    rg_blas_enter ();
    rg_dataset *data = random_images ();
    workload w;
    workload_init (&w, data, STEPS, 0);
    bench_machine (results);
    printf ("784-100-10, batch 200, double precision, 64 tangents\n");
    double single[REPEATS], passes[TRIED][REPEATS], tangents[TRIED][REPEATS], seconds[REPEATS], reverse[REPEATS];
    double over_products[REPEATS];
    double *x = aligned_alloc (64, sizeof *x * BATCH * FEATURES), *y = aligned_alloc (64, sizeof *y * BATCH * 100 * WIDTH);
    for (size_t i = 0; i < BATCH * FEATURES; i++)
        x[i] = .01 * (double) (i % 101) - .5;
    double *found = calloc (rg_hyper_size (w.hyper), sizeof *found);
    for (int r = -1; r < REPEATS; r++) { /* the first is a warm-up */
        const int at = r < 0 ? 0 : r;
        const double both = one_by_one (&w, 0), shared = one_by_one (&w, 1);
        single[at] = 1e3 * shared / DIRECTIONS;
        for (int i = 0; i < TRIED; i++) {
            const double wide = side_by_side (&w, tried[i]);
            passes[i][at] = wide / both;
            tangents[i][at] = wide / shared;
            if (tried[i] == WIDTH) {
                seconds[at] = 1e3 * wide / DIRECTIONS;
                over_products[at] = wide / products (&w, x, y);
            }
        }
        reverse[at] = whole (&w, "forward", NULL, found) / whole (&w, "reverse", NULL, found);
    }
    for (int i = 0; i < TRIED; i++) {
        char suffix[24] = "", name[80]; /* plain names stand for the width that the library uses */
        if (tried[i] != WIDTH)
            snprintf (suffix, sizeof suffix, ".width%zu", tried[i]);
        snprintf (name, sizeof name, "forward_mode.pass_ratio%s", suffix);
        bench_result (results, name, bench_median (passes[i], REPEATS), "of 64 gradients and tangents");
        snprintf (name, sizeof name, "forward_mode.tangent_ratio%s", suffix);
        bench_result (results, name, bench_median (tangents[i], REPEATS), "of 64 tangents, one gradient");
    }
    bench_result (results, "forward_mode.tangent_ms", bench_median (seconds, REPEATS), "ms a tangent");
    bench_result (results, "forward_mode.single_tangent_ms", bench_median (single, REPEATS), "ms a tangent");
    bench_result (results, "forward_mode.over_matrix_products", bench_median (over_products, REPEATS), "ratio");
    bench_result (results, "forward_mode.over_reverse", bench_median (reverse, REPEATS), "ratio, 8 free numbers");
    bench_result (results, "forward_mode.threads2_speedup", threads_speedup (data), "times, 96 free numbers");
    free (found);
    free (x);
    free (y);
    workload_clear (&w);
    rg_dataset_free (data);
    rg_blas_leave ();
    if (results != NULL)
        fclose (results);
    return EXIT_SUCCESS;
}
