/* operators.c -- the one table of operators. */
#include "graph/node.h"

static const rg_operator *const operators[] = {
    &rg_operator_affine,        &rg_operator_tanh,     &rg_operator_relu,
    &rg_operator_sigmoid,       &rg_operator_softplus, &rg_operator_cross_entropy,
    &rg_operator_squared_error, &rg_operator_sum,      &rg_operator_scale,
    &rg_operator_add,           &rg_operator_penalty_l2, &rg_operator_block_affine,
    &rg_operator_interaction,
};

enum { OPERATORS = sizeof operators / sizeof *operators };

const char *
rg_graph_operator_name (size_t index)
{
    return index < OPERATORS ? operators[index]->name : NULL;
}

const char *
rg_graph_operator_formula (size_t index)
{
    return index < OPERATORS ? operators[index]->formula : NULL;
}
