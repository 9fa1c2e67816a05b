/* growth.h -- how fast a norm grows along a run, from a few samples. */
#ifndef RG_ESTIMATOR_GROWTH_H
#define RG_ESTIMATOR_GROWTH_H

#include <retrograde/estimator.h>

/* Whether the norm at step t is to be sampled: about RG_SAMPLES times in a run of `steps`. */
int rg_growth_wants (uint64_t t, uint64_t steps);

/* ||(w, moments)||; the arrays have n numbers each, moments may be 0. */
double rg_growth_norm (size_t n, const double *w, double *const *moment, int moments);

/* The slope of the logarithms of `norm` against `step` [samples], by least squares; 0 where it cannot be known. */
double rg_growth_slope (size_t samples, const uint64_t *step, const double *norm);

/*
 * Add ||(w, moments)|| at a step to the report's samples; the arrays have n numbers each, moments may be 0.
 *   sketch  whether their projections on random signs are wanted, too
 */
void rg_growth_add (rg_report *report, uint64_t t, size_t n, const double *w, double *const *moment, int moments,
                    int sketch);

/*
 * Set the report's adjoint_growth (least squares of the log norms against the steps gone back), or tangent_growth where
 * it holds tangents, and usable_steps; note it where the run is chaotic: where the norm grew more than 10^4-fold.
 *   epsilon  unit of rounding of the precision in use
 */
void rg_growth_judge (rg_report *report, uint64_t steps, double epsilon, const rg_log *notes);

#endif /* RG_ESTIMATOR_GROWTH_H */
