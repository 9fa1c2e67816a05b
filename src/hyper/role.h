/* role.h -- what a block of hyperparameters acts on, and what that allows. */
#ifndef RG_HYPER_ROLE_H
#define RG_HYPER_ROLE_H

#include <retrograde/hyper.h>

typedef struct {
    const char *name;
    unsigned scopes;         /* bit s: takes rg_scope s */
    rg_scope scope;          /* the default */
    int per_step;            /* whether each step may have its own slice */
    rg_transform transform;  /* the default */
    double minimum, maximum; /* closed range of the natural values */
    const char *range;       /* the same in words */
} rg_role_row;

/* The row of a role. */
const rg_role_row *rg_role_get (rg_role role);

/* The decay that is applied: a multiple of 2^-ratio_bits, at least one of them; 0, which only floating arithmetic takes, stays. */
double rg_role_applied (double decay, int ratio_bits);

#endif /* RG_HYPER_ROLE_H */
