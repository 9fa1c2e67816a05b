/* step_decay.c -- start factor^k in the steps k every ... (k + 1) every - 1: a stair. */
#include <math.h>

#include "hyper/schedule/schedule.h"

static double
stair (const double *numbers, double t, double steps, double *slopes)
{
    (void) steps;
    const double k = floor (t / numbers[2]), power = pow (numbers[1], k);
    slopes[0] = power;
    slopes[1] = k == 0 ? 0 : numbers[0] * k * pow (numbers[1], k - 1);
    slopes[2] = 0;
    return numbers[0] * power;
}

static const rg_option numbers[] = {
    RG_SCHEDULE_NUMBER ("start", 0, RG_ANY, RG_REQUIRED, "value of the first step"),
    RG_SCHEDULE_NUMBER ("factor", 1, RG_POSITIVE, RG_REQUIRED, "from one stair to the next"),
    RG_SCHEDULE_NUMBER ("every", 2, RG_POSITIVE, RG_REQUIRED, "steps of a stair; no hyperparameter, its derivative is 0"),
    { 0 }
};

const rg_schedule rg_schedule_step = {
    .name = "step",
    .summary = "start factor^floor (t / every)",
    .options = numbers,
    .kind = { RG_NUMBER_VALUE, RG_NUMBER_FACTOR, RG_NUMBER_FACTOR },
    .flat = 1u << 2,
    .value = stair,
};
