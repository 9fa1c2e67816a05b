/* tied.c -- evaluate tied blocks, and pull derivatives back; see tied.h. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "hyper/role.h"
#include "hyper/tied_parts.h"

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

const rg_transform_row *
rg_tied_transform (const rg_tied *tied, size_t free_number)
{
    return tied->family == NULL ? tied->transform : tied->family->transform[free_number / tied->columns];
}

int
rg_tied_is_value (const rg_tied *tied, size_t free_number)
{
    const rg_scheduled *family = tied->family;
    return family == NULL || family->family->kind[family->number[free_number / tied->columns]] == RG_NUMBER_VALUE;
}

const char *
rg_tied_number_name (const rg_tied *tied, size_t free_number)
{
    const rg_scheduled *family = tied->family;
    return family == NULL ? NULL : rg_schedule_number (family->family, family->number[free_number / tied->columns]);
}

double
rg_tied_initial (const rg_tied *tied, size_t free_number, double otherwise)
{
    const rg_scheduled *family = tied->family;
    return family == NULL ? otherwise
                          : family->natural[family->number[free_number / tied->columns] * tied->columns + free_number % tied->columns];
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

/* Where rounding stopped, what was applied stays, and the family's changes are followed from there. */
static void
evaluate_family (rg_tied *tied, size_t t)
{
    for (size_t s = 0; s < tied->used; s++) {
        double value = rg_scheduled_value (tied->family, 0, t, s, NULL);
        if (!tied->rounding) {
            const double before = rg_scheduled_value (tied->family, 1, t, s, NULL);
            value += applied (tied, before) - before;
        }
        tied->values[s] = tied->rounding ? applied (tied, value) : value;
    }
}

static void
evaluate_linear (rg_tied *tied, size_t t)
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
}

static void
evaluate (rg_tied *tied, size_t t)
{
    if (tied->family != NULL)
        evaluate_family (tied, t);
    else
        evaluate_linear (tied, t);
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

/*
 * What a family makes of its numbers may leave the role's range; of what is linear the transform or the box sees to that. Looked at
 * before it is rounded, which would put a decay above 1 at 1. What a run can take may begin later than the range.
 */
static rg_status
check_used (const rg_tied *tied, size_t t, rg_message *message)
{
    const rg_role_row *role = rg_role_get (tied->role);
    for (size_t s = 0; s < tied->used; s++) {
        const double value = tied->family != NULL ? rg_scheduled_value (tied->family, 0, t, s, NULL) : tied->values[s];
        if (!isfinite (value))
            return rg_fail (message, RG_ENONFINITE, "used number %zu of step %zu is not finite", s, t);
        if (tied->family != NULL && (value < role->minimum || value > role->maximum))
            return rg_fail (message, RG_ERANGE, "used number %zu of step %zu: expected %s, got %g", s, t, role->range, value);
        if (value < tied->least)
            return rg_fail (message, RG_ERANGE, "used number %zu of step %zu: expected at least %g, got %g", s, t, tied->least, value);
    }
    return RG_OK;
}

void
rg_tied_narrow (rg_tied *tied, double least)
{
    tied->least = least;
}

rg_status
rg_tied_update (rg_tied *tied, const double *free_values, rg_message *message)
{
    memcpy (tied->numbers, free_values, tied->rows * tied->columns * sizeof *free_values);
    if (tied->family != NULL)
        rg_scheduled_take (tied->family, free_values);
    tied->step = SIZE_MAX;
    /* what a convex map makes is between free numbers, whose naturals are finite */
    const int bounded = tied->family == NULL && rg_tie_are_convex (tied->steps, tied->slice);
    rg_status status = RG_OK;
    for (size_t t = 0; !bounded && status == RG_OK && t < tied->count; t++) {
        evaluate (tied, t);
        status = check_used (tied, t, message);
    }
    if (status != RG_OK)
        return status;
    rg_tied_slice (tied, 0);
    memcpy (tied->former, free_values, tied->rows * tied->columns * sizeof *free_values);
    tied->known = 1;
    return RG_OK;
}

/* By halves towards the numbers from which the step was taken, and at last to them: 2^-53 of a step would not move them. */
rg_status
rg_tied_step (rg_tied *tied, double *free_values, double *part, rg_message *message)
{
    *part = 1;
    rg_status status = rg_tied_update (tied, free_values, message);
    while (tied->known && *part > 0 && (status == RG_ERANGE || status == RG_ENONFINITE)) {
        *part = *part > 0x1p-53 ? *part / 2 : 0;
        for (size_t i = 0; i < tied->rows * tied->columns; i++)
            free_values[i] = *part == 0 ? tied->former[i] : tied->former[i] + (free_values[i] - tied->former[i]) / 2;
        status = rg_tied_update (tied, free_values, message);
    }
    return status;
}

void
rg_tied_set_rounding (rg_tied *tied, int on)
{
    if (tied->ratio_bits == 0 || tied->rounding == on)
        return;
    if (!on && tied->family != NULL)
        rg_scheduled_mark (tied->family);
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

static void
pull_family (const rg_tied *tied, size_t t, const double *derivatives, double *gradient)
{
    double slopes[RG_SCHEDULE_NUMBERS];
    for (size_t s = 0; s < tied->used; s++) {
        rg_scheduled_value (tied->family, 0, t, s, slopes);
        for (size_t r = 0; r < tied->rows; r++)
            gradient[r * tied->columns + s] += derivatives[s] * rg_scheduled_slope (tied->family, slopes, r, s);
    }
}

void
rg_tied_pull (rg_tied *tied, size_t t, const double *derivatives, double *gradient)
{
    if (tied->family != NULL) {
        pull_family (tied, t, derivatives, gradient);
        return;
    }
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
    double slopes[RG_SCHEDULE_NUMBERS];
    if (tied->family != NULL && s != column)
        return 0;
    if (tied->family != NULL) {
        rg_scheduled_value (tied->family, 0, t, s, slopes);
        return rg_scheduled_slope (tied->family, slopes, row, s);
    }
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
    if (tied->family != NULL)
        return 0;
    if (tied->steps == NULL)
        return tied->count == 1 ? 0 : row;
    while (t < tied->count && rg_tie_at (tied->steps, t, row) == 0)
        t++;
    return t;
}
