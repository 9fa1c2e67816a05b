/* dynamics.c -- what rules share, and the choice of a rule's build; see dynamics.h. */
#include "dynamics/dynamics.h"

#include <math.h>

#include "base/processor.h"

const rg_dynamics *
rg_dynamics_here (const rg_dynamics *dynamics)
{
#ifdef RG_X86_LEVELS
    static const rg_dynamics *const builds[][3] = {
        { &rg_dynamics_momentum, &rg_dynamics_momentum_v3, &rg_dynamics_momentum_v4 },
        { &rg_dynamics_momentum_damped, &rg_dynamics_momentum_damped_v3, &rg_dynamics_momentum_damped_v4 },
        { &rg_dynamics_adam, &rg_dynamics_adam_v3, &rg_dynamics_adam_v4 },
        { &rg_dynamics_adamw, &rg_dynamics_adamw_v3, &rg_dynamics_adamw_v4 },
    };
    for (size_t i = 0; i < sizeof builds / sizeof *builds; i++)
        if (builds[i][RG_LEVEL_BASE] == dynamics)
            return builds[i][rg_processor_level ()];
#endif
    return dynamics;
}

int
rg_dynamics_coefficient (const rg_dynamics *dynamics, rg_role role)
{
    for (int c = 0; c < dynamics->coefficients; c++)
        if (dynamics->coefficient[c].role == role)
            return c;
    return -1;
}

int
rg_dynamics_add_scaled (const rg_exact_block *b, const double *scale, const int64_t *x, int64_t *y, const char *array,
                        rg_overflow *where)
{
    if (!b->kernels->add_scaled (b->count, b->uniform, scale, x, y))
        return 0;
    *where = (rg_overflow) { array, 0 };
    for (size_t i = 0; i < b->count; i++)
        if (!rg_fixed_fits (y[i]) || !(fabs (scale[b->uniform ? 0 : i] * (double) x[i]) < 0x1p51)) {
            where->index = i;
            break;
        }
    return 1;
}
