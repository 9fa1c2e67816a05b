/* example_loss.h -- what losses that are weighted sums over examples share: L = factor Σ_n ω_n ℓ_n. */
#ifndef RG_GRAPH_EXAMPLE_LOSS_H
#define RG_GRAPH_EXAMPLE_LOSS_H

#include "graph/node.h"

/* Where things are in a call; each of the first three has one number an example. */
typedef struct {
    size_t examples;
    rg_array *weight; /* ω, NULL for 1 */
    void *value;      /* ℓ */
    void *tangent;    /* ℓ̇ */
    void *coefficient;
    void *rest; /* the loss's own */
    /* Several tangents side by side, each of the first two [examples x width]. */
    void *tangents, *coefficients, *wide_rest;
} rg_example_loss;

/* A scalar that keeps `rest` numbers an example for itself, and `wide_rest` for each tangent. */
rg_status rg_example_loss_shape (rg_node *node, const rg_node *weight, size_t rest, size_t wide_rest,
                                 size_t examples);

rg_example_loss rg_example_loss_parts (const rg_call *call, size_t examples, rg_array *weight);

/* L from ℓ. */
void rg_example_loss_forward (rg_call *call, const rg_example_loss *losses);

/* L̇ = factor (<ω, ℓ̇> + <ω̇, ℓ>); `moved`: whether ℓ̇ is there, else it is 0. */
void rg_example_loss_forward_tangent (rg_call *call, const rg_example_loss *losses, bool moved);

/* ω̄ (+)= factor L̄ ℓ, where wanted. */
void rg_example_loss_backward (rg_call *call, const rg_example_loss *losses);

/* ω̄̇ (+)= factor (L̄̇ ℓ + L̄ ℓ̇), where wanted. */
void rg_example_loss_backward_tangent (rg_call *call, const rg_example_loss *losses, bool moved);

/* coefficient = scale factor L̄ ω: scale times the derivative of L in ℓ. */
void rg_example_loss_coefficient (const rg_call *call, const rg_example_loss *losses, double scale);

/* coefficient = scale factor (L̄̇ ω + L̄ ω̇), its tangent; false, and nothing done, when that is 0. */
bool rg_example_loss_coefficient_tangent (const rg_call *call, const rg_example_loss *losses,
                                          double scale);

/* The same three, several tangents side by side; the coefficients are losses->coefficients. */
void rg_example_loss_forward_tangents (rg_call *call, const rg_example_loss *losses, bool moved);
void rg_example_loss_backward_tangents (rg_call *call, const rg_example_loss *losses, bool moved);
bool rg_example_loss_coefficient_tangents (const rg_call *call, const rg_example_loss *losses,
                                           double scale);

#endif /* RG_GRAPH_EXAMPLE_LOSS_H */
