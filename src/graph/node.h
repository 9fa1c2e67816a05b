/* node.h -- what operators, graph and executor share: nodes, runtime arrays, the operator table. */
#ifndef RG_GRAPH_NODE_H
#define RG_GRAPH_NODE_H

#include "dense/dense.h"
#include "graph/graph.h"

typedef enum {
    RG_NODE_WEIGHTS,
    RG_NODE_HYPER,
    RG_NODE_BATCH,
    RG_NODE_LABELS,
    RG_NODE_CONSTANT,
    RG_NODE_OPERATOR
} rg_node_kind;

enum { RG_OPERANDS = 3 };

typedef struct rg_operator rg_operator;

/* A tensor as planned. Nodes stand in an order in which operands come first. */
typedef struct {
    rg_node_kind kind;
    const rg_operator *op;
    rg_tensor operand[RG_OPERANDS]; /* RG_NO_TENSOR where absent */
    size_t rows, cols;              /* rows: of one example where batched */
    bool batched;
    bool differentiable; /* depends on a leaf that is */
    bool wanted;         /* differentiable, and the loss depends on it */
    size_t offset;       /* leaf: in its flat vector */
    size_t classes;      /* labels */
    double *constant;    /* owned */
    size_t *ends;        /* owned; segments of a penalty, groups of rows */
    size_t segments;
    size_t kept; /* reals that the operator keeps from one kernel to another */
    size_t scratch; /* reals that a kernel needs while it works */
    size_t room; /* reals that its wide kernels keep for each tangent */
    /* Bytes from the start of the executor's memory. */
    size_t value_at, tangent_at, adjoint_at, adjoint_tangent_at, kept_at, scratch_at;
} rg_node;

/*
 * Room for one of a tensor's derivatives. data is NULL where it is not wanted;
 * while present is false it stands for zeros and what it holds means nothing.
 */
typedef struct {
    void *data;
    bool present;
} rg_slot;

/* A tensor in one run. */
typedef struct {
    size_t rows, cols; /* as run */
    void *value;
    rg_slot tangent, adjoint, adjoint_tangent;
} rg_array;

static inline size_t
rg_array_size (const rg_array *array)
{
    return array->rows * array->cols;
}

/* Whether to add to a slot that is about to be written; it is present from now on. */
static inline bool
rg_claim (rg_slot *slot)
{
    const bool present = slot->present;
    slot->present = true;
    return present;
}

/* One application of an operator in one run. */
typedef struct {
    const rg_dense *dense;
    const rg_node *node;
    rg_array *operand[RG_OPERANDS]; /* NULL where absent */
    rg_array *result;
    void *kept;    /* wide kernels: only read, since several may work at one linearisation */
    void *scratch;
    double factor;
    size_t width; /* wide kernels: tangents side by side, [element][tangent] in every tangent slot */
    void *room;   /* wide kernels: [width x room of the node] */
} rg_call;

/* Whether the tangent of an operand is present. */
static inline bool
rg_call_moves (const rg_call *call)
{
    for (int k = 0; k < RG_OPERANDS; k++)
        if (call->operand[k] != NULL && call->operand[k]->tangent.present)
            return true;
    return false;
}

/*
 * An operator y = f(x): one file, four kernels. They leave the linearisation in
 * values, adjoints and `kept`, so that the tangent kernels may be called any
 * number of times after forward and backward.
 *   formula           in words, for the list
 *   needs             operands that may not be absent
 *   shape             from the operands and the largest number of examples: rows, cols, batched
 *                     kept, scratch and room of the result; or RG_ESHAPE
 *   forward           writes result value
 *   forward_tangent   ẏ = J ẋ; some operand's tangent is present
 *   backward          x̄ (+)= Jᵀ ȳ; the result's adjoint is present
 *   backward_tangent  x̄̇ (+)= Jᵀ ȳ̇ + (dJᵀ/dx ẋ) ȳ; ȳ̇ or some ẋ is present
 * A kernel writes a derivative only into slots with data, and claims them.
 * forward_tangents and backward_tangents are the two tangent kernels for several tangents side by
 * side; the slots for derivatives of the result may be without data there too.
 *   bends   whether backward_tangents reads the result's tangent
 *   terminal  whether nothing but value and tangent of the result come of forward and forward_tangent, and the others
 *           read neither: of a loss that nobody asks for they are left out
 */
struct rg_operator {
    const char *name, *formula;
    int needs;
    rg_status (*shape) (rg_node *node, const rg_node *const operand[RG_OPERANDS], size_t examples);
    void (*forward) (rg_call *call);
    void (*forward_tangent) (rg_call *call);
    void (*backward) (rg_call *call);
    void (*backward_tangent) (rg_call *call);
    void (*forward_tangents) (rg_call *call);
    void (*backward_tangents) (rg_call *call);
    bool bends, terminal;
};

extern const rg_operator rg_operator_affine, rg_operator_tanh, rg_operator_relu,
    rg_operator_sigmoid, rg_operator_softplus, rg_operator_cross_entropy,
    rg_operator_squared_error, rg_operator_sum, rg_operator_scale, rg_operator_add,
    rg_operator_penalty_l2, rg_operator_block_affine, rg_operator_interaction;

struct rg_graph {
    rg_precision precision;
    size_t rows, weights, hypers;
    size_t nodes, capacity;
    rg_node *node;
    rg_tensor loss;
    bool finished;
    rg_status status; /* of the first failure */
    rg_message failure;
    size_t bytes; /* of an executor's memory */
    /* What no wanted leaf covers of the flat gradient: pairs of start and end. */
    size_t gaps;
    size_t *gap;
    bool overlapping; /* wanted weight leaves share elements */
};

struct rg_executor {
    const rg_graph *graph;
    const rg_dense *dense;
    rg_array *array; /* [nodes] */
    void *memory;    /* as planned */
    double factor;
    bool lacks_loss;   /* the last gradient was computed without it */
    bool defers_hyper; /* adjoints of hyper leaves are left to rg_executor_gradient_hyper */
};

/* Whether the caller's doubles are a leaf's value as they are. */
static inline bool
rg_node_is_borrowed (const rg_graph *graph, const rg_node *node)
{
    return node->kind == RG_NODE_HYPER && graph->precision == RG_DOUBLE;
}

/* Remember the first failure; returns RG_NO_TENSOR. */
rg_tensor rg_graph_refuse (rg_graph *graph, rg_status status, const char *format, ...)
    RG_PRINTF (3, 4);

/* Add the result of an operator; also how a test adds one of its own. */
rg_tensor rg_graph_apply (rg_graph *graph, const rg_operator *op, rg_tensor x, rg_tensor y,
                          rg_tensor z);

/* The same with segments; takes over `ends`, freed on failure. */
rg_tensor rg_graph_apply_cut (rg_graph *graph, const rg_operator *op, rg_tensor x, rg_tensor y,
                              rg_tensor z, size_t segments, size_t *ends);

/* Find what is differentiable and wanted, and place everything in memory. */
rg_status rg_graph_plan (rg_graph *graph);

/* Elements of a tensor of so many examples. */
static inline size_t
rg_node_size (const rg_node *node, size_t examples)
{
    return (node->batched ? examples : node->rows) * node->cols;
}

static inline bool
rg_node_is_scalar (const rg_node *node)
{
    return !node->batched && node->rows == 1 && node->cols == 1;
}

/* A real as double, and back. */
static inline double
rg_real_get (const rg_dense *dense, const void *x)
{
    return dense->precision == RG_SINGLE ? (double) *(const float *) x : *(const double *) x;
}

static inline void
rg_real_set (const rg_dense *dense, void *x, double value)
{
    if (dense->precision == RG_SINGLE)
        *(float *) x = (float) value;
    else
        *(double *) x = value;
}

/* The address of the i-th real. */
static inline void *
rg_real_at (const rg_dense *dense, void *x, size_t i)
{
    return (char *) x + i * dense->size;
}

/* A scalar slot's number, 0 while it is not present. */
static inline double
rg_slot_scalar (const rg_dense *dense, const rg_slot *slot)
{
    return slot->present ? rg_real_get (dense, slot->data) : 0;
}

/* Add a number to a scalar slot that is wanted. */
static inline void
rg_slot_add (const rg_dense *dense, rg_slot *slot, double value)
{
    if (slot->data != NULL)
        dense->fill (1, value, slot->data, rg_claim (slot));
}

#endif /* RG_GRAPH_NODE_H */
