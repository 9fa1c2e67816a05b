/*
 * projection.c -- onto a box with a budget, and onto the simplex, in a diagonal metric, by bisection.
 *
 * The nearest point of { low <= y_i <= high, sum y_i <= budget } by sum h_i (y_i - x_i)^2 is, by the Karush-Kuhn-Tucker
 * conditions, clip (x_i - mu / h_i, low, high): mu = 0 where that is within the budget, else the mu > 0 at which the sum
 * equals it. The simplex is the same with low = 0 and a mu of any sign. The sum falls as mu grows, in
 * floating arithmetic too, so bisection ends at two neighbouring numbers, of which the greater is within the budget.
 * The metric: Duchi, Hazan, Singer, Adaptive subgradient methods (2011); Reddi, Kale, Kumar, On the convergence of Adam
 * and beyond (2018).
 *
 * Known values: (.9, .5, .1) onto [0, 1] with a sum <= 1 is (.7, .3, 0), with mu = .2. With h = (1, 2, 1) it is
 * (.6333..., .3666..., 0), with mu = .2666....
 */
#include "hyper/projection.h"

#include <math.h>

static double
clip (double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* How far a multiplier moves the i-th number. */
static double
shift_of (const double *h, size_t i, double mu)
{
    return h == NULL ? mu : mu / h[i];
}

double
rg_clipped_sum (size_t size, const double *x, const double *h, double mu, double low, double high)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += clip (x[i] - shift_of (h, i, mu), low, high);
    return sum;
}

/* The least mu in (below, above] whose sum is within the budget, where that of `above` is. */
static double
bisect (size_t size, const double *x, const double *h, double low, double high, double budget, double below, double above)
{
    for (double middle; middle = below + (above - below) / 2, middle > below && middle < above;)
        if (rg_clipped_sum (size, x, h, middle, low, high) > budget)
            below = middle;
        else
            above = middle;
    return above;
}

static void
move (size_t size, double *x, const double *h, double mu, double low, double high)
{
    for (size_t i = 0; i < size; i++)
        x[i] = clip (x[i] - shift_of (h, i, mu), low, high);
}

void
rg_project (size_t size, double *x, const double *h, double low, double high, double budget)
{
    double below = 0, above = 0;
    if (rg_clipped_sum (size, x, h, 0, low, high) > budget) {
        for (above = 1; rg_clipped_sum (size, x, h, above, low, high) > budget && isfinite (above); above *= 2)
            below = above;
        above = bisect (size, x, h, low, high, budget, below, above);
    }
    move (size, x, h, above, low, high);
}

/* Whether x is on the simplex, its sum within a tolerance. */
static bool
is_near_simplex (size_t size, const double *x, double tolerance)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++) {
        if (!(x[i] >= 0))
            return false;
        sum += x[i];
    }
    return fabs (sum - 1) <= tolerance;
}

bool
rg_is_on_simplex (size_t size, const double *x)
{
    return is_near_simplex (size, x, 1e-9);
}

/* Without a metric the same number added to all x_i moves the multiplier and not the nearest point: afterwards the sum is at least 1. */
static void
project_unweighted (size_t size, double *x)
{
    double most = x[0];
    for (size_t i = 1; i < size; i++)
        most = fmax (most, x[i]);
    for (size_t i = 0; i < size; i++)
        x[i] = x[i] - most + 1;
    rg_project (size, x, NULL, 0, INFINITY, 1);
}

void
rg_project_simplex (size_t size, double *x, const double *h)
{
    if (is_near_simplex (size, x, 1e-12))
        return;
    if (h == NULL) {
        project_unweighted (size, x);
        return;
    }
    double below = INFINITY, above = -INFINITY; /* each number alone makes 2 at `below`; none is left at `above` */
    for (size_t i = 0; i < size; i++) {
        below = fmin (below, h[i] * (x[i] - 2));
        above = fmax (above, h[i] * x[i]);
    }
    move (size, x, h, bisect (size, x, h, 0, INFINITY, 1, below, above), 0, INFINITY);
}
