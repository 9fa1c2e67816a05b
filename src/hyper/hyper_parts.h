/* hyper_parts.h -- a set of hyperparameter blocks from within, for the files that make, check and update it. */
#ifndef RG_HYPER_HYPER_PARTS_H
#define RG_HYPER_HYPER_PARTS_H

#include <math.h>

#include <retrograde/hyper.h>

#include "hyper/role.h"
#include "hyper/tied.h"

enum { RG_MOST_BLOCKS = 32, RG_BLOCK_NAME = 64 };

/* One block. */
typedef struct {
    char name[RG_BLOCK_NAME];
    rg_block_spec spec;
    size_t slice, size, first;
    const size_t *offsets;
    double *natural; /* [size]; NULL where tied */
    rg_tied *tied;   /* or NULL */
    double least;    /* what a run can use is not less, whatever the role's range */
    size_t held;     /* numbers that the last projection kept from leaving the role's range or what a run can use */
    double part;     /* of the last step of a tied block: how much of it was taken */
} rg_block_state;

struct rg_hyper {
    const rg_layout *layout;
    size_t steps, examples, count, size;
    int ratio_bits, rounding;
    double *values; /* [size] free numbers */
    rg_block_state blocks[RG_MOST_BLOCKS];
};

/* The box of a block's natural values, its role's range included. */
static inline double
rg_block_least (const rg_block_state *b)
{
    return fmax (b->spec.minimum, fmax (b->least, rg_role_get (b->spec.role)->minimum));
}

static inline double
rg_block_largest (const rg_block_state *b)
{
    return fmin (b->spec.maximum, rg_role_get (b->spec.role)->maximum);
}

/* The transform of a free number, and whether it is a value of the role; lengths and factors of a schedule are none. */
static inline const rg_transform_row *
rg_block_row (const rg_block_state *b, size_t i)
{
    return b->tied == NULL ? rg_transform_get ((int) b->spec.transform) : rg_tied_transform (b->tied, i);
}

static inline int
rg_block_is_value (const rg_block_state *b, size_t i)
{
    return b->tied == NULL || rg_tied_is_value (b->tied, i);
}

/* The value that is used: a decay is rounded. */
static inline double
rg_block_applied (const rg_hyper *hyper, const rg_block_state *b, double natural)
{
    return hyper->rounding ? rg_role_applied (b->spec.role, natural, hyper->ratio_bits) : natural;
}

/* Pass on a sentence of a tied block's, with the block's name. */
static inline rg_status
rg_block_tied_failure (const rg_block_state *b, rg_status status, const rg_message *reason, rg_message *message)
{
    return status == RG_OK ? status : rg_fail_about (message, status, reason->subject, "%s: %s", b->name, reason->text);
}

/* The checks of a new block, in hyper_check.c: RG_OK, or a status with a sentence that names the block. */
rg_status rg_block_check_spec (const rg_hyper *hyper, const rg_block_state *b, rg_message *message);
rg_status rg_block_check_value (const rg_block_state *b, size_t i, double value, rg_message *message);
rg_status rg_block_check_budget (const rg_block_state *b, rg_message *message);
rg_status rg_block_check_simplex (const rg_block_state *b, rg_message *message);

#endif /* RG_HYPER_HYPER_PARTS_H */
