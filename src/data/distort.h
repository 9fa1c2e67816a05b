/* distort.h -- random crops, shifts and flips of an image; see rg_distortion in retrograde/data.h. */
#ifndef RG_DATA_DISTORT_H
#define RG_DATA_DISTORT_H

#include <stdbool.h>

#include <retrograde/data.h>

/* Which run's images: with the row they make the random numbers. */
typedef struct {
    uint64_t seed, iteration, step;
} rg_distort_at;

/* Whether anything is asked for. */
bool rg_distorts (const rg_distortion *distortion);

/*
 * The shape of the images: what the distortion says; else that of the model's input or of the data, where that is of two dimensions (one
 * channel) or three.
 *   dimensions, shape   of the model's input
 *   distortion          [in, out] height, width and channels
 * Returns RG_OK, or RG_ESHAPE where an example is no such image, or the crop or shift is not smaller than it.
 */
rg_status rg_distortion_fit (rg_distortion *distortion, const rg_dataset *data, int dimensions, const size_t *shape,
                             rg_message *message);

/*
 * Distort the image of one row of a step.
 *   size     of a number: float or double
 *   in, out  [height x width x channels], different arrays
 */
void rg_distort (const rg_distortion *distortion, const rg_distort_at *at, size_t row, size_t size, const void *in, void *out);

#endif /* RG_DATA_DISTORT_H */
