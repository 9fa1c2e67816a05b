/* workload.h -- a network to train, for the benchmarks: 784-100-100-10, tanh, single precision, coefficients per step and array. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <string.h>

#include <retrograde.h>

#include "bench.h"
#include "images.h"

enum { FEATURES = 784, LAYERS = 4 };
static const size_t widths[LAYERS] = { FEATURES, 100, 100, 10 };

typedef struct {
    rg_dataset *data;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_problem problem;
} workload;

/* Per step and array. */
static inline void
add_coefficients (rg_hyper *hyper, const char *dynamics)
{
    static const struct {
        rg_role role;
        double init;
    } momentum[] = { { RG_RATE, .3 }, { RG_DECAY, .9 } },
      adam[] = { { RG_RATE, 1e-3 }, { RG_BETA1, .9 }, { RG_BETA2, .999 }, { RG_EPSILON, 1e-8 }, { RG_WEIGHT_DECAY, .01 } };
    const int is_adam = strncmp (dynamics, "adam", 4) == 0;
    for (size_t c = 0; c < (!is_adam ? 2u : strcmp (dynamics, "adam") == 0 ? 4u : 5u); c++) {
        rg_message message;
        rg_block_spec spec = rg_block_defaults (is_adam ? adam[c].role : momentum[c].role);
        spec.scope = RG_PER_ARRAY;
        spec.per_step = 1;
        spec.init = is_adam ? adam[c].init : momentum[c].init;
        must (rg_hyper_add (hyper, &spec, &message), &message);
    }
}

static inline void
workload_init (workload *w, rg_dataset *data, uint32_t examples, const char *dynamics, uint32_t batch, size_t steps)
{
    rg_message message;
    const rg_network network = { LAYERS, widths, RG_TANH };
    *w = (workload) { .data = data };
    must (rg_network_layout (&w->layout, &network), NULL);
    must (rg_hyper_new (&w->hyper, w->layout, steps, examples, 14), NULL);
    add_coefficients (w->hyper, dynamics);
    rg_network_loss loss = { sizeof loss, network, RG_SINGLE, RG_INNER, data, 0, { &rg_sampler_random, examples, batch, 1 }, 0, w->hyper, NULL };
    must (rg_objective_from_network (&w->inner, &loss, &message), &message);
    loss.part = RG_OUTER;
    loss.batches = (rg_batches) { &rg_sampler_cyclic, examples, examples < 500 ? examples : 500, 1 };
    must (rg_objective_from_network (&w->outer, &loss, &message), &message);
    w->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = w->hyper, .inner = w->inner, .outer = w->outer,
                                .dynamics = rg_registry_dynamics (dynamics), .run = rg_run_defaults (),
                                .initial = { .scale = .05, .seed = 1 } };
}

static inline void
workload_clear (workload *w)
{
    rg_objective_free (w->inner);
    rg_objective_free (w->outer);
    rg_hyper_free (w->hyper);
    rg_layout_free (w->layout);
}

static inline double
training (const workload *w, rg_arithmetic arithmetic)
{
    rg_problem problem = w->problem;
    rg_report report = { .size = sizeof report };
    rg_message message;
    problem.run.arithmetic = arithmetic;
    must (rg_train (&problem, 0, NULL, &report, &message), &message);
    return report.forward_seconds;
}

/* Hypergradients of a trajectory, with a window of so many steps, one after the other: memory is touched by the first. */
static inline rg_estimation *
estimation_of (const workload *w, const char *trajectory, size_t window)
{
    const rg_estimator_options options = { .size = sizeof (rg_estimator_options), .policy = rg_registry_trajectory (trajectory),
                                           .window = window };
    rg_estimation *e;
    rg_message message;
    must (rg_estimation_new (&e, &w->problem, rg_registry_estimator ("reverse"), &options, &message), &message);
    return e;
}

static inline double
forward_and_backward (rg_estimation *e, double *gradient)
{
    rg_report report = { .size = sizeof report };
    rg_message message;
    must (rg_estimation_advance (e, 0, gradient, &report, &message), &message);
    return report.forward_seconds + report.backward_seconds;
}

#endif /* BENCH_WORKLOAD_H */
