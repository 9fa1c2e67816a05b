/* image.h -- what layers of images share. */
#ifndef RG_MODEL_IMAGE_H
#define RG_MODEL_IMAGE_H

#include "graph/op/window.h"
#include "model/build.h"

/* The tensor of a signal, in its shape: [examples x ...]. */
rg_tensor rg_image_tensor (rg_build *build, const rg_signal *x);

/*
 * Slide a window over the image that comes in.
 *   image     [out] the tensor [examples x height x width x channels]
 *   geometry  [out]
 * Returns whether it fits; if not, the layer is refused.
 */
bool rg_image_slide (rg_build *build, const rg_signal *x, const rg_window *window, rg_tensor *image, rg_geometry *geometry);

/* The stride, pad and dilation of a window, as options of an operator; `dilated`: with the dilation. */
enum { RG_WINDOW_TEXT = 200 };
const char *rg_image_options (char text[RG_WINDOW_TEXT], const rg_window *window, const rg_geometry *geometry, bool dilated);

/* An image that an operator put out. */
rg_signal rg_image_signal (rg_tensor tensor, size_t height, size_t width, size_t channels);

#endif /* RG_MODEL_IMAGE_H */
