/*
 * spectral.c -- the spectral projected gradient method with a search that need not descend (Birgin, Martinez, Raydan,
 * Nonmonotone spectral projected gradient methods on convex sets, 2000, SPG2), one evaluation at a time.
 *
 *   d = P (x - a g) - x;  the trial x + s d with s = 1 is accepted where E <= most of the last ten E + 1e-4 s <g, d>,
 *   else s is the minimum of the parabola through what is known, kept in [.1 s, .9 s];
 *   accepted: a = <dx, dx> / <dx, dg>, kept in [1e-10, 1e10].
 *
 * Each call is told loss and gradient where the last one left the numbers. So the search can be saved between
 * evaluations. It needs a loss that is a function of the numbers alone.
 *
 * Known value: of (x^2 + 10 y^2) / 2 from (1, 1) with a first step of .1 it reaches 1e-12 in 12 evaluations (tests/check_spectral.c).
 */
#include <math.h>
#include <string.h>

#include "hyper/range.h"
#include "outer/outer.h"

enum { RECENT = 10 };

/* What the search remembers beside three vectors, as doubles, so that it is saved as they are. */
typedef struct {
    double begun;          /* 0: nothing is known yet */
    double length;         /* a */
    double part;           /* s of the trial that is evaluated now */
    double slope;          /* <g, d> */
    double loss;           /* at x */
    double count;          /* accepted points */
    double recent[RECENT]; /* losses of the last ten, a ring */
} memory;

/* Sufficient descent; bounds of the step's length; how short a trial may get. */
static const double DESCENT = 1e-4, SHORTEST = 1e-10, LONGEST = 1e10, LEAST_PART = 1e-10;

static double
dot (size_t size, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += a[i] * b[i];
    return sum;
}

static double
largest (size_t size, const double *a)
{
    double most = 0;
    for (size_t i = 0; i < size; i++)
        most = fmax (most, fabs (a[i]));
    return most;
}

/*
 * The length that the secant through the last two points gives; x and g are those of the point before. Where the loss does not curve
 * upwards the length grows tenfold: the longest at once, as published, would leave rounding errors of 1e-6.
 */
static double
spectral_length (double length, size_t size, const double *x, const double *g, const double *values, const double *gradient)
{
    double moved = 0, bent = 0;
    for (size_t i = 0; i < size; i++) {
        const double dx = values[i] - x[i];
        moved += dx * dx;
        bent += dx * (gradient[i] - g[i]);
    }
    const double next = moved == 0 ? length : bent <= 0 ? 10 * length : moved / bent;
    return fmin (LONGEST, fmax (SHORTEST, next));
}

/* Whether the trial is good enough, or so short that rounding decides. */
static int
accepts (const memory *m, double loss)
{
    double most = m->loss;
    const size_t known = m->count < RECENT ? (size_t) m->count : RECENT;
    for (size_t i = 0; i < known; i++)
        most = fmax (most, m->recent[i]);
    return loss <= most + DESCENT * m->part * m->slope || m->part < LEAST_PART;
}

/* A shorter part of d: the minimum of the parabola through E and its slope at x and E at the trial. */
static double
shorter (const memory *m, double loss)
{
    const double parabola = -.5 * m->slope * m->part * m->part / (loss - m->loss - m->part * m->slope);
    return parabola >= .1 * m->part && parabola <= .9 * m->part ? parabola : m->part / 2;
}

/* Begin a search at the numbers where they are: *x, *g and *d of the new point. */
static rg_status
direct (memory *m, double loss, size_t size, const double *gradient, double *x, double *g, double *d, rg_hyper *hyper,
        rg_message *message)
{
    double *values = rg_hyper_values (hyper);
    memcpy (x, values, size * sizeof *x);
    memcpy (g, gradient, size * sizeof *g);
    for (size_t i = 0; i < size; i++)
        values[i] = x[i] - m->length * g[i];
    const rg_status status = rg_hyper_keep (hyper, NULL, message);
    for (size_t i = 0; i < size; i++)
        d[i] = values[i] - x[i];
    m->recent[(size_t) m->count % RECENT] = m->loss = loss;
    m->count++;
    m->slope = dot (size, g, d);
    m->part = 1;
    return status;
}

static rg_status
search (const void *settings, double rate, double loss, size_t size, const double *gradient, double *state, rg_hyper *hyper,
        rg_message *message)
{
    (void) settings;
    double *x = state, *g = x + size, *d = g + size, *values = rg_hyper_values (hyper);
    memory m;
    memcpy (&m, d + size, sizeof m);
    rg_status status;
    if (m.begun == 0 || accepts (&m, loss)) {
        const double steepest = largest (size, gradient);
        m.length = m.begun != 0 ? spectral_length (m.length, size, x, g, values, gradient) : steepest > 0 ? rate / steepest : 1;
        m.begun = 1;
        status = direct (&m, loss, size, gradient, x, g, d, hyper, message);
    } else {
        m.part = shorter (&m, loss);
        for (size_t i = 0; i < size; i++)
            values[i] = x[i] + m.part * d[i];
        status = rg_hyper_keep (hyper, NULL, message);
    }
    memcpy (d + size, &m, sizeof m);
    return status;
}

const rg_optimizer rg_optimizer_spectral = {
    .name = "spectral", .formula = "spectral projected gradient; Birgin, Martinez, Raydan 2000; for losses without chance",
    .memories = 3, .scalars = sizeof (memory) / sizeof (double), .search = search,
};
