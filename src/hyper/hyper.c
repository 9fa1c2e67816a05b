/* hyper.c -- the set of hyperparameter blocks; see retrograde/hyper.h. */
#include <retrograde/hyper.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "hyper/layout.h"
#include "hyper/projection.h"
#include "hyper/role.h"
#include "hyper/transform.h"

enum { MOST_BLOCKS = 32, NAME_SIZE = 64 };

typedef struct {
    char name[NAME_SIZE];
    rg_block_spec spec;
    size_t slice, size, first;
    const size_t *offsets;
    double *natural;
} block;

struct rg_hyper {
    const rg_layout *layout;
    size_t steps, examples, count, size;
    int ratio_bits, rounding;
    double *values; /* [size] free numbers */
    block blocks[MOST_BLOCKS];
};

rg_status
rg_hyper_new (rg_hyper **out, const rg_layout *layout, size_t steps, size_t examples, int ratio_bits)
{
    *out = NULL;
    if (steps == 0 || ratio_bits < 0 || ratio_bits > 28)
        return RG_ERANGE;
    rg_hyper *hyper = rg_calloc (1, sizeof *hyper);
    if (hyper == NULL)
        return RG_ENOMEM;
    hyper->layout = layout;
    hyper->steps = steps;
    hyper->examples = examples;
    hyper->ratio_bits = ratio_bits;
    hyper->rounding = ratio_bits > 0;
    *out = hyper;
    return RG_OK;
}

void
rg_hyper_free (rg_hyper *hyper)
{
    if (hyper == NULL)
        return;
    for (size_t i = 0; i < hyper->count; i++)
        rg_free (hyper->blocks[i].natural);
    rg_free (hyper->values);
    rg_free (hyper);
}

/* The decay that is applied: a multiple of 2^-k, at least one of them; 0, which only floating arithmetic takes, stays. */
static double
rounded_decay (const rg_hyper *hyper, double decay)
{
    const double scale = ldexp (1, hyper->ratio_bits);
    return decay == 0 ? 0 : fmax (1, nearbyint (decay * scale)) / scale;
}

/* Whether a natural value is inside role, box and transform; a fixed block needs no transform. */
static rg_status
check_value (const block *b, size_t i, double value, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    if (!isfinite (value) || value < rg_role_get (spec->role)->minimum || value > rg_role_get (spec->role)->maximum)
        return rg_fail (message, RG_ERANGE, "%s: value %zu: expected %s, got %g", b->name, i,
                        rg_role_get (spec->role)->range, value);
    if (value < spec->minimum || value > spec->maximum)
        return rg_fail (message, RG_ERANGE, "%s: value %zu: expected a number in [%g, %g], got %g", b->name, i,
                        spec->minimum, spec->maximum, value);
    const rg_transform_row *row = rg_transform_get ((int) spec->transform);
    if (!spec->fixed && (value <= row->minimum || value >= row->maximum))
        return rg_fail (message, RG_ERANGE, "%s: value %zu: transform %s needs a value in (%g, %g), got %g",
                        b->name, i, row->name, row->minimum, row->maximum, value);
    return RG_OK;
}

/* The box of a block's natural values, its role's range included. */
static double
least (const block *b)
{
    return fmax (b->spec.minimum, rg_role_get (b->spec.role)->minimum);
}

static double
largest (const block *b)
{
    return fmin (b->spec.maximum, rg_role_get (b->spec.role)->maximum);
}

/* Whether a budget can be kept, and is kept by the initial values up to the rounding of their sum. */
static rg_status
check_budget (const block *b, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    if (spec->budget == INFINITY)
        return RG_OK;
    if (!isfinite (spec->budget))
        return rg_fail (message, RG_ERANGE, "%s: budget: expected a finite number, got %g", b->name, spec->budget);
    if (spec->transform != RG_IDENTITY)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: a budget needs transform identity, got %s: the nearest point within "
                        "a budget may hold zeros", b->name, rg_transform_name (spec->transform));
    const double bottom = (double) b->size * least (b);
    if (bottom > spec->budget)
        return rg_fail (message, RG_ERANGE, "%s: budget: expected at least %g, %zu times the minimum %g, got %g", b->name,
                        bottom, b->size, least (b), spec->budget);
    double sum = 0;
    for (size_t i = 0; i < b->size; i++)
        sum += spec->values != NULL ? spec->values[i] : spec->init;
    if (sum > spec->budget + 1e-9 * fabs (spec->budget))
        return rg_fail (message, RG_ERANGE, "%s: budget: expected initial values with a sum of at most %g, got %g",
                        b->name, spec->budget, sum);
    return RG_OK;
}

static rg_status
check_spec (const rg_hyper *hyper, const block *b, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    if (!rg_role_takes_scope (spec->role, spec->scope))
        return rg_fail (message, RG_EUNSUPPORTED, "%s: per %s is not possible", b->name, rg_scope_name (spec->scope));
    if (spec->per_step && !rg_role_get (spec->role)->per_step)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: per step is possible for rate and decay only", b->name);
    if (rg_transform_get ((int) spec->transform) == NULL)
        return rg_fail (message, RG_ERANGE, "%s: unknown transform", b->name);
    if (!(spec->minimum <= spec->maximum))
        return rg_fail (message, RG_ERANGE, "%s: constraint: expected min <= max, got %g and %g", b->name,
                        spec->minimum, spec->maximum);
    if (hyper->count == MOST_BLOCKS)
        return rg_fail (message, RG_ERANGE, "more than %d blocks of hyperparameters", MOST_BLOCKS);
    for (size_t i = 0; i < hyper->count; i++)
        if (strcmp (hyper->blocks[i].name, b->name) == 0
            || (spec->role != RG_PARAMETER && hyper->blocks[i].spec.role == spec->role))
            return rg_fail (message, RG_EUNSUPPORTED, "%s: given twice", b->name);
    if (b->slice == 0)
        return rg_fail (message, RG_ESHAPE, "%s: there is nothing to have a value per %s", b->name,
                        rg_scope_name (spec->scope));
    return RG_OK;
}

static size_t
slice_of (const rg_hyper *hyper, const rg_block_spec *spec, const size_t **offsets)
{
    *offsets = NULL;
    switch (spec->scope) {
    case RG_PER_EXAMPLE:
        return hyper->examples;
    case RG_PER_OWN:
        return spec->count;
    default:
        return rg_layout_segments (hyper->layout, spec->scope, offsets);
    }
}

rg_status
rg_hyper_add (rg_hyper *hyper, const rg_block_spec *spec, rg_message *message)
{
    block b = { .spec = *spec };
    snprintf (b.name, sizeof b.name, "%s", spec->name != NULL ? spec->name : rg_role_get (spec->role)->name);
    b.slice = slice_of (hyper, spec, &b.offsets);
    b.size = b.slice * (spec->per_step ? hyper->steps : 1);
    b.first = hyper->size;
    rg_status status = check_spec (hyper, &b, message);
    for (size_t i = 0; status == RG_OK && i < (spec->values != NULL ? b.size : 1); i++)
        status = check_value (&b, i, spec->values != NULL ? spec->values[i] : spec->init, message);
    if (status == RG_OK)
        status = check_budget (&b, message);
    if (status != RG_OK)
        return status;
    b.natural = rg_malloc (b.size, sizeof *b.natural);
    double *values = rg_malloc (hyper->size + (spec->fixed ? 0 : b.size), sizeof *values);
    if (b.natural == NULL || values == NULL) {
        rg_free (b.natural);
        rg_free (values);
        return rg_fail (message, RG_ENOMEM, "%s: out of memory", b.name);
    }
    if (hyper->size > 0)
        memcpy (values, hyper->values, hyper->size * sizeof *values);
    for (size_t i = 0; i < b.size; i++) {
        const double value = spec->values != NULL ? spec->values[i] : spec->init;
        b.natural[i] = spec->role == RG_DECAY && hyper->rounding ? rounded_decay (hyper, value) : value;
        if (!spec->fixed)
            values[b.first + i] = rg_transform_get ((int) spec->transform)->free_value (value);
    }
    rg_free (hyper->values);
    hyper->values = values;
    hyper->size += spec->fixed ? 0 : b.size;
    b.spec.values = NULL;
    b.spec.name = NULL;
    hyper->blocks[hyper->count++] = b;
    return RG_OK;
}

size_t
rg_hyper_blocks (const rg_hyper *hyper)
{
    return hyper->count;
}

rg_block
rg_hyper_block (const rg_hyper *hyper, size_t i)
{
    const block *b = &hyper->blocks[i];
    return (rg_block) { .name = b->name,
                        .role = b->spec.role,
                        .scope = b->spec.scope,
                        .per_step = b->spec.per_step,
                        .fixed = b->spec.fixed,
                        .transform = b->spec.transform,
                        .slice = b->slice,
                        .size = b->size,
                        .first = b->first,
                        .natural = b->natural,
                        .offsets = b->offsets };
}

int
rg_hyper_find (const rg_hyper *hyper, rg_role role, rg_block *found)
{
    for (size_t i = 0; i < hyper->count; i++)
        if (hyper->blocks[i].spec.role == role) {
            *found = rg_hyper_block (hyper, i);
            return 1;
        }
    return 0;
}

size_t
rg_hyper_size (const rg_hyper *hyper)
{
    return hyper->size;
}

double *
rg_hyper_values (rg_hyper *hyper)
{
    return hyper->values;
}

size_t
rg_hyper_steps (const rg_hyper *hyper)
{
    return hyper->steps;
}

const rg_layout *
rg_hyper_layout (const rg_hyper *hyper)
{
    return hyper->layout;
}

rg_status
rg_hyper_update (rg_hyper *hyper, rg_message *message)
{
    for (size_t k = 0; k < hyper->count; k++) {
        block *b = &hyper->blocks[k];
        const rg_transform_row *row = rg_transform_get ((int) b->spec.transform);
        const double low = least (b), high = largest (b);
        if (b->spec.fixed)
            continue;
        for (size_t i = 0; i < b->size; i++)
            if (!isfinite (hyper->values[b->first + i]))
                return rg_fail (message, RG_ENONFINITE, "%s: value %zu is not finite", b->name, i);
        if (b->spec.budget < INFINITY)
            rg_project (b->size, hyper->values + b->first, low, high, b->spec.budget);
        for (size_t i = 0; i < b->size; i++) {
            double *value = &hyper->values[b->first + i], natural = row->natural (*value);
            if (natural < low || natural > high) {
                natural = natural < low ? low : high;
                *value = row->free_value (natural);
            }
            if (!isfinite (natural) || !isfinite (*value))
                return rg_fail (message, RG_ENONFINITE, "%s: value %zu left the range of its transform", b->name, i);
            b->natural[i] = b->spec.role == RG_DECAY && hyper->rounding ? rounded_decay (hyper, natural) : natural;
        }
    }
    return RG_OK;
}

void
rg_hyper_chain (const rg_hyper *hyper, double *gradient)
{
    for (size_t k = 0; k < hyper->count; k++) {
        const block *b = &hyper->blocks[k];
        if (!b->spec.fixed)
            for (size_t i = 0; i < b->size; i++)
                gradient[b->first + i] *= rg_transform_get ((int) b->spec.transform)->derivative (b->natural[i]);
    }
}

void
rg_hyper_set_rounding (rg_hyper *hyper, int on)
{
    hyper->rounding = on && hyper->ratio_bits > 0;
    for (size_t k = 0; k < hyper->count; k++) {
        const block *b = &hyper->blocks[k];
        if (b->spec.fixed || b->spec.role != RG_DECAY || on)
            continue;
        for (size_t i = 0; i < b->size; i++) {
            const double value = rg_transform_get ((int) b->spec.transform)->free_value (b->natural[i]);
            if (isfinite (value))
                hyper->values[b->first + i] = value;
        }
    }
}

rg_status
rg_hyper_copy (rg_hyper **out, const rg_hyper *hyper)
{
    *out = NULL;
    rg_hyper *copy = rg_malloc (1, sizeof *copy);
    if (copy == NULL)
        return RG_ENOMEM;
    *copy = *hyper;
    int complete = 1;
    copy->values = rg_malloc (hyper->size, sizeof *copy->values);
    complete = copy->values != NULL;
    for (size_t i = 0; i < hyper->count; i++) {
        block *b = &copy->blocks[i];
        b->natural = rg_malloc (b->size, sizeof *b->natural);
        if (b->natural == NULL)
            complete = 0;
        else
            memcpy (b->natural, hyper->blocks[i].natural, b->size * sizeof *b->natural);
    }
    if (!complete) {
        rg_hyper_free (copy);
        return RG_ENOMEM;
    }
    if (hyper->size > 0)
        memcpy (copy->values, hyper->values, hyper->size * sizeof *copy->values);
    *out = copy;
    return RG_OK;
}
