/* damped.c -- learn the width of a robust energy's wells, by implicit derivatives of its minimum, damped or not.
 *   E(x; sigma) = -sum_i exp (-(c_i - x)^2 / sigma^2): each iteration draws 10 inliers c ~ N(2, 4^2) and 100 outliers
 *   c ~ U(-60, 20); x* is the best local minimum's, by Newton; the loss is (x* - mean of the inliers)^2; sigma descends.
 * (Russell, Toso, Campbell 2019: their toy, with their step sizes.)
 * usage: damped SEED DAMPING; prints per iteration: number, |d loss / d sigma|, loss, |sigma|. */
#define _XOPEN_SOURCE 700 /* drand48 */
#include <math.h>
#include <retrograde.h>
#include <stdio.h>
#include <stdlib.h>

enum { INLIERS = 10, POINTS = 110, ITERATIONS = 10000 };

typedef struct {
    double c[POINTS], mean; /* of the inliers */
} sample;

static void
draw (sample *s)
{
    s->mean = 0;
    for (int i = 0; i < POINTS; i++)
        s->c[i] = -60 + 80 * drand48 ();
    for (int i = 0; i < INLIERS; i++) {
        const double radius = sqrt (-2 * log (1 - drand48 ()));
        s->c[i] = 2 + 4 * radius * cos (2 * acos (-1) * drand48 ());
    }
    for (int i = 0; i < INLIERS; i++)
        s->mean += s->c[i] / INLIERS;
}

/* E and its derivatives by x, xx, sigma and x sigma, at a = x - c_i, e = exp (-a^2 / v), v = sigma^2. */
typedef struct {
    double value, x, xx, sigma, x_sigma;
} energy;

static energy
energy_at (const sample *s, double x, double sigma)
{
    const double v = sigma * sigma;
    energy d = { 0, 0, 0, 0, 0 };
    for (int i = 0; i < POINTS; i++) {
        const double a = x - s->c[i], e = exp (-a * a / v);
        d.value -= e;
        d.x += 2 * a / v * e;
        d.xx += (2 / v - 4 * a * a / (v * v)) * e;
        d.sigma -= 2 * a * a / (v * sigma) * e;
        d.x_sigma += (4 * a * a * a / (v * v) - 4 * a / v) * e / sigma;
    }
    return d;
}

/* From the best data point: Newton where E is convex, else sigma / 4 downhill; at most sigma, halved until E falls. */
static double
minimum (const sample *s, double sigma)
{
    double x = s->c[0], step = INFINITY;
    for (int i = 1; i < POINTS; i++)
        if (energy_at (s, s->c[i], sigma).value < energy_at (s, x, sigma).value)
            x = s->c[i];
    for (int k = 0; k < 100 && fabs (step) > 1e-11; k++, x += step) {
        const energy d = energy_at (s, x, sigma);
        step = d.xx > 0 ? -d.x / d.xx : copysign (sigma / 4, -d.x);
        step = fmax (-sigma, fmin (sigma, step));
        while (energy_at (s, x + step, sigma).value > d.value && fabs (step) > 1e-12)
            step /= 2;
    }
    return x;
}

/* The inner objective is E, lambda is sigma; the outer one is the loss. */
static int
inner_loss (void *s, rg_instant at, const double *x, const double *sigma, double *value)
{
    return (void) at, *value = energy_at (s, *x, *sigma).value, 0;
}

static int
inner_gradient (void *s, rg_instant at, const double *x, const double *sigma, double *g)
{
    return (void) at, *g = energy_at (s, *x, *sigma).x, 0;
}

static int
inner_by_sigma (void *s, rg_instant at, const double *x, const double *sigma, double *h)
{
    return (void) at, *h = energy_at (s, *x, *sigma).sigma, 0;
}

/* Implicit estimators ask for directions of x alone. */
static int
inner_tangent (void *s, rg_instant at, const double *x, const double *sigma, const double *x_dot,
               const double *sigma_dot, double *g_dot, double *h_dot)
{
    const energy d = energy_at (s, *x, *sigma);
    (void) at, (void) sigma_dot;
    *g_dot = d.xx * *x_dot;
    if (h_dot != NULL)
        *h_dot = d.x_sigma * *x_dot;
    return 0;
}

static int
outer_loss (void *s, rg_instant at, const double *x, const double *sigma, double *value)
{
    return (void) at, (void) sigma, *value = pow (*x - ((const sample *) s)->mean, 2), 0;
}

static int
outer_gradient (void *s, rg_instant at, const double *x, const double *sigma, double *g)
{
    return (void) at, (void) sigma, *g = 2 * (*x - ((const sample *) s)->mean), 0;
}

static rg_message message;
static void
must (rg_status status)
{
    if (status != RG_OK)
        exit ((fprintf (stderr, "damped: %s: %s\n", rg_status_text (status), message.text), 2));
}

int
main (int argc, char **argv)
{
    if (argc != 3)
        return fprintf (stderr, "usage: damped SEED DAMPING\n"), 2;
    srand48 (strtol (argv[1], NULL, 10));
    sample s;
    double x, gradient;
    rg_report report = { .size = sizeof report };
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_block_spec rate = rg_block_defaults (RG_RATE), sigma = rg_block_defaults (RG_PARAMETER);
    rate.fixed = 1, rate.init = 1e-300; /* the one step of training stays at x*, where its start is */
    sigma.name = "sigma", sigma.scope = RG_PER_OWN, sigma.count = 1, sigma.init = 1;
    must (rg_layout_new (&layout, 1, &(rg_array_spec) { .name = "x", .count = 1 }));
    must (rg_hyper_new (&hyper, layout, 1, 0, 0));
    must (rg_hyper_add (hyper, &rate, &message)), must (rg_hyper_add (hyper, &sigma, &message));
    const rg_callbacks in = { .size = sizeof (rg_callbacks), .loss = inner_loss, .gradient = inner_gradient,
                              .tangent = inner_tangent,
                              .lambda_gradient = inner_by_sigma, .user = &s, .lambdas = 1 };
    const rg_callbacks out = { .size = sizeof (rg_callbacks), .loss = outer_loss, .gradient = outer_gradient, .user = &s,
                               .lambdas = 1 };
    must (rg_objective_from_callbacks (&inner, 1, &in, NULL, &message));
    must (rg_objective_from_callbacks (&outer, 1, &out, NULL, &message));
    rg_problem problem = { .size = sizeof problem, .hyper = hyper, .inner = inner, .outer = outer, .run = rg_run_defaults (),
                           .dynamics = rg_registry_dynamics ("gradient-descent"), .initial = { .values = &x } };
    problem.run.arithmetic = RG_FLOATING;
    char settings[64];
    snprintf (settings, sizeof settings, "damping: %s", argv[2]);
    const rg_estimator_options how = { .size = sizeof (rg_estimator_options), .settings = settings };
    for (int t = 0; t < ITERATIONS; t++) {
        double *value = rg_hyper_values (hyper); /* sigma itself; E depends on its square, so it may cross 0 */
        draw (&s);
        x = minimum (&s, fabs (*value));
        must (rg_hypergradient (&problem, rg_registry_estimator ("implicit:dense"), &how, 0, &gradient, &report, &message));
        printf ("%d %.9g %.9g %.9g\n", t, fabs (gradient), report.outer_loss, fabs (*value));
        const double step = .5 / pow (1 + 5e-4 * .5 * t, .75); /* as torch.optim.ASGD (lr = .5, lambd = 5e-4) */
        *value -= step * (gradient + 5e-4 * *value);
        must (rg_hyper_update (hyper, &message));
    }
    rg_objective_free (outer), rg_objective_free (inner), rg_hyper_free (hyper), rg_layout_free (layout);
    return 0;
}
