/* probe.c -- see probe.h. */
#include "graph/probe.h"

#include <stdint.h>

#include "base/memory.h"
#include "base/random.h"

double
rg_probe_draw (uint64_t stream, size_t i, double low, double high)
{
    const rg_random random = { 2385, RG_STREAM_TEST, (uint32_t) stream, 0 };
    return low + (high - low) * rg_random_uniform (&random, i);
}

typedef struct {
    uint64_t stream;
    double bend; /* of d */
} probe_settings;

static double
slope_of (const rg_call *call, size_t i)
{
    return rg_probe_draw (((const probe_settings *) call->node->settings)->stream, 2 * i, -1.3, 1.7);
}

static double
bend_of (const rg_call *call, size_t i)
{
    const probe_settings *settings = call->node->settings;
    return settings->bend * rg_probe_draw (settings->stream, 2 * i + 1, -.9, 1.1);
}

static rg_status
probe_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    (void) operand;
    (void) examples;
    node->shape = rg_shape_matrix (1, 1, 0);
    return RG_OK;
}

/* The i-th number of an array. */
static double
number (const rg_call *call, const void *data, size_t i)
{
    return rg_real_get (call->dense, rg_real_at (call->dense, (void *) (uintptr_t) data, i));
}

static void
probe_forward (rg_call *call)
{
    const rg_graph_array *y = call->operand[0];
    double total = 0;
    for (size_t i = 0; i < rg_array_size (y); i++) {
        const double value = number (call, y->value, i);
        total += value * (slope_of (call, i) + bend_of (call, i) * value / 2);
    }
    rg_real_set (call->dense, call->result->value, total);
}

static void
probe_backward (rg_call *call)
{
    rg_graph_array *y = call->operand[0];
    const bool accumulate = rg_claim (&y->adjoint);
    const double outer = number (call, call->result->adjoint.data, 0);
    for (size_t i = 0; i < rg_array_size (y); i++)
        call->dense->fill (1, outer * (slope_of (call, i) + bend_of (call, i) * number (call, y->value, i)),
                           rg_real_at (call->dense, y->adjoint.data, i), accumulate);
}

static void
probe_tangents (rg_call *call)
{
    const rg_graph_array *y = call->operand[0];
    double total = 0;
    for (size_t i = 0; i < rg_array_size (y); i++)
        total +=
            number (call, y->tangent.data, i) * (slope_of (call, i) + bend_of (call, i) * number (call, y->value, i));
    rg_slot_add (call->dense, &call->result->tangent, total);
}

static void
probe_adjoint_tangents (rg_call *call)
{
    rg_graph_array *y = call->operand[0];
    const double outer = number (call, call->result->adjoint.data, 0);
    if (((const probe_settings *) call->node->settings)->bend == 0 || !y->tangent.present
        || y->adjoint_tangent.data == NULL)
        return;
    const bool accumulate = rg_claim (&y->adjoint_tangent);
    for (size_t i = 0; i < rg_array_size (y); i++)
        call->dense->fill (1, outer * bend_of (call, i) * number (call, y->tangent.data, i),
                           rg_real_at (call->dense, y->adjoint_tangent.data, i), accumulate);
}

static const rg_operator probe = {
    .name = "probe", .formula = "sum c y + d y^2 / 2", .needs = 1, .takes = 1, .single = true,
    .shape = probe_shape, .forward = probe_forward, .backward = probe_backward, .tangents = probe_tangents,
    .adjoint_tangents = probe_adjoint_tangents, .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};

rg_tensor
rg_probe_add (rg_graph *graph, rg_tensor sum, rg_tensor y, uint64_t stream, double bend)
{
    probe_settings *settings = rg_malloc (1, sizeof *settings);
    if (settings == NULL)
        return rg_graph_refuse (graph, RG_ENOMEM, "out of memory");
    *settings = (probe_settings) { stream, bend };
    const rg_tensor loss = rg_graph_add_node (graph, &probe, 1, &y, settings);
    return sum == RG_NO_TENSOR ? loss : rg_graph_add (graph, sum, loss);
}
