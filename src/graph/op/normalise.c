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
#include <string.h>

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
 * How an array is cut into sets: as rows of `segments` times `length` numbers, segment g of row r being in the set
 * r / per * across + g. The statistics taken are those of the first rows, and of `members` numbers a set.
 */
typedef struct {
    size_t rows, segments, length, per, across, sets, taken, members;
} cut;

typedef cut cut_of (const rg_call *call);

/* One set a channel: all numbers of the channel. */
static cut
batch_cut (const rg_call *call)
{
    const settings *s = call->node->settings;
    const size_t channels = rg_array_last (call->result), rows = rg_array_size (call->result) / channels;
    const size_t pixels = rows / call->result->rows;
    const size_t taken = s->reference == 0 || s->reference > call->result->rows ? rows : s->reference * pixels;
    return (cut) { rows, channels, 1, rows, 0, channels, taken, taken };
}

/* One set for each index in front of the last dimension. */
static cut
layer_cut (const rg_call *call)
{
    const size_t channels = rg_array_last (call->result), rows = rg_array_size (call->result) / channels;
    return (cut) { rows, 1, channels, 1, 1, rows, rows, channels };
}

/* One set for each first index and group of channels. */
static cut
group_cut (const rg_call *call)
{
    const size_t groups = ((const settings *) call->node->settings)->groups, channels = rg_array_last (call->result);
    const size_t rows = rg_array_size (call->result) / channels, pixels = rows / call->result->rows;
    return (cut) {
        rows, groups, channels / groups, pixels, groups, call->result->rows * groups, rows, pixels * channels / groups
    };
}

/* A sum of arrays, each with a factor a set, and of constants a set. */
enum { TERMS = 4, CHUNK = 128 };

typedef struct {
    size_t count;
    const void *x[TERMS];
    const double *factor[TERMS], *constant;
} terms;

#define real float
#define TOTAL total_single
#define SPREAD spread_single
#define TOTALS totals_single
#define PART part_single
#define COMBINE combine_single
#include "graph/op/normalise_body.h"
#undef real
#undef TOTAL
#undef SPREAD
#undef TOTALS
#undef PART
#undef COMBINE
#define real double
#define TOTAL total_double
#define SPREAD spread_double
#define TOTALS totals_double
#define PART part_double
#define COMBINE combine_double
#include "graph/op/normalise_body.h"

/* Means over the taken numbers of a set, of so many rows; x NULL: zeros. */
static void
means (const rg_call *call, const cut *c, size_t rows, const void *x, const void *y, const double *mean, double *out)
{
    if (x == NULL)
        rows = 0;
    if (call->dense->precision == RG_SINGLE)
        totals_single (c, rows, x, y, mean, out);
    else
        totals_double (c, rows, x, y, mean, out);
    for (size_t set = 0; set < c->sets; set++)
        out[set] /= (double) c->members;
}

static void
combine (const rg_call *call, const cut *c, const terms *t, size_t rest, void *out, bool accumulate)
{
    if (call->dense->precision == RG_SINGLE)
        combine_single (c, t, rest, out, accumulate);
    else
        combine_double (c, t, rest, out, accumulate);
}

/* Workspaces of one number a set, in double. */
enum { SETS_OF_NUMBERS = 12 };

static double *
numbers (const rg_call *call, const cut *c, size_t k)
{
    return (double *) call->scratch + k * c->sets;
}

static const void *
data_of (const rg_slot *slot)
{
    return slot->present ? slot->data : NULL;
}

static rg_status
shape_of_sets (rg_graph_node *node, const rg_graph_node *operand, size_t sets)
{
    node->shape = operand->shape;
    node->kept = sets;
    node->scratch = SETS_OF_NUMBERS * sets * sizeof (double) / sizeof (float);
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

/* ρ of each set, which is kept. */
static double *
scales (const rg_call *call, const cut *c)
{
    double *scale = numbers (call, c, 0);
    if (call->dense->precision == RG_SINGLE)
        for (size_t set = 0; set < c->sets; set++)
            scale[set] = (double) ((const float *) call->kept)[set];
    else
        memcpy (scale, call->kept, c->sets * sizeof *scale);
    return scale;
}

static void
run_forward (rg_call *call, cut_of *how)
{
    const settings *s = call->node->settings;
    const cut c = how (call);
    const void *x = call->operand[0]->value;
    double *scale = numbers (call, &c, 0), *mean = numbers (call, &c, 1), *variance = numbers (call, &c, 2);
    means (call, &c, c.taken, x, NULL, NULL, mean);
    means (call, &c, c.taken, x, x, mean, variance);
    for (size_t set = 0; set < c.sets; set++) {
        scale[set] = 1 / sqrt (variance[set] + s->epsilon);
        mean[set] *= -scale[set];
    }
    call->dense->convert (c.sets, scale, call->kept);
    const terms t = { 1, { x }, { scale }, mean };
    combine (call, &c, &t, 1, call->result->value, false);
}

/* ρ (ȳ - [S] (a + y b)) */
static void
run_backward (rg_call *call, cut_of *how)
{
    const cut c = how (call);
    const void *y = call->result->value, *y_bar = call->result->adjoint.data;
    rg_slot *out = &call->operand[0]->adjoint;
    if (out->data == NULL)
        return;
    double *scale = scales (call, &c), *a = numbers (call, &c, 1), *b = numbers (call, &c, 2);
    means (call, &c, c.rows, y_bar, NULL, NULL, a);
    means (call, &c, c.rows, y_bar, y, NULL, b);
    for (size_t set = 0; set < c.sets; set++) {
        a[set] *= -scale[set];
        b[set] *= -scale[set];
    }
    const terms t = { 2, { y_bar, y }, { scale, b }, a };
    combine (call, &c, &t, 1, out->data, rg_claim (out));
}

/* ρ (ẋ - <ẋ> - y s) */
static void
run_tangents (rg_call *call, cut_of *how)
{
    const cut c = how (call);
    const void *y = call->result->value, *x_dot = call->operand[0]->tangent.data;
    rg_slot *out = &call->result->tangent;
    if (out->data == NULL)
        return;
    double *scale = scales (call, &c), *mean = numbers (call, &c, 1), *s = numbers (call, &c, 2);
    means (call, &c, c.taken, x_dot, NULL, NULL, mean);
    means (call, &c, c.taken, x_dot, y, NULL, s);
    for (size_t set = 0; set < c.sets; set++) {
        mean[set] *= -scale[set];
        s[set] *= -scale[set];
    }
    const cut all = { c.rows, c.segments, c.length, c.per, c.across, c.sets, c.rows, c.members };
    const terms t = { 2, { x_dot, y }, { scale, s }, mean };
    combine (call, &all, &t, 2, out->data, rg_claim (out));
}

/*
 * x̄̇ as a sum: ρ ȳ̇ - ρ² s ȳ, and in S - ρ² b ẋ + (2 ρ² s b - ρ ḃ) y + ρ² (s a + b <ẋ>) - ρ ȧ, where
 * ḃ = Σ y ȳ̇ / m + ρ (Σ ẋ ȳ / m - <ẋ> a - s b).
 */
static void
run_adjoint_tangents (rg_call *call, cut_of *how)
{
    const cut c = how (call);
    const void *y = call->result->value, *y_bar = call->result->adjoint.data,
               *x_dot = data_of (&call->operand[0]->tangent), *y_bar_dot = data_of (&call->result->adjoint_tangent);
    rg_slot *out = &call->operand[0]->adjoint_tangent;
    double *n[SETS_OF_NUMBERS];
    if (out->data == NULL)
        return;
    for (size_t k = 0; k < SETS_OF_NUMBERS; k++)
        n[k] = numbers (call, &c, k);
    const double *scale = scales (call, &c);
    means (call, &c, c.taken, x_dot, NULL, NULL, n[1]);
    means (call, &c, c.taken, x_dot, y, NULL, n[2]);
    means (call, &c, c.rows, y_bar, NULL, NULL, n[3]);
    means (call, &c, c.rows, y_bar, y, NULL, n[4]);
    means (call, &c, c.rows, y_bar_dot, NULL, NULL, n[5]);
    means (call, &c, c.rows, y_bar_dot, y, NULL, n[6]);
    means (call, &c, c.rows, x_dot, y_bar, NULL, n[7]);
    for (size_t set = 0; set < c.sets; set++) {
        const double r = scale[set], mean = n[1][set], s = n[2][set], a = n[3][set], b = n[4][set];
        const double b_dot = n[6][set] + r * (n[7][set] - mean * a - s * b);
        n[8][set] = -r * r * s;
        n[9][set] = x_dot == NULL ? 0 : -r * r * b;
        n[10][set] = 2 * r * r * s * b - r * b_dot;
        n[11][set] = r * r * (s * a + b * mean) - r * n[5][set];
    }
    const terms all = { 4, { y_bar_dot == NULL ? y_bar : y_bar_dot, y_bar, x_dot == NULL ? y : x_dot, y },
                        { y_bar_dot == NULL ? n[5] : scale, n[8], n[9], n[10] }, n[11] };
    combine (call, &c, &all, 2, out->data, rg_claim (out));
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
