/* scheduled.h -- the numbers of a family of schedules, some of them free, and what they make of each step. */
#ifndef RG_HYPER_SCHEDULED_H
#define RG_HYPER_SCHEDULED_H

#include <retrograde/hyper.h>

#include "hyper/schedule/schedule.h"
#include "hyper/transform.h"

/*
 * Each of `columns` numbers of a step has a family's numbers of its own: [numbers x columns] natural values, of which the rows
 * that are no constants are free: free = transform^-1 (natural), for values the block's transform, for lengths and factors the logarithm.
 */
typedef struct {
    const rg_schedule *family;
    size_t steps, columns, rows;
    size_t number[RG_SCHEDULE_NUMBERS];                    /* of the family, for each free row */
    const rg_transform_row *transform[RG_SCHEDULE_NUMBERS]; /* of each free row */
    double *natural, *marked;                              /* [numbers x columns] */
} rg_scheduled;

/*
 * Make one of a spec's schedule.
 * Returns RG_OK; RG_EUNSUPPORTED where no number is free, or one that has no derivative; RG_ERANGE for a length or factor out of its range;
 * RG_ENOMEM.
 */
rg_status rg_scheduled_new (rg_scheduled **out, const rg_block_spec *spec, size_t columns, size_t steps, rg_message *message);
void rg_scheduled_free (rg_scheduled *scheduled);
rg_status rg_scheduled_copy (rg_scheduled **out, const rg_scheduled *scheduled);

/* Take free numbers [rows x columns]. */
void rg_scheduled_take (rg_scheduled *scheduled, const double *free_values);

/* Remember what is in force as the mark. */
void rg_scheduled_mark (rg_scheduled *scheduled);

/* The value of step t in a column: of what is in force, or of the mark; slopes [numbers] in the natural values, or NULL. */
double rg_scheduled_value (const rg_scheduled *scheduled, int of_mark, size_t t, size_t column, double *slopes);

/* Derivative in a free number, by its row and the slopes of that column. */
double rg_scheduled_slope (const rg_scheduled *scheduled, const double *slopes, size_t row, size_t column);

#endif /* RG_HYPER_SCHEDULED_H */
