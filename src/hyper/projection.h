/* projection.h -- onto a box with a budget. */
#ifndef RG_HYPER_PROJECTION_H
#define RG_HYPER_PROJECTION_H

#include <stdbool.h>
#include <stddef.h>

/* Sum of min (max (x_i - shift, low), high) in order of i. */
double rg_clipped_sum (size_t size, const double *x, double shift, double low, double high);

/*
 * Replace x by the nearest point of { low <= x_i <= high, sum x_i <= budget } in the Euclidean norm.
 *   x       [size] finite, in and out
 *   low, high, budget  low <= high, may be infinite; rg_clipped_sum of all at low must be <= budget
 * The sum of the result, added in order, is at most the budget to the last bit, so that a second projection changes nothing.
 */
void rg_project (size_t size, double *x, double low, double high, double budget);

/* Whether no x_i is below 0 and their sum, added in order, is 1 within 1e-9. */
bool rg_is_on_simplex (size_t size, const double *x);

/*
 * Replace x by the nearest point of { x_i >= 0, sum x_i = 1 }, the sum within a rounding or two of 1. What is there within 1e-12 stays
 * as it is, so that a second projection changes nothing.
 *   x  [size] finite, size >= 1, in and out
 */
void rg_project_simplex (size_t size, double *x);

#endif /* RG_HYPER_PROJECTION_H */
