/* toy.c -- two weights on a warped Rosenbrock valley, J = 800 / (1 + exp (-r / 500)) with
 * r = 100 (y - x^2)^2 + (1 - x)^2 + 200 x, from (1.4, 3.9) (Maclaurin, Duvenaud, Adams 2015, figures 1 and 2).
 * usage: toy tune     50 steps, thrice, an outer step on the log rate and logit decay of each between. Prints a line a state:
 *                     meta-iteration, step, x, y, J
 *        toy reverse  46 steps and back: by the library, and naively in numbers of 16 bits. Prints a line a state:
 *                     step; x, y of the library's way out; its way back; the naive way out; its way back */
#include <math.h>
#include <retrograde.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 51 };

/* The states that training visits: gradients are asked for on the way out first, then on the way back. */
typedef struct {
    double out[MOST][2], back[MOST][2];
    int visits[MOST];
    uint64_t steps; /* of the run; its last state is the outer loss's */
} path;

static double
valley (const double *w)
{
    const double bend = w[1] - w[0] * w[0];
    return 100 * bend * bend + (1 - w[0]) * (1 - w[0]) + 200 * w[0];
}

static double
warped (const double *w)
{
    return 800 / (1 + exp (-valley (w) / 500));
}

/* J's first two derivatives by r. */
static void
slopes (const double *w, double *first, double *second)
{
    const double s = warped (w) / 800;
    *first = 800 * s * (1 - s) / 500;
    *second = *first * (1 - 2 * s) / 500;
}

static void
valley_gradient (const double *w, double g[2])
{
    const double bend = w[1] - w[0] * w[0];
    g[0] = -400 * bend * w[0] - 2 * (1 - w[0]) + 200;
    g[1] = 200 * bend;
}

static void
warped_gradient (const double *w, double g[2])
{
    double first, second;
    slopes (w, &first, &second);
    valley_gradient (w, g);
    g[0] *= first, g[1] *= first;
}

static int
loss (void *user, rg_instant at, const double *w, const double *lambda, double *value)
{
    path *p = user;
    (void) at, (void) lambda;
    memcpy (p->out[p->steps], w, sizeof p->out[0]);
    memcpy (p->back[p->steps], w, sizeof p->back[0]);
    return *value = warped (w), 0;
}

static int
gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    path *p = user;
    (void) lambda;
    memcpy (p->visits[at.step]++ == 0 ? p->out[at.step] : p->back[at.step], w, sizeof p->out[0]);
    return warped_gradient (w, g), 0;
}

static int
outer_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) at, (void) lambda;
    return warped_gradient (w, g), 0;
}

/* H d = J' R d + J'' (r' . d) r', R the Hessian of r. */
static int
along (void *u, rg_instant at, const double *w, const double *l, const double *d, const double *e, double *g, double *h)
{
    double first, second, r[2];
    (void) u, (void) at, (void) l, (void) e, (void) h;
    slopes (w, &first, &second);
    valley_gradient (w, r);
    const double dot = second * (r[0] * d[0] + r[1] * d[1]), mixed = -400 * w[0];
    g[0] = first * ((1200 * w[0] * w[0] - 400 * w[1] + 2) * d[0] + mixed * d[1]) + dot * r[0];
    g[1] = first * (mixed * d[0] + 200 * d[1]) + dot * r[1];
    return 0;
}

static rg_message message;
static void
must (rg_status status)
{
    if (status != RG_OK)
        exit ((fprintf (stderr, "toy: %s: %s\n", rg_status_text (status), message.text), 2));
}

/* One run and its hypergradient; then `outer` steps on it. Prints each run's states where asked. */
static void
descend (path *p, double log_rate, double decay_init, int outer_steps, int print)
{
    const double start[2] = { 1.4, 3.9 };
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *end;
    rg_outer *outer;
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rate.per_step = decay.per_step = 1, rate.init = exp (log_rate), decay.init = decay_init;
    rate.transform = RG_LOG, decay.transform = RG_LOGIT;
    must (rg_layout_new (&layout, 1, &(rg_array_spec) { .name = "w", .count = 2 }));
    must (rg_hyper_new (&hyper, layout, p->steps, 0, rg_run_defaults ().ratio_bits));
    must (rg_hyper_add (hyper, &rate, &message)), must (rg_hyper_add (hyper, &decay, &message));
    const rg_callbacks callbacks = { .size = sizeof (rg_callbacks), .loss = loss, .gradient = gradient, .tangent = along,
                                     .user = p };
    const rg_callbacks last = { .size = sizeof (rg_callbacks), .loss = loss, .gradient = outer_gradient, .user = p };
    must (rg_objective_from_callbacks (&inner, 2, &callbacks, NULL, &message));
    must (rg_objective_from_callbacks (&end, 2, &last, NULL, &message));
    rg_outer_options options = rg_outer_defaults ();
    options.rate = .01 * (1 - .9), options.settings = "momentum: .9"; /* the paper's form: v <- .9 v - .1 g; x <- x + .01 v */
    must (rg_outer_new (&outer, rg_registry_optimizer ("momentum"), &options, rg_hyper_size (hyper), &message));
    const rg_problem problem = { .size = sizeof problem, .hyper = hyper, .inner = inner, .outer = end, .run = rg_run_defaults (),
                                 .dynamics = rg_registry_dynamics ("momentum-damped"), .initial = { .values = start } };
    const rg_estimator_options how = { .size = sizeof (rg_estimator_options), .policy = rg_registry_trajectory ("reversible") };
    double slope[2 * MOST];
    rg_report report = { .size = sizeof report };
    for (int i = 0; i <= outer_steps; i++) {
        memset (p->visits, 0, sizeof p->visits);
        must (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &how, 0, slope, &report, &message));
        for (uint64_t t = 0; print && t <= p->steps; t++)
            printf ("%d %d %.9g %.9g %.9g\n", i, (int) t, p->out[t][0], p->out[t][1], warped (p->out[t]));
        if (print)
            printf ("\n\n"); /* gnuplot: the next data set */
        must (rg_outer_descend (outer, report.outer_loss, slope, hyper, &message));
    }
    rg_outer_free (outer), rg_objective_free (inner), rg_objective_free (end), rg_hyper_free (hyper);
    rg_layout_free (layout);
}

/* To the nearest number of 11 significant bits, as a 16-bit float rounds in its normal range. */
static double
half (double x)
{
    int exponent;
    const double fraction = frexp (x, &exponent);
    return ldexp (nearbyint (ldexp (fraction, 11)), exponent - 11);
}

/* The same run without an entropy buffer: what each decay loses is lost. */
static void
naive (path *p, double rate, double decay)
{
    double w[2] = { half (1.4), half (3.9) }, v[2] = { 0, 0 }, g[2];
    for (uint64_t t = 0; t < p->steps; t++) {
        memcpy (p->out[t], w, sizeof w);
        warped_gradient (w, g);
        for (int i = 0; i < 2; i++) {
            v[i] = decay * v[i] - (1 - decay) * g[i];
            w[i] = half (w[i] + rate * v[i]), v[i] = half (v[i]);
        }
    }
    memcpy (p->out[p->steps], w, sizeof w);
    memcpy (p->back[p->steps], w, sizeof w);
    for (uint64_t t = p->steps; t-- > 0;) {
        for (int i = 0; i < 2; i++)
            w[i] -= rate * v[i];
        warped_gradient (w, g);
        for (int i = 0; i < 2; i++)
            v[i] = half ((v[i] + (1 - decay) * g[i]) / decay), w[i] = half (w[i]);
        memcpy (p->back[t], w, sizeof w);
    }
}

int
main (int argc, char **argv)
{
    if (argc != 2 || (strcmp (argv[1], "tune") != 0 && strcmp (argv[1], "reverse") != 0))
        return fprintf (stderr, "usage: toy tune | reverse\n"), 2;
    path exact = { .steps = 50 }, sixteen = { .steps = 46 };
    if (strcmp (argv[1], "tune") == 0)
        return descend (&exact, -4.5, .99, 2, 1), 0;
    exact.steps = 46;
    descend (&exact, -5.5, .8, 0, 0);
    naive (&sixteen, exp (-5.5), .8);
    for (uint64_t t = 0; t <= exact.steps; t++)
        printf ("%d %.17g %.17g %.17g %.17g %.9g %.9g %.9g %.9g\n", (int) t, exact.out[t][0], exact.out[t][1], exact.back[t][0],
                exact.back[t][1], sixteen.out[t][0], sixteen.out[t][1], sixteen.back[t][0], sixteen.back[t][1]);
    return 0;
}
