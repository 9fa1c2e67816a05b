/* role.h -- what a block of hyperparameters acts on, and what that allows. */
#ifndef RG_HYPER_ROLE_H
#define RG_HYPER_ROLE_H

#include <retrograde/hyper.h>

/* What blocks of a role are used by, as bits: a role may have several uses. */
enum { RG_OF_DYNAMICS = 1, RG_OF_INITIAL = 2, RG_OF_OBJECTIVE = 4 };

/* Decays very near 1 are applied as multiples of 2^-28. */
enum { RG_NEAR_ONE_BITS = 28 };

/* Whether a role's values are rounded to what a buffer applies: not; to the set's ratio_bits; to RG_NEAR_ONE_BITS. */
typedef enum { RG_UNROUNDED, RG_ROUNDED, RG_ROUNDED_NEAR_ONE } rg_rounding;

typedef struct {
    const char *name;
    unsigned uses;           /* of the bits above */
    rg_rounding rounding;
    unsigned scopes;         /* bit s: takes rg_scope s */
    rg_scope scope;          /* the default */
    int per_step;            /* whether each step may have its own slice */
    rg_transform transform;  /* the default */
    double minimum, maximum; /* closed range of the natural values */
    const char *range;       /* the same in words */
} rg_role_row;

/* The bits that a decay of this role is rounded to where others are rounded to ratio_bits; 0: it is not a decay. */
int rg_role_ratio_bits (rg_role role, int ratio_bits);

/* The row of a role. */
const rg_role_row *rg_role_get (rg_role role);

/*
 * The value that is applied where decays are rounded: of a decay a multiple of 2^-k, at least one of them, and below 1
 * where the value is: 1 has no derivative by logit and would stay for ever; 0, which only floating arithmetic takes, stays.
 */
double rg_role_applied (rg_role role, double value, int ratio_bits);

#endif /* RG_HYPER_ROLE_H */
