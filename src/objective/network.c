/* network.c -- the loss of a fully connected network; see retrograde/objective.h. */
#include <stdint.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/random.h"
#include "hyper/lambda.h"
#include "objective/graph_loss.h"
#include "objective/network_parts.h"
#include "objective/second_network.h"

typedef struct {
    rg_graph_loss loss;
    rg_batches batches;
    rg_tensor noise; /* of an augmentation, or RG_NO_TENSOR */
    size_t channels; /* its numbers a row */
} network;

static rg_tensor
same (rg_graph *graph, rg_tensor x)
{
    (void) graph;
    return x;
}

static const struct {
    const char *name;
    rg_tensor (*apply) (rg_graph *graph, rg_tensor x);
} activations[] = {
    [RG_TANH] = { "tanh", rg_graph_tanh },
    [RG_RELU] = { "relu", rg_graph_relu },
    [RG_SIGMOID] = { "sigmoid", rg_graph_sigmoid },
    [RG_SOFTPLUS_UNITS] = { "softplus", rg_graph_softplus },
    [RG_LINEAR] = { "linear", same },
};

const char *
rg_activation_name (rg_activation activation)
{
    return (size_t) activation < sizeof activations / sizeof *activations ? activations[activation].name : NULL;
}

rg_tensor
rg_activation_apply (rg_activation activation, rg_graph *graph, rg_tensor x)
{
    return activations[activation].apply (graph, x);
}

rg_status
rg_network_check_inputs (const rg_network *shape, const rg_dataset *data, rg_message *message)
{
    if (rg_dataset_features (data) != shape->width[0])
        return rg_fail (message, RG_ESHAPE, "the first layer has %zu units, the examples have %zu inputs",
                        shape->width[0], rg_dataset_features (data));
    return RG_OK;
}

rg_status
rg_network_check_outputs (const rg_network *shape, const rg_dataset *data, rg_message *message)
{
    const size_t last = shape->width[shape->widths - 1];
    if (rg_dataset_classes (data) > last)
        return rg_fail (message, RG_ESHAPE, "the last layer has %zu units, the labels have %u classes", last,
                        rg_dataset_classes (data));
    if (rg_dataset_classes (data) == 0 && rg_dataset_targets (data) != last)
        return rg_fail (message, RG_ESHAPE, "the last layer has %zu units, an example has %zu targets", last,
                        rg_dataset_targets (data));
    return RG_OK;
}

/* Numbers in the matrix (a even) or bias of layer a / 2; 0: more than there can be. */
static size_t
numbers_of (const rg_network *net, const size_t *copies, size_t a)
{
    const size_t layer = a / 2, rows = a % 2 == 0 ? net->width[layer] : 1, most = SIZE_MAX / sizeof (double) / 16;
    const size_t all = copies == NULL ? 1 : copies[layer];
    const size_t cols = net->width[layer + 1];
    return rows == 0 || cols == 0 || all == 0 || cols > most / rows || all > most / rows / cols ? 0 : all * rows * cols;
}

rg_status
rg_network_layout (rg_layout **out, const rg_network *net)
{
    return rg_network_layout_of (out, net, NULL);
}

rg_status
rg_network_layout_of (rg_layout **out, const rg_network *net, const size_t *copies)
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
        const size_t count = numbers_of (net, copies, a); /* a matrix [inputs x outputs]: its rows are units; a bias is one */
        specs[a] = (rg_array_spec) { names[a], count, layer, count == 0 ? 0 : count / net->width[layer + 1] };
    }
    if (status == RG_OK)
        status = rg_layout_new (out, arrays, specs);
    rg_free (names);
    rg_free (specs);
    return status;
}

rg_status
rg_network_check_layout (const rg_network *shape, const size_t *copies, const rg_layout *layout, rg_message *message)
{
    const size_t arrays = 2 * (shape->widths - 1);
    int same = rg_layout_arrays (layout) == arrays;
    for (size_t a = 0; same && a < arrays; a++) {
        const size_t end = a + 1 < arrays ? rg_layout_offset (layout, a + 1) : rg_layout_weights (layout);
        same = end - rg_layout_offset (layout, a) == numbers_of (shape, copies, a);
    }
    return same ? RG_OK : rg_fail (message, RG_ESHAPE, "the layout of the hyperparameters is not that of the network");
}

static void
choose (const rg_graph_loss *loss, rg_instant at, uint32_t *indices)
{
    rg_batches_indices (&((const network *) loss)->batches, (uint32_t) at.iteration, (uint32_t) at.step, indices);
}

static const rg_objective_table network_table = {
    .name = "network",
    .free = rg_graph_loss_free,
    RG_GRAPH_LOSS_TABLE,
    .errors = rg_graph_loss_errors,
};

/* Standard normal numbers of the rows of a step. */
static void
fill_noise (const rg_graph_loss *loss, rg_instant at, size_t first, size_t count, rg_executor *executor)
{
    const network *net = (const network *) loss;
    const rg_random random = { net->batches.seed, RG_STREAM_NOISE, (uint32_t) at.iteration, (uint32_t) at.step };
    void *out = rg_executor_leaf (executor, net->noise);
    for (size_t i = 0; i < count * net->channels; i++) {
        const double number = rg_random_normal (&random, first * net->channels + i);
        if (loss->precision == RG_SINGLE)
            ((float *) out)[i] = (float) number;
        else
            ((double *) out)[i] = number;
    }
}

/*
 * What the model is given: the inputs, as the second networks leave them.
 *   weight  [out] the examples' weights, or RG_NO_TENSOR
 */
static rg_tensor
build_inputs (network *own, const rg_network_loss *spec, rg_tensor *weight)
{
    static const rg_second_networks none;
    rg_graph_loss *net = &own->loss;
    const rg_second_networks *second = spec->second == NULL ? &none : spec->second;
    rg_tensor x = net->inputs = rg_graph_batch (net->graph, rg_dataset_features (spec->data), net->own_inputs);
    *weight = RG_NO_TENSOR;
    if (rg_graph_loss_is_weighted (spec->part, spec->hyper))
        *weight = net->example_weight = rg_graph_batch (net->graph, 1, true);
    else if (spec->part == RG_INNER && second->weighting.network.widths > 0)
        *weight = rg_second_apply (net->graph, spec->hyper, RG_WEIGHTING, &second->weighting, x, RG_NO_TENSOR);
    if (spec->part == RG_INNER && second->augmentation.network.widths > 0) {
        own->channels = second->augmentation.noise;
        if (own->channels > 0) {
            own->noise = rg_graph_batch (net->graph, own->channels, false);
            net->fill_more = fill_noise;
        }
        x = rg_graph_add (net->graph, x, rg_second_apply (net->graph, spec->hyper, RG_AUGMENTATION, &second->augmentation, x,
                                                          own->noise));
    }
    if (second->representation.network.widths > 0)
        x = rg_second_apply (net->graph, spec->hyper, RG_REPRESENTATION, &second->representation, x, RG_NO_TENSOR);
    return x;
}

/* The graph of a shard's loss. */
static rg_status
build_loss (network *own, const rg_network_loss *spec, rg_message *message)
{
    const rg_network *shape = &spec->network;
    const rg_layout *layout = rg_hyper_layout (spec->hyper);
    rg_graph_loss *net = &own->loss;
    rg_status status = rg_graph_new (&net->graph, net->precision, net->shard, rg_layout_weights (layout),
                                     rg_lambda_size (spec->hyper));
    if (status != RG_OK)
        return status;
    rg_tensor weight, x = build_inputs (own, spec, &weight);
    for (size_t layer = 0; layer + 1 < shape->widths; layer++) {
        const size_t rows = shape->width[layer], cols = shape->width[layer + 1];
        const rg_tensor w = rg_graph_weights (net->graph, rg_layout_offset (layout, 2 * layer), rows, cols);
        const rg_tensor b = rg_graph_weights (net->graph, rg_layout_offset (layout, 2 * layer + 1), 1, cols);
        x = rg_graph_affine (net->graph, x, w, b);
        if (layer + 2 < shape->widths)
            x = rg_activation_apply (shape->activation, net->graph, x);
    }
    return rg_graph_finish (net->graph, rg_graph_loss_of_rows (net, x, weight), message);
}

/* The graph of the penalty, one shard more. */
static rg_status
build_penalty (rg_graph_loss *net, rg_message *message)
{
    const size_t n = rg_layout_weights (rg_hyper_layout (net->hyper));
    rg_status status = rg_graph_new (&net->penalty, net->precision, 1, n, rg_lambda_size (net->hyper));
    if (status == RG_OK)
        status = rg_graph_finish (net->penalty, rg_graph_loss_l2 (net->penalty, net->hyper), message);
    return status;
}

/* The widths of all networks against the data and each other. */
static rg_status
check_widths (const rg_network_loss *spec, rg_message *message)
{
    const rg_network *shape = &spec->network;
    const rg_second_networks *second = spec->second;
    rg_status status = RG_OK;
    if (second == NULL || second->representation.network.widths == 0)
        status = rg_network_check_inputs (shape, spec->data, message);
    for (int i = 0; second != NULL && status == RG_OK && i < RG_SECONDS; i++)
        status = rg_second_check_widths (second, rg_second_role (i), rg_dataset_features (spec->data), shape->width[0],
                                         message);
    return status == RG_OK ? rg_network_check_outputs (shape, spec->data, message) : status;
}

static rg_status
check_spec (const rg_network_loss *spec, rg_message *message)
{
    const rg_network *shape = &spec->network;
    if (shape->widths < 2)
        return rg_fail (message, RG_ERANGE, "expected at least 2 widths, got %zu", shape->widths);
    rg_status status = rg_batches_check (&spec->batches, message);
    if (status == RG_OK)
        status = check_widths (spec, message);
    if (status == RG_OK && spec->batches.examples != rg_dataset_count (spec->data))
        status = rg_fail (message, RG_ESHAPE, "batches of %u examples from a set of %u", spec->batches.examples,
                          rg_dataset_count (spec->data));
    if (status == RG_OK)
        status = rg_network_check_layout (shape, NULL, rg_hyper_layout (spec->hyper), message);
    if (status == RG_OK)
        status = rg_second_check (spec->second, spec->hyper, message);
    if (status == RG_OK)
        status = rg_graph_loss_check (spec->part, spec->precision, spec->data, spec->own_inputs, spec->hyper, message);
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
    const size_t batch = spec->batches.batch;
    net->batches = spec->batches;
    net->noise = RG_NO_TENSOR;
    net->loss = (rg_graph_loss) { .precision = spec->precision, .part = spec->part, .data = spec->data,
                                  .hyper = spec->hyper, .example_weight = RG_NO_TENSOR, .own_inputs = spec->own_inputs,
                                  .batch = batch, .shard = spec->shard, .factor = 1 / (double) batch,
                                  .outputs = spec->network.width[spec->network.widths - 1], .choose = choose };
    if (spec->shard == 0 || spec->shard > batch)
        net->loss.shard = batch;
    rg_block block;
    if (spec->part == RG_INNER && rg_hyper_find (spec->hyper, RG_L2, &block))
        status = build_penalty (&net->loss, message);
    if (status == RG_OK)
        status = build_loss (net, spec, message);
    if (status == RG_OK)
        return rg_graph_loss_complete (out, &network_table, &net->loss, message);
    rg_graph_loss_free (net);
    return status == RG_ENOMEM ? rg_fail (message, status, "out of memory for the network") : status;
}
