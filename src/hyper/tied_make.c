/* tied_make.c -- make, check and copy tied blocks; see tied.h. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "hyper/role.h"
#include "hyper/tied_parts.h"

void
rg_tied_free (rg_tied *tied)
{
    if (tied == NULL)
        return;
    rg_scheduled_free (tied->family);
    rg_tie_free (tied->steps);
    rg_tie_free (tied->slice);
    double *const arrays[] = { tied->numbers, tied->former, tied->start, tied->mixed, tied->values, tied->sums };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        rg_free (arrays[i]);
    rg_free (tied);
}

static rg_status
check_shape (const char *what, const rg_tie *tie, size_t rows, rg_message *message)
{
    if (tie == NULL || tie->rows == rows)
        return RG_OK;
    return rg_fail_about (message, RG_ESHAPE, "tie", "tie: a map onto %zu numbers for %zu %s", tie->rows, rows, what);
}

/* What is used stays in the role's range and in the box: by a convex map, or by the transform where there is no box. */
static rg_status
check_range (const rg_block_spec *spec, rg_message *message)
{
    const rg_role_row *role = rg_role_get (spec->role);
    const rg_transform_row *row = rg_transform_get ((int) spec->transform);
    if (rg_tie_are_convex (spec->step_tie, spec->slice_tie))
        return RG_OK;
    if (spec->minimum > -INFINITY || spec->maximum < INFINITY)
        return rg_fail_about (message, RG_EUNSUPPORTED, "tie", "tie: a constraint needs a convex matrix: no coefficient below 0, each "
                        "row summing to 1");
    if (row->minimum < role->minimum || row->maximum > role->maximum)
        return rg_fail_about (message, RG_EUNSUPPORTED, "tie", "tie: a matrix that is not convex does not keep a value at %s: "
                        "transform %s would", role->range, rg_transform_name (role->transform));
    return RG_OK;
}

static rg_status
allocate (rg_tied *tied)
{
    const size_t numbers = tied->rows * tied->columns;
    if (tied->rows > SIZE_MAX / 16 / tied->columns)
        return RG_ENOMEM;
    tied->numbers = rg_calloc (numbers, sizeof (double));
    tied->former = rg_calloc (numbers, sizeof (double));
    tied->mixed = rg_malloc (2 * tied->columns, sizeof (double));
    tied->values = rg_malloc (tied->used, sizeof (double));
    tied->sums = rg_malloc (tied->used, sizeof (double));
    tied->step = SIZE_MAX;
    if (tied->ratio_bits > 0 && (tied->start = rg_calloc (numbers, sizeof (double))) == NULL)
        return RG_ENOMEM;
    const int complete = tied->numbers != NULL && tied->former != NULL && tied->mixed != NULL && tied->values != NULL
        && tied->sums != NULL;
    return complete ? RG_OK : RG_ENOMEM;
}

/* What goes neither with a tie nor with a schedule; `what` is which of them the block has. */
static rg_status
check_block (const rg_block_spec *spec, const char *what, rg_message *message)
{
    if (spec->role == RG_WEIGHTS || spec->role == RG_INPUTS)
        return rg_fail_about (message, RG_EUNSUPPORTED, what, "%s: the values of this block come from outside and cannot be tied", what);
    if (spec->budget < INFINITY)
        return rg_fail_about (message, RG_EUNSUPPORTED, what, "%s: a budget of tied numbers is not possible", what);
    if (spec->simplex > 0)
        return rg_fail_about (message, RG_EUNSUPPORTED, what, "%s: a simplex of tied numbers is not possible", what);
    if (spec->fixed)
        return rg_fail_about (message, RG_EUNSUPPORTED, what, "%s: a constant has no free numbers", what);
    if ((spec->step_tie != NULL || spec->schedule != NULL) && !spec->per_step)
        return rg_fail_about (message, RG_EUNSUPPORTED, what, "%s: a schedule needs a block per step", what);
    return RG_OK;
}

static rg_status
check_ties (const rg_block_spec *spec, size_t slice, size_t steps, rg_message *message)
{
    rg_status status = check_block (spec, "tie", message);
    if (status == RG_OK)
        status = check_shape ("steps", spec->step_tie, steps, message);
    if (status == RG_OK)
        status = check_shape ("numbers a step", spec->slice_tie, slice, message);
    return status == RG_OK ? check_range (spec, message) : status;
}

static rg_status
check_schedule (const rg_block_spec *spec, rg_message *message)
{
    const rg_status status = check_block (spec, "schedule", message);
    if (status != RG_OK)
        return status;
    if (spec->step_tie != NULL || spec->slice_tie != NULL)
        return rg_fail_about (message, RG_EUNSUPPORTED, "tie", "tie: the numbers of a schedule are not tied");
    if (spec->minimum > -INFINITY || spec->maximum < INFINITY)
        return rg_fail_about (message, RG_EUNSUPPORTED, "schedule", "schedule: a box of its numbers is not possible");
    if (spec->schedule_numbers == NULL)
        return rg_fail_about (message, RG_ESHAPE, "schedule", "schedule: its numbers are missing");
    return RG_OK;
}

/* The maps, or the family, of a new one; and how many free numbers there are. */
static rg_status
make_parts (rg_tied *tied, const rg_block_spec *spec, size_t slice, size_t steps, rg_message *message)
{
    if (spec->schedule != NULL) {
        const rg_status status = rg_scheduled_new (&tied->family, spec, slice, steps, message);
        if (status != RG_OK)
            return status;
    }
    tied->rows = tied->family != NULL ? tied->family->rows : spec->step_tie != NULL ? spec->step_tie->columns : tied->count;
    tied->columns = spec->slice_tie != NULL ? spec->slice_tie->columns : slice;
    if (rg_tie_copy (&tied->steps, spec->step_tie) != RG_OK || rg_tie_copy (&tied->slice, spec->slice_tie) != RG_OK
        || allocate (tied) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    return RG_OK;
}

rg_status
rg_tied_new (rg_tied **out, const rg_block_spec *spec, size_t slice, size_t steps, int ratio_bits, rg_message *message)
{
    *out = NULL;
    rg_status status = spec->schedule != NULL ? check_schedule (spec, message) : check_ties (spec, slice, steps, message);
    if (status != RG_OK)
        return status;
    rg_tied *tied = rg_calloc (1, sizeof *tied);
    if (tied == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    tied->transform = rg_transform_get ((int) spec->transform);
    tied->used = slice;
    tied->count = spec->per_step ? steps : 1;
    tied->role = spec->role;
    tied->ratio_bits = rg_role_get (spec->role)->rounding != RG_UNROUNDED ? ratio_bits : 0;
    tied->rounding = 1;
    tied->least = -INFINITY;
    status = make_parts (tied, spec, slice, steps, message);
    if (status != RG_OK)
        rg_tied_free (tied);
    else
        *out = tied;
    return status;
}

rg_status
rg_tied_copy (rg_tied **out, const rg_tied *tied)
{
    *out = NULL;
    rg_tied *copy = rg_malloc (1, sizeof *copy);
    if (copy == NULL)
        return RG_ENOMEM;
    *copy = *tied;
    copy->steps = copy->slice = NULL;
    copy->family = NULL;
    copy->start = copy->numbers = copy->former = copy->mixed = copy->values = copy->sums = NULL;
    const size_t numbers = tied->rows * tied->columns;
    const int complete = (tied->family == NULL || rg_scheduled_copy (&copy->family, tied->family) == RG_OK)
        && rg_tie_copy (&copy->steps, tied->steps) == RG_OK && rg_tie_copy (&copy->slice, tied->slice) == RG_OK
        && allocate (copy) == RG_OK;
    if (!complete) {
        rg_tied_free (copy);
        return RG_ENOMEM;
    }
    memcpy (copy->numbers, tied->numbers, numbers * sizeof *copy->numbers);
    memcpy (copy->former, tied->former, numbers * sizeof *copy->former);
    if (tied->start != NULL)
        memcpy (copy->start, tied->start, numbers * sizeof *copy->start);
    *out = copy;
    return RG_OK;
}
