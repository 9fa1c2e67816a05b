/* example_loss.h -- what losses that are weighted sums over examples share: L = factor Σ_n ω_n ℓ_n. */
#ifndef RG_GRAPH_EXAMPLE_LOSS_H
#define RG_GRAPH_EXAMPLE_LOSS_H

#include "graph/node.h"

/* Where things are in a call. */
typedef struct {
    size_t examples;
    rg_graph_array *weight; /* ω, NULL for 1 */
    void *value;            /* [examples] ℓ, kept */
    void *rest;             /* the loss's own, kept */
    void *coefficient;      /* [examples] */
    /* Of a block of directions; the first two are carried from tangents to adjoint_tangents. */
    void *tangent;             /* [examples x width] ℓ̇ */
    void *rest_tangent;        /* the loss's own */
    void *coefficient_tangent; /* [examples x width] */
} rg_example_loss;

/* A scalar that keeps `rest` numbers for itself, and carries `rest_tangent` for each direction. */
rg_status rg_example_loss_shape (rg_graph_node *node, const rg_graph_node *weight, size_t rest, size_t rest_tangent,
                                 size_t examples);

rg_example_loss rg_example_loss_parts (const rg_call *call, size_t examples, rg_graph_array *weight);

/* L from ℓ. */
void rg_example_loss_forward (rg_call *call, const rg_example_loss *losses);

/* ω̄ (+)= factor L̄ ℓ, where wanted. */
void rg_example_loss_backward (rg_call *call, const rg_example_loss *losses);

/* coefficient = scale factor L̄ ω: scale times the derivative of L in ℓ. */
void rg_example_loss_coefficient (const rg_call *call, const rg_example_loss *losses, double scale);

/* L̇ = factor (<ω, ℓ̇> + <ω̇, ℓ>); `moved`: whether ℓ̇ is there, else it is 0. */
void rg_example_loss_tangents (rg_call *call, const rg_example_loss *losses, bool moved);

/* ω̄̇ (+)= factor (L̄̇ ℓ + L̄ ℓ̇), where wanted. */
void rg_example_loss_adjoint_tangents (rg_call *call, const rg_example_loss *losses, bool moved);

/* coefficient_tangent = scale factor (L̄̇ ω + L̄ ω̇); false, and nothing done, when that is 0. */
bool rg_example_loss_coefficient_tangent (const rg_call *call, const rg_example_loss *losses, double scale);

#endif /* RG_GRAPH_EXAMPLE_LOSS_H */
