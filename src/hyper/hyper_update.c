/* hyper_update.c -- from free numbers to natural values: projection, rounding, chain rule; see retrograde/hyper.h. */
#include <math.h>

#include "hyper/hyper_parts.h"
#include "hyper/projection.h"
#include "hyper/range.h"
#include "hyper/transform.h"

/* The box of one free number's natural value. */
static void
range_of (const rg_block_state *b, size_t i, double *low, double *high)
{
    const int of_role = rg_block_is_value (b, i);
    *low = of_role ? rg_block_least (b) : -INFINITY;
    *high = of_role ? rg_block_largest (b) : INFINITY;
}

/* Project one free number onto the box; *natural is its natural value, which the free number gives again. */
static rg_status
project (const rg_block_state *b, size_t i, double *value, double *natural, rg_message *message)
{
    const rg_transform_row *row = rg_block_row (b, i);
    double low, high;
    range_of (b, i, &low, &high);
    *natural = row->natural (*value);
    if (*natural < low || *natural > high) {
        *value = row->free_value (*natural < low ? low : high);
        *natural = fmin (high, fmax (low, row->natural (*value)));
    }
    if (!isfinite (*natural) || !isfinite (*value))
        return rg_fail (message, RG_ENONFINITE, "%s: value %zu left the range of its transform", b->name, i);
    return RG_OK;
}

/* How many numbers are out of what the role or a run can use, where the user's own box does not end before that. */
static size_t
count_held (const rg_block_state *b, const double *values)
{
    size_t held = 0;
    for (size_t i = 0; b->spec.simplex == 0 && i < b->size; i++) {
        const double natural = rg_block_row (b, i)->natural (values[i]);
        double low, high;
        range_of (b, i, &low, &high);
        held += (natural < low && b->spec.minimum < low) || (natural > high && b->spec.maximum > high);
    }
    return held;
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

/* A tied block takes its projected numbers, or where it is allowed to, less of the step to them. */
static rg_status
update_tied (rg_block_state *b, int shortens, double *values, rg_message *message)
{
    rg_message reason = { "" };
    const rg_status status = shortens ? rg_tied_step (b->tied, values, &b->part, &reason) : rg_tied_update (b->tied, values, &reason);
    return rg_block_tied_failure (b, status, &reason, message);
}

static rg_status
update_block (const rg_hyper *hyper, rg_block_state *b, const double *h, int shortens, rg_message *message)
{
    double natural = 0, *values = hyper->values + b->first;
    b->part = 1;
    for (size_t i = 0; i < b->size; i++)
        if (!isfinite (values[i]))
            return rg_fail (message, RG_ENONFINITE, "%s: value %zu is not finite", b->name, i);
    b->held = count_held (b, values);
    project_together (b, values, h);
    for (size_t i = 0; i < b->size; i++) {
        const rg_status status = project (b, i, &values[i], &natural, message);
        if (status != RG_OK)
            return status;
        if (b->tied == NULL)
            b->natural[i] = rg_block_applied (hyper, b, natural);
    }
    return b->tied == NULL ? RG_OK : update_tied (b, shortens, values, message);
}

static rg_status
update (rg_hyper *hyper, const double *metric, int shortens, rg_message *message)
{
    rg_status status = RG_OK;
    for (size_t k = 0; status == RG_OK && k < hyper->count; k++) {
        rg_block_state *b = &hyper->blocks[k];
        if (!b->spec.fixed)
            status = update_block (hyper, b, metric == NULL ? NULL : metric + b->first, shortens, message);
    }
    return status;
}

rg_status
rg_hyper_keep (rg_hyper *hyper, const double *metric, rg_message *message)
{
    return update (hyper, metric, 1, message);
}

rg_status
rg_hyper_project (rg_hyper *hyper, const double *metric, rg_message *message)
{
    return update (hyper, metric, 0, message);
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
