/* operators.h -- the rows of the table of operators. */
#ifndef RG_GRAPH_OPERATORS_H
#define RG_GRAPH_OPERATORS_H

#include "graph/node.h"

/* In the order of the list. An ACTIVATION is a layer of models, too: the name of the layer, and whether what it puts out is never below 0. */
#define RG_OPERATOR_TABLE(ROW, ACTIVATION) \
    ROW (affine)                           \
    ACTIVATION (tanh, "tanh", 0)           \
    ACTIVATION (relu, "relu", 1)           \
    ACTIVATION (sigmoid, "sigmoid", 1)     \
    ACTIVATION (softplus, "softplus", 1)   \
    ROW (cross_entropy)                    \
    ROW (squared_error)                    \
    ROW (sum)                              \
    ROW (scale)                            \
    ROW (add)                              \
    ROW (penalty_l2)                       \
    ROW (block_affine)                     \
    ROW (interaction)                      \
    ROW (exp)                              \
    ROW (log)                              \
    ROW (sqrt)                             \
    ROW (abs)                              \
    ROW (square)                           \
    ROW (reciprocal)                       \
    ROW (clip)                             \
    ROW (leaky_relu)                       \
    ROW (elu)                              \
    ACTIVATION (gelu, "gelu", 0)           \
    ACTIVATION (silu, "silu", 0)           \
    ACTIVATION (hard_tanh, "hard-tanh", 0) \
    ROW (multiply)                         \
    ROW (matmul)                           \
    ROW (reshape)                          \
    ROW (transpose)                        \
    ROW (slice)                            \
    ROW (concatenate)                      \
    ROW (pad)                              \
    ROW (expand)                           \
    ROW (sum_axes)                         \
    ROW (mean_axes)                        \
    ROW (gather)                           \
    ROW (softmax)                          \
    ROW (log_softmax)                      \
    ROW (conv2d)                           \
    ROW (max_pool)                         \
    ROW (average_pool)                     \
    ROW (batch_norm)                       \
    ROW (layer_norm)                       \
    ROW (subtract)                         \
    ROW (huber)                            \
    ROW (example_mean)                     \
    ROW (straight_through)                 \
    ROW (stop_gradient)                    \
    ROW (dropout)                          \
    ROW (group_norm)                       \
    ACTIVATION (softsign, "softsign", 0)   \
    ACTIVATION (mish, "mish", 0)           \
    ROW (sin)

#define RG_OPERATOR_ROW(name, ...) extern const rg_operator rg_operator_##name;
RG_OPERATOR_TABLE (RG_OPERATOR_ROW, RG_OPERATOR_ROW)
#undef RG_OPERATOR_ROW

/* The index-th row; NULL past the last one. */
const rg_operator *rg_operator_at (size_t index);

#endif /* RG_GRAPH_OPERATORS_H */
