/*
 * projection.c -- onto a box with a budget, by bisection; onto the simplex, which is one with a budget that is used up.
 *
 * The Karush-Kuhn-Tucker conditions make the nearest point clip (x - mu, low, high) with mu = 0 where that is within
 * the budget, and else the mu > 0 at which the sum equals it. The sum falls as mu grows, in floating arithmetic
 * too, so bisection ends at two neighbouring numbers, of which the greater is within the budget.
 *
 * Known value: (.9, .5, .1) onto [0, 1] with a sum <= 1 is (.7, .3, 0), with mu = .2.
 */
#include "hyper/projection.h"

#include <math.h>

static double
clip (double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

double
rg_clipped_sum (size_t size, const double *x, double shift, double low, double high)
{
    double sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += clip (x[i] - shift, low, high);
    return sum;
}

void
rg_project (size_t size, double *x, double low, double high, double budget)
{
    double below = 0, above = 0;
    if (rg_clipped_sum (size, x, 0, low, high) > budget) {
        for (above = 1; rg_clipped_sum (size, x, above, low, high) > budget && isfinite (above); above *= 2)
            below = above;
        for (double middle; middle = below + (above - below) / 2, middle > below && middle < above;)
            if (rg_clipped_sum (size, x, middle, low, high) > budget)
                below = middle;
            else
                above = middle;
    }
    for (size_t i = 0; i < size; i++)
        x[i] = clip (x[i] - above, low, high);
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

/* The same number added to all x_i moves the multiplier and not the nearest point: afterwards the sum is at least 1. */
void
rg_project_simplex (size_t size, double *x)
{
    double most = x[0];
    if (is_near_simplex (size, x, 1e-12))
        return;
    for (size_t i = 1; i < size; i++)
        most = fmax (most, x[i]);
    for (size_t i = 0; i < size; i++)
        x[i] = x[i] - most + 1;
    rg_project (size, x, 0, INFINITY, 1);
}
