/* hyper_check.c -- what a block of hyperparameters must be: its spec, its values, its budget, its simplices. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/entry.h"
#include "hyper/hyper_parts.h"
#include "hyper/projection.h"
#include "hyper/role.h"
#include "hyper/transform.h"

/* "value 3", or of a schedule "warmup". */
static const char *
name_of (const rg_block_state *b, size_t i, char out[32])
{
    const char *name = b->tied == NULL ? NULL : rg_tied_number_name (b->tied, i);
    if (name != NULL)
        return name;
    snprintf (out, 32, "value %zu", i);
    return out;
}

/* Whether a natural value is inside role, box and transform; a fixed block needs no transform. */
rg_status
rg_block_check_value (const rg_block_state *b, size_t i, double value, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    char what[32];
    const int of_role = rg_block_is_value (b, i);
    if (!isfinite (value) || (of_role && (value < rg_role_get (spec->role)->minimum || value > rg_role_get (spec->role)->maximum)))
        return rg_fail (message, RG_ERANGE, "%s: %s: expected %s, got %g", b->name, name_of (b, i, what),
                        of_role ? rg_role_get (spec->role)->range : "a finite number", value);
    if (value < spec->minimum || value > spec->maximum)
        return rg_fail (message, RG_ERANGE, "%s: %s: expected a number in [%g, %g], got %g", b->name, name_of (b, i, what),
                        spec->minimum, spec->maximum, value);
    const rg_transform_row *row = rg_block_row (b, i);
    if (!spec->fixed && (value <= row->minimum || value >= row->maximum))
        return rg_fail (message, RG_ERANGE, "%s: %s: transform %s needs a value in (%g, %g), got %g",
                        b->name, name_of (b, i, what), row->name, row->minimum, row->maximum, value);
    return RG_OK;
}

/* Whether a budget can be kept, and is kept by the initial values up to the rounding of their sum. */
rg_status
rg_block_check_budget (const rg_block_state *b, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    if (spec->budget == INFINITY)
        return RG_OK;
    if (!isfinite (spec->budget))
        return rg_fail (message, RG_ERANGE, "%s: budget: expected a finite number, got %g", b->name, spec->budget);
    if (spec->transform != RG_IDENTITY)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: a budget needs transform identity, got %s: the nearest point within "
                        "a budget may hold zeros", b->name, rg_transform_name (spec->transform));
    const double bottom = (double) b->size * rg_block_least (b);
    if (bottom > spec->budget)
        return rg_fail (message, RG_ERANGE, "%s: budget: expected at least %g, %zu times the minimum %g, got %g", b->name,
                        bottom, b->size, rg_block_least (b), spec->budget);
    double sum = 0;
    for (size_t i = 0; i < b->size; i++)
        sum += spec->values != NULL ? spec->values[i] : spec->init;
    if (sum > spec->budget + 1e-9 * fabs (spec->budget))
        return rg_fail (message, RG_ERANGE, "%s: budget: expected initial values with a sum of at most %g, got %g",
                        b->name, spec->budget, sum);
    return RG_OK;
}

/* Whether groups of the initial values are on the simplex, which leaves no room for a box or a budget. */
rg_status
rg_block_check_simplex (const rg_block_state *b, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    if (spec->simplex == 0)
        return RG_OK;
    if (spec->transform != RG_IDENTITY)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: simplex needs transform identity, got %s", b->name,
                        rg_transform_name (spec->transform));
    if (spec->minimum > -INFINITY || spec->maximum < INFINITY || spec->budget < INFINITY)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: simplex stands alone: no min, max or budget beside it", b->name);
    if (spec->values == NULL || b->size % spec->simplex != 0)
        return rg_fail (message, RG_ESHAPE, "%s: simplex: expected groups of %zu values, got %zu values", b->name,
                        spec->simplex, spec->values == NULL ? 0 : b->size);
    for (size_t i = 0; i < b->size; i += spec->simplex)
        if (!rg_is_on_simplex (spec->simplex, spec->values + i))
            return rg_fail (message, RG_ERANGE, "%s: simplex: expected initial values >= 0 with sum 1, values %zu to %zu are not",
                            b->name, i, i + spec->simplex - 1);
    return RG_OK;
}

rg_status
rg_block_check_spec (const rg_hyper *hyper, const rg_block_state *b, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    if (spec->name != NULL && !rg_entry_names_file (spec->name)) /* arrays and gradients are written under it */
        return rg_fail (message, RG_ERANGE, "%s: expected a name that can be a file's: 1 to 200 bytes without '/', not beginning "
                        "with '.'", spec->name);
    if (!rg_role_takes_scope (spec->role, spec->scope))
        return rg_fail (message, RG_EUNSUPPORTED, "%s: per %s is not possible", b->name, rg_scope_name (spec->scope));
    if (spec->per_step && !rg_role_get (spec->role)->per_step)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: per step is possible for coefficients of the dynamics only", b->name);
    if (rg_transform_get ((int) spec->transform) == NULL)
        return rg_fail (message, RG_ERANGE, "%s: unknown transform", b->name);
    if (!(spec->minimum <= spec->maximum))
        return rg_fail (message, RG_ERANGE, "%s: constraint: expected min <= max, got %g and %g", b->name,
                        spec->minimum, spec->maximum);
    if (hyper->count == RG_MOST_BLOCKS)
        return rg_fail (message, RG_ERANGE, "more than %d blocks of hyperparameters", RG_MOST_BLOCKS);
    for (size_t i = 0; i < hyper->count; i++)
        if (strcmp (hyper->blocks[i].name, b->name) == 0
            || (spec->role != RG_PARAMETER && hyper->blocks[i].spec.role == spec->role))
            return rg_fail (message, RG_EUNSUPPORTED, "%s: given twice", b->name);
    if (b->slice == 0)
        return rg_fail (message, RG_ESHAPE, "%s: there is nothing to have a value per %s", b->name,
                        rg_scope_name (spec->scope));
    return RG_OK;
}
