/*
 * one_cycle.c -- half a cosine from the start to the peak, and one from there to the end (Smith, Topin 2018; PyTorch's OneCycleLR).
 *
 * With a warm-up of w steps of T, the step t < w has start + (peak - start) (1 - cos (pi t / w)) / 2, and t >= w has
 * end + (peak - end) (1 + cos (pi q)) / 2 with q = (t - w) / (T - 1 - w): the last step has the end. PyTorch's pct_start is (w + 1) / T.
 */
#include <math.h>

#include "hyper/schedule/schedule.h"

enum { START, PEAK, WARMUP, END };
static const double pi = 3.14159265358979323846;

static double
rise (const double *numbers, double t, double *slopes)
{
    const double warmup = numbers[WARMUP], height = numbers[PEAK] - numbers[START], p = t / warmup, share = (1 - cos (pi * p)) / 2;
    slopes[START] = 1 - share;
    slopes[PEAK] = share;
    slopes[WARMUP] = -height * pi / 2 * sin (pi * p) * p / warmup;
    slopes[END] = 0;
    return numbers[START] + height * share;
}

static double
fall (const double *numbers, double t, double steps, double *slopes)
{
    const double left = steps - 1 - numbers[WARMUP], height = numbers[PEAK] - numbers[END];
    const double q = left > 0 ? (t - numbers[WARMUP]) / left : 0, share = (1 + cos (pi * q)) / 2;
    slopes[START] = 0;
    slopes[PEAK] = share;
    slopes[WARMUP] = left > 0 ? height * pi / 2 * sin (pi * q) * (steps - 1 - t) / (left * left) : 0;
    slopes[END] = 1 - share;
    return numbers[END] + height * share;
}

static double
one_cycle (const double *numbers, double t, double steps, double *slopes)
{
    return t < numbers[WARMUP] ? rise (numbers, t, slopes) : fall (numbers, t, steps, slopes);
}

static const rg_option numbers[] = {
    RG_SCHEDULE_NUMBER ("start", START, RG_ANY, RG_REQUIRED, "value of the first step"),
    RG_SCHEDULE_NUMBER ("peak", PEAK, RG_ANY, RG_REQUIRED, "value at the end of the warm-up"),
    RG_SCHEDULE_NUMBER ("warmup", WARMUP, RG_NOT_NEGATIVE, RG_REQUIRED, "the step that has the peak; need not be whole"),
    RG_SCHEDULE_NUMBER ("end", END, RG_ANY, RG_REQUIRED, "value of the last step"),
    { 0 }
};

const rg_schedule rg_schedule_one_cycle = {
    .name = "one-cycle",
    .summary = "half a cosine from the start to the peak, another one to the end",
    .options = numbers,
    .kind = { RG_NUMBER_VALUE, RG_NUMBER_VALUE, RG_NUMBER_LENGTH, RG_NUMBER_VALUE },
    .value = one_cycle,
};
