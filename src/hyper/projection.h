/* projection.h -- onto a box with a budget. */
#ifndef RG_HYPER_PROJECTION_H
#define RG_HYPER_PROJECTION_H

#include <stdbool.h>
#include <stddef.h>

/*
 * h is the metric: [size] numbers > 0, or NULL for 1 each. Only their ratios matter.
 */

/* Sum of min (max (x_i - mu / h_i, low), high) in order of i. */
double rg_clipped_sum (size_t size, const double *x, const double *h, double mu, double low, double high);

/*
 * Replace x by the nearest point of { low <= y_i <= high, sum y_i <= budget }, by sum h_i (y_i - x_i)^2.
 *   x       [size] finite, in and out
 *   low, high, budget  low <= high, may be infinite; `size` times low must be <= budget
 * The sum of the result, added in order, is at most the budget to the last bit, so that a second projection changes nothing.
 */
void rg_project (size_t size, double *x, const double *h, double low, double high, double budget);

/* Whether no x_i is below 0 and their sum, added in order, is 1 within 1e-9. */
bool rg_is_on_simplex (size_t size, const double *x);

/*
 * Replace x by the nearest point of { y_i >= 0, sum y_i = 1 }, by sum h_i (y_i - x_i)^2; the sum is within a few roundings of 1. What
 * is there within 1e-12 stays as it is, so that a second projection changes nothing.
 *   x  [size] finite, size >= 1, in and out
 */
void rg_project_simplex (size_t size, double *x, const double *h);

#endif /* RG_HYPER_PROJECTION_H */
