/*
 * dropout.c -- the operator y = x∘m, m = 0 with probability `rate`, else 1 / (1 - rate). Srivastava et al. 2014. The
 * mask is a function of what rg_executor_bind_draw was told, the node and the example's place in the whole batch, so
 * that any run can be replayed, in any shards. Where no draw was bound m = 1.
 */
#include "base/random.h"
#include "graph/op/unary.h"
#include "graph/operators.h"

typedef struct {
    double rate;
} settings;

static const rg_option options[] = {
    { "rate", RG_OPTION_REAL, RG_FIELD (settings, rate), RG_BELOW_ONE, RG_REQUIRED, "the probability of a zero" },
    { 0 },
};

/* The mask is kept. */
static void
draw (rg_call *call)
{
    const rg_draw *given = call->draw;
    const rg_random random = { given->seed + call->node->index * UINT64_C (0x9e3779b97f4a7c15), RG_STREAM_DROPOUT,
                               (uint32_t) given->iteration, (uint32_t) given->step };
    const double rate = ((const settings *) call->node->settings)->rate;
    const size_t n = rg_array_size (call->result), a_row = rg_node_size (call->node, 1);
    const uint64_t first = (uint64_t) given->member << 40;
    for (size_t i = 0; i < n; i++)
        rg_real_set (call->dense, rg_real_at (call->dense, call->kept, i),
                     rg_random_uniform (&random, first + given->first_row * a_row + i) < rate ? 0 : 1 / (1 - rate));
}

static void
forward (rg_call *call)
{
    const size_t n = rg_array_size (call->result);
    if (call->draw->on)
        draw (call);
    else
        call->dense->fill (n, 1, call->kept, false);
    call->dense->scaled_product (n, 1, call->kept, call->operand[0]->value, call->result->value, false);
}

static void
backward (rg_call *call)
{
    rg_slot *out = &call->operand[0]->adjoint;
    if (out->data != NULL)
        call->dense->scaled_product (rg_array_size (call->result), 1, call->kept, call->result->adjoint.data, out->data,
                                     rg_claim (out));
}

static void
adjoint_tangents (rg_call *call)
{
    rg_unary_adjoint_tangents (call, 0, 0, NULL);
}

const rg_operator rg_operator_dropout = {
    .name = "dropout", .formula = "x, each number 0 with probability `rate`, else x / (1 - rate)", .options = options,
    .settings_bytes = sizeof (settings), .needs = 1, .takes = 1,
    .shape = rg_unary_shape, .forward = forward, .backward = backward, .tangents = rg_unary_tangents,
    .adjoint_tangents = adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};
