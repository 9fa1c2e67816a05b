/* exponential.c -- start factor^t: each step has the same share of the one before. */
#include <math.h>

#include "hyper/schedule/schedule.h"

static double
exponential (const double *numbers, double t, double steps, double *slopes)
{
    (void) steps;
    const double power = pow (numbers[1], t);
    slopes[0] = power;
    slopes[1] = t == 0 ? 0 : numbers[0] * t * pow (numbers[1], t - 1);
    return numbers[0] * power;
}

static const rg_option numbers[] = {
    RG_SCHEDULE_NUMBER ("start", 0, RG_ANY, RG_REQUIRED, "value of the first step"),
    RG_SCHEDULE_NUMBER ("factor", 1, RG_POSITIVE, RG_REQUIRED, "of a step"),
    { 0 }
};

const rg_schedule rg_schedule_exponential = {
    .name = "exponential",
    .summary = "start factor^t",
    .options = numbers,
    .kind = { RG_NUMBER_VALUE, RG_NUMBER_FACTOR },
    .value = exponential,
};
