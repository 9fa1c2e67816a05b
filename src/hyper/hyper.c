/* hyper.c -- the set of hyperparameter blocks; see retrograde/hyper.h. */
#include <retrograde/hyper.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/available.h"
#include "base/memory.h"
#include "base/sized.h"
#include "hyper/hyper_parts.h"
#include "hyper/layout.h"
#include "hyper/role.h"
#include "hyper/transform.h"

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

/*
 * Refuse a block that the machine has no memory for, before it takes what others use: the system might grant it, and end
 * somebody's process when it is written to. Free numbers, values in force and a gradient are of its size.
 */
static rg_status
check_memory (const rg_block_state *b, rg_message *message)
{
    const double small = 64 << 20, bytes = (double) b->size * sizeof (double) * (b->spec.fixed ? 1 : 3);
    const double available = bytes < small ? INFINITY : rg_memory_available ();
    return bytes <= available ? RG_OK
                              : rg_fail (message, RG_ENOMEM, "%s: %zu numbers take about %.0f bytes, and this machine has %.0f left",
                                         b->name, b->size, bytes, available);
}

/* Room for what a block uses: all of it, or of a tied block one step's. Sets the number of free ones. */
static rg_status
make_room (const rg_hyper *hyper, rg_block_state *b, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    rg_message reason = { "" };
    if (spec->step_tie == NULL && spec->slice_tie == NULL && spec->schedule == NULL) {
        if (spec->per_step && b->slice > SIZE_MAX / hyper->steps)
            return rg_fail (message, RG_ENOMEM, "%s: out of memory", b->name);
        b->size = b->slice * (spec->per_step ? hyper->steps : 1);
        const rg_status status = check_memory (b, message);
        if (status != RG_OK)
            return status;
        b->natural = rg_malloc (b->size, sizeof *b->natural);
        return b->natural == NULL ? rg_fail (message, RG_ENOMEM, "%s: out of memory", b->name) : RG_OK;
    }
    const rg_status status = rg_tied_new (&b->tied, spec, b->slice, hyper->steps, hyper->ratio_bits, &reason);
    if (status == RG_OK)
        b->size = rg_tied_rows (b->tied) * rg_tied_columns (b->tied);
    return rg_block_tied_failure (b, status, &reason, message);
}

/* Natural value i at the start. */
static double
initial_value (const rg_block_state *b, size_t i)
{
    const rg_block_spec *spec = &b->spec;
    return spec->values != NULL ? spec->values[i] : b->tied != NULL ? rg_tied_initial (b->tied, i, spec->init) : spec->init;
}

/* Give a new block its values; values [size] are the free numbers, unless it is fixed. */
static rg_status
begin_block (const rg_hyper *hyper, rg_block_state *b, double *values, rg_message *message)
{
    const rg_block_spec *spec = &b->spec;
    rg_message reason = { "" };
    rg_status status = RG_OK;
    const size_t different = spec->values != NULL || spec->schedule != NULL ? b->size : 1;
    for (size_t i = 0; status == RG_OK && i < different; i++)
        status = rg_block_check_value (b, i, initial_value (b, i), message);
    for (size_t i = 0; status == RG_OK && i < b->size; i++) {
        const double value = initial_value (b, i);
        if (b->tied == NULL)
            b->natural[i] = rg_block_applied (hyper, b, value);
        if (!spec->fixed)
            values[i] = rg_block_row (b, i)->free_value (value);
    }
    if (status == RG_OK)
        status = rg_block_check_budget (b, message);
    if (status == RG_OK)
        status = rg_block_check_simplex (b, message);
    if (status == RG_OK && b->tied != NULL)
        status = rg_block_tied_failure (b, rg_tied_update (b->tied, values, &reason), &reason, message);
    return status;
}

static rg_status
add (rg_hyper *hyper, const rg_block_spec *spec, rg_message *message)
{
    rg_block_state b = { .spec = *spec, .first = hyper->size, .least = -INFINITY, .part = 1 };
    double *values = NULL;
    snprintf (b.name, sizeof b.name, "%s", spec->name != NULL ? spec->name : rg_role_get (spec->role)->name);
    b.slice = slice_of (hyper, spec, &b.offsets);
    rg_status status = rg_block_check_spec (hyper, &b, message);
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
    b.spec.schedule_numbers = NULL;
    hyper->blocks[hyper->count++] = b;
    return RG_OK;
}

rg_status
rg_hyper_add (rg_hyper *hyper, const rg_block_spec *given, rg_message *message)
{
    rg_block_spec spec = { 0 };
    const rg_status status = rg_sized_read (&spec, sizeof spec, RG_SIZE_TO (rg_block_spec, count), given, "rg_block_spec", message);
    return status == RG_OK ? add (hyper, &spec, message) : status;
}

size_t
rg_hyper_blocks (const rg_hyper *hyper)
{
    return hyper->count;
}

rg_block
rg_hyper_block (const rg_hyper *hyper, size_t i)
{
    const rg_block_state *b = &hyper->blocks[i];
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
            out[i] = rg_block_transform (b, i)->natural (hyper->values[b->first + i]);
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

int
rg_hyper_rounds (const rg_hyper *hyper)
{
    return hyper->rounding;
}

/* What a block uses, for a copy of its set; on failure what is there is the copy's. */
static int
copy_block (rg_block_state *copy, const rg_block_state *b)
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
