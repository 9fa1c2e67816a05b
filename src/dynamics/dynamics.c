/* dynamics.c -- what rules share; see dynamics.h. */
#include "dynamics/dynamics.h"

#include <math.h>

const rg_faces *
rg_dynamics_faces (const rg_dynamics *dynamics)
{
    return dynamics->faces[rg_processor_level ()];
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
rg_dynamics_move (const rg_exact_block *b, int forward, const double *scale, const int64_t *x, int64_t *y,
                  const char *array, rg_overflow *where)
{
    if (!(forward ? b->kernels->add_scaled : b->kernels->subtract_scaled) (b->count, b->uniform, scale, x, y))
        return 0;
    *where = (rg_overflow) { array, 0 };
    for (size_t i = 0; i < b->count; i++)
        if (!rg_fixed_fits (y[i]) || !(fabs (scale[b->uniform ? 0 : i] * (double) x[i]) < 0x1p51)) {
            where->index = i;
            break;
        }
    return 1;
}
