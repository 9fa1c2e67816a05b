/* schedule.h -- the row of a family of schedules; see retrograde/schedule.h. */
#ifndef RG_HYPER_SCHEDULE_SCHEDULE_H
#define RG_HYPER_SCHEDULE_SCHEDULE_H

#include <retrograde/schedule.h>

#include "base/option.h"

/* What a number is: a value of the coefficient itself; a length in steps, >= 0; a factor, > 0. */
typedef enum { RG_NUMBER_VALUE, RG_NUMBER_LENGTH, RG_NUMBER_FACTOR } rg_number_kind;

/* What a configuration says of a family: its numbers in the row's order. */
typedef struct {
    double number[RG_SCHEDULE_NUMBERS];
} rg_schedule_settings;

struct rg_schedule {
    const char *name, *summary;
    const rg_option *options;                  /* a number each, of rg_schedule_settings */
    rg_number_kind kind[RG_SCHEDULE_NUMBERS];
    unsigned flat;                             /* bit k: the derivative in number k is 0 almost everywhere */
    double (*value) (const double *numbers, double t, double steps, double *slopes); /* slopes [numbers] are written */
};

/* A number in the table of options. */
#define RG_SCHEDULE_NUMBER(key, i, range, preset, sentence) \
    { key, RG_OPTION_REAL, RG_FIELD (rg_schedule_settings, number[i]), range, preset, sentence }

extern const rg_schedule rg_schedule_cosine, rg_schedule_step, rg_schedule_exponential, rg_schedule_one_cycle;

/* The families as kinds of options. */
extern const rg_kinds rg_kinds_schedule;

#endif /* RG_HYPER_SCHEDULE_SCHEDULE_H */
