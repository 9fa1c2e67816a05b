/*
 * left_out.h -- how much a way back that ends early leaves out.
 *
 * Let a_t = ||dE/ds_t||, and let a step add at most b a_{t+1} to the hypergradient. Where the adjoint contracts by rho a step, also
 * before the cut at s_c, what is left out is at most the sum of b rho^j a_c over j = 0 ... c - 1. rho is that of the half of the way back
 * that is nearest to the cut, b the largest met. With a strongly convex inner loss and gradient descent this is the bound of
 * Shaban, Cheng, Hatch, Boots (2019), with what was met in the place of its constants.
 */
#ifndef RG_ESTIMATOR_LEFT_OUT_H
#define RG_ESTIMATOR_LEFT_OUT_H

#include "estimator/estimator.h"

enum { RG_LEFT_OUT_SAMPLES = 16 };

/* What is met on the way back. Numbers of any size, so that a snapshot holds them as they are. */
typedef struct {
    double norm[RG_LEFT_OUT_SAMPLES + 1]; /* a_t for t = c, c + interval, ...; NaN: not met */
    double end;                           /* a_T */
    double most;                          /* b */
} rg_left_out;

void rg_left_out_begin (rg_left_out *left_out);

/* Whether the adjoint's step from s_{t+1} to s_t is to be measured, on a way back from s_steps to s_first. */
int rg_left_out_wants (uint64_t t, uint64_t first, uint64_t steps);

/*
 * Take note of that step.
 *   before, after  the adjoint's norms
 *   added          norm of what the step added to the hypergradient, in the free numbers
 */
void rg_left_out_add (rg_left_out *left_out, uint64_t t, uint64_t first, uint64_t steps, double before, double after, double added);

/* What it comes to, in the report. */
void rg_left_out_judge (const rg_left_out *left_out, uint64_t first, uint64_t steps, rg_report *report);

#endif /* RG_ESTIMATOR_LEFT_OUT_H */
