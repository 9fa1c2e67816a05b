/* dynamics.c -- the choice of a rule's build; see dynamics.h. */
#include "dynamics/dynamics.h"

#include "base/processor.h"

const rg_dynamics *
rg_dynamics_here (const rg_dynamics *dynamics)
{
#ifdef RG_X86_LEVELS
    static const rg_dynamics *const builds[][3] = {
        { &rg_dynamics_momentum, &rg_dynamics_momentum_v3, &rg_dynamics_momentum_v4 },
        { &rg_dynamics_momentum_damped, &rg_dynamics_momentum_damped_v3, &rg_dynamics_momentum_damped_v4 },
    };
    for (size_t i = 0; i < sizeof builds / sizeof *builds; i++)
        if (builds[i][RG_LEVEL_BASE] == dynamics)
            return builds[i][rg_processor_level ()];
#endif
    return dynamics;
}
