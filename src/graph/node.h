/* node.h -- what operators, graph, linearisation and tangents share: nodes, arrays in a run, the operator's row. */
#ifndef RG_GRAPH_NODE_H
#define RG_GRAPH_NODE_H

#include "base/option.h"
#include "dense/dense.h"
#include "graph/graph.h"

typedef enum {
    RG_NODE_WEIGHTS,
    RG_NODE_HYPER,
    RG_NODE_BATCH,
    RG_NODE_INTEGERS,
    RG_NODE_CONSTANT,
    RG_NODE_OPERATOR
} rg_node_kind;

typedef struct rg_operator rg_operator;

/* A tensor as planned. Nodes stand in an order in which operands come first. */
typedef struct {
    rg_node_kind kind;
    const rg_operator *op;
    rg_tensor *operand; /* [operands] owned; RG_NO_TENSOR where absent */
    size_t operands, index; /* index: of the node in its graph */
    void *settings;      /* owned; what the operator's options write */
    char *name;          /* owned; NULL: it has none */
    rg_shape shape;      /* dim[0]: of one example where batched */
    bool differentiable; /* depends on a leaf that is */
    bool wanted;         /* differentiable, and the loss depends on it */
    bool watched;        /* its value stays readable */
    bool overwrites;     /* its value lies where that of its first operand was */
    bool overwritten;    /* and this was that operand */
    size_t offset;       /* leaf: in its flat vector */
    size_t bound;        /* whole numbers are below it */
    double *constant;    /* owned */
    /* Numbers that the operator's kernels need, as its shape function says. */
    size_t kept;         /* written by forward and backward, read by the tangent kernels */
    size_t carried;      /* for each direction: left by tangents for adjoint_tangents */
    size_t scratch;      /* while a kernel works */
    size_t wide_scratch; /* while a tangent kernel works, for each direction */
} rg_graph_node;

/*
 * One of a tensor's derivatives in a run. data is NULL where it is not wanted; while present is false it stands for
 * zeros and what it holds means nothing.
 */
typedef struct {
    void *data;
    bool present;
} rg_slot;

/* A tensor in one run. */
typedef struct {
    rg_shape shape;    /* as run */
    size_t rows, cols; /* the shape as a matrix: the first dimension, and the others */
    void *value;
    rg_slot tangent, adjoint, adjoint_tangent;
} rg_graph_array;

static inline size_t
rg_array_size (const rg_graph_array *array)
{
    return array->rows * array->cols;
}

/* The last dimension: channels, units. */
static inline size_t
rg_array_last (const rg_graph_array *array)
{
    return array->shape.dim[array->shape.dimensions - 1];
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
    const rg_graph_node *node;
    rg_graph_array **operand; /* [operands of the node] NULL where absent */
    rg_graph_array *result;
    void *kept;    /* tangent kernels: only read, since several blocks may work at one linearisation */
    void *carried; /* tangent kernels: [width x carried of the node] */
    void *scratch; /* [scratch + width x wide_scratch of the node] */
    double factor;
    const rg_draw *draw; /* forward kernels only */
    size_t width; /* tangent kernels: directions, [element][direction] in every tangent slot */
} rg_call;

/* Whether the tangent of an operand is present. */
static inline bool
rg_call_moves (const rg_call *call)
{
    for (size_t k = 0; k < call->node->operands; k++)
        if (call->operand[k] != NULL && call->operand[k]->tangent.present)
            return true;
    return false;
}

/* What an operator's kernels do not read once its own forward kernel, or its tangents, are done. */
enum {
    RG_FORGETS_OPERAND = 1, /* the value of its first operand */
    RG_FORGETS_RESULT = 2,  /* the value of its result */
    RG_FORGETS_MOVES = 4,   /* adjoint_tangents: the tangents of its operands, but for whether they are present */
    RG_FORGETS_MOVE = 8     /* adjoint_tangents: the tangent of its result */
};

/* Values and first two derivatives of a function at n points. */
typedef void rg_curve (const void *settings, size_t n, const double *x, double *y, double *slope, double *bend);

/*
 * An operator y = f(x): one file, four kernels. forward and backward leave the linearisation in values, adjoints and
 * `kept`, so that the tangent kernels may be called any number of times after them.
 *   formula           in words, for the list
 *   options           of what it is beside its operands; NULL: none. settings_bytes: of the struct they are fields of
 *   needs, takes      operands that may not be absent, and at most; takes 0: any number
 *   integers          bit k: operand k is of whole numbers
 *   shape             from the operands and the largest number of examples: the shape of the result, and what its
 *                     kernels need; or RG_ESHAPE
 *   forward           writes the result's value
 *   backward          x̄ (+)= Jᵀ ȳ; the result's adjoint is present
 *   tangents          ẏ = J ẋ; some operand's tangent is present
 *   adjoint_tangents  x̄̇ (+)= Jᵀ ȳ̇ + (dJᵀ/dx ẋ) ȳ; ȳ̇ or some ẋ is present
 * A kernel writes a derivative only into slots with data, and claims them. At width 1 a tangent kernel takes single
 * products: a tangent alone has the bits that it has in any version.
 *   single    the tangent kernels know width 1 only: directions come one at a time, in arrays without gaps
 *   in_place  forward may write over its first operand
 *   forgets   what is not read later
 *   late      whether `kept` is written by backward alone
 *   stops     whether the result is a constant for all derivatives
 *   mixes     whether a row of the result depends on other rows of an operand
 *   terminal  whether nothing but value and tangent of the result come of forward and tangents, and the others read
 *             neither: of a loss that nobody asks for they are left out
 *   work      floating-point operations of forward, for so many examples; NULL: one a number of the result
 */
struct rg_operator {
    const char *name, *formula;
    const rg_option *options;
    size_t settings_bytes;
    size_t needs, takes;
    unsigned integers;
    rg_status (*shape) (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples);
    void (*forward) (rg_call *call);
    void (*backward) (rg_call *call);
    void (*tangents) (rg_call *call);
    void (*adjoint_tangents) (rg_call *call);
    bool single, in_place, terminal, mixes, stops, late;
    unsigned forgets;
    double (*work) (const rg_graph_node *node, const rg_graph_node *const *operand, size_t examples);
    rg_curve *curve; /* of the elementwise family; NULL: of another */
    bool bends;      /* whether its f'' is anything but 0 */
};

struct rg_graph {
    rg_precision precision;
    size_t rows, weights, hypers;
    size_t nodes, capacity;
    rg_graph_node *node;
    rg_tensor loss;
    bool finished;
    rg_status status; /* of the first failure */
    rg_message failure;
    size_t most_operands;
    /* What no wanted leaf covers of the flat gradient: pairs of start and end. */
    size_t gaps;
    size_t *gap;
    bool overlapping; /* wanted weight leaves share elements */
};

/* Whether the caller's doubles are a leaf's value as they are. */
static inline bool
rg_node_is_borrowed (const rg_graph *graph, const rg_graph_node *node)
{
    return node->kind == RG_NODE_HYPER && graph->precision == RG_DOUBLE;
}

/* Remember the first failure; returns RG_NO_TENSOR. */
rg_tensor rg_graph_refuse (rg_graph *graph, rg_status status, const char *format, ...) RG_PRINTF (3, 4);

/*
 * Add the result of an operator.
 *   operand   [count], as many as it needs and at most as many as it takes
 *   settings  the operator's, from rg_calloc; taken over with what its options hold, also on failure; NULL: none
 */
rg_tensor rg_graph_add_node (rg_graph *graph, const rg_operator *op, size_t count, const rg_tensor *operand,
                             void *settings);

/* Append a node, which the graph owns from now on; on failure what it owns is freed. */
rg_tensor rg_graph_append (rg_graph *graph, rg_graph_node *node);

/* A shape in words: "3 x 4", "n x 5", "2 n x 5". */
enum { RG_SHAPE_TEXT = 128 };
void rg_shape_describe (const rg_shape *shape, char *text, size_t size);

/* A node for a message: "node 5 (logits: affine, n x 10)". */
void rg_graph_describe (const rg_graph *graph, rg_tensor tensor, char *text, size_t size);

/* Floating-point operations of a node's forward kernel. */
enum { RG_WORK_OPERANDS = 4 }; /* those that `work` may look at */
double rg_graph_work (const rg_graph *graph, const rg_graph_node *node);

/* What a node's kernels take. */
typedef struct {
    double forward, backward;
} rg_graph_seconds;

/* rg_graph_print, with the seconds of each node [nodes] where they are known; NULL: they are not. */
void rg_graph_print_with (const rg_graph *graph, const rg_graph_seconds *seconds, const rg_log *log);

/* The last node up to the loss that reads a tensor; the tensor itself where there is none. */
size_t rg_graph_last_reader (const rg_graph *graph, size_t index);

/* Whether anybody reads a tensor's value once the forward pass is over. */
bool rg_graph_is_read_later (const rg_graph *graph, size_t index);

/* Find what is differentiable and wanted, what is computed in place, and the gaps of the gradient. */
rg_status rg_graph_plan (rg_graph *graph);

/* A shape as a matrix: all but the first dimension. */
static inline size_t
rg_shape_cols (const rg_shape *shape)
{
    size_t cols = 1;
    for (size_t d = 1; d < shape->dimensions; d++)
        cols *= shape->dim[d];
    return cols;
}

/* Numbers of a tensor of so many examples. */
static inline size_t
rg_shape_size (const rg_shape *shape, size_t examples)
{
    return (shape->batched ? examples : 1) * shape->dim[0] * rg_shape_cols (shape);
}

static inline rg_shape
rg_shape_matrix (size_t rows, size_t cols, int batched)
{
    return (rg_shape) { 2, { rows, cols, 1, 1 }, batched };
}

static inline size_t
rg_node_size (const rg_graph_node *node, size_t examples)
{
    return rg_shape_size (&node->shape, examples);
}

static inline size_t
rg_node_rows (const rg_graph_node *node)
{
    return node->shape.dim[0];
}

static inline size_t
rg_node_cols (const rg_graph_node *node)
{
    return rg_shape_cols (&node->shape);
}

static inline size_t
rg_node_last (const rg_graph_node *node)
{
    return node->shape.dim[node->shape.dimensions - 1];
}

static inline bool
rg_node_is_scalar (const rg_graph_node *node)
{
    return !node->shape.batched && rg_node_size (node, 1) == 1;
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
