/*
 * cosine.c -- a linear warm-up, then half a cosine from the peak to the end (Loshchilov, Hutter 2017, without restarts).
 *
 * With w steps of warm-up of T, the step t < w has peak (t + 1) / (w + 1), and t >= w has end + (peak - end) (1 + cos (pi p)) / 2 with
 * p = (t - w) / (T - w): step T, which is not there, would have the end. w need not be whole.
 */
#include <math.h>

#include "hyper/schedule/schedule.h"

static double
cosine (const double *numbers, double t, double steps, double *slopes)
{
    const double pi = 3.14159265358979323846, peak = numbers[0], warmup = numbers[1], end = numbers[2];
    if (t < warmup) {
        const double share = (t + 1) / (warmup + 1);
        slopes[0] = share;
        slopes[1] = -peak * share / (warmup + 1);
        slopes[2] = 0;
        return peak * share;
    }
    const double left = steps - warmup, p = (t - warmup) / left, share = (1 + cos (pi * p)) / 2;
    slopes[0] = share;
    slopes[1] = (peak - end) * pi / 2 * sin (pi * p) * (steps - t) / (left * left);
    slopes[2] = 1 - share;
    return end + (peak - end) * share;
}

static const rg_option numbers[] = {
    RG_SCHEDULE_NUMBER ("peak", 0, RG_ANY, RG_REQUIRED, "value at the end of the warm-up"),
    RG_SCHEDULE_NUMBER ("warmup", 1, RG_NOT_NEGATIVE, "0", "steps of warm-up; need not be whole"),
    RG_SCHEDULE_NUMBER ("end", 2, RG_ANY, "0", "value after the last step"),
    { 0 }
};

const rg_schedule rg_schedule_cosine = {
    .name = "cosine",
    .summary = "a linear warm-up to the peak, then half a cosine to the end",
    .options = numbers,
    .kind = { RG_NUMBER_VALUE, RG_NUMBER_LENGTH, RG_NUMBER_VALUE },
    .value = cosine,
};
