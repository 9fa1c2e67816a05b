/* scheduled.c -- see scheduled.h. */
#include "hyper/scheduled.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

void
rg_scheduled_free (rg_scheduled *scheduled)
{
    if (scheduled == NULL)
        return;
    rg_free (scheduled->natural);
    rg_free (scheduled->marked);
    rg_free (scheduled);
}

/* A length or factor is in its range; values are the block's, and it checks them. */
static rg_status
check_number (const rg_block_spec *spec, size_t k, rg_message *message)
{
    const rg_schedule *family = spec->schedule;
    const double value = spec->schedule_numbers[k];
    const int factor = family->kind[k] == RG_NUMBER_FACTOR, constant = spec->schedule_constants >> k & 1;
    if (family->kind[k] != RG_NUMBER_VALUE && !(isfinite (value) && (factor || !constant ? value > 0 : value >= 0)))
        return rg_fail_about (message, RG_ERANGE, "schedule", "%s: %s: expected a number %s 0%s, got %g", family->name,
                              rg_schedule_number (family, k), factor || !constant ? ">" : ">=",
                              factor || constant ? "" : " where it is tuned", value);
    if (!constant && family->flat >> k & 1)
        return rg_fail_about (message, RG_EUNSUPPORTED, "schedule", "%s: %s has no derivative and cannot be tuned", family->name,
                              rg_schedule_number (family, k));
    return RG_OK;
}

/* Which numbers are free, and by which transforms. */
static rg_status
find_free (rg_scheduled *scheduled, const rg_block_spec *spec, rg_message *message)
{
    const size_t numbers = rg_schedule_numbers (spec->schedule);
    rg_status status = RG_OK;
    for (size_t k = 0; status == RG_OK && k < numbers; k++) {
        status = check_number (spec, k, message);
        if (spec->schedule_constants >> k & 1)
            continue;
        scheduled->number[scheduled->rows] = k;
        scheduled->transform[scheduled->rows++]
            = rg_transform_get (spec->schedule->kind[k] == RG_NUMBER_VALUE ? (int) spec->transform : RG_LOG);
    }
    return status != RG_OK || scheduled->rows > 0
        ? status : rg_fail_about (message, RG_EUNSUPPORTED, "schedule", "%s: no number is to be tuned", spec->schedule->name);
}

static rg_status
allocate (rg_scheduled *scheduled)
{
    const size_t numbers = rg_schedule_numbers (scheduled->family) * scheduled->columns;
    scheduled->natural = rg_calloc (numbers, sizeof (double));
    scheduled->marked = rg_calloc (numbers, sizeof (double));
    return scheduled->natural == NULL || scheduled->marked == NULL ? RG_ENOMEM : RG_OK;
}

rg_status
rg_scheduled_new (rg_scheduled **out, const rg_block_spec *spec, size_t columns, size_t steps, rg_message *message)
{
    *out = NULL;
    rg_scheduled *scheduled = rg_calloc (1, sizeof *scheduled);
    if (scheduled == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    scheduled->family = spec->schedule;
    scheduled->columns = columns;
    scheduled->steps = steps;
    rg_status status = find_free (scheduled, spec, message);
    if (status == RG_OK && allocate (scheduled) != RG_OK)
        status = rg_fail (message, RG_ENOMEM, "out of memory");
    for (size_t i = 0; status == RG_OK && i < rg_schedule_numbers (spec->schedule) * columns; i++)
        scheduled->natural[i] = spec->schedule_numbers[i / columns];
    if (status != RG_OK)
        rg_scheduled_free (scheduled);
    else
        *out = scheduled;
    return status;
}

rg_status
rg_scheduled_copy (rg_scheduled **out, const rg_scheduled *scheduled)
{
    *out = NULL;
    rg_scheduled *copy = rg_malloc (1, sizeof *copy);
    if (copy == NULL)
        return RG_ENOMEM;
    *copy = *scheduled;
    if (allocate (copy) != RG_OK) {
        rg_scheduled_free (copy);
        return RG_ENOMEM;
    }
    const size_t bytes = rg_schedule_numbers (copy->family) * copy->columns * sizeof (double);
    memcpy (copy->natural, scheduled->natural, bytes);
    memcpy (copy->marked, scheduled->marked, bytes);
    *out = copy;
    return RG_OK;
}

void
rg_scheduled_take (rg_scheduled *scheduled, const double *free_values)
{
    const size_t n = scheduled->columns;
    for (size_t r = 0; r < scheduled->rows; r++)
        for (size_t c = 0; c < n; c++)
            scheduled->natural[scheduled->number[r] * n + c] = scheduled->transform[r]->natural (free_values[r * n + c]);
}

void
rg_scheduled_mark (rg_scheduled *scheduled)
{
    memcpy (scheduled->marked, scheduled->natural, rg_schedule_numbers (scheduled->family) * scheduled->columns * sizeof (double));
}

double
rg_scheduled_value (const rg_scheduled *scheduled, int of_mark, size_t t, size_t column, double *slopes)
{
    double numbers[RG_SCHEDULE_NUMBERS] = { 0 };
    const double *from = of_mark ? scheduled->marked : scheduled->natural;
    for (size_t k = 0; k < rg_schedule_numbers (scheduled->family); k++)
        numbers[k] = from[k * scheduled->columns + column];
    return rg_schedule_value (scheduled->family, numbers, t, scheduled->steps, slopes);
}

double
rg_scheduled_slope (const rg_scheduled *scheduled, const double *slopes, size_t row, size_t column)
{
    const size_t k = scheduled->number[row];
    return slopes[k] * scheduled->transform[row]->derivative (scheduled->natural[k * scheduled->columns + column]);
}
