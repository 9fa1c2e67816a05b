/* role.c -- one row a role; see role.h. */
#include "hyper/role.h"

#include <math.h>

#define ALL (1u << RG_PER_ALL)
#define SEGMENTS (ALL | 1u << RG_PER_LAYER | 1u << RG_PER_ARRAY)
#define WEIGHT (1u << RG_PER_WEIGHT)

static const rg_role_row roles[] = {
    [RG_RATE] = { "rate", SEGMENTS | WEIGHT, RG_PER_ALL, 1, RG_LOG, -INFINITY, INFINITY, "a finite number" },
    [RG_DECAY] = { "decay", SEGMENTS | WEIGHT, RG_PER_ALL, 1, RG_LOGIT, 0, 1, "a number in [0, 1]" },
    [RG_L2] = { "l2", SEGMENTS | WEIGHT, RG_PER_ALL, 0, RG_LOG, 0, INFINITY, "a number >= 0" },
    [RG_EXAMPLE_WEIGHT] = { "example_weight", ALL | 1u << RG_PER_EXAMPLE, RG_PER_EXAMPLE, 0, RG_IDENTITY, 0,
                            INFINITY, "a number >= 0" },
    [RG_WEIGHTS] = { "weights", 1u << RG_PER_OWN, RG_PER_OWN, 0, RG_IDENTITY, -INFINITY, INFINITY,
                     "a finite number" },
    [RG_WEIGHT_SCALE] = { "weight_scale", SEGMENTS, RG_PER_ARRAY, 0, RG_LOG, 0, INFINITY, "a number >= 0" },
    [RG_INPUTS] = { "inputs", 1u << RG_PER_OWN, RG_PER_OWN, 0, RG_IDENTITY, -INFINITY, INFINITY,
                    "a finite number" },
    [RG_SHARING] = { "sharing", 1u << RG_PER_OWN, RG_PER_OWN, 0, RG_IDENTITY, -INFINITY, INFINITY, "a finite number" },
    [RG_INTERACTION] = { "interaction", 1u << RG_PER_OWN, RG_PER_OWN, 0, RG_IDENTITY, 0, INFINITY, "a number >= 0" },
    [RG_PARAMETER] = { "parameter", 1u << RG_PER_OWN, RG_PER_OWN, 0, RG_IDENTITY, -INFINITY, INFINITY,
                       "a finite number" },
};
static const char *const scope_names[] = { "all", "layer", "array", "weight", "example", "own" };

const rg_role_row *
rg_role_get (rg_role role)
{
    return &roles[role];
}

double
rg_role_applied (double decay, int ratio_bits)
{
    const double scale = ldexp (1, ratio_bits);
    return decay == 0 ? 0 : fmax (1, nearbyint (decay * scale)) / scale;
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

rg_block_spec
rg_block_defaults (rg_role role)
{
    return (rg_block_spec) { .role = role,
                             .scope = roles[role].scope,
                             .transform = roles[role].transform,
                             .minimum = -INFINITY,
                             .maximum = INFINITY,
                             .budget = INFINITY };
}
