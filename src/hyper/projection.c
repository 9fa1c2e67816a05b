/*
 * projection.c -- onto a box with a budget, by bisection.
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
