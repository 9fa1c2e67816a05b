/* signal.h -- what one layer of a model hands to the next. */
#ifndef RG_MODEL_SIGNAL_H
#define RG_MODEL_SIGNAL_H

#include <retrograde/model.h>

#include "graph/graph.h"

/*
 * One row an example. A tensor, and what it is of one example: a vector of so many numbers, or an image
 * [height x width x channels]. Beside it there may be numbers that no layer has taken in yet: the noise of an augmentation.
 */
typedef struct {
    rg_tensor tensor;
    int dimensions; /* 1 ... RG_MODEL_DIMENSIONS */
    size_t shape[RG_MODEL_DIMENSIONS];
    rg_tensor beside; /* RG_NO_TENSOR: none */
    size_t beside_count;
    bool tokens;      /* whether they are whole numbers */
} rg_signal;

/* Numbers of an example. */
size_t rg_signal_size (const rg_signal *signal);

/* A vector of so many numbers. */
rg_signal rg_signal_vector (rg_tensor tensor, size_t count);

/* "28 x 28 x 1" */
enum { RG_SIGNAL_TEXT = 72 };
const char *rg_shape_text (char text[RG_SIGNAL_TEXT], int dimensions, const size_t *shape);

#endif /* RG_MODEL_SIGNAL_H */
