/* tied.h -- a block whose used numbers are functions of fewer free ones. */
#ifndef RG_HYPER_TIED_H
#define RG_HYPER_TIED_H

#include <stddef.h>

#include <retrograde/hyper.h>

#include "hyper/transform.h"

/*
 * used[t, s] = applied (transform (sum_kg steps[t, k] slice[s, g] free[k, g])): one map over the steps, one over the
 * slice, either of them the identity. Or used[t, s] = applied (family (t; numbers [.., s])), by a family of schedules whose numbers
 * are free, all or some (scheduled.h). Only the slice of one step is ever there: whoever shares it between threads asks
 * for it first.
 */
typedef struct rg_tied rg_tied;

/*
 * Make one; the spec's ties are copied, and its transform kept.
 *   out         [out] ended with rg_tied_free
 *   slice       used numbers of a step
 *   ratio_bits  decays are rounded to multiples of 2^-ratio_bits; 0: as they are
 * Returns RG_OK; RG_ESHAPE where a tie does not have the block's shape; RG_EUNSUPPORTED; of a schedule RG_ERANGE; RG_ENOMEM.
 */
rg_status rg_tied_new (rg_tied **out, const rg_block_spec *spec, size_t slice, size_t steps, int ratio_bits,
                       rg_message *message);
void rg_tied_free (rg_tied *tied);
rg_status rg_tied_copy (rg_tied **out, const rg_tied *tied);

/* Free numbers: rows (of the steps' map, or 1) times columns (of the slice's map, or the slice). */
size_t rg_tied_rows (const rg_tied *tied);
size_t rg_tied_columns (const rg_tied *tied);

/* The transform of a free number; whether it is a value of the role; its first natural value, by the schedule's numbers where there is one. */
const rg_transform_row *rg_tied_transform (const rg_tied *tied, size_t free_number);
int rg_tied_is_value (const rg_tied *tied, size_t free_number);
const char *rg_tied_number_name (const rg_tied *tied, size_t free_number); /* of a schedule; NULL: it has none */
double rg_tied_initial (const rg_tied *tied, size_t free_number, double otherwise);

/*
 * Take new free numbers [rows x columns].
 * Returns RG_OK; RG_ENONFINITE naming the step and the number where a used number is not finite, RG_ERANGE where a schedule leaves
 * the role's range.
 */
rg_status rg_tied_update (rg_tied *tied, const double *free_values, rg_message *message);

/*
 * The same after a step of an optimizer from the numbers that are in force: where it fails so, less of the step is taken.
 *   free_values  in and out
 *   part         [out] how much of it: 1, 1/2, 1/4 ... or 0
 */
rg_status rg_tied_step (rg_tied *tied, double *free_values, double *part, rg_message *message);

/* From the next update on nothing that is used may be less. */
void rg_tied_narrow (rg_tied *tied, double least);

/*
 * Stop rounding, or resume: what was applied at that moment stays, and further changes of the free numbers are followed
 * from there. A decay that is 1 and has no finite number by the transform goes back to where it was.
 */
void rg_tied_set_rounding (rg_tied *tied, int on);

/* The used numbers of step t [slice]; valid until another step is asked for. */
const double *rg_tied_slice (rg_tied *tied, size_t t);

/* A workspace of zeros [slice] for derivatives in the used numbers of one step. */
double *rg_tied_sums (rg_tied *tied);

/*
 * Add derivatives in the used numbers of step t to those in the free numbers.
 *   derivatives  [slice] may be rg_tied_sums
 *   gradient     [rows x columns]
 */
void rg_tied_pull (rg_tied *tied, size_t t, const double *derivatives, double *gradient);

/* The derivative of used number s of step t in one free number. */
double rg_tied_slope (rg_tied *tied, size_t t, size_t s, size_t free_number);

/* The first step that a free number acts on. */
size_t rg_tied_begins (const rg_tied *tied, size_t free_number);

/* The transform of free number i of a block, tied or not. */
static inline const rg_transform_row *
rg_block_transform (const rg_block *block, size_t i)
{
    return block->tied == NULL ? rg_transform_get ((int) block->transform) : rg_tied_transform (block->tied, i);
}

#endif /* RG_HYPER_TIED_H */
