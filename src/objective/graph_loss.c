/* graph_loss.c -- see graph_loss.h. */
#include "objective/graph_loss.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "hyper/lambda.h"

void
rg_graph_loss_free (void *self)
{
    rg_graph_loss *net = self;
    for (size_t i = 0; net->slot != NULL && i < net->slots; i++) {
        rg_executor_free (net->slot[i].executor);
        rg_free (net->slot[i].indices);
        rg_free (net->slot[i].held);
    }
    rg_executor_free (net->penalty_executor);
    for (size_t i = 0; i < net->rooms; i++) {
        rg_tangents_free (net->room[i].wide);
        rg_tangents_free (net->room[i].penalty);
    }
    rg_free (net->room);
    rg_free (net->slot);
    rg_graph_free (net->graph);
    rg_graph_free (net->penalty);
    rg_free ((void *) (uintptr_t) net->balance);
    rg_free (net);
}

/* Copy doubles into a real array. */
static void
store (const rg_graph_loss *net, void *out, size_t at, const double *values, size_t count)
{
    if (net->precision == RG_SINGLE)
        for (size_t i = 0; i < count; i++)
            ((float *) out)[at + i] = (float) values[i];
    else
        memcpy ((double *) out + at, values, count * sizeof *values);
}

double
rg_graph_loss_number (const rg_graph_loss *net, const void *in, size_t at)
{
    return net->precision == RG_SINGLE ? (double) ((const float *) in)[at] : ((const double *) in)[at];
}

static double
balance (const rg_graph_loss *net, size_t row)
{
    return net->balance == NULL ? 1 : net->balance[row];
}

static size_t
weight_index (const rg_graph_loss *net, uint32_t example)
{
    return net->example_weights_at + (net->example_weights == 1 ? 0 : example);
}

static int
has_weights (const rg_graph_loss *net)
{
    return net->example_weights_at != SIZE_MAX;
}

/* Convert the inputs and targets of a slot's rows, unless its leaves hold them already. */
static void
gather (const rg_graph_loss *net, rg_loss_slot *s)
{
    const uint32_t *indices = s->indices + s->first;
    const rg_dataset *data = net->data;
    const int single = net->precision == RG_SINGLE;
    void *x = rg_executor_leaf (s->executor, net->inputs), *y = rg_executor_leaf (s->executor, net->targets);
    if (s->held_first == s->first && s->held_count == s->count
        && memcmp (s->held, indices, s->count * sizeof *indices) == 0)
        return;
    if (!net->own_inputs && single)
        rg_dataset_gather_single (data, indices, s->count, x);
    else if (!net->own_inputs)
        rg_dataset_gather_double (data, indices, s->count, x);
    if (rg_dataset_classes (data) > 0)
        rg_dataset_gather_labels (data, indices, s->count, y);
    else if (single)
        rg_dataset_gather_targets_single (data, indices, s->count, y);
    else
        rg_dataset_gather_targets_double (data, indices, s->count, y);
    if (net->relabel != NULL)
        net->relabel (net, s->first, s->count, y);
    memcpy (s->held, indices, s->count * sizeof *indices);
    s->held_first = s->first;
    s->held_count = s->count;
}

/* Fill the leaves of a slot with its examples; hyperparameters' values come from lambda. */
static void
fill (const rg_graph_loss *net, rg_loss_slot *s, const double *lambda)
{
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (net->data);
    gather (net, s);
    if (net->own_inputs)
        for (size_t n = 0; n < s->count; n++)
            store (net, rg_executor_leaf (s->executor, net->inputs), n * features,
                   lambda + net->inputs_at + indices[n] * features, features);
    if (net->example_weight != RG_NO_TENSOR)
        for (size_t n = 0; n < s->count; n++) {
            const double weight = balance (net, s->first + n)
                * (has_weights (net) ? lambda[weight_index (net, indices[n])] : 1);
            store (net, rg_executor_leaf (s->executor, net->example_weight), n, &weight, 1);
        }
}

/* Make a slot ready for one shard; returns the executor that evaluates it. */
static rg_executor *
prepare (rg_graph_loss *net, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda)
{
    rg_loss_slot *s = &net->slot[index];
    s->is_penalty = shard == net->data_shards;
    rg_executor *executor = s->is_penalty ? net->penalty_executor : s->executor;
    rg_executor_bind_weights (executor, w);
    rg_executor_bind_hyper (executor, lambda);
    if (s->is_penalty)
        return executor;
    net->choose (net, at, s->indices);
    s->first = shard * net->shard;
    s->count = net->batch - s->first < net->shard ? net->batch - s->first : net->shard;
    rg_executor_bind_rows (executor, s->count, net->factor);
    fill (net, s, lambda);
    if (net->fill_more != NULL)
        net->fill_more (net, at, s->first, s->count, executor);
    return executor;
}

static rg_status
explain (rg_status status, rg_instant at, rg_message *message)
{
    if (status == RG_ENONFINITE)
        return rg_fail (message, status, "step %llu: the loss is not finite", (unsigned long long) at.step);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "step %llu: %s", (unsigned long long) at.step,
                                              rg_status_text (status));
}

rg_status
rg_graph_loss_gradient (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda,
                        double *loss, void *g, rg_message *message)
{
    rg_executor *executor = prepare (self, index, at, shard, w, lambda);
    return explain (rg_executor_gradient (executor, loss, g), at, message);
}

rg_status
rg_graph_loss_loss (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda,
                    double *loss, rg_message *message)
{
    return explain (rg_executor_loss (prepare (self, index, at, shard, w, lambda), loss), at, message);
}

static rg_executor *
executor_of (const rg_graph_loss *net, const rg_loss_slot *s)
{
    return s->is_penalty ? net->penalty_executor : s->executor;
}

typedef const void *adjoint_of (const rg_executor *executor, rg_tensor leaf);

/* Add the (tangents of the) adjoints of the rows' inputs and weights to the hyperparameters they came from. */
static void
scatter (const rg_graph_loss *net, const rg_loss_slot *s, adjoint_of *adjoint, double *sum)
{
    if (s->is_penalty)
        return;
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (net->data);
    if (net->own_inputs) {
        const void *x = adjoint (s->executor, net->inputs);
        for (size_t n = 0; n < s->count; n++)
            for (size_t k = 0; k < features; k++)
                sum[net->inputs_at + indices[n] * features + k] += rg_graph_loss_number (net, x, n * features + k);
    }
    if (has_weights (net)) {
        const void *weights = adjoint (s->executor, net->example_weight);
        for (size_t n = 0; n < s->count; n++)
            sum[weight_index (net, indices[n])] += balance (net, s->first + n) * rg_graph_loss_number (net, weights, n);
    }
}

/* Give the rows' inputs and weights the tangents of the hyperparameters they came from. */
static void
seed (const rg_graph_loss *net, const rg_loss_slot *s, const double *lambda_dot)
{
    if (s->is_penalty)
        return;
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (net->data);
    for (size_t n = 0; net->own_inputs && n < s->count; n++)
        store (net, rg_executor_leaf_tangent (s->executor, net->inputs), n * features,
               lambda_dot + net->inputs_at + indices[n] * features, features);
    for (size_t n = 0; has_weights (net) && n < s->count; n++) {
        const double moved = balance (net, s->first + n) * lambda_dot[weight_index (net, indices[n])];
        store (net, rg_executor_leaf_tangent (s->executor, net->example_weight), n, &moved, 1);
    }
}

void
rg_graph_loss_lambda_tangent (void *self, size_t index, double *lambda_g_dot)
{
    const rg_graph_loss *net = self;
    const rg_loss_slot *s = &net->slot[index];
    rg_executor_add_hyper (executor_of (net, s), rg_executor_adjoint_tangent, lambda_g_dot);
    scatter (net, s, rg_executor_adjoint_tangent, lambda_g_dot);
}

rg_status
rg_graph_loss_tangent (void *self, size_t index, const void *w_dot, const double *lambda_dot, void *g_dot,
                       double *lambda_g_dot, rg_message *message)
{
    (void) message;
    rg_graph_loss *net = self;
    const rg_loss_slot *s = &net->slot[index];
    rg_executor *executor = executor_of (net, s);
    rg_executor_clear_tangents (executor);
    if (lambda_dot != NULL) {
        rg_executor_seed_hyper (executor, lambda_dot);
        seed (net, s, lambda_dot);
    }
    rg_executor_tangent (executor, w_dot, g_dot);
    if (lambda_g_dot != NULL)
        rg_graph_loss_lambda_tangent (self, index, lambda_g_dot);
    return RG_OK;
}

static rg_status
widen_room (const rg_graph_loss *net, rg_loss_room *room, size_t width)
{
    rg_loss_room larger = { .width = width };
    if (width <= room->width)
        return RG_OK;
    rg_status status = rg_tangents_new (&larger.wide, net->graph, width, RG_WANT_WEIGHTS);
    if (status == RG_OK && net->penalty != NULL)
        status = rg_tangents_new (&larger.penalty, net->penalty, width, RG_WANT_WEIGHTS);
    rg_loss_room *unwanted = status == RG_OK ? room : &larger;
    rg_tangents_free (unwanted->wide);
    rg_tangents_free (unwanted->penalty);
    if (status == RG_OK)
        *room = larger;
    return status;
}

rg_status
rg_graph_loss_widen (void *self, size_t rooms, size_t width)
{
    rg_graph_loss *net = self;
    rg_status status = RG_OK;
    if (rooms > net->rooms) {
        rg_loss_room *more = rg_grow (net->room, net->rooms * sizeof *more, rooms, sizeof *more);
        if (more == NULL)
            return RG_ENOMEM;
        net->room = more;
        for (; net->rooms < rooms; net->rooms++)
            net->room[net->rooms] = (rg_loss_room) { 0 };
    }
    for (size_t i = 0; status == RG_OK && i < rooms; i++)
        status = widen_room (net, &net->room[i], width);
    return status;
}

/* Let one number of a leaf move in the k-th of several directions. */
static void
move (const rg_graph_loss *net, rg_tangents *wide, rg_tensor leaf, size_t index, double by, size_t width, size_t k)
{
    store (net, rg_tangents_leaf (wide, leaf), index * width + k, &by, 1);
}

/* Give the rows' inputs and weights the tangents of the one hyperparameter that moves in the k-th direction. */
static void
seed_one (const rg_graph_loss *net, const rg_loss_slot *s, rg_tangents *wide, size_t lambda, size_t width, size_t k)
{
    if (s->is_penalty)
        return;
    const uint32_t *indices = s->indices + s->first;
    const size_t features = rg_dataset_features (net->data);
    const int of_inputs = net->own_inputs && lambda >= net->inputs_at
        && lambda < net->inputs_at + rg_dataset_count (net->data) * features;
    for (size_t n = 0; of_inputs && n < s->count; n++)
        if (indices[n] == (lambda - net->inputs_at) / features)
            move (net, wide, net->inputs, n * features + (lambda - net->inputs_at) % features, 1, width, k);
    for (size_t n = 0; has_weights (net) && n < s->count; n++)
        if (weight_index (net, indices[n]) == lambda)
            move (net, wide, net->example_weight, n, balance (net, s->first + n), width, k);
}

rg_status
rg_graph_loss_tangents (void *self, size_t index, size_t room, size_t width, const void *w_dot, const size_t *lambda,
                        void *g_dot, rg_message *message)
{
    (void) message;
    const rg_graph_loss *net = self;
    const rg_loss_slot *s = &net->slot[index];
    rg_tangents *wide = s->is_penalty ? net->room[room].penalty : net->room[room].wide;
    rg_tangents_begin (wide, executor_of (net, s), width);
    for (size_t k = 0; k < width; k++)
        if (lambda[k] != SIZE_MAX) {
            rg_tangents_move_hyper (wide, lambda[k], k);
            seed_one (net, s, wide, lambda[k], width, k);
        }
    rg_tangents_run (wide, w_dot, g_dot);
    return RG_OK;
}

rg_status
rg_graph_loss_lambda_gradient (void *self, size_t index, double *h, rg_message *message)
{
    (void) message;
    const rg_graph_loss *net = self;
    const rg_loss_slot *s = &net->slot[index];
    rg_executor_gradient_hyper (executor_of (net, s));
    rg_executor_add_hyper (executor_of (net, s), rg_executor_adjoint, h);
    scatter (net, s, rg_executor_adjoint, h);
    return RG_OK;
}

void
rg_graph_loss_errors (void *self, size_t index, size_t *wrong, size_t *examples)
{
    const rg_graph_loss *net = self;
    const rg_loss_slot *s = &net->slot[index];
    const size_t outputs = net->outputs;
    *wrong = *examples = 0;
    if (s->is_penalty || rg_dataset_classes (net->data) == 0)
        return;
    const void *logits = rg_executor_value (s->executor, net->logits);
    const int32_t *labels = rg_executor_leaf (s->executor, net->targets);
    for (size_t n = 0; n < s->count; n++) {
        size_t best = 0;
        for (size_t c = 1; c < outputs; c++)
            if (rg_graph_loss_number (net, logits, n * outputs + c) > rg_graph_loss_number (net, logits, n * outputs + best))
                best = c;
        *wrong += best != (size_t) labels[n];
    }
    *examples = s->count;
}

int
rg_graph_loss_is_weighted (rg_part_played part, const rg_hyper *hyper)
{
    rg_block block;
    return part == RG_INNER && rg_hyper_find (hyper, RG_EXAMPLE_WEIGHT, &block);
}

rg_status
rg_graph_loss_check (rg_part_played part, rg_precision precision, const rg_dataset *data, int own_inputs,
                     const rg_hyper *hyper, rg_message *message)
{
    const size_t examples = rg_dataset_count (data);
    rg_block block;
    if (rg_graph_loss_is_weighted (part, hyper) && rg_hyper_find (hyper, RG_EXAMPLE_WEIGHT, &block)
        && block.scope == RG_PER_EXAMPLE && block.slice != examples)
        return rg_fail (message, RG_ESHAPE, "%s: %zu values for %zu examples", block.name, block.slice, examples);
    if (own_inputs && !rg_hyper_find (hyper, RG_INPUTS, &block))
        return rg_fail (message, RG_EUNSUPPORTED, "the inputs are not among the hyperparameters");
    if (own_inputs && block.slice != examples * rg_dataset_features (data))
        return rg_fail (message, RG_ESHAPE, "%s: %zu values for %zu examples of %zu inputs", block.name, block.slice,
                        examples, rg_dataset_features (data));
    return precision == RG_SINGLE ? rg_dataset_fits_single (data, message) : RG_OK;
}

rg_tensor
rg_graph_loss_of_rows (rg_graph_loss *net, rg_tensor outputs, rg_tensor example_weight)
{
    net->logits = outputs;
    if (rg_dataset_classes (net->data) > 0) {
        net->targets = rg_graph_labels (net->graph, net->outputs);
        return rg_graph_cross_entropy (net->graph, outputs, net->targets, example_weight);
    }
    net->targets = rg_graph_batch (net->graph, net->outputs, false);
    return rg_graph_squared_error (net->graph, outputs, net->targets, example_weight);
}

rg_tensor
rg_graph_loss_l2 (rg_graph *graph, const rg_hyper *hyper)
{
    const size_t n = rg_layout_weights (rg_hyper_layout (hyper));
    rg_block l2;
    rg_hyper_find (hyper, RG_L2, &l2);
    const rg_tensor w = rg_graph_weights (graph, 0, n, 1);
    const rg_tensor coefficient = rg_graph_hyper (graph, rg_lambda_offset (hyper, RG_L2), l2.slice, !l2.fixed);
    const int segmented = l2.offsets != NULL && l2.slice > 1;
    return rg_graph_penalty_l2 (graph, w, coefficient, segmented ? l2.slice : 0, segmented ? l2.offsets + 1 : NULL);
}

static rg_status
make_slot (const rg_graph_loss *net, rg_loss_slot *s)
{
    s->indices = rg_calloc (net->batch, sizeof *s->indices);
    s->held = rg_calloc (net->shard, sizeof *s->held);
    const rg_status status = s->indices == NULL || s->held == NULL ? RG_ENOMEM
                                                                   : rg_executor_new (&s->executor, net->graph);
    if (status == RG_OK && net->part == RG_INNER) /* of an inner loss only the tangents of those are asked for */
        rg_executor_defer_hyper (s->executor);
    return status;
}

rg_status
rg_graph_loss_reserve (void *self, size_t slots)
{
    rg_graph_loss *net = self;
    rg_status status = RG_OK;
    if (slots <= net->slots)
        return RG_OK;
    rg_loss_slot *larger = rg_grow (net->slot, net->slots * sizeof *larger, slots, sizeof *larger);
    if (larger == NULL)
        return RG_ENOMEM;
    net->slot = larger;
    for (; status == RG_OK && net->slots < slots; net->slots++) {
        net->slot[net->slots] = (rg_loss_slot) { 0 };
        if (net->part == RG_OUTER || net->slots < net->data_shards) /* the penalty's shard has an executor of its own */
            status = make_slot (net, &net->slot[net->slots]);
    }
    return status;
}

static rg_status
make_slots (rg_graph_loss *net, size_t slots)
{
    rg_status status = RG_OK;
    if (net->penalty != NULL)
        status = rg_executor_new (&net->penalty_executor, net->penalty);
    if (net->penalty != NULL && status == RG_OK && net->part == RG_INNER)
        rg_executor_defer_hyper (net->penalty_executor);
    return status == RG_OK ? rg_graph_loss_reserve (net, slots) : status;
}

rg_status
rg_graph_loss_complete (rg_objective **out, const rg_objective_table *table, rg_graph_loss *net, rg_message *message)
{
    *out = NULL;
    net->inputs_at = rg_lambda_offset (net->hyper, RG_INPUTS);
    net->example_weights_at = SIZE_MAX;
    rg_block block;
    if (rg_graph_loss_is_weighted (net->part, net->hyper) && rg_hyper_find (net->hyper, RG_EXAMPLE_WEIGHT, &block)) {
        net->example_weights_at = rg_lambda_offset (net->hyper, RG_EXAMPLE_WEIGHT);
        net->example_weights = block.slice;
    }
    net->data_shards = (net->batch + net->shard - 1) / net->shard;
    const size_t shards = net->data_shards + (net->penalty != NULL);
    rg_status status = make_slots (net, net->part == RG_INNER ? shards : 1);
    if (status != RG_OK)
        table->free (net);
    else
        status = rg_objective_wrap (out, table, net, rg_layout_weights (rg_hyper_layout (net->hyper)),
                                    rg_lambda_size (net->hyper), shards, net->slots, net->precision);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "out of memory for the network");
}
