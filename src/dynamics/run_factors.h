/* run_factors.h -- the coefficients of a run at a step, and what follows from them. */
#ifndef RG_DYNAMICS_RUN_FACTORS_H
#define RG_DYNAMICS_RUN_FACTORS_H

#include "dynamics/run_tangent.h"

/* As functions of the weight, at one step. */
typedef struct {
    rg_coefficient coefficient[RG_COEFFICIENTS], correction[RG_MOMENTS];
} rg_run_coefficients;

/* Those of any step, without corrections. */
/* The step whose coefficients are used at a step: the last that has some, beyond it. */
uint64_t rg_run_row (const rg_run *run, uint64_t step);

rg_run_coefficients rg_run_coefficients_at (const rg_run *run, uint64_t step);

/* Those of run->step; the corrections live until this is called for another step. */
rg_run_coefficients rg_run_coefficients_now (rg_run *run);

enum { RG_FACTORS = RG_COEFFICIENTS + RG_MOMENTS + 1 };

/* Workspace: factors of a block of weights, expanded. Before the first use `filled` must be 0. */
typedef struct {
    double value[RG_FACTORS][RG_DYNAMICS_BLOCK], one[RG_FACTORS];
    size_t filled[RG_FACTORS]; /* as rg_coefficient_refill's */
} rg_factor_room;

/* The factors of the weights first ... first + count - 1, one number each; pointers into the room. */
rg_factors rg_run_factors (const rg_run *run, const rg_run_coefficients *now, size_t first, size_t count,
                           rg_factor_room *room);

/* The same, or one number for all of them where they share every factor: then *uniform is 1. */
rg_factors rg_run_factors_short (const rg_run *run, const rg_run_coefficients *now, size_t first, size_t count,
                                 rg_factor_room *room, int *uniform);

/* What a stream of the entropy buffers multiplies by: the value of each weight, or whether they share *value. */
void rg_run_stream_expand (const rg_run *run, const rg_run_coefficients *now, int stream, size_t first, size_t count,
                           double *out);
int rg_run_stream_uniform (const rg_run *run, const rg_run_coefficients *now, int stream, size_t first, size_t count,
                           double *value);

/* Room for the products of decays, and their tables; RG_OK or RG_ENOMEM. */
rg_status rg_run_products_init (rg_run *run);
void rg_run_products_clear (rg_run *run);

/* Take over the decays of now. */
void rg_run_products_renew (rg_run *run);

/*
 * Tangents of the products of a moment's decays: from before step t = run->step to after it, P+ = beta P.
 *   product_dot  [slice x width] in and out
 */
void rg_run_product_tangents (rg_run *run, int moment, size_t width, const rg_number *number, double *product_dot);

#endif /* RG_DYNAMICS_RUN_FACTORS_H */
