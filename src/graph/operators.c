/* operators.c -- the one table of operators; a new one is a file in op/ and a row of operators.h. */
#include "graph/operators.h"

static const rg_operator *const operators[] = {
#define ROW(name, ...) &rg_operator_##name,
    RG_OPERATOR_TABLE (ROW, ROW)
#undef ROW
};

enum { OPERATORS = sizeof operators / sizeof *operators };

const rg_operator *
rg_operator_at (size_t index)
{
    return index < OPERATORS ? operators[index] : NULL;
}

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
