/* hyper.c -- the set of hyperparameter blocks; see retrograde/hyper.h. */
#include <retrograde/hyper.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "hyper/layout.h"
#include "hyper/projection.h"
#include "hyper/role.h"
#include "hyper/tied.h"
#include "hyper/transform.h"

enum { MOST_BLOCKS = 32, NAME_SIZE = 64 };

typedef struct {
    char name[NAME_SIZE];
    rg_block_spec spec;
    size_t slice, size, first;
    const size_t *offsets;
    double *natural; /* [size]; NULL where tied */
    rg_tied *tied;   /* or NULL */
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
    for (size_t i = 0; i < hyper->count; i++) {
        rg_free (hyper->blocks[i].natural);
        rg_tied_free (hyper->blocks[i].tied);
    }
    rg_free (hyper->values);
    rg_free (hyper);
}

/* The value that is used: a decay is rounded. */
static double
applied (const rg_hyper *hyper, const block *b, double natural)
{
    return hyper->rounding ? rg_role_applied (b->spec.role, natural, hyper->ratio_bits) : natural;
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

/* Whether groups of the initial values are on the simplex, which leaves no room for a box or a budget. */
static rg_status
check_simplex (const block *b, rg_message *message)
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

static rg_status
check_spec (const rg_hyper *hyper, const block *b, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    if (!rg_role_takes_scope (spec->role, spec->scope))
        return rg_fail (message, RG_EUNSUPPORTED, "%s: per %s is not possible", b->name, rg_scope_name (spec->scope));
    if (spec->per_step && !rg_role_get (spec->role)->per_step)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: per step is possible for coefficients of the dynamics only", b->name);
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

/* A sentence of a tied block's, with the block's name. */
static rg_status
tied_failure (const block *b, rg_status status, const rg_message *reason, rg_message *message)
{
    return status == RG_OK ? status : rg_fail (message, status, "%s: %s", b->name, reason->text);
}

/* Room for what a block uses: all of it, or of a tied block one step's. Sets the number of free ones. */
static rg_status
make_room (const rg_hyper *hyper, block *b, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    rg_message reason = { "" };
    if (spec->step_tie == NULL && spec->slice_tie == NULL) {
        if (spec->per_step && b->slice > SIZE_MAX / hyper->steps)
            return rg_fail (message, RG_ENOMEM, "%s: out of memory", b->name);
        b->size = b->slice * (spec->per_step ? hyper->steps : 1);
        b->natural = rg_malloc (b->size, sizeof *b->natural);
        return b->natural == NULL ? rg_fail (message, RG_ENOMEM, "%s: out of memory", b->name) : RG_OK;
    }
    const rg_status status = rg_tied_new (&b->tied, spec, b->slice, hyper->steps, hyper->ratio_bits, &reason);
    if (status == RG_OK)
        b->size = rg_tied_rows (b->tied) * rg_tied_columns (b->tied);
    return tied_failure (b, status, &reason, message);
}

/* Give a new block its values; values [size] are the free numbers, unless it is fixed. */
static rg_status
begin_block (const rg_hyper *hyper, block *b, double *values, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    rg_message reason = { "" };
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < (spec->values != NULL ? b->size : 1); i++)
        status = check_value (b, i, spec->values != NULL ? spec->values[i] : spec->init, message);
    for (size_t i = 0; status == RG_OK && i < b->size; i++) {
        const double value = spec->values != NULL ? spec->values[i] : spec->init;
        if (b->tied == NULL)
            b->natural[i] = applied (hyper, b, value);
        if (!spec->fixed)
            values[i] = rg_transform_get ((int) spec->transform)->free_value (value);
    }
    if (status == RG_OK)
        status = check_budget (b, message);
    if (status == RG_OK)
        status = check_simplex (b, message);
    if (status == RG_OK && b->tied != NULL)
        status = tied_failure (b, rg_tied_update (b->tied, values, &reason), &reason, message);
    return status;
}

rg_status
rg_hyper_add (rg_hyper *hyper, const rg_block_spec *spec, rg_message *message)
{
    block b = { .spec = *spec, .first = hyper->size };
    double *values = NULL;
    snprintf (b.name, sizeof b.name, "%s", spec->name != NULL ? spec->name : rg_role_get (spec->role)->name);
    b.slice = slice_of (hyper, spec, &b.offsets);
    rg_status status = check_spec (hyper, &b, message);
    if (status == RG_OK)
        status = make_room (hyper, &b, message);
    if (status == RG_OK && (values = rg_malloc (hyper->size + (spec->fixed ? 0 : b.size), sizeof *values)) == NULL)
        status = rg_fail (message, RG_ENOMEM, "%s: out of memory", b.name);
    if (status == RG_OK)
        status = begin_block (hyper, &b, values + hyper->size, message);
    if (status != RG_OK) {
        rg_free (b.natural);
        rg_tied_free (b.tied);
        rg_free (values);
        return status;
    }
    if (hyper->size > 0)
        memcpy (values, hyper->values, hyper->size * sizeof *values);
    rg_free (hyper->values);
    hyper->values = values;
    hyper->size += spec->fixed ? 0 : b.size;
    b.spec.values = NULL;
    b.spec.name = NULL;
    b.spec.step_tie = b.spec.slice_tie = NULL;
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
                        .rows = b->size / (b->tied != NULL ? rg_tied_columns (b->tied) : b->slice),
                        .first = b->first,
                        .natural = b->tied != NULL ? rg_tied_slice (b->tied, 0) : b->natural,
                        .tied = b->tied,
                        .offsets = b->offsets };
}

int
rg_block_shape (const rg_block *b, size_t shape[2])
{
    const size_t columns = b->size / b->rows;
    int extents = 0;
    if (b->per_step)
        shape[extents++] = b->rows;
    if (b->scope != RG_PER_ALL || columns > 1)
        shape[extents++] = columns;
    return extents;
}

void
rg_block_naturals (const rg_hyper *hyper, const rg_block *b, double *out)
{
    if (b->tied == NULL)
        memcpy (out, b->natural, b->size * sizeof *out);
    else
        for (size_t i = 0; i < b->size; i++)
            out[i] = rg_transform_get ((int) b->transform)->natural (hyper->values[b->first + i]);
}

const double *
rg_block_values (const rg_block *b, size_t t)
{
    if (b->tied != NULL)
        return rg_tied_slice (b->tied, t);
    return b->natural + (b->per_step ? t * b->slice : 0);
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
rg_hyper_values (const rg_hyper *hyper)
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

/* Project one free number onto the box; *natural is its natural value. */
static rg_status
project (const block *b, size_t i, double *value, double *natural, rg_message *message)
{
    const rg_transform_row *row = rg_transform_get ((int) b->spec.transform);
    const double low = least (b), high = largest (b);
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
        block *b = &hyper->blocks[k];
        double natural = 0;
        rg_message reason = { "" };
        rg_status status = RG_OK;
        if (b->spec.fixed)
            continue;
        for (size_t i = 0; i < b->size; i++)
            if (!isfinite (hyper->values[b->first + i]))
                return rg_fail (message, RG_ENONFINITE, "%s: value %zu is not finite", b->name, i);
        if (b->spec.budget < INFINITY)
            rg_project (b->size, hyper->values + b->first, least (b), largest (b), b->spec.budget);
        for (size_t i = 0; b->spec.simplex > 0 && i < b->size; i += b->spec.simplex)
            rg_project_simplex (b->spec.simplex, hyper->values + b->first + i);
        for (size_t i = 0; i < b->size; i++) {
            status = project (b, i, &hyper->values[b->first + i], &natural, message);
            if (status != RG_OK)
                return status;
            if (b->tied == NULL)
                b->natural[i] = applied (hyper, b, natural);
        }
        if (b->tied != NULL)
            status = tied_failure (b, rg_tied_update (b->tied, hyper->values + b->first, &reason), &reason, message);
        if (status != RG_OK)
            return status;
    }
    return RG_OK;
}

void
rg_hyper_chain (const rg_hyper *hyper, double *gradient)
{
    for (size_t k = 0; k < hyper->count; k++) {
        const block *b = &hyper->blocks[k];
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
        const block *b = &hyper->blocks[k];
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

int
rg_hyper_rounds (const rg_hyper *hyper)
{
    return hyper->rounding;
}

/* What a block uses, for a copy of its set; on failure what is there is the copy's. */
static int
copy_block (block *copy, const block *b)
{
    copy->natural = NULL;
    copy->tied = NULL;
    if (b->tied != NULL)
        return rg_tied_copy (&copy->tied, b->tied) == RG_OK;
    copy->natural = rg_malloc (b->size, sizeof *copy->natural);
    if (copy->natural != NULL)
        memcpy (copy->natural, b->natural, b->size * sizeof *copy->natural);
    return copy->natural != NULL;
}

rg_status
rg_hyper_copy (rg_hyper **out, const rg_hyper *hyper)
{
    *out = NULL;
    rg_hyper *copy = rg_malloc (1, sizeof *copy);
    if (copy == NULL)
        return RG_ENOMEM;
    *copy = *hyper;
    copy->values = rg_malloc (hyper->size, sizeof *copy->values);
    int complete = copy->values != NULL;
    for (size_t i = 0; i < hyper->count; i++)
        complete &= copy_block (&copy->blocks[i], &hyper->blocks[i]);
    if (!complete) {
        rg_hyper_free (copy);
        return RG_ENOMEM;
    }
    if (hyper->size > 0)
        memcpy (copy->values, hyper->values, hyper->size * sizeof *copy->values);
    *out = copy;
    return RG_OK;
}
