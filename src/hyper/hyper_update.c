/* hyper_update.c -- from free numbers to natural values: projection, rounding, chain rule; see retrograde/hyper.h. */
#include <math.h>

#include "hyper/hyper_parts.h"
#include "hyper/projection.h"
#include "hyper/transform.h"

/* Project one free number onto the box; *natural is its natural value. */
static rg_status
project (const rg_block_state *b, size_t i, double *value, double *natural, rg_message *message)
{
    const rg_transform_row *row = rg_block_row (b, i);
    const int of_role = rg_block_is_value (b, i);
    const double low = of_role ? rg_block_least (b) : -INFINITY, high = of_role ? rg_block_largest (b) : INFINITY;
    *natural = row->natural (*value);
    if (*natural < low || *natural > high) {
        *natural = *natural < low ? low : high;
        *value = row->free_value (*natural);
    }
    if (!isfinite (*natural) || !isfinite (*value))
        return rg_fail (message, RG_ENONFINITE, "%s: value %zu left the range of its transform", b->name, i);
    return RG_OK;
}

/* Project a block's free numbers onto its budget and its simplices, in the metric h [size] or, where that is NULL, the Euclidean one. */
static void
project_together (const rg_block_state *b, double *values, const double *h)
{
    if (b->spec.budget < INFINITY)
        rg_project (b->size, values, h, rg_block_least (b), rg_block_largest (b), b->spec.budget);
    for (size_t i = 0; b->spec.simplex > 0 && i < b->size; i += b->spec.simplex)
        rg_project_simplex (b->spec.simplex, values + i, h == NULL ? NULL : h + i);
}

static rg_status
update_block (const rg_hyper *hyper, rg_block_state *b, const double *h, rg_message *message)
{
    double natural = 0, *values = hyper->values + b->first;
    rg_message reason = { "" };
    for (size_t i = 0; i < b->size; i++)
        if (!isfinite (values[i]))
            return rg_fail (message, RG_ENONFINITE, "%s: value %zu is not finite", b->name, i);
    project_together (b, values, h);
    for (size_t i = 0; i < b->size; i++) {
        const rg_status status = project (b, i, &values[i], &natural, message);
        if (status != RG_OK)
            return status;
        if (b->tied == NULL)
            b->natural[i] = rg_block_applied (hyper, b, natural);
    }
    return b->tied == NULL ? RG_OK : rg_block_tied_failure (b, rg_tied_update (b->tied, values, &reason), &reason, message);
}

rg_status
rg_hyper_project (rg_hyper *hyper, const double *metric, rg_message *message)
{
    rg_status status = RG_OK;
    for (size_t k = 0; status == RG_OK && k < hyper->count; k++) {
        rg_block_state *b = &hyper->blocks[k];
        if (!b->spec.fixed)
            status = update_block (hyper, b, metric == NULL ? NULL : metric + b->first, message);
    }
    return status;
}

rg_status
rg_hyper_update (rg_hyper *hyper, rg_message *message)
{
    return rg_hyper_project (hyper, NULL, message);
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
