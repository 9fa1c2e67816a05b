/* sequence.h -- what layers of sequences [steps x channels] share. */
#ifndef RG_MODEL_SEQUENCE_H
#define RG_MODEL_SEQUENCE_H

#include "model/build.h"

/* A sequence that comes in: of each example a tensor [steps x channels]. */
typedef struct {
    rg_tensor tensor;
    size_t steps, channels;
} rg_sequence;

/* Take what comes in as a sequence: a matrix, or an image of one channel. Returns whether it is one; if not, the layer is refused. */
bool rg_sequence_read (rg_build *build, const rg_signal *x, rg_sequence *out);

/* What goes out: a sequence. */
rg_signal rg_sequence_signal (rg_tensor tensor, size_t steps, size_t channels);

/* An operator with its options as printf writes them. */
rg_tensor rg_build_apply (rg_build *build, const char *name, rg_tensor x, const char *format, ...) RG_PRINTF (4, 5);

/* y = x W + b along the last dimension of x; W [inputs x outputs] and b are the layer's next arrays, by these names. bias NULL: no b. */
rg_tensor rg_build_linear (rg_build *build, rg_tensor x, size_t inputs, size_t outputs, const char *weight, const char *bias);

/* A layer norm of a sequence; scale and shift are the layer's next arrays. */
rg_tensor rg_build_normal (rg_build *build, const rg_sequence *x, double epsilon, const char *scale, const char *shift);

/* Attention of each step to all, or to those up to it; queries, keys, values and outputs are the layer's next arrays. */
rg_tensor rg_build_attention (rg_build *build, const rg_sequence *x, size_t heads, bool causal);

#endif /* RG_MODEL_SEQUENCE_H */
