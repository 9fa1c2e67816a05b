/*
 * bench_trajectories.c -- what each trajectory holds and takes, for runs of 100 to 10,000 steps.
 *
 * Softmax regression of 500 weights, double precision, fixed point, decay .9: small enough to store every state
 * of the longest run. Bytes are those that the run reported; steps are those taken again on the way back,
 * beside the binomial schedule's number.
 */
#include <math.h>
#include <string.h>

#include <retrograde.h>

#include "base/random.h"
#include "bench.h"
#include "machine.h"
#include "trajectory/revolve.h"

enum { EXAMPLES = 200, FEATURES = 49 };
static const size_t widths[2] = { FEATURES, 10 };

static void
must (rg_status status, const rg_message *message)
{
    if (status == RG_OK)
        return;
    fprintf (stderr, "bench: %s\n", message->text);
    exit (EXIT_FAILURE);
}

static rg_dataset *
random_examples (void)
{
    rg_array inputs, labels;
    rg_dataset *data;
    rg_message message = { "out of memory" };
    const rg_random random = { 11, RG_STREAM_TEST, 0, 0 };
    must (rg_array_new (&inputs, RG_FLOAT64, 2, (size_t[]) { EXAMPLES, FEATURES }), &message);
    must (rg_array_new (&labels, RG_INT32, 1, (size_t[]) { EXAMPLES }), &message);
    for (size_t i = 0; i < EXAMPLES; i++) {
        ((int32_t *) labels.data)[i] = (int32_t) (i % 10);
        for (size_t k = 0; k < FEATURES; k++)
            ((double *) inputs.data)[i * FEATURES + k] = .3 * rg_random_normal (&random, i * FEATURES + k);
    }
    must (rg_dataset_new (&data, &inputs, &labels, NULL, "inputs", "labels", &message), &message);
    return data;
}

static void
measure (FILE *results, const rg_dataset *data, size_t steps)
{
    rg_message message = { "out of memory" };
    const rg_network network = { 2, widths, RG_TANH };
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    must (rg_network_layout (&layout, &network), &message);
    must (rg_hyper_new (&hyper, layout, steps, EXAMPLES, 14), &message);
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rate.init = .01;
    decay.init = .9;
    decay.fixed = 1;
    must (rg_hyper_add (hyper, &rate, &message), &message);
    must (rg_hyper_add (hyper, &decay, &message), &message);
    rg_network_loss loss = { sizeof loss, network, RG_DOUBLE, RG_INNER, data, 0, { &rg_sampler_cyclic, EXAMPLES, 20, 1 }, 0, hyper, NULL };
    must (rg_objective_from_network (&inner, &loss, &message), &message);
    loss.part = RG_OUTER;
    must (rg_objective_from_network (&outer, &loss, &message), &message);
    const rg_problem problem = { .size = sizeof problem, .hyper = hyper, .inner = inner, .outer = outer,
                                 .dynamics = rg_registry_dynamics ("momentum-damped"), .run = rg_run_defaults (),
                                 .initial = { .scale = .05, .seed = 1 } };
    const struct {
        const char *label, *policy;
        size_t slots;
    } rows[] = { { "stored", "stored", 0 },
                 { "checkpointed_root", "checkpointed", (size_t) ceil (sqrt ((double) steps)) },
                 { "checkpointed_10", "checkpointed", 10 },
                 { "reversible", "reversible", 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const rg_estimator_options options = { .size = sizeof (rg_estimator_options), .policy = rg_registry_trajectory (rows[i].policy), .slots = rows[i].slots };
        rg_report report = { .size = sizeof report };
        double gradient;
        char name[80];
        must (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &options, 0, &gradient, &report, &message),
              &message);
        snprintf (name, sizeof name, "trajectory.%s.bytes.steps%zu", rows[i].label, steps);
        bench_result (results, name, (double) report.trajectory_bytes, "bytes");
        if (rows[i].slots == 0)
            continue;
        snprintf (name, sizeof name, "trajectory.%s.steps_over_predicted.steps%zu", rows[i].label, steps);
        bench_result (results, name, (double) report.recomputed_steps / (double) rg_revolve_again (steps, rows[i].slots),
                      "ratio");
    }
    rg_objective_free (inner);
    rg_objective_free (outer);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}

int
main (int argc, char **argv)
{
    FILE *results = argc > 1 ? fopen (argv[1], "a") : NULL;
    rg_dataset *data = random_examples ();
    bench_machine (results);
    for (size_t steps = 100; steps <= 10000; steps *= 10)
        measure (results, data, steps);
    rg_dataset_free (data);
    if (results != NULL)
        fclose (results);
    return EXIT_SUCCESS;
}
