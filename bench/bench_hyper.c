/*
 * bench_hyper.c -- what a million hyperparameters cost: one hypergradient of 100 steps with a rate and a penalty for each
 * weight, over the same with one of each.
 *
 * 784-512-200-10 (506,530 weights), tanh, double precision, batches of 200 of 60,000 images of bytes, one core. Each run
 * is a process of its own, whose peak of resident memory the system reports; the two kinds alternate, and time is
 * processor time from the first step out to the end of the way back. The figures are medians.
 */
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <retrograde.h>

#include "base/random.h"
#include "bench.h"
#include "machine.h"

enum { EXAMPLES = 60000, VALID = 10000, FEATURES = 784, BATCH = 200, STEPS = 100, REPEATS = 5, LAYERS = 4 };
static const size_t widths[LAYERS] = { FEATURES, 512, 200, 10 };

static void
must (rg_status status, const rg_message *message)
{
    if (status == RG_OK)
        return;
    fprintf (stderr, "bench: %s\n", message == NULL ? rg_status_text (status) : message->text);
    exit (EXIT_FAILURE);
}

/* Bytes like images: labels depend on them. */
static rg_dataset *
random_images (size_t count)
{
    rg_array inputs, labels;
    rg_dataset *data;
    rg_message message;
    const rg_random random = { 7, RG_STREAM_TEST, 0, 0 };
    must (rg_array_new (&inputs, RG_UINT8, 2, (size_t[]) { count, FEATURES }), NULL);
    must (rg_array_new (&labels, RG_INT32, 1, &count), NULL);
    for (size_t i = 0; i < count; i++) {
        ((int32_t *) labels.data)[i] = (int32_t) (i % 10);
        for (size_t k = 0; k < FEATURES; k += 4) {
            const uint32_t four = rg_random_below (&random, i * FEATURES + k, UINT32_MAX);
            memcpy ((uint8_t *) inputs.data + i * FEATURES + k, &four, 4);
        }
        for (size_t k = i % 10; k < FEATURES; k += 10)
            ((uint8_t *) inputs.data)[i * FEATURES + k] |= 0xc0;
    }
    must (rg_dataset_new (&data, &inputs, &labels, NULL, "images", "labels", &message), &message);
    return data;
}

static void
add (rg_hyper *hyper, rg_role role, rg_scope scope, double init, int fixed)
{
    rg_message message;
    rg_block_spec spec = rg_block_defaults (role);
    spec.scope = scope;
    spec.init = init;
    spec.fixed = fixed;
    must (rg_hyper_add (hyper, &spec, &message), &message);
}

/* One hypergradient; returns its processor seconds. */
static double
hypergradient (rg_scope scope)
{
    rg_message message;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_report report = { .size = sizeof report };
    rg_dataset *train = random_images (EXAMPLES), *valid = random_images (VALID);
    const rg_network network = { LAYERS, widths, RG_TANH };
    must (rg_network_layout (&layout, &network), NULL);
    must (rg_hyper_new (&hyper, layout, STEPS, EXAMPLES, 14), NULL);
    add (hyper, RG_RATE, scope, .1, 0);
    add (hyper, RG_L2, scope, 1e-5, 0);
    add (hyper, RG_DECAY, RG_PER_ALL, .9, 1);
    rg_network_loss loss = { sizeof loss, network, RG_DOUBLE, RG_INNER, train, 0, { &rg_sampler_random, EXAMPLES, BATCH, 1 }, 0, hyper, NULL };
    must (rg_objective_from_network (&inner, &loss, &message), &message);
    loss.part = RG_OUTER;
    loss.data = valid;
    loss.batches = (rg_batches) { &rg_sampler_cyclic, VALID, VALID, 1 };
    loss.shard = 500;
    must (rg_objective_from_network (&outer, &loss, &message), &message);
    const rg_problem problem = { .size = sizeof problem, .hyper = hyper, .inner = inner, .outer = outer,
                                 .dynamics = rg_registry_dynamics ("momentum-damped"), .run = rg_run_defaults (),
                                 .initial = { .scale = .05, .seed = 1 } };
    const rg_estimator_options options = { .size = sizeof (rg_estimator_options), .policy = rg_registry_trajectory ("reversible") };
    double *gradient = malloc (rg_hyper_size (hyper) * sizeof *gradient);
    struct timespec from, to;
    clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &from);
    must (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &options, 0, gradient, &report, &message),
          &message);
    clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &to);
    free (gradient);
    rg_objective_free (inner);
    rg_objective_free (outer);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
    rg_dataset_free (train);
    rg_dataset_free (valid);
    return (double) (to.tv_sec - from.tv_sec) + 1e-9 * (double) (to.tv_nsec - from.tv_nsec);
}

/* The same in a process of its own: seconds, and the peak of its resident memory in MiB. */
static void
measure (rg_scope scope, double *seconds, double *memory)
{
    int ends[2], state;
    struct rusage usage;
    must (pipe (ends) == 0 ? RG_OK : RG_ESYSTEM, NULL);
    const pid_t child = fork ();
    if (child == 0) {
        const double found = hypergradient (scope);
        _exit (write (ends[1], &found, sizeof found) == (ssize_t) sizeof found ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    close (ends[1]);
    must (child > 0 && read (ends[0], seconds, sizeof *seconds) == (ssize_t) sizeof *seconds
              && wait4 (child, &state, 0, &usage) == child ? RG_OK : RG_ESYSTEM, NULL);
    close (ends[0]);
    *memory = (double) usage.ru_maxrss / 1024;
}

int
main (int argc, char **argv)
{
    FILE *results = argc > 1 ? fopen (argv[1], "a") : NULL;
    double seconds[2][REPEATS], memory[2][REPEATS], ratio[REPEATS];
    bench_machine (results);
    printf ("784-512-200-10, double precision, %d steps: 2 and 1,013,060 hyperparameters\n", STEPS);
    for (int r = 0; r < REPEATS; r++) {
        measure (RG_PER_ALL, &seconds[0][r], &memory[0][r]);
        measure (RG_PER_WEIGHT, &seconds[1][r], &memory[1][r]);
        ratio[r] = seconds[1][r] / seconds[0][r];
    }
    const double two = bench_median (memory[0], REPEATS), million = bench_median (memory[1], REPEATS);
    bench_result (results, "hyper.million_seconds", bench_median (seconds[1], REPEATS), "s");
    bench_result (results, "hyper.million_time_ratio", bench_median (ratio, REPEATS), "ratio");
    bench_result (results, "hyper.million_memory", million, "MiB");
    bench_result (results, "hyper.million_memory_ratio", million / two, "ratio");
    if (results != NULL)
        fclose (results);
    return EXIT_SUCCESS;
}
