/* tune_rates.c -- tune the learning rate of each of 100 training steps by exact hypergradients.
 * Training goes down our own function J, a Rosenbrock valley, with momentum. How low it ends depends on all
 * 100 rates; the library differentiates that end in all of them at once, by running the training backwards.
 *   cc tune_rates.c $(pkg-config --cflags --libs retrograde) && ./a.out */
#include <retrograde.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 100, ITERATIONS = 150 };

/* J(w) = (1 - x)^2 + 10 (y - x^2)^2, w = (x, y). Each callback returns 0: all is well. */
static int
loss (void *user, rg_instant at, const double *w, const double *lambda, double *value)
{
    (void) user, (void) at, (void) lambda; /* for functions of more than the weights */
    *value = (1 - w[0]) * (1 - w[0]) + 10 * (w[1] - w[0] * w[0]) * (w[1] - w[0] * w[0]);
    return 0;
}

/* dJ/dw. The same w must always give the same bits: that makes going back possible. */
static int
gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    g[0] = -2 * (1 - w[0]) - 40 * w[0] * (w[1] - w[0] * w[0]);
    g[1] = 20 * (w[1] - w[0] * w[0]);
    return 0;
}

/* The derivative of the gradient along d: the Hessian times d. (Without it, differences of the gradient serve.) */
static int
along (void *u, rg_instant at, const double *w, const double *l, const double *d, const double *e, double *g, double *h)
{
    (void) u, (void) at, (void) l, (void) e, (void) h;
    g[0] = (2 - 40 * w[1] + 120 * w[0] * w[0]) * d[0] - 40 * w[0] * d[1];
    g[1] = -40 * w[0] * d[0] + 20 * d[1];
    return 0;
}

/* Every call returns a status; a message says in a sentence what went wrong, and where. */
static rg_message m;
static void
must (rg_status status)
{
    if (status != RG_OK)
        exit ((fprintf (stderr, "%s: %s\n", rg_status_text (status), m.text), 2));
}

int
main (void)
{
    rg_layout *layout;       /* the weights: one array of two */
    rg_hyper *hyper;         /* hyperparameters: a rate for each step, by its logarithm, and a decay of .9 that stays */
    rg_objective *objective; /* J: what training goes down and what its end is judged by */
    rg_outer *adam;          /* improves the free numbers, the logarithms */
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rate.per_step = decay.fixed = 1, rate.init = 1e-3, decay.init = .9;
    must (rg_layout_new (&layout, 1, &(rg_array_spec) { .name = "w", .count = 2 }));
    must (rg_hyper_new (&hyper, layout, STEPS, 0, rg_run_defaults ().ratio_bits));
    must (rg_hyper_add (hyper, &rate, &m)), must (rg_hyper_add (hyper, &decay, &m));
    const rg_callbacks callbacks = { .size = sizeof (rg_callbacks), .loss = loss, .gradient = gradient, .tangent = along };
    must (rg_objective_from_callbacks (&objective, 2, &callbacks, NULL, &m));
    must (rg_outer_new (&adam, rg_registry_optimizer ("adam"), NULL, rg_hyper_size (hyper), &m));
    const double start[2] = { -1.2, 1 };
    const rg_problem problem = { .size = sizeof problem, .hyper = hyper, .inner = objective, .outer = objective, .run = rg_run_defaults (),
                                 .dynamics = rg_registry_dynamics ("momentum"), .initial = { .values = start } };
    const rg_estimator_options how = { .size = sizeof (rg_estimator_options), .policy = rg_registry_trajectory ("reversible") };
    double slopes[STEPS]; /* the hypergradient */
    rg_report first = { .size = sizeof first }, last = { .size = sizeof last };
    for (int i = 0; i < ITERATIONS; i++) {
        rg_report *const report = i == 0 ? &first : &last;
        must (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &how, 0, slopes, report, &m));
        must (rg_outer_descend (adam, report->outer_loss, slopes, hyper, &m)); /* the rates follow their logarithms */
    }
    printf ("loss: %g with equal rates, %g with tuned ones\n", first.outer_loss, last.outer_loss);
    rg_outer_free (adam), rg_objective_free (objective), rg_hyper_free (hyper), rg_layout_free (layout);
    return last.outer_loss < first.outer_loss ? 0 : 1;
}
