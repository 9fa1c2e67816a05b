/*
 * normalise.c -- the operators y = (x - μ) ρ, ρ = 1 / sqrt (v + ε): batch norm, layer norm, group norm, without scale
 * and shift. μ and v are mean and biased variance of numbers that belong together, and are differentiated through.
 *
 * Of one set of numbers, S those whose statistics are taken (all but in a batch norm with a reference), <.> the mean
 * over S, Σ the sum over all, [S] whether a number is in S, m = |S|:
 *   s = <y ẋ>   ẏ = ρ (ẋ - <ẋ> - y s)   ρ̇ = -ρ² s
 *   a = Σ ȳ / m   b = Σ y ȳ / m   x̄ = ρ (ȳ - [S] (a + y b))
 *   x̄̇ = -ρ s x̄ + ρ (ȳ̇ - [S] (ȧ + ẏ b + y ḃ)),  ȧ = Σ ȳ̇ / m,  ḃ = Σ (ẏ ȳ + y ȳ̇) / m
 * Sums are accumulated in double precision, in the order of the numbers. Example by hand: 1 and 3 give -1 and 1.
 */
#include <math.h>

#include "graph/operators.h"

typedef struct {
    double epsilon;
    size_t groups;    /* of channels */
    size_t reference; /* rows whose statistics are taken; 0: all */
} settings;

#define EPSILON                                                                                                        \
    {                                                                                                                  \
        "epsilon", RG_OPTION_REAL, RG_FIELD (settings, epsilon), RG_POSITIVE, "1e-5", "added to the variance"          \
    }

static const rg_option batch_options[] = {
    EPSILON,
    { "reference", RG_OPTION_WHOLE, RG_FIELD (settings, reference), RG_NOT_NEGATIVE, "0",
      "statistics are those of so many rows, the first; 0: of all" },
    { 0 },
};

static const rg_option layer_options[] = { EPSILON, { 0 } };

static const rg_option group_options[] = {
    EPSILON,
    { "groups", RG_OPTION_WHOLE, RG_FIELD (settings, groups), RG_POSITIVE, RG_REQUIRED, "parts of the channels" },
    { 0 },
};

/*
 * How an array is cut into sets: set k has `outer` runs of `inner` numbers, from offset (k / inside) * across +
 * (k % inside) * along on, `step` apart. The first `taken` runs are those whose statistics are taken.
 */
typedef struct {
    size_t sets, inside, across, along, outer, inner, step, taken;
} cut;

typedef cut cut_of (const rg_call *call);

/* One set a channel: all numbers of the channel. */
static cut
batch_cut (const rg_call *call)
{
    const settings *s = call->node->settings;
    const size_t channels = rg_array_last (call->result), all = rg_array_size (call->result) / channels;
    const size_t a_row = all / call->result->rows; /* pixels */
    const size_t taken = s->reference == 0 || s->reference > call->result->rows ? all : s->reference * a_row;
    return (cut) { channels, channels, 0, 1, all, 1, channels, taken };
}

/* One set for each index in front of the last dimension. */
static cut
layer_cut (const rg_call *call)
{
    const size_t channels = rg_array_last (call->result), all = rg_array_size (call->result) / channels;
    return (cut) { all, 1, channels, 0, 1, channels, channels, 1 };
}

/* One set for each first index and group of channels. */
static cut
group_cut (const rg_call *call)
{
    const size_t groups = ((const settings *) call->node->settings)->groups, channels = rg_array_last (call->result);
    const size_t rows = call->result->rows, pixels = call->result->cols / channels, inner = channels / groups;
    return (cut) { rows * groups, groups, call->result->cols, inner, pixels, inner, channels, pixels };
}

static double
get (const rg_call *call, const void *data, size_t i)
{
    return data == NULL                          ? 0
           : call->dense->precision == RG_SINGLE ? (double) ((const float *) data)[i]
                                                 : ((const double *) data)[i];
}

static void
put (const rg_call *call, void *data, size_t i, double value, bool accumulate)
{
    if (call->dense->precision == RG_SINGLE)
        ((float *) data)[i] = (float) (accumulate ? (double) ((float *) data)[i] + value : value);
    else
        ((double *) data)[i] = accumulate ? ((double *) data)[i] + value : value;
}

static const void *
data_of (const rg_slot *slot)
{
    return slot->present ? slot->data : NULL;
}

static size_t
start_of (const cut *c, size_t set)
{
    return set / c->inside * c->across + set % c->inside * c->along;
}

/* The index of number j of run i of a set. */
static size_t
place (const cut *c, size_t set, size_t i, size_t j)
{
    return start_of (c, set) + i * c->step + j;
}

/* Σ x y over the first runs of a set; y NULL: 1. */
static double
total (const rg_call *call, const cut *c, size_t set, size_t runs, const void *x, const void *y)
{
    double sum = 0;
    for (size_t i = 0; x != NULL && i < runs; i++)
        for (size_t j = 0; j < c->inner; j++)
            sum += get (call, x, place (c, set, i, j)) * (y == NULL ? 1 : get (call, y, place (c, set, i, j)));
    return sum;
}

static rg_status
shape_of_sets (rg_graph_node *node, const rg_graph_node *operand, size_t sets)
{
    node->shape = operand->shape;
    node->kept = sets;
    return RG_OK;
}

static rg_status
batch_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const settings *s = node->settings;
    const rg_graph_node *x = operand[0];
    if (s->reference > (x->shape.batched ? examples : 1) * x->shape.dim[0])
        return RG_ESHAPE;
    return shape_of_sets (node, x, rg_node_last (x));
}

static rg_status
layer_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    return shape_of_sets (node, operand[0], rg_node_size (operand[0], examples) / rg_node_last (operand[0]));
}

static rg_status
group_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const size_t groups = ((const settings *) node->settings)->groups;
    const rg_graph_node *x = operand[0];
    if (groups > rg_node_last (x) || rg_node_last (x) % groups != 0)
        return RG_ESHAPE;
    return shape_of_sets (node, x, rg_node_size (x, examples) / rg_node_cols (x) * groups);
}

/* ρ of each set is kept. */
static void
run_forward (rg_call *call, cut_of *how)
{
    const settings *s = call->node->settings;
    const cut c = how (call);
    const double m = (double) (c.taken * c.inner);
    const void *x = call->operand[0]->value;
    for (size_t set = 0; set < c.sets; set++) {
        const double mean = total (call, &c, set, c.taken, x, NULL) / m;
        double variance = 0;
        for (size_t i = 0; i < c.taken; i++)
            for (size_t j = 0; j < c.inner; j++)
                variance +=
                    (get (call, x, place (&c, set, i, j)) - mean) * (get (call, x, place (&c, set, i, j)) - mean);
        const double scale = 1 / sqrt (variance / m + s->epsilon);
        put (call, call->kept, set, scale, false);
        for (size_t i = 0; i < c.outer; i++)
            for (size_t j = 0; j < c.inner; j++)
                put (call, call->result->value, place (&c, set, i, j),
                     (get (call, x, place (&c, set, i, j)) - mean) * scale, false);
    }
}

static void
run_backward (rg_call *call, cut_of *how)
{
    const cut c = how (call);
    const double m = (double) (c.taken * c.inner);
    const void *y = call->result->value, *y_bar = call->result->adjoint.data;
    rg_slot *out = &call->operand[0]->adjoint;
    if (out->data == NULL)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t set = 0; set < c.sets; set++) {
        const double a = total (call, &c, set, c.outer, y_bar, NULL) / m,
                     b = total (call, &c, set, c.outer, y_bar, y) / m;
        for (size_t i = 0; i < c.outer; i++)
            for (size_t j = 0; j < c.inner; j++) {
                const size_t at = place (&c, set, i, j);
                const double taken = i < c.taken ? a + get (call, y, at) * b : 0;
                put (call, out->data, at, get (call, call->kept, set) * (get (call, y_bar, at) - taken), accumulate);
            }
    }
}

/* ẏ at a number, from ρ, <ẋ> and s. */
static double
moved (const rg_call *call, const void *x_dot, size_t at, double scale, double mean, double s)
{
    return x_dot == NULL ? 0 : scale * (get (call, x_dot, at) - mean - get (call, call->result->value, at) * s);
}

static void
run_tangents (rg_call *call, cut_of *how)
{
    const cut c = how (call);
    const double m = (double) (c.taken * c.inner);
    const void *y = call->result->value, *x_dot = call->operand[0]->tangent.data;
    rg_slot *out = &call->result->tangent;
    if (out->data == NULL)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t set = 0; set < c.sets; set++) {
        const double mean = total (call, &c, set, c.taken, x_dot, NULL) / m,
                     s = total (call, &c, set, c.taken, x_dot, y) / m;
        for (size_t i = 0; i < c.outer; i++)
            for (size_t j = 0; j < c.inner; j++) {
                const size_t at = place (&c, set, i, j);
                put (call, out->data, at, moved (call, x_dot, at, get (call, call->kept, set), mean, s), accumulate);
            }
    }
}

/* Sums of one set. */
typedef struct {
    double scale, mean, s, a, b, a_dot, b_dot;
} sums;

static sums
sums_of (const rg_call *call, const cut *c, size_t set, const void *x_dot, const void *y_bar_dot)
{
    const double m = (double) (c->taken * c->inner);
    const void *y = call->result->value, *y_bar = call->result->adjoint.data;
    sums t = { .scale = get (call, call->kept, set),
               .mean = total (call, c, set, c->taken, x_dot, NULL) / m,
               .s = total (call, c, set, c->taken, x_dot, y) / m,
               .a = total (call, c, set, c->outer, y_bar, NULL) / m,
               .b = total (call, c, set, c->outer, y_bar, y) / m,
               .a_dot = total (call, c, set, c->outer, y_bar_dot, NULL) / m,
               .b_dot = total (call, c, set, c->outer, y_bar_dot, y) / m };
    for (size_t i = 0; i < c->outer; i++)
        for (size_t j = 0; j < c->inner; j++) {
            const size_t at = place (c, set, i, j);
            t.b_dot += moved (call, x_dot, at, t.scale, t.mean, t.s) * get (call, y_bar, at) / m;
        }
    return t;
}

static void
run_adjoint_tangents (rg_call *call, cut_of *how)
{
    const cut c = how (call);
    const void *y = call->result->value, *y_bar = call->result->adjoint.data,
               *x_dot = data_of (&call->operand[0]->tangent), *y_bar_dot = data_of (&call->result->adjoint_tangent);
    rg_slot *out = &call->operand[0]->adjoint_tangent;
    if (out->data == NULL)
        return;
    const bool accumulate = rg_claim (out);
    for (size_t set = 0; set < c.sets; set++) {
        const sums t = sums_of (call, &c, set, x_dot, y_bar_dot);
        for (size_t i = 0; i < c.outer; i++)
            for (size_t j = 0; j < c.inner; j++) {
                const size_t at = place (&c, set, i, j);
                const double value = get (call, y, at), y_dot = moved (call, x_dot, at, t.scale, t.mean, t.s);
                const double x_bar = t.scale * (get (call, y_bar, at) - (i < c.taken ? t.a + value * t.b : 0));
                const double taken = i < c.taken ? t.a_dot + y_dot * t.b + value * t.b_dot : 0;
                put (call, out->data, at, -t.scale * t.s * x_bar + t.scale * (get (call, y_bar_dot, at) - taken),
                     accumulate);
            }
    }
}

/* ---- The three rows ---------------------------------------------------------------- */

#define KERNELS(name)                                                                                          \
    static void name##_forward (rg_call *call) { run_forward (call, name##_cut); }                             \
    static void name##_backward (rg_call *call) { run_backward (call, name##_cut); }                           \
    static void name##_tangents (rg_call *call) { run_tangents (call, name##_cut); }                           \
    static void name##_adjoint_tangents (rg_call *call) { run_adjoint_tangents (call, name##_cut); }

KERNELS (batch)
KERNELS (layer)
KERNELS (group)

const rg_operator rg_operator_batch_norm = {
    .name = "batch_norm", .formula = "(x - mean) / sqrt (variance + epsilon), of each channel over the rows",
    .options = batch_options, .settings_bytes = sizeof (settings), .needs = 1, .takes = 1,
    .shape = batch_shape, .forward = batch_forward, .backward = batch_backward, .tangents = batch_tangents,
    .adjoint_tangents = batch_adjoint_tangents, .single = true, .mixes = true,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_MOVE,
};

const rg_operator rg_operator_layer_norm = {
    .name = "layer_norm", .formula = "(x - mean) / sqrt (variance + epsilon), over the last dimension",
    .options = layer_options, .settings_bytes = sizeof (settings), .needs = 1, .takes = 1,
    .shape = layer_shape, .forward = layer_forward, .backward = layer_backward, .tangents = layer_tangents,
    .adjoint_tangents = layer_adjoint_tangents, .single = true,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_MOVE,
};

const rg_operator rg_operator_group_norm = {
    .name = "group_norm", .formula = "(x - mean) / sqrt (variance + epsilon), of each row over groups of channels",
    .options = group_options, .settings_bytes = sizeof (settings), .needs = 1, .takes = 1,
    .shape = group_shape, .forward = group_forward, .backward = group_backward, .tangents = group_tangents,
    .adjoint_tangents = group_adjoint_tangents, .single = true,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_MOVE,
};
