/* network.c -- the loss of a fully connected network; see retrograde/objective.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "graph/graph.h"
#include "hyper/lambda.h"
#include "hyper/layout.h"
#include "objective/objective.h"

/* One shard's executor and the examples that its last run was about. */
typedef struct {
    rg_executor *executor;
    uint32_t *indices; /* [batch] of the whole step */
    size_t first, count;
    int is_penalty;
} slot;

typedef struct {
    rg_network_loss spec;
    rg_graph *graph, *penalty;
    rg_tensor inputs, targets, example_weight, logits, coefficient;
    size_t example_weights_at, inputs_at; /* in lambda; SIZE_MAX: none */
    size_t example_weights;               /* 1, or one an example */
    size_t data_shards, slots;
    slot *slot;
    rg_executor *penalty_executor;
    rg_wide *wide, *penalty_wide; /* NULL until tangents side by side are asked for */
    size_t width;                 /* their largest so far */
} network;

static const struct {
    const char *name;
    rg_tensor (*apply) (rg_graph *graph, rg_tensor x);
} activations[] = {
    [RG_TANH] = { "tanh", rg_graph_tanh },
    [RG_RELU] = { "relu", rg_graph_relu },
    [RG_SIGMOID] = { "sigmoid", rg_graph_sigmoid },
    [RG_SOFTPLUS_UNITS] = { "softplus", rg_graph_softplus },
};

const char *
rg_activation_name (rg_activation activation)
{
    return (size_t) activation < sizeof activations / sizeof *activations ? activations[activation].name : NULL;
}

rg_status
rg_network_layout (rg_layout **out, const rg_network *net)
{
    *out = NULL;
    if (net->widths < 2 || net->widths > 512)
        return RG_ERANGE;
    const size_t arrays = 2 * (net->widths - 1);
    rg_array_spec *specs = rg_calloc (arrays, sizeof *specs);
    char (*names)[16] = rg_calloc (arrays, sizeof *names);
    rg_status status = specs == NULL || names == NULL ? RG_ENOMEM : RG_OK;
    for (size_t a = 0; status == RG_OK && a < arrays; a++) {
        const size_t layer = a / 2;
        snprintf (names[a], sizeof names[a], "%s%zu", a % 2 == 0 ? "W" : "b", layer + 1);
        const size_t rows = a % 2 == 0 ? net->width[layer] : 1;
        if (rows != 0 && net->width[layer + 1] > SIZE_MAX / sizeof (double) / rows / 16)
            status = RG_ERANGE;
        specs[a] = (rg_array_spec) { names[a], rows * net->width[layer + 1], layer };
    }
    if (status == RG_OK)
        status = rg_layout_new (out, arrays, specs);
    rg_free (names);
    rg_free (specs);
    return status;
}

static void
network_free (void *self)
{
    network *net = self;
    for (size_t i = 0; net->slot != NULL && i < net->slots; i++) {
        rg_executor_free (net->slot[i].executor);
        rg_free (net->slot[i].indices);
    }
    rg_executor_free (net->penalty_executor);
    rg_wide_free (net->wide);
    rg_wide_free (net->penalty_wide);
    rg_free (net->slot);
    rg_graph_free (net->graph);
    rg_graph_free (net->penalty);
    rg_free (net);
}

/* Copy doubles into a real array. */
static void
store (const network *net, void *out, size_t at, const double *values, size_t count)
{
    if (net->spec.precision == RG_SINGLE)
        for (size_t i = 0; i < count; i++)
            ((float *) out)[at + i] = (float) values[i];
    else
        memcpy ((double *) out + at, values, count * sizeof *values);
}

/* Add a real array to doubles. */
static void
add (const network *net, const void *in, size_t at, size_t count, double *sum)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += net->spec.precision == RG_SINGLE ? (double) ((const float *) in)[at + i]
                                                   : ((const double *) in)[at + i];
}

static size_t
weight_index (const network *net, uint32_t example)
{
    return net->example_weights_at + (net->example_weights == 1 ? 0 : example);
}

/* Fill the leaves of a slot with its examples; hyperparameters' values come from lambda. */
static void
fill (const network *net, slot *s, const double *lambda)
{
    const uint32_t *indices = s->indices + s->first;
    const rg_dataset *data = net->spec.data;
    const size_t features = rg_dataset_features (data);
    const int single = net->spec.precision == RG_SINGLE;
    void *x = rg_executor_leaf (s->executor, net->inputs), *y = rg_executor_leaf (s->executor, net->targets);
    if (net->spec.own_inputs)
        for (size_t n = 0; n < s->count; n++)
            store (net, x, n * features, lambda + net->inputs_at + indices[n] * features, features);
    else if (single)
        rg_dataset_gather_single (data, indices, s->count, x);
    else
        rg_dataset_gather_double (data, indices, s->count, x);
    if (rg_dataset_classes (data) > 0)
        rg_dataset_gather_labels (data, indices, s->count, y);
    else if (single)
        rg_dataset_gather_targets_single (data, indices, s->count, y);
    else
        rg_dataset_gather_targets_double (data, indices, s->count, y);
    if (net->example_weight != RG_NO_TENSOR)
        for (size_t n = 0; n < s->count; n++)
            store (net, rg_executor_leaf (s->executor, net->example_weight), n,
                   lambda + weight_index (net, indices[n]), 1);
}

/* Make a slot ready for one shard; returns the executor that evaluates it. */
static rg_executor *
prepare (network *net, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda)
{
    slot *s = &net->slot[index];
    s->is_penalty = shard == net->data_shards;
    if (s->is_penalty) {
        rg_executor_bind_weights (net->penalty_executor, w);
        rg_executor_bind_hyper (net->penalty_executor, lambda);
        return net->penalty_executor;
    }
    const size_t batch = net->spec.batches.batch, size = net->spec.shard;
    rg_batches_indices (&net->spec.batches, (uint32_t) at.iteration, (uint32_t) at.step, s->indices);
    s->first = shard * size;
    s->count = batch - s->first < size ? batch - s->first : size;
    rg_executor_bind_rows (s->executor, s->count, 1 / (double) batch);
    rg_executor_bind_weights (s->executor, w);
    fill (net, s, lambda);
    return s->executor;
}

static rg_status
explain (rg_status status, rg_instant at, rg_message *message)
{
    if (status == RG_ENONFINITE)
        return rg_fail (message, status, "step %llu: the loss is not finite", (unsigned long long) at.step);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "step %llu: %s", (unsigned long long) at.step,
                                              rg_status_text (status));
}

static rg_status
network_gradient (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda,
                  double *loss, void *g, rg_message *message)
{
    double unwanted;
    rg_executor *executor = prepare (self, index, at, shard, w, lambda);
    return explain (rg_executor_gradient (executor, loss == NULL ? &unwanted : loss, g), at, message);
}

static rg_status
network_loss (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda,
              double *loss, rg_message *message)
{
    return explain (rg_executor_loss (prepare (self, index, at, shard, w, lambda), loss), at, message);
}

typedef const void *adjoint_of (const rg_executor *executor, rg_tensor leaf);

/* Add the (tangents of the) adjoints of a slot's leaves to the hyperparameters they came from. */
static void
scatter (const network *net, const slot *s, adjoint_of *adjoint, double *sum)
{
    if (s->is_penalty) {
        const size_t at = rg_lambda_offset (net->spec.hyper, RG_L2);
        rg_block block;
        rg_hyper_find (net->spec.hyper, RG_L2, &block);
        if (!block.fixed)
            add (net, adjoint (net->penalty_executor, net->coefficient), 0, block.size, sum + at);
        return;
    }
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (net->spec.data);
    if (net->spec.own_inputs) {
        const void *x = adjoint (s->executor, net->inputs);
        for (size_t n = 0; n < s->count; n++)
            add (net, x, n * features, features, sum + net->inputs_at + indices[n] * features);
    }
    if (net->example_weight != RG_NO_TENSOR) {
        const void *weights = adjoint (s->executor, net->example_weight);
        for (size_t n = 0; n < s->count; n++)
            add (net, weights, n, 1, sum + weight_index (net, indices[n]));
    }
}

/* Give the leaves of a slot the tangents of the hyperparameters they came from. */
static void
seed (const network *net, const slot *s, rg_executor *executor, const double *lambda_dot)
{
    if (s->is_penalty) {
        rg_block block;
        rg_hyper_find (net->spec.hyper, RG_L2, &block);
        if (!block.fixed)
            store (net, rg_executor_leaf_tangent (executor, net->coefficient), 0,
                   lambda_dot + rg_lambda_offset (net->spec.hyper, RG_L2), block.size);
        return;
    }
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (net->spec.data);
    for (size_t n = 0; net->spec.own_inputs && n < s->count; n++)
        store (net, rg_executor_leaf_tangent (executor, net->inputs), n * features,
               lambda_dot + net->inputs_at + indices[n] * features, features);
    for (size_t n = 0; net->example_weight != RG_NO_TENSOR && n < s->count; n++)
        store (net, rg_executor_leaf_tangent (executor, net->example_weight), n,
               lambda_dot + weight_index (net, indices[n]), 1);
}

static rg_status
network_tangent (void *self, size_t index, const void *w_dot, const double *lambda_dot, void *g_dot,
                 double *lambda_g_dot, rg_message *message)
{
    (void) message;
    network *net = self;
    slot *s = &net->slot[index];
    rg_executor *executor = s->is_penalty ? net->penalty_executor : s->executor;
    rg_executor_clear_tangents (executor);
    if (lambda_dot != NULL)
        seed (net, s, executor, lambda_dot);
    rg_executor_tangent (executor, w_dot, g_dot);
    if (lambda_g_dot != NULL)
        scatter (net, s, rg_executor_adjoint_tangent, lambda_g_dot);
    return RG_OK;
}

static rg_status
network_widen (void *self, size_t width)
{
    network *net = self;
    rg_wide *wide = NULL, *penalty_wide = NULL;
    if (width <= net->width)
        return RG_OK;
    rg_status status = rg_wide_new (&wide, net->graph, width);
    if (status == RG_OK && net->penalty != NULL)
        status = rg_wide_new (&penalty_wide, net->penalty, width);
    if (status != RG_OK) {
        rg_wide_free (wide);
        return status;
    }
    rg_wide_free (net->wide);
    rg_wide_free (net->penalty_wide);
    net->wide = wide;
    net->penalty_wide = penalty_wide;
    net->width = width;
    return RG_OK;
}

/* Let one number of a leaf move by 1 in the k-th of several directions. */
static void
move (const network *net, rg_wide *wide, rg_tensor leaf, size_t number, size_t width, size_t k)
{
    static const double one = 1;
    store (net, rg_wide_leaf_tangent (wide, leaf), number * width + k, &one, 1);
}

/* Give the leaves of a slot the tangents of the one hyperparameter that moves in the k-th direction. */
static void
seed_one (const network *net, const slot *s, size_t lambda, size_t width, size_t k)
{
    if (s->is_penalty) {
        const size_t at = rg_lambda_offset (net->spec.hyper, RG_L2);
        rg_block block;
        rg_hyper_find (net->spec.hyper, RG_L2, &block);
        if (!block.fixed && lambda >= at && lambda < at + block.size)
            move (net, net->penalty_wide, net->coefficient, lambda - at, width, k);
        return;
    }
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (net->spec.data);
    const int of_inputs = net->spec.own_inputs && lambda >= net->inputs_at
        && lambda < net->inputs_at + rg_dataset_count (net->spec.data) * features;
    for (size_t n = 0; of_inputs && n < s->count; n++)
        if (indices[n] == (lambda - net->inputs_at) / features)
            move (net, net->wide, net->inputs, n * features + (lambda - net->inputs_at) % features, width, k);
    for (size_t n = 0; net->example_weight != RG_NO_TENSOR && n < s->count; n++)
        if (weight_index (net, indices[n]) == lambda)
            move (net, net->wide, net->example_weight, n, width, k);
}

static rg_status
network_tangents (void *self, size_t index, size_t width, const void *w_dot, const size_t *lambda, void *g_dot,
                  rg_message *message)
{
    (void) message;
    network *net = self;
    const slot *s = &net->slot[index];
    rg_wide *wide = s->is_penalty ? net->penalty_wide : net->wide;
    rg_wide_begin (wide, s->is_penalty ? net->penalty_executor : s->executor, width);
    for (size_t k = 0; k < width; k++)
        if (lambda[k] != SIZE_MAX)
            seed_one (net, s, lambda[k], width, k);
    rg_wide_tangents (wide, w_dot, g_dot);
    return RG_OK;
}

static rg_status
network_lambda_gradient (void *self, size_t index, double *h, rg_message *message)
{
    (void) message;
    network *net = self;
    scatter (net, &net->slot[index], rg_executor_adjoint, h);
    return RG_OK;
}

static void
network_errors (void *self, size_t index, size_t *wrong, size_t *examples)
{
    const network *net = self;
    const slot *s = &net->slot[index];
    const size_t classes = rg_dataset_classes (net->spec.data);
    *wrong = *examples = 0;
    if (s->is_penalty || classes == 0)
        return;
    const void *logits = rg_executor_value (s->executor, net->logits);
    const int32_t *labels = rg_executor_leaf (s->executor, net->targets);
    for (size_t n = 0; n < s->count; n++) {
        size_t best = 0;
        for (size_t c = 1; c < classes; c++)
            if (net->spec.precision == RG_SINGLE
                    ? ((const float *) logits)[n * classes + c] > ((const float *) logits)[n * classes + best]
                    : ((const double *) logits)[n * classes + c] > ((const double *) logits)[n * classes + best])
                best = c;
        *wrong += best != (size_t) labels[n];
    }
    *examples = s->count;
}

static const rg_objective_table network_table = {
    .name = "network",
    .free = network_free,
    .gradient = network_gradient,
    .loss = network_loss,
    .tangent = network_tangent,
    .tangents = network_tangents,
    .widen = network_widen,
    .lambda_gradient = network_lambda_gradient,
    .errors = network_errors,
};

/* The graph of a shard's loss. */
static rg_status
build_loss (network *net, const rg_layout *layout, rg_message *message)
{
    const rg_network *shape = &net->spec.network;
    const rg_dataset *data = net->spec.data;
    rg_status status = rg_graph_new (&net->graph, net->spec.precision, net->spec.shard, rg_layout_weights (layout), 0);
    if (status != RG_OK)
        return status;
    rg_tensor x = net->inputs = rg_graph_batch (net->graph, shape->width[0], net->spec.own_inputs);
    for (size_t layer = 0; layer + 1 < shape->widths; layer++) {
        const size_t rows = shape->width[layer], cols = shape->width[layer + 1];
        const rg_tensor w = rg_graph_weights (net->graph, rg_layout_offset (layout, 2 * layer), rows, cols);
        const rg_tensor b = rg_graph_weights (net->graph, rg_layout_offset (layout, 2 * layer + 1), 1, cols);
        x = rg_graph_affine (net->graph, x, w, b);
        if (layer + 2 < shape->widths)
            x = activations[shape->activation].apply (net->graph, x);
    }
    net->logits = x;
    if (net->example_weights_at != SIZE_MAX)
        net->example_weight = rg_graph_batch (net->graph, 1, true);
    rg_tensor loss;
    if (rg_dataset_classes (data) > 0) {
        net->targets = rg_graph_labels (net->graph, shape->width[shape->widths - 1]);
        loss = rg_graph_cross_entropy (net->graph, x, net->targets, net->example_weight);
    } else {
        net->targets = rg_graph_batch (net->graph, shape->width[shape->widths - 1], false);
        loss = rg_graph_squared_error (net->graph, x, net->targets, net->example_weight);
    }
    return rg_graph_finish (net->graph, loss, message);
}

/* The graph of the penalty, one shard more. */
static rg_status
build_penalty (network *net, const rg_block *l2, rg_message *message)
{
    const rg_layout *layout = rg_hyper_layout (net->spec.hyper);
    const size_t n = rg_layout_weights (layout), lambdas = rg_lambda_size (net->spec.hyper);
    rg_status status = rg_graph_new (&net->penalty, net->spec.precision, 1, n, lambdas);
    if (status != RG_OK)
        return status;
    const rg_tensor w = rg_graph_weights (net->penalty, 0, n, 1);
    net->coefficient = rg_graph_hyper (net->penalty, rg_lambda_offset (net->spec.hyper, RG_L2), l2->size, !l2->fixed);
    const int segmented = l2->offsets != NULL && l2->slice > 1;
    status = rg_graph_finish (net->penalty,
                              rg_graph_penalty_l2 (net->penalty, w, net->coefficient, segmented ? l2->slice : 0,
                                                   segmented ? l2->offsets + 1 : NULL),
                              message);
    return status != RG_OK ? status : rg_executor_new (&net->penalty_executor, net->penalty);
}

/* The layout of the hyperparameters must be that of the network, and their blocks as long as the set of examples. */
static rg_status
check_hyper (const rg_network_loss *spec, rg_message *message)
{
    const rg_network *shape = &spec->network;
    const rg_layout *layout = rg_hyper_layout (spec->hyper);
    const size_t arrays = 2 * (shape->widths - 1), examples = rg_dataset_count (spec->data);
    int same = rg_layout_arrays (layout) == arrays;
    for (size_t a = 0; same && a < arrays; a++) {
        const size_t end = a + 1 < arrays ? rg_layout_offset (layout, a + 1) : rg_layout_weights (layout);
        same = end - rg_layout_offset (layout, a) == (a % 2 == 0 ? shape->width[a / 2] : 1) * shape->width[a / 2 + 1];
    }
    if (!same)
        return rg_fail (message, RG_ESHAPE, "the layout of the hyperparameters is not that of the network");
    rg_block block;
    if (spec->part == RG_INNER && rg_hyper_find (spec->hyper, RG_EXAMPLE_WEIGHT, &block)
        && block.scope == RG_PER_EXAMPLE && block.size != examples)
        return rg_fail (message, RG_ESHAPE, "%s: %zu values for %zu examples", block.name, block.size, examples);
    if (spec->own_inputs && !rg_hyper_find (spec->hyper, RG_INPUTS, &block))
        return rg_fail (message, RG_EUNSUPPORTED, "the inputs are not among the hyperparameters");
    if (spec->own_inputs && block.size != examples * rg_dataset_features (spec->data))
        return rg_fail (message, RG_ESHAPE, "%s: %zu values for %zu examples of %zu inputs", block.name, block.size,
                        examples, rg_dataset_features (spec->data));
    return RG_OK;
}

static rg_status
check_spec (const rg_network_loss *spec, rg_message *message)
{
    const rg_network *shape = &spec->network;
    if (shape->widths < 2)
        return rg_fail (message, RG_ERANGE, "expected at least 2 widths, got %zu", shape->widths);
    const size_t last = shape->width[shape->widths - 1];
    rg_status status = rg_batches_check (&spec->batches, message);
    if (status != RG_OK)
        return status;
    if (rg_dataset_features (spec->data) != shape->width[0])
        return rg_fail (message, RG_ESHAPE, "the first layer has %zu units, the examples have %zu inputs",
                        shape->width[0], rg_dataset_features (spec->data));
    if (rg_dataset_classes (spec->data) > last)
        return rg_fail (message, RG_ESHAPE, "the last layer has %zu units, the labels have %u classes",
                        last, rg_dataset_classes (spec->data));
    if (rg_dataset_classes (spec->data) == 0 && rg_dataset_targets (spec->data) != last)
        return rg_fail (message, RG_ESHAPE, "the last layer has %zu units, an example has %zu targets",
                        last, rg_dataset_targets (spec->data));
    if (spec->batches.examples != rg_dataset_count (spec->data))
        return rg_fail (message, RG_ESHAPE, "batches of %u examples from a set of %u", spec->batches.examples,
                        rg_dataset_count (spec->data));
    status = check_hyper (spec, message);
    if (status != RG_OK)
        return status;
    return spec->precision == RG_SINGLE ? rg_dataset_fits_single (spec->data, message) : RG_OK;
}

static rg_status
build (network *net, rg_message *message)
{
    const rg_hyper *hyper = net->spec.hyper;
    rg_block block;
    const int has_l2 = net->spec.part == RG_INNER && rg_hyper_find (hyper, RG_L2, &block);
    rg_status status = has_l2 ? build_penalty (net, &block, message) : RG_OK;
    if (net->spec.part == RG_INNER && rg_hyper_find (hyper, RG_EXAMPLE_WEIGHT, &block)) {
        net->example_weights_at = rg_lambda_offset (hyper, RG_EXAMPLE_WEIGHT);
        net->example_weights = block.size;
    }
    if (status == RG_OK)
        status = build_loss (net, rg_hyper_layout (hyper), message);
    net->data_shards = (net->spec.batches.batch + net->spec.shard - 1) / net->spec.shard;
    net->slots = net->spec.part == RG_INNER ? net->data_shards + (size_t) has_l2 : 1;
    if (status == RG_OK && (net->slot = rg_calloc (net->slots, sizeof *net->slot)) == NULL)
        status = RG_ENOMEM;
    for (size_t i = 0; status == RG_OK && i < net->slots; i++) {
        if (i == net->data_shards)
            continue;
        net->slot[i].indices = rg_calloc (net->spec.batches.batch, sizeof (uint32_t));
        status = net->slot[i].indices == NULL ? RG_ENOMEM : rg_executor_new (&net->slot[i].executor, net->graph);
    }
    return status;
}

rg_status
rg_objective_from_network (rg_objective **out, const rg_network_loss *spec, rg_message *message)
{
    *out = NULL;
    rg_status status = check_spec (spec, message);
    if (status != RG_OK)
        return status;
    network *net = rg_calloc (1, sizeof *net);
    if (net == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    net->spec = *spec;
    if (net->spec.shard == 0 || net->spec.shard > spec->batches.batch)
        net->spec.shard = spec->batches.batch;
    net->example_weight = RG_NO_TENSOR;
    net->example_weights_at = SIZE_MAX;
    net->inputs_at = rg_lambda_offset (spec->hyper, RG_INPUTS);
    status = build (net, message);
    if (status != RG_OK) {
        network_free (net);
        return status == RG_ENOMEM ? rg_fail (message, status, "out of memory for the network") : status;
    }
    status = rg_objective_wrap (out, &network_table, net, rg_layout_weights (rg_hyper_layout (spec->hyper)),
                                rg_lambda_size (spec->hyper), net->data_shards + (net->penalty != NULL), net->slots,
                                spec->precision);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "out of memory for the network");
}
