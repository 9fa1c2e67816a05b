/* window.h -- windows that slide over images [examples x height x width x channels]: their options and geometry. */
#ifndef RG_GRAPH_WINDOW_H
#define RG_GRAPH_WINDOW_H

#include "graph/node.h"

/* Each list: one number for both sides, or two, of the height and the width. */
typedef struct {
    rg_wholes kernel, stride, dilation;
    rg_wholes pad; /* zeros on all sides; or before and after, in both directions; or the word `same` */
    size_t groups;
} rg_window;

#define RG_WINDOW_STRIDE                                                                                               \
    {                                                                                                                  \
        "stride", RG_OPTION_WHOLES, RG_FIELD (rg_window, stride), RG_POSITIVE, "1", "from one window to the next",     \
            .least = 1, .most = 2                                                                                      \
    }
#define RG_WINDOW_DILATION                                                                                             \
    {                                                                                                                  \
        "dilation", RG_OPTION_WHOLES, RG_FIELD (rg_window, dilation), RG_POSITIVE, "1",                                \
            "from one pixel of a window to the next", .least = 1, .most = 2                                            \
    }
#define RG_WINDOW_PAD                                                                                                  \
    {                                                                                                                  \
        "pad", RG_OPTION_WHOLES, RG_FIELD (rg_window, pad), RG_NOT_NEGATIVE, "0",                                      \
            "pixels around the image: a number; before and after it; or same: as many windows as pixels, by the "      \
            "stride",                                                                                                  \
            .least = 1, .most = 2, .words = "same"                                                                     \
    }

/* Sides of image, kernel and result; [0]: height, [1]: width. */
typedef struct {
    size_t images, channels;
    size_t in[2], kernel[2], out[2], stride[2], dilation[2], before[2];
} rg_geometry;

/* Of a window with a kernel of so many pixels over an image of one shape; false where it does not fit. */
bool rg_window_geometry (const rg_window *window, const rg_shape *image, const size_t kernel[2], rg_geometry *out);

/* One of a list of one or two. */
static inline size_t
rg_window_side (const rg_wholes *list, size_t side)
{
    return (size_t) list->values[list->count == 1 ? 0 : side];
}

/* Where pixel k of window o is in the image, along one side; false: outside it. */
static inline bool
rg_window_pixel (const rg_geometry *g, int side, size_t o, size_t k, size_t *at)
{
    const size_t padded = o * g->stride[side] + k * g->dilation[side];
    *at = padded - g->before[side];
    return padded >= g->before[side] && *at < g->in[side];
}

#endif /* RG_GRAPH_WINDOW_H */
