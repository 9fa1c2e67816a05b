/* hyper_update.c -- from free numbers to natural values: projection, rounding, chain rule; see retrograde/hyper.h. */
#include <math.h>

#include "hyper/hyper_parts.h"
#include "hyper/projection.h"
#include "hyper/transform.h"

/* Project one free number onto the box; *natural is its natural value. */
static rg_status
project (const rg_block_state *b, size_t i, double *value, double *natural, rg_message *message)
{
    const rg_transform_row *row = rg_transform_get ((int) b->spec.transform);
    const double low = rg_block_least (b), high = rg_block_largest (b);
    *natural = row->natural (*value);
    if (*natural < low || *natural > high) {
        *natural = *natural < low ? low : high;
        *value = row->free_value (*natural);
    }
    if (!isfinite (*natural) || !isfinite (*value))
        return rg_fail (message, RG_ENONFINITE, "%s: value %zu left the range of its transform", b->name, i);
    return RG_OK;
}

rg_status
rg_hyper_update (rg_hyper *hyper, rg_message *message)
{
    for (size_t k = 0; k < hyper->count; k++) {
        rg_block_state *b = &hyper->blocks[k];
        double natural = 0;
        rg_message reason = { "" };
        rg_status status = RG_OK;
        if (b->spec.fixed)
            continue;
        for (size_t i = 0; i < b->size; i++)
            if (!isfinite (hyper->values[b->first + i]))
                return rg_fail (message, RG_ENONFINITE, "%s: value %zu is not finite", b->name, i);
        if (b->spec.budget < INFINITY)
            rg_project (b->size, hyper->values + b->first, rg_block_least (b), rg_block_largest (b), b->spec.budget);
        for (size_t i = 0; b->spec.simplex > 0 && i < b->size; i += b->spec.simplex)
            rg_project_simplex (b->spec.simplex, hyper->values + b->first + i);
        for (size_t i = 0; i < b->size; i++) {
            status = project (b, i, &hyper->values[b->first + i], &natural, message);
            if (status != RG_OK)
                return status;
            if (b->tied == NULL)
                b->natural[i] = rg_block_applied (hyper, b, natural);
        }
        if (b->tied != NULL)
            status = rg_block_tied_failure (b, rg_tied_update (b->tied, hyper->values + b->first, &reason), &reason, message);
        if (status != RG_OK)
            return status;
    }
    return RG_OK;
}

void
rg_hyper_chain (const rg_hyper *hyper, double *gradient)
{
    for (size_t k = 0; k < hyper->count; k++) {
        const rg_block_state *b = &hyper->blocks[k];
        if (b->spec.fixed || b->tied != NULL)
            continue;
        const rg_transform_row *row = rg_transform_get ((int) b->spec.transform);
        for (size_t i = 0; i < b->size; i++)
            gradient[b->first + i] *= row->derivative (b->natural[i]);
    }
}

void
rg_hyper_set_rounding (rg_hyper *hyper, int on)
{
    hyper->rounding = on && hyper->ratio_bits > 0;
    for (size_t k = 0; k < hyper->count; k++) {
        const rg_block_state *b = &hyper->blocks[k];
        if (b->tied != NULL)
            rg_tied_set_rounding (b->tied, on);
        if (b->spec.fixed || rg_role_get (b->spec.role)->rounding == RG_UNROUNDED || on || b->tied != NULL)
            continue;
        for (size_t i = 0; i < b->size; i++) {
            const double value = rg_transform_get ((int) b->spec.transform)->free_value (b->natural[i]);
            if (isfinite (value))
                hyper->values[b->first + i] = value;
        }
    }
}

void
rg_hyper_unconstrain (rg_hyper *hyper)
{
    for (size_t k = 0; k < hyper->count; k++) {
        rg_block_spec *spec = &hyper->blocks[k].spec;
        spec->minimum = -INFINITY;
        spec->maximum = spec->budget = INFINITY;
        spec->simplex = 0;
    }
}
