/* initial.c -- see initial.h. */
#include "dynamics/initial.h"

#include <string.h>

#include "base/random.h"
#include "dynamics/dynamics.h"
#include "hyper/coefficient.h"

static rg_random
draws (const rg_initial *initial, uint64_t iteration)
{
    return (rg_random) { initial->seed, RG_STREAM_WEIGHTS, initial->fresh ? (uint32_t) iteration : 0, 0 };
}

void
rg_initial_weights (const rg_initial *initial, const rg_hyper *hyper, uint64_t iteration, double *out)
{
    const size_t n = rg_layout_weights (rg_hyper_layout (hyper));
    const rg_random random = draws (initial, iteration);
    rg_block block;
    if (rg_hyper_find (hyper, RG_WEIGHTS, &block))
        memcpy (out, block.natural, n * sizeof *out);
    else if (initial->values != NULL)
        memcpy (out, initial->values, n * sizeof *out);
    else if (rg_hyper_find (hyper, RG_WEIGHT_SCALE, &block)) {
        const rg_coefficient scale = rg_coefficient_at (&block, 0);
        rg_coefficient_expand (&scale, 0, n, out);
        for (size_t i = 0; i < n; i++)
            out[i] *= rg_random_normal (&random, i);
    } else if (initial->model == NULL
               || rg_model_draw (initial->model, initial->tasks, random.seed, random.iteration, out) != RG_OK)
        for (size_t i = 0; i < n; i++)
            out[i] = initial->scale * rg_random_normal (&random, i);
}

void
rg_initial_adjoint (const rg_initial *initial, const rg_hyper *hyper, uint64_t iteration, const double *dw,
                    double *gradient)
{
    const size_t n = rg_layout_weights (rg_hyper_layout (hyper));
    rg_block block;
    if (rg_hyper_find (hyper, RG_WEIGHTS, &block) && !block.fixed)
        for (size_t i = 0; i < n; i++)
            gradient[block.first + i] += dw[i];
    if (!rg_hyper_find (hyper, RG_WEIGHT_SCALE, &block) || block.fixed || initial->values != NULL)
        return;
    const rg_random random = draws (initial, iteration);
    const rg_coefficient scale = rg_coefficient_at (&block, 0);
    double products[RG_DYNAMICS_BLOCK], *room = rg_coefficient_room (&block, 0, gradient + block.first);
    for (size_t first = 0; first < n; first += RG_DYNAMICS_BLOCK) {
        const size_t count = n - first < RG_DYNAMICS_BLOCK ? n - first : RG_DYNAMICS_BLOCK;
        for (size_t i = 0; i < count; i++)
            products[i] = dw[first + i] * rg_random_normal (&random, first + i);
        rg_coefficient_gather (&scale, first, count, products, room);
    }
    rg_coefficient_pull (&block, 0, room, gradient + block.first);
}

void
rg_initial_tangent (const rg_initial *initial, const rg_hyper *hyper, uint64_t iteration, rg_role role, size_t index,
                    size_t width, double *out)
{
    rg_block block;
    if (role == RG_WEIGHTS)
        out[index * width] = 1;
    if (role != RG_WEIGHT_SCALE || !rg_hyper_find (hyper, role, &block))
        return;
    const rg_random random = draws (initial, iteration);
    for (size_t s = block.tied == NULL ? index : 0; s < (block.tied == NULL ? index + 1 : block.slice); s++) {
        const double slope = rg_coefficient_slope (&block, 0, s, index);
        for (size_t i = block.offsets[s]; slope != 0 && i < block.offsets[s + 1]; i++)
            out[i * width] = slope * rg_random_normal (&random, i);
    }
}
