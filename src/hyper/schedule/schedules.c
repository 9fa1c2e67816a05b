/* schedules.c -- the table of families; see retrograde/schedule.h. */
#include <string.h>

#include "hyper/schedule/schedule.h"

static const rg_schedule *const rows[] = { &rg_schedule_cosine, &rg_schedule_step, &rg_schedule_exponential, &rg_schedule_one_cycle };

const rg_schedule *
rg_schedule_at (size_t i)
{
    return i < sizeof rows / sizeof *rows ? rows[i] : NULL;
}

const rg_schedule *
rg_schedule_find (const char *name)
{
    size_t i = 0;
    while (name != NULL && rg_schedule_at (i) != NULL && strcmp (rows[i]->name, name) != 0)
        i++;
    return name == NULL ? NULL : rg_schedule_at (i);
}

const char *
rg_schedule_name (const rg_schedule *schedule)
{
    return schedule->name;
}

const char *
rg_schedule_summary (const rg_schedule *schedule)
{
    return schedule->summary;
}

size_t
rg_schedule_numbers (const rg_schedule *schedule)
{
    size_t count = 0;
    while (schedule->options[count].key != NULL)
        count++;
    return count;
}

const char *
rg_schedule_number (const rg_schedule *schedule, size_t i)
{
    return i < rg_schedule_numbers (schedule) ? schedule->options[i].key : NULL;
}

double
rg_schedule_value (const rg_schedule *schedule, const double *numbers, size_t t, size_t steps, double *slopes)
{
    double unused[RG_SCHEDULE_NUMBERS];
    return schedule->value (numbers, (double) t, (double) steps, slopes != NULL ? slopes : unused);
}

static rg_kind
at (size_t i)
{
    const rg_schedule *row = rg_schedule_at (i);
    return row == NULL ? (rg_kind) { 0 } : (rg_kind) { row->name, row->summary, row->options, sizeof (rg_schedule_settings), row };
}

const rg_kinds rg_kinds_schedule = { "schedule", at };
