/* loss_leaves.c -- leaves that have a number a row: inputs, targets, example weights, noise; see graph_loss.h. */
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "data/distort.h"
#include "objective/graph_loss.h"

/* Copy doubles into a real array. */
static void
store (const rg_graph_loss *loss, void *out, size_t at, const double *values, size_t count)
{
    if (loss->precision == RG_SINGLE)
        for (size_t i = 0; i < count; i++)
            ((float *) out)[at + i] = (float) values[i];
    else
        memcpy ((double *) out + at, values, count * sizeof *values);
}

double
rg_loss_number (const rg_graph_loss *loss, const void *in, size_t at)
{
    return rg_number_at (loss->precision, in, at);
}

static size_t
weight_index (const rg_graph_loss *loss, uint32_t example)
{
    return loss->example_weights_at + (loss->example_weights == 1 ? 0 : example);
}

static int
has_weights (const rg_graph_loss *loss)
{
    return loss->example_weights_at != SIZE_MAX;
}

/* Where the inputs of an example start in lambda. */
static size_t
inputs_index (const rg_graph_loss *loss, uint32_t example)
{
    return loss->inputs_at + example * rg_dataset_features (loss->data);
}

/* A leaf from the shard's first row on: of so many numbers a row, which are whole or not. */
static void *
rows_of (const rg_graph_loss *loss, const rg_loss_slot *s, rg_tensor leaf, size_t numbers, int whole)
{
    const size_t size = whole ? sizeof (int32_t) : rg_precision_size (loss->precision);
    return (char *) rg_executor_leaf (s->executor, leaf) + loss->term.reference * numbers * size;
}

/* Inputs of examples as whole numbers, which they are. */
static void
gather_tokens (const rg_loss_slot *s, const rg_dataset *data, const uint32_t *indices, size_t count, int32_t *x)
{
    const size_t features = rg_dataset_features (data);
    for (size_t n = 0; n < count; n++) {
        rg_dataset_gather_double (data, &indices[n], 1, s->numbers);
        for (size_t k = 0; k < features; k++)
            x[n * features + k] = (int32_t) s->numbers[k];
    }
}

/* Inputs of examples as the graph takes them. */
static void
gather_inputs (const rg_graph_loss *loss, const rg_loss_slot *s, const rg_dataset *data, const uint32_t *indices, size_t count, void *x)
{
    if (loss->tokens)
        gather_tokens (s, data, indices, count, x);
    else if (loss->precision == RG_SINGLE)
        rg_dataset_gather_single (data, indices, count, x);
    else
        rg_dataset_gather_double (data, indices, count, x);
}

/* The same of a slot's rows, distorted one by one. */
static void
gather_distorted (const rg_graph_loss *loss, const rg_loss_slot *s, const uint32_t *indices, void *x)
{
    const size_t size = rg_precision_size (loss->precision), bytes = rg_dataset_features (loss->data) * size;
    const rg_distort_at at = { loss->rows.seed, s->at.iteration, s->at.step };
    for (size_t n = 0; n < s->count; n++) {
        gather_inputs (loss, s, loss->data, &indices[n], 1, s->numbers);
        rg_distort (&loss->distortion, &at, s->first + n, size, s->numbers, (char *) x + n * bytes);
    }
}

rg_status
rg_loss_fill_reference (const rg_graph_loss *loss, rg_loss_slot *s)
{
    const size_t rows = loss->term.reference, real = rg_precision_size (loss->precision);
    if (rows == 0)
        return RG_OK;
    uint32_t *first = rg_malloc (rows, sizeof *first);
    if (first == NULL)
        return RG_ENOMEM;
    for (size_t i = 0; i < rows; i++)
        first[i] = (uint32_t) i;
    gather_inputs (loss, s, loss->reference, first, rows, rg_executor_leaf (s->executor, loss->term.inputs));
    memset (rg_executor_leaf (s->executor, loss->term.targets), 0,
            rows * (loss->term.kind->whole ? sizeof (int32_t) : loss->term.outputs * real));
    memset (rg_executor_leaf (s->executor, loss->term.example_weight), 0, rows * real);
    rg_free (first);
    return RG_OK;
}

static void
gather_targets (const rg_graph_loss *loss, const rg_loss_slot *s, const uint32_t *indices)
{
    const int whole = loss->term.kind->whole;
    loss->term.kind->fill (&loss->rows, loss->precision, s->at, indices, s->first, s->count,
                           rows_of (loss, s, loss->term.targets, whole ? 1 : loss->term.outputs, whole));
}

/* Convert the inputs and targets of a slot's rows, unless its leaves hold them already; distorted ones are others at each step. */
static void
gather (const rg_graph_loss *loss, rg_loss_slot *s)
{
    const uint32_t *indices = s->indices + s->first;
    void *x = rows_of (loss, s, loss->term.inputs, rg_dataset_features (loss->data), loss->tokens);
    const int distorts = rg_distorts (&loss->distortion);
    const int same_labels = loss->rows.episodes == NULL || s->held_of == s->at.iteration;
    if (!distorts && same_labels && s->held_first == s->first && s->held_count == s->count
        && memcmp (s->held, indices, s->count * sizeof *indices) == 0)
        return;
    if (distorts)
        gather_distorted (loss, s, indices, x);
    else if (!loss->own_inputs)
        gather_inputs (loss, s, loss->data, indices, s->count, x);
    gather_targets (loss, s, indices);
    memcpy (s->held, indices, s->count * sizeof *indices);
    s->held_of = s->at.iteration;
    s->held_first = s->first;
    s->held_count = s->count;
}

/* Standard normal numbers of the rows. */
static void
fill_noise (const rg_graph_loss *loss, rg_loss_slot *s)
{
    const size_t channels = loss->term.channels;
    const rg_random random = { loss->rows.seed, RG_STREAM_NOISE, (uint32_t) s->at.iteration, (uint32_t) s->at.step };
    void *out = rg_executor_leaf (s->executor, loss->term.noise);
    for (size_t i = 0; i < s->count * channels; i++) {
        const double number = rg_random_normal (&random, s->first * channels + i);
        store (loss, out, i, &number, 1);
    }
}

void
rg_loss_fill (const rg_graph_loss *loss, rg_loss_slot *s, const double *lambda)
{
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (loss->data);
    gather (loss, s);
    for (size_t n = 0; loss->own_inputs && n < s->count; n++)
        store (loss, rg_executor_leaf (s->executor, loss->term.inputs), n * features, lambda + inputs_index (loss, indices[n]),
               features);
    for (size_t n = 0; loss->term.example_weight != RG_NO_TENSOR && n < s->count; n++) {
        const double weight = rg_rows_balance (&loss->rows, s->first + n)
            * (has_weights (loss) ? lambda[weight_index (loss, indices[n])] : 1);
        store (loss, rg_executor_leaf (s->executor, loss->term.example_weight), loss->term.reference + n, &weight, 1);
    }
    if (loss->term.noise != RG_NO_TENSOR)
        fill_noise (loss, s);
}

void
rg_loss_scatter (const rg_graph_loss *loss, const rg_loss_slot *s, rg_adjoint_of *adjoint, double *sum)
{
    if (s->is_terms)
        return;
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (loss->data);
    if (loss->own_inputs) {
        const void *x = adjoint (s->executor, loss->term.inputs);
        for (size_t n = 0; n < s->count; n++)
            for (size_t k = 0; k < features; k++)
                sum[inputs_index (loss, indices[n]) + k] += rg_loss_number (loss, x, n * features + k);
    }
    if (has_weights (loss)) {
        const void *weights = adjoint (s->executor, loss->term.example_weight);
        for (size_t n = 0; n < s->count; n++)
            sum[weight_index (loss, indices[n])] += rg_rows_balance (&loss->rows, s->first + n) * rg_loss_number (loss, weights, n);
    }
}

void
rg_loss_seed (const rg_graph_loss *loss, const rg_loss_slot *s, const double *lambda_dot)
{
    if (s->is_terms)
        return;
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (loss->data);
    for (size_t n = 0; loss->own_inputs && n < s->count; n++)
        store (loss, rg_executor_leaf_tangent (s->executor, loss->term.inputs), n * features,
               lambda_dot + inputs_index (loss, indices[n]), features);
    for (size_t n = 0; has_weights (loss) && n < s->count; n++) {
        const double moved = rg_rows_balance (&loss->rows, s->first + n) * lambda_dot[weight_index (loss, indices[n])];
        store (loss, rg_executor_leaf_tangent (s->executor, loss->term.example_weight), n, &moved, 1);
    }
}

/* Let one number of a leaf move in the k-th of several directions. */
static void
move (const rg_graph_loss *loss, rg_tangents *wide, rg_tensor leaf, size_t index, double by, size_t width, size_t k)
{
    store (loss, rg_tangents_leaf (wide, leaf), index * width + k, &by, 1);
}

void
rg_loss_seed_one (const rg_graph_loss *loss, const rg_loss_slot *s, rg_tangents *wide, size_t lambda, size_t width, size_t k)
{
    if (s->is_terms)
        return;
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (loss->data);
    const int of_inputs = loss->own_inputs && lambda >= loss->inputs_at
        && lambda < inputs_index (loss, rg_dataset_count (loss->data));
    for (size_t n = 0; of_inputs && n < s->count; n++)
        if (indices[n] == (lambda - loss->inputs_at) / features)
            move (loss, wide, loss->term.inputs, n * features + (lambda - loss->inputs_at) % features, 1, width, k);
    for (size_t n = 0; has_weights (loss) && n < s->count; n++)
        if (weight_index (loss, indices[n]) == lambda)
            move (loss, wide, loss->term.example_weight, n, rg_rows_balance (&loss->rows, s->first + n), width, k);
}
