/* schedule.h -- families of schedules: what a coefficient is at each step, by a few numbers. */
#ifndef RETROGRADE_SCHEDULE_H
#define RETROGRADE_SCHEDULE_H

#include <stddef.h>

#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A family: a formula of the step t, the number of steps T and a few numbers of its own, such as the peak of a cosine and
 * the length of its warm-up. Rows are constant and live for ever.
 */
typedef struct rg_schedule rg_schedule;

/* The most numbers that a family has. */
enum { RG_SCHEDULE_NUMBERS = 4 };

/* The i-th family; NULL past the last. By name; NULL where the name is NULL or unknown. */
RG_API const rg_schedule *rg_schedule_at (size_t i);
RG_API const rg_schedule *rg_schedule_find (const char *name);

/* Its name; its formula in words; how many numbers it has; the name of number i, NULL past the last. */
RG_API const char *rg_schedule_name (const rg_schedule *schedule);
RG_API const char *rg_schedule_summary (const rg_schedule *schedule);
RG_API size_t rg_schedule_numbers (const rg_schedule *schedule);
RG_API const char *rg_schedule_number (const rg_schedule *schedule, size_t i);

/*
 * The value at a step.
 *   numbers  [rg_schedule_numbers] natural values
 *   t        step, from 0
 *   steps    T
 *   slopes   [rg_schedule_numbers] [out] derivatives in the numbers; or NULL. Where the end of a warm-up falls onto a step
 *            there are two, of which it is that of after the warm-up
 */
RG_API double rg_schedule_value (const rg_schedule *schedule, const double *numbers, size_t t, size_t steps, double *slopes);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_SCHEDULE_H */
