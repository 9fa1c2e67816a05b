/*
 * bench_threads.c -- what two threads, two shards and two ranks bring, as ratios of one run.
 *
 *   bench_threads RESULTS                            threads and shards
 *   mpirun -n 2 bench_threads RESULTS ranks PLUGIN   ranks; the plug-in that knows MPI
 *
 * 784-100-100-10, tanh, single precision, hypergradients through 60 steps, reversible. Each figure is a ratio
 * of the shortest of five interleaved repetitions.
 */
#include <string.h>

#include <retrograde.h>

#include "bench.h"
#include "machine.h"
#include "images.h"

enum { EXAMPLES = 4000, FEATURES = 784, REPEATS = 5, LAYERS = 4, STEPS = 60 };
static const size_t widths[LAYERS] = { FEATURES, 100, 100, 10 };

/* A problem with its parts. */
typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_problem problem;
    double *gradient;
} workload;

static void
workload_init (workload *w, rg_dataset *data, uint32_t batch, uint32_t shard)
{
    rg_message message = { "out of memory" };
    const rg_network network = { LAYERS, widths, RG_TANH };
    *w = (workload) { 0 };
    must (rg_network_layout (&w->layout, &network), &message);
    must (rg_hyper_new (&w->hyper, w->layout, STEPS, EXAMPLES, 14), &message);
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rate.scope = decay.scope = RG_PER_ARRAY;
    rate.per_step = decay.per_step = 1;
    rate.init = .3;
    decay.init = .9;
    must (rg_hyper_add (w->hyper, &rate, &message), &message);
    must (rg_hyper_add (w->hyper, &decay, &message), &message);
    rg_network_loss loss = { sizeof loss, network, RG_SINGLE, RG_INNER, data, 0, { &rg_sampler_random, EXAMPLES, batch, 1 }, shard,
                             w->hyper, NULL };
    must (rg_objective_from_network (&w->inner, &loss, &message), &message);
    loss.part = RG_OUTER;
    loss.batches = (rg_batches) { &rg_sampler_cyclic, EXAMPLES, 200, 1 };
    must (rg_objective_from_network (&w->outer, &loss, &message), &message);
    w->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = w->hyper, .inner = w->inner, .outer = w->outer,
                                .dynamics = rg_registry_dynamics ("momentum-damped"), .run = rg_run_defaults (),
                                .initial = { .scale = .05, .seed = 1 } };
    w->gradient = calloc (rg_hyper_size (w->hyper), sizeof *w->gradient);
}

static void
workload_clear (workload *w)
{
    free (w->gradient);
    rg_objective_free (w->inner);
    rg_objective_free (w->outer);
    rg_hyper_free (w->hyper);
    rg_layout_free (w->layout);
}

/* Seconds of a hypergradient, by a team or (alone) by each of its ranks. */
static double
seconds (workload *w, rg_team *team, int alone)
{
    const rg_estimator_options options = { .size = sizeof (rg_estimator_options), .policy = rg_registry_trajectory ("reversible") };
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    w->problem.run.team = team;
    w->problem.run.alone = alone;
    must (rg_hypergradient (&w->problem, rg_registry_estimator ("reverse"), &options, 0, w->gradient, &report, &message),
          &message);
    return report.forward_seconds + report.backward_seconds;
}

static void
keep_least (double *least, double value)
{
    if (*least == 0 || value < *least)
        *least = value;
}

static void
measure_threads (FILE *results, rg_dataset *data, rg_team *two)
{
    workload whole, cut;
    workload_init (&whole, data, 400, 0);
    workload_init (&cut, data, 400, 200);
    double one_shard = 0, two_shards = 0, two_threads = 0;
    for (int r = -1; r < REPEATS; r++) { /* the first is a warm-up */
        const double a = seconds (&whole, NULL, 1), b = seconds (&cut, NULL, 1), c = seconds (&cut, two, 1);
        if (r < 0)
            continue;
        keep_least (&one_shard, a);
        keep_least (&two_shards, b);
        keep_least (&two_threads, c);
    }
    bench_result (results, "shards2.over_one", two_shards / one_shard, "ratio");
    bench_result (results, "threads2.speedup", two_shards / two_threads, "ratio");
    workload_clear (&whole);
    workload_clear (&cut);
}

static void
measure_ranks (FILE *results, rg_dataset *data, rg_ranks *ranks, rg_team *team, uint32_t batch)
{
    workload w;
    workload_init (&w, data, batch, 200);
    double alone = 0, together = 0;
    for (int r = -1; r < REPEATS; r++) {
        const double a = seconds (&w, team, 1), b = seconds (&w, team, 0);
        if (r < 0)
            continue;
        keep_least (&alone, a);
        keep_least (&together, b);
    }
    char name[64];
    snprintf (name, sizeof name, "ranks%zu.speedup.batch%u", rg_ranks_count (ranks), batch);
    if (rg_ranks_index (ranks) == 0)
        bench_result (results, name, alone / together, "ratio");
    workload_clear (&w);
}

int
main (int argc, char **argv)
{
    const int with_ranks = argc > 2 && strcmp (argv[2], "ranks") == 0;
    rg_ranks *ranks = NULL;
    rg_team *team;
    rg_message message = { "" };
    if (with_ranks)
        must (rg_ranks_start (&ranks, argc > 3 ? argv[3] : NULL, &message), &message);
    FILE *results = argc > 1 && rg_ranks_index (ranks) == 0 ? fopen (argv[1], "a") : NULL;
    rg_dataset *data = random_images (EXAMPLES, FEATURES);
    bench_machine (results);
    must (rg_team_new (&team, with_ranks ? 1 : 2, &message), &message);
    rg_team_join (team, ranks);
    if (with_ranks) {
        measure_ranks (results, data, ranks, team, 400);
        measure_ranks (results, data, ranks, team, 1600);
    } else
        measure_threads (results, data, team);
    rg_team_free (team);
    rg_dataset_free (data);
    rg_ranks_free (ranks);
    if (results != NULL)
        fclose (results);
    return EXIT_SUCCESS;
}
