/* tied.c -- see tied.h. */
#include "hyper/tied.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "hyper/role.h"
#include "hyper/tie.h"
#include "hyper/transform.h"

struct rg_tied {
    rg_tie *steps, *slice;         /* NULL: the identity */
    rg_role role;
    const rg_transform_row *transform;
    size_t rows, columns, used, count; /* used: numbers of a step; count: steps */
    int ratio_bits;                /* 0: nothing is rounded */
    int rounding;                  /* whether it is now; if not, values go on from those at `start` */
    size_t step;                   /* whose values are there; SIZE_MAX: none */
    double *numbers;               /* [rows x columns] free */
    double *start;                 /* [rows x columns] where rounding stopped; NULL where nothing is rounded */
    double *mixed;                 /* [2 x columns] workspace */
    double *values, *sums;         /* [used] */
};

void
rg_tied_free (rg_tied *tied)
{
    if (tied == NULL)
        return;
    rg_tie_free (tied->steps);
    rg_tie_free (tied->slice);
    double *const arrays[] = { tied->numbers, tied->start, tied->mixed, tied->values, tied->sums };
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

/* Whether what is used lies between the least and the largest free number. */
static int
is_convex (const rg_tie *steps, const rg_tie *slice)
{
    return (steps == NULL || steps->convex) && (slice == NULL || slice->convex);
}

/* What is used stays in the role's range and in the box: by a convex map, or by the transform where there is no box. */
static rg_status
check_range (const rg_block_spec *spec, rg_message *message)
{
    const rg_role_row *role = rg_role_get (spec->role);
    const rg_transform_row *row = rg_transform_get ((int) spec->transform);
    if (is_convex (spec->step_tie, spec->slice_tie))
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
    tied->mixed = rg_malloc (2 * tied->columns, sizeof (double));
    tied->values = rg_malloc (tied->used, sizeof (double));
    tied->sums = rg_malloc (tied->used, sizeof (double));
    tied->step = SIZE_MAX;
    if (tied->ratio_bits > 0 && (tied->start = rg_calloc (numbers, sizeof (double))) == NULL)
        return RG_ENOMEM;
    return tied->numbers == NULL || tied->mixed == NULL || tied->values == NULL || tied->sums == NULL ? RG_ENOMEM : RG_OK;
}

rg_status
rg_tied_new (rg_tied **out, const rg_block_spec *spec, size_t slice, size_t steps, int ratio_bits, rg_message *message)
{
    *out = NULL;
    if (spec->role == RG_WEIGHTS || spec->role == RG_INPUTS)
        return rg_fail_about (message, RG_EUNSUPPORTED, "tie", "tie: the values of this block come from outside and cannot be tied");
    if (spec->step_tie != NULL && !spec->per_step)
        return rg_fail_about (message, RG_EUNSUPPORTED, "tie", "tie: a schedule needs a block per step");
    if (spec->budget < INFINITY)
        return rg_fail_about (message, RG_EUNSUPPORTED, "tie", "tie: a budget of tied numbers is not possible");
    if (spec->simplex > 0)
        return rg_fail_about (message, RG_EUNSUPPORTED, "tie", "tie: a simplex of tied numbers is not possible");
    if (spec->fixed)
        return rg_fail_about (message, RG_EUNSUPPORTED, "tie", "tie: a constant has no free numbers");
    rg_status status = check_shape ("steps", spec->step_tie, steps, message);
    if (status == RG_OK)
        status = check_shape ("numbers a step", spec->slice_tie, slice, message);
    if (status == RG_OK)
        status = check_range (spec, message);
    if (status != RG_OK)
        return status;
    rg_tied *tied = rg_calloc (1, sizeof *tied);
    if (tied == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    tied->transform = rg_transform_get ((int) spec->transform);
    tied->used = slice;
    tied->count = spec->per_step ? steps : 1;
    tied->rows = spec->step_tie != NULL ? spec->step_tie->columns : tied->count;
    tied->columns = spec->slice_tie != NULL ? spec->slice_tie->columns : slice;
    tied->role = spec->role;
    tied->ratio_bits = rg_role_get (spec->role)->rounding != RG_UNROUNDED ? ratio_bits : 0;
    tied->rounding = 1;
    if (rg_tie_copy (&tied->steps, spec->step_tie) != RG_OK || rg_tie_copy (&tied->slice, spec->slice_tie) != RG_OK
        || allocate (tied) != RG_OK) {
        rg_tied_free (tied);
        return rg_fail (message, RG_ENOMEM, "out of memory");
    }
    *out = tied;
    return RG_OK;
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
    copy->start = copy->numbers = copy->mixed = copy->values = copy->sums = NULL;
    const size_t numbers = tied->rows * tied->columns;
    const int complete = rg_tie_copy (&copy->steps, tied->steps) == RG_OK && rg_tie_copy (&copy->slice, tied->slice) == RG_OK
        && allocate (copy) == RG_OK;
    if (!complete) {
        rg_tied_free (copy);
        return RG_ENOMEM;
    }
    memcpy (copy->numbers, tied->numbers, numbers * sizeof *copy->numbers);
    if (tied->start != NULL)
        memcpy (copy->start, tied->start, numbers * sizeof *copy->start);
    *out = copy;
    return RG_OK;
}

size_t
rg_tied_rows (const rg_tied *tied)
{
    return tied->rows;
}

size_t
rg_tied_columns (const rg_tied *tied)
{
    return tied->columns;
}

/* out_g = sum_k steps[t, k] numbers[k, g] */
static void
mix (const rg_tied *tied, size_t t, const double *numbers, double *out)
{
    const size_t n = tied->columns;
    if (tied->steps == NULL) {
        memcpy (out, numbers + t * n, n * sizeof *out);
        return;
    }
    const rg_tie *steps = tied->steps;
    memset (out, 0, n * sizeof *out);
    for (size_t i = steps->start[t]; i < steps->start[t + 1]; i++) {
        const double *row = numbers + steps->column[i] * n;
        for (size_t g = 0; g < n; g++)
            out[g] += steps->value[i] * row[g];
    }
}

/* sum_g slice[s, g] mixed_g */
static double
spread (const rg_tied *tied, const double *mixed, size_t s)
{
    const rg_tie *slice = tied->slice;
    if (slice == NULL)
        return mixed[s];
    double sum = 0;
    for (size_t i = slice->start[s]; i < slice->start[s + 1]; i++)
        sum += slice->value[i] * mixed[slice->column[i]];
    return sum;
}

static double
applied (const rg_tied *tied, double natural)
{
    return tied->ratio_bits > 0 ? rg_role_applied (tied->role, natural, tied->ratio_bits) : natural;
}

static void
evaluate (rg_tied *tied, size_t t)
{
    double *now = tied->mixed, *then = tied->mixed + tied->columns;
    mix (tied, t, tied->numbers, now);
    if (!tied->rounding)
        mix (tied, t, tied->start, then);
    for (size_t s = 0; s < tied->used; s++) {
        double x = spread (tied, now, s);
        if (!tied->rounding) {
            const double before = spread (tied, then, s);
            const double was = tied->transform->free_value (applied (tied, tied->transform->natural (before)));
            x += isfinite (was) ? was - before : 0;
        }
        const double natural = tied->transform->natural (x);
        tied->values[s] = tied->rounding ? applied (tied, natural) : natural;
    }
    tied->step = t;
}

const double *
rg_tied_slice (rg_tied *tied, size_t t)
{
    const size_t step = tied->count == 1 ? 0 : t;
    if (tied->step != step)
        evaluate (tied, step);
    return tied->values;
}

rg_status
rg_tied_update (rg_tied *tied, const double *free_values, rg_message *message)
{
    memcpy (tied->numbers, free_values, tied->rows * tied->columns * sizeof *free_values);
    tied->step = SIZE_MAX;
    const int bounded = is_convex (tied->steps, tied->slice); /* by free numbers, whose naturals are finite */
    for (size_t t = 0; !bounded && t < tied->count; t++) {
        evaluate (tied, t);
        for (size_t s = 0; s < tied->used; s++)
            if (!isfinite (tied->values[s]))
                return rg_fail (message, RG_ENONFINITE, "used number %zu of step %zu is not finite", s, t);
    }
    rg_tied_slice (tied, 0);
    return RG_OK;
}

void
rg_tied_set_rounding (rg_tied *tied, int on)
{
    if (tied->ratio_bits == 0 || tied->rounding == on)
        return;
    if (!on)
        memcpy (tied->start, tied->numbers, tied->rows * tied->columns * sizeof *tied->start);
    tied->rounding = on;
    tied->step = SIZE_MAX;
    rg_tied_slice (tied, 0);
}

double *
rg_tied_sums (rg_tied *tied)
{
    memset (tied->sums, 0, tied->used * sizeof *tied->sums);
    return tied->sums;
}

void
rg_tied_pull (rg_tied *tied, size_t t, const double *derivatives, double *gradient)
{
    const double *values = rg_tied_slice (tied, t);
    const size_t step = tied->step, n = tied->columns;
    double *sums = tied->mixed;
    memset (sums, 0, n * sizeof *sums);
    for (size_t s = 0; s < tied->used; s++) {
        const double d = derivatives[s] * tied->transform->derivative (values[s]);
        if (tied->slice == NULL)
            sums[s] = d;
        else
            for (size_t i = tied->slice->start[s]; i < tied->slice->start[s + 1]; i++)
                sums[tied->slice->column[i]] += tied->slice->value[i] * d;
    }
    const rg_tie *steps = tied->steps;
    for (size_t i = steps == NULL ? 0 : steps->start[step]; i < (steps == NULL ? 1 : steps->start[step + 1]); i++) {
        double *row = gradient + (steps == NULL ? step : steps->column[i]) * n;
        const double share = steps == NULL ? 1 : steps->value[i];
        for (size_t g = 0; g < n; g++)
            row[g] += share * sums[g];
    }
}

double
rg_tied_slope (rg_tied *tied, size_t t, size_t s, size_t free_number)
{
    const size_t row = free_number / tied->columns, column = free_number % tied->columns;
    const double *values = rg_tied_slice (tied, t);
    const double share = tied->steps == NULL ? row == tied->step : rg_tie_at (tied->steps, tied->step, row);
    if (share == 0)
        return 0;
    return share * (tied->slice == NULL ? s == column : rg_tie_at (tied->slice, s, column))
        * tied->transform->derivative (values[s]);
}

size_t
rg_tied_begins (const rg_tied *tied, size_t free_number)
{
    const size_t row = free_number / tied->columns;
    size_t t = 0;
    if (tied->steps == NULL)
        return tied->count == 1 ? 0 : row;
    while (t < tied->count && rg_tie_at (tied->steps, t, row) == 0)
        t++;
    return t;
}
