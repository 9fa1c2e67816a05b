/* distort.c -- see distort.h. A pixel of the result looks for its own in the image: first through the flip, then through shift and crop. */
#include "data/distort.h"

#include <string.h>

#include "base/random.h"

bool
rg_distorts (const rg_distortion *d)
{
    return d->crop > 0 || d->shift > 0 || d->flip;
}

/* Take a shape of two or three dimensions. */
static bool
take_shape (rg_distortion *d, int dimensions, const size_t *shape)
{
    if (dimensions != 2 && dimensions != 3)
        return false;
    d->height = shape[0];
    d->width = shape[1];
    d->channels = dimensions == 3 ? shape[2] : 1;
    return true;
}

rg_status
rg_distortion_fit (rg_distortion *d, const rg_dataset *data, int dimensions, const size_t *shape, rg_message *message)
{
    const size_t features = rg_dataset_features (data);
    size_t own[RG_MAX_DIMENSIONS];
    if (d->height == 0 && !take_shape (d, dimensions, shape) && !take_shape (d, rg_dataset_shape (data, own), own))
        return rg_fail_about (message, RG_ESHAPE, "distortion", "expected images of height x width x channels, got examples of %zu numbers",
                              features);
    if (d->height * d->width * d->channels != features)
        return rg_fail_about (message, RG_ESHAPE, "distortion", "expected images of %zu x %zu x %zu, got examples of %zu numbers", d->height,
                              d->width, d->channels, features);
    const size_t least = d->height < d->width ? d->height : d->width, most = d->crop > d->shift ? d->crop : d->shift;
    if (most >= least)
        return rg_fail_about (message, RG_ESHAPE, "distortion", "expected fewer pixels than the %zu of a side, got %zu", least, most);
    return RG_OK;
}

/* By how much, and whether, one image is moved. */
typedef struct {
    ptrdiff_t crop[2], shift[2]; /* down and to the right, where the pixel comes from */
    bool flip;
} move;

enum { NUMBERS = 5 }; /* of a row */

static move
draw (const rg_distortion *d, const rg_distort_at *at, size_t row)
{
    const rg_random random = { at->seed, RG_STREAM_DISTORT, (uint32_t) at->iteration, (uint32_t) at->step };
    const uint64_t first = (uint64_t) row * NUMBERS;
    move m;
    for (uint32_t side = 0; side < 2; side++) {
        m.crop[side] = (ptrdiff_t) rg_random_below (&random, first + side, 2 * d->crop + 1) - (ptrdiff_t) d->crop;
        m.shift[side] = (ptrdiff_t) rg_random_below (&random, first + 2 + side, 2 * d->shift + 1) - (ptrdiff_t) d->shift;
    }
    m.flip = d->flip && rg_random_below (&random, first + 4, 2) == 1;
    return m;
}

/* Where in a side a pixel comes from; below 0 or at the end: from outside. */
static ptrdiff_t
origin (ptrdiff_t at, ptrdiff_t side, ptrdiff_t shift, ptrdiff_t crop)
{
    const ptrdiff_t shifted = at + shift;
    return (shifted < 0 ? 0 : shifted >= side ? side - 1 : shifted) + crop;
}

void
rg_distort (const rg_distortion *d, const rg_distort_at *at, size_t row, size_t size, const void *in, void *out)
{
    const move m = draw (d, at, row);
    const ptrdiff_t height = (ptrdiff_t) d->height, width = (ptrdiff_t) d->width;
    const size_t pixel = d->channels * size;
    char *to = out;
    for (ptrdiff_t y = 0; y < height; y++)
        for (ptrdiff_t x = 0; x < width; x++, to += pixel) {
            const ptrdiff_t from_y = origin (y, height, m.shift[0], m.crop[0]),
                            from_x = origin (m.flip ? width - 1 - x : x, width, m.shift[1], m.crop[1]);
            if (from_y < 0 || from_y >= height || from_x < 0 || from_x >= width)
                memset (to, 0, pixel);
            else
                memcpy (to, (const char *) in + (size_t) (from_y * width + from_x) * pixel, pixel);
        }
}
