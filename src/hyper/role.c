/* role.c -- one row a role; see role.h. */
#include "hyper/role.h"

#include <math.h>

#include "base/sized.h"

#define ALL (1u << RG_PER_ALL)
#define SEGMENTS (ALL | 1u << RG_PER_LAYER | 1u << RG_PER_ARRAY)
#define ANY_WEIGHTS (SEGMENTS | 1u << RG_PER_UNIT | 1u << RG_PER_WEIGHT)
#define OWN (1u << RG_PER_OWN)
#define ANY -INFINITY, INFINITY, "a finite number"
#define NOT_NEGATIVE 0, INFINITY, "a number >= 0"
#define BELOW_ONE 0, 1 - 0x1p-53, "a number in [0, 1)"

static const rg_role_row roles[] = {
    [RG_RATE] = { "rate", RG_OF_DYNAMICS, RG_UNROUNDED, ANY_WEIGHTS, RG_PER_ALL, 1, RG_LOG, ANY },
    [RG_DECAY] = { "decay", RG_OF_DYNAMICS, RG_ROUNDED, ANY_WEIGHTS, RG_PER_ALL, 1, RG_LOGIT, 0, 1,
                   "a number in [0, 1]" },
    [RG_BETA1] = { "beta1", RG_OF_DYNAMICS, RG_ROUNDED, ANY_WEIGHTS, RG_PER_ALL, 1, RG_LOGIT, BELOW_ONE },
    [RG_BETA2] = { "beta2", RG_OF_DYNAMICS, RG_ROUNDED_NEAR_ONE, ANY_WEIGHTS, RG_PER_ALL, 1, RG_LOGIT, BELOW_ONE },
    [RG_EPSILON] = { "epsilon", RG_OF_DYNAMICS, RG_UNROUNDED, ANY_WEIGHTS, RG_PER_ALL, 1, RG_LOG, NOT_NEGATIVE },
    [RG_WEIGHT_DECAY] = { "weight_decay", RG_OF_DYNAMICS, RG_UNROUNDED, ANY_WEIGHTS, RG_PER_ALL, 1, RG_LOG,
                          NOT_NEGATIVE },
    [RG_L2] = { "l2", RG_OF_OBJECTIVE, RG_UNROUNDED, ANY_WEIGHTS, RG_PER_ALL, 0, RG_LOG, NOT_NEGATIVE },
    [RG_EXAMPLE_WEIGHT] = { "example_weight", RG_OF_OBJECTIVE, RG_UNROUNDED, ALL | 1u << RG_PER_EXAMPLE,
                            RG_PER_EXAMPLE, 0, RG_IDENTITY, NOT_NEGATIVE },
    [RG_WEIGHTS] = { "weights", RG_OF_INITIAL, RG_UNROUNDED, OWN, RG_PER_OWN, 0, RG_IDENTITY, ANY },
    [RG_WEIGHT_SCALE] = { "weight_scale", RG_OF_INITIAL, RG_UNROUNDED, SEGMENTS, RG_PER_ARRAY, 0, RG_LOG,
                          NOT_NEGATIVE },
    [RG_INPUTS] = { "inputs", RG_OF_OBJECTIVE, RG_UNROUNDED, OWN, RG_PER_OWN, 0, RG_IDENTITY, ANY },
    [RG_SHARING] = { "sharing", RG_OF_OBJECTIVE, RG_UNROUNDED, OWN, RG_PER_OWN, 0, RG_IDENTITY, ANY },
    [RG_INTERACTION] = { "interaction", RG_OF_OBJECTIVE, RG_UNROUNDED, ALL | OWN, RG_PER_OWN, 0, RG_IDENTITY, NOT_NEGATIVE },
    [RG_REPRESENTATION] = { "representation", RG_OF_OBJECTIVE, RG_UNROUNDED, OWN, RG_PER_OWN, 0, RG_IDENTITY, ANY },
    [RG_AUGMENTATION] = { "augmentation", RG_OF_OBJECTIVE, RG_UNROUNDED, OWN, RG_PER_OWN, 0, RG_IDENTITY, ANY },
    [RG_WEIGHTING] = { "weighting", RG_OF_OBJECTIVE, RG_UNROUNDED, OWN, RG_PER_OWN, 0, RG_IDENTITY, ANY },
    [RG_PROXIMAL] = { "proximal", RG_OF_OBJECTIVE, RG_UNROUNDED, ANY_WEIGHTS, RG_PER_ALL, 0, RG_LOG, NOT_NEGATIVE },
    [RG_SHARED_ARRAYS] = { "shared", RG_OF_OBJECTIVE, RG_UNROUNDED, OWN, RG_PER_OWN, 0, RG_IDENTITY, ANY },
    [RG_PARAMETER] = { "parameter", RG_OF_OBJECTIVE, RG_UNROUNDED, OWN, RG_PER_OWN, 0, RG_IDENTITY, ANY },
    [RG_RULE] = { "rule", RG_OF_DYNAMICS, RG_UNROUNDED, OWN, RG_PER_OWN, 0, RG_IDENTITY, ANY },
};
static const char *const scope_names[] = { "all", "layer", "array", "unit", "weight", "example", "own" };

const rg_role_row *
rg_role_get (rg_role role)
{
    return &roles[role];
}

int
rg_role_ratio_bits (rg_role role, int ratio_bits)
{
    switch (roles[role].rounding) {
    case RG_ROUNDED:
        return ratio_bits;
    case RG_ROUNDED_NEAR_ONE:
        return RG_NEAR_ONE_BITS;
    default:
        return 0;
    }
}

double
rg_role_applied (rg_role role, double value, int ratio_bits)
{
    const int bits = rg_role_ratio_bits (role, ratio_bits);
    if (bits == 0 || value == 0)
        return value;
    const double scale = ldexp (1, bits), most = value < 1 ? scale - 1 : scale;
    return fmin (most, fmax (1, nearbyint (value * scale))) / scale;
}

const char *
rg_role_name (rg_role role)
{
    return (size_t) role < sizeof roles / sizeof *roles ? roles[role].name : NULL;
}

const char *
rg_scope_name (rg_scope scope)
{
    return (size_t) scope < sizeof scope_names / sizeof *scope_names ? scope_names[scope] : NULL;
}

int
rg_role_takes_scope (rg_role role, rg_scope scope)
{
    return (roles[role].scopes >> scope & 1u) != 0;
}

void
rg_block_spec_init (rg_block_spec *spec, size_t size, rg_role role)
{
    const rg_block_spec own = { .role = role,
                                .scope = roles[role].scope,
                                .transform = roles[role].transform,
                                .minimum = -INFINITY,
                                .maximum = INFINITY,
                                .budget = INFINITY };
    rg_sized_write (spec, size, &own, sizeof own);
}
