/*
 * multitask.c -- several networks of the same widths, one a task, as one block-diagonal one; see retrograde/objective.h.
 * Sharing by matrices is that of Maclaurin, Duvenaud, Adams 2015, section 3.5.
 */
#include <math.h>
#include <stdint.h>

#include "base/memory.h"
#include "hyper/lambda.h"
#include "objective/graph_loss.h"
#include "objective/network_parts.h"
#include "objective/second_network.h"

typedef struct {
    rg_graph_loss loss;
    rg_multitask model;    /* its arrays are the caller's, and used while building only */
    const rg_sampler *sampler;
    uint32_t batch;        /* of each task; 0: all */
    uint64_t seed;
    uint32_t *by_task;     /* [examples] the examples of task 0, of task 1 ...; NULL for one_vs_all */
    size_t *first;         /* [tasks + 1] where each task's start */
} multitask;

const char *
rg_sharing_name (rg_sharing sharing)
{
    static const char *const names[] = { "separate", "tied", "shared" };
    return (size_t) sharing < sizeof names / sizeof *names ? names[sharing] : NULL;
}

static rg_sharing
sharing_of (const rg_multitask *model, size_t layer)
{
    return model->sharing == NULL ? RG_SEPARATE : model->sharing[layer];
}

static size_t
layers_with (const rg_multitask *model, rg_sharing sharing)
{
    size_t count = 0;
    for (size_t layer = 0; layer + 1 < model->network.widths; layer++)
        count += sharing_of (model, layer) == sharing;
    return count;
}

size_t
rg_multitask_sharings (const rg_multitask *model)
{
    return layers_with (model, RG_SHARED) * model->tasks * model->tasks;
}

size_t
rg_multitask_interactions (const rg_multitask *model)
{
    return model->tasks * (model->tasks - 1) / 2;
}

/* How many copies each layer has; NULL: out of memory. */
static size_t *
copies_of (const rg_multitask *model)
{
    size_t *copies = rg_malloc (model->network.widths, sizeof *copies);
    for (size_t layer = 0; copies != NULL && layer + 1 < model->network.widths; layer++)
        copies[layer] = sharing_of (model, layer) == RG_TIED ? 1 : model->tasks;
    return copies;
}

rg_status
rg_multitask_layout (rg_layout **out, const rg_multitask *model)
{
    *out = NULL;
    if (model->network.widths < 2 || model->tasks < 2)
        return RG_ERANGE;
    size_t *copies = copies_of (model);
    const rg_status status = copies == NULL ? RG_ENOMEM : rg_network_layout_of (out, &model->network, copies);
    rg_free (copies);
    return status;
}

static void
multitask_free (void *self)
{
    multitask *m = self;
    rg_free (m->by_task);
    rg_free (m->first);
    rg_graph_loss_free (m);
}

/* ---- The rows of a step: those of task 0, of task 1 ... ------------------- */

static uint32_t
examples_of (const multitask *m, size_t task)
{
    return (uint32_t) (m->first[task + 1] - m->first[task]);
}

/* Rows of a task in each step. */
static size_t
rows_of (const multitask *m, size_t task)
{
    return m->batch > 0 ? m->batch : examples_of (m, task);
}

static void
choose (const rg_graph_loss *loss, rg_instant at, uint32_t *indices)
{
    const multitask *m = (const multitask *) loss;
    for (size_t task = 0; task < m->model.tasks; task++) {
        const size_t rows = rows_of (m, task);
        const uint64_t seed = m->seed + (m->model.one_vs_all ? 0 : task * UINT64_C (0x9e3779b97f4a7c15));
        const rg_batches batches = { m->sampler, examples_of (m, task), (uint32_t) rows, seed };
        rg_batches_indices (&batches, (uint32_t) at.iteration, (uint32_t) at.step, indices);
        for (size_t i = 0; m->by_task != NULL && i < rows; i++)
            indices[i] = m->by_task[m->first[task] + indices[i]];
        indices += rows;
    }
}

/* One against all: whether the example is of the task's class. */
static void
relabel (const rg_graph_loss *loss, size_t first, size_t count, int32_t *labels)
{
    const multitask *m = (const multitask *) loss;
    const size_t rows = rows_of (m, 0);
    for (size_t n = 0; n < count; n++)
        labels[n] = labels[n] == (int32_t) ((first + n) / rows);
}

/* One against all: an example's class is that of the task which is surest. */
static void
count_errors (void *self, size_t index, size_t *wrong, size_t *examples)
{
    const multitask *m = self;
    const rg_loss_slot *s = &m->loss.slot[index];
    const size_t rows = rows_of (m, 0);
    if (!m->model.one_vs_all) {
        rg_graph_loss_errors (self, index, wrong, examples);
        return;
    }
    *wrong = *examples = 0;
    if (s->is_penalty)
        return;
    const void *logits = rg_executor_value (s->executor, m->loss.logits);
    for (size_t i = 0; i < rows; i++) {
        size_t best = 0;
        double most = -INFINITY;
        for (size_t task = 0; task < m->model.tasks; task++) {
            const double margin = rg_graph_loss_number (&m->loss, logits, 2 * (task * rows + i) + 1)
                - rg_graph_loss_number (&m->loss, logits, 2 * (task * rows + i));
            if (margin > most) {
                most = margin;
                best = task;
            }
        }
        *wrong += (int32_t) best != rg_dataset_labels (m->loss.data)[s->indices[i]];
    }
    *examples = rows;
}

static const rg_objective_table multitask_table = {
    .name = "multitask",
    .free = multitask_free,
    RG_GRAPH_LOSS_TABLE,
    .errors = count_errors,
};

/* ---- Building ------------------------------------------------------------- */

/* An array of all tasks, as the network sees it: the weights themselves, or their mixture. */
static rg_tensor
leaf_of (const multitask *m, rg_tensor mixture, size_t array, size_t numbers)
{
    const rg_layout *layout = rg_hyper_layout (m->loss.hyper);
    const rg_tensor z = rg_graph_weights (m->loss.graph, rg_layout_offset (layout, array), m->model.tasks, numbers);
    return mixture == RG_NO_TENSOR ? z : rg_graph_affine (m->loss.graph, mixture, z, RG_NO_TENSOR);
}

/* One layer of all tasks. */
static rg_tensor
layer_of (const multitask *m, size_t layer, size_t *shared, rg_tensor x, const size_t *ends)
{
    const rg_network *shape = &m->model.network;
    const rg_layout *layout = rg_hyper_layout (m->loss.hyper);
    const size_t rows = shape->width[layer], cols = shape->width[layer + 1], tasks = m->model.tasks;
    rg_graph *graph = m->loss.graph;
    rg_tensor mixture = RG_NO_TENSOR;
    rg_block block;
    switch (sharing_of (&m->model, layer)) {
    case RG_TIED:
        return rg_graph_affine (graph, x, rg_graph_weights (graph, rg_layout_offset (layout, 2 * layer), rows, cols),
                                rg_graph_weights (graph, rg_layout_offset (layout, 2 * layer + 1), 1, cols));
    case RG_SHARED:
        rg_hyper_find (m->loss.hyper, RG_SHARING, &block);
        mixture = rg_graph_hyper_matrix (graph, rg_lambda_offset (m->loss.hyper, RG_SHARING) + *shared * tasks * tasks,
                                         tasks, tasks, !block.fixed);
        ++*shared;
        break;
    default:
        break;
    }
    const rg_tensor w = leaf_of (m, mixture, 2 * layer, rows * cols);
    return rg_graph_block_affine (graph, x, w, leaf_of (m, mixture, 2 * layer + 1, cols), tasks, ends);
}

/* The graph of all rows. */
static rg_status
build_loss (multitask *m, rg_message *message)
{
    const rg_network *shape = &m->model.network;
    rg_graph_loss *net = &m->loss;
    size_t *ends = rg_malloc (m->model.tasks, sizeof *ends), shared = 0;
    for (size_t task = 0; ends != NULL && task < m->model.tasks; task++)
        ends[task] = (task == 0 ? 0 : ends[task - 1]) + rows_of (m, task);
    rg_status status = ends == NULL ? RG_ENOMEM
                                    : rg_graph_new (&net->graph, net->precision, net->batch,
                                                    rg_layout_weights (rg_hyper_layout (net->hyper)),
                                                    rg_lambda_size (net->hyper));
    if (status == RG_OK) {
        const int weighted = rg_graph_loss_is_weighted (net->part, net->hyper);
        rg_tensor x = net->inputs = rg_graph_batch (net->graph, shape->width[0], net->own_inputs);
        for (size_t layer = 0; layer + 1 < shape->widths; layer++) {
            x = layer_of (m, layer, &shared, x, ends);
            if (layer + 2 < shape->widths)
                x = rg_activation_apply (shape->activation, net->graph, x);
        }
        if (weighted || net->balance != NULL)
            net->example_weight = rg_graph_batch (net->graph, 1, weighted);
        status = rg_graph_finish (net->graph, rg_graph_loss_of_rows (net, x, net->example_weight), message);
    }
    rg_free (ends);
    return status;
}

/* The block of interactions, one for each pair. */
static rg_status
strength_of (const multitask *m, rg_tensor *out)
{
    rg_graph *graph = m->loss.penalty;
    const size_t pairs = rg_multitask_interactions (&m->model);
    rg_block block;
    rg_hyper_find (m->loss.hyper, RG_INTERACTION, &block);
    const rg_tensor own = rg_graph_hyper (graph, rg_lambda_offset (m->loss.hyper, RG_INTERACTION), block.size,
                                          !block.fixed);
    *out = own;
    if (block.size == pairs)
        return RG_OK;
    double *ones = rg_malloc (pairs, sizeof *ones);
    if (ones == NULL)
        return RG_ENOMEM;
    for (size_t i = 0; i < pairs; i++)
        ones[i] = 1;
    *out = rg_graph_scale (graph, rg_graph_constant (graph, pairs, 1, ones), own);
    rg_free (ones);
    return RG_OK;
}

/* The pull of the tasks at each other, added to what else there is. */
static rg_status
add_interactions (const multitask *m, rg_tensor *total)
{
    const rg_network *shape = &m->model.network;
    rg_graph *graph = m->loss.penalty;
    rg_tensor strength;
    const rg_status status = strength_of (m, &strength);
    for (size_t array = 0; status == RG_OK && array < 2 * (shape->widths - 1); array++) {
        const size_t layer = array / 2, rows = array % 2 == 0 ? shape->width[layer] : 1;
        if (sharing_of (&m->model, layer) == RG_TIED)
            continue;
        const rg_tensor z = rg_graph_weights (graph, rg_layout_offset (rg_hyper_layout (m->loss.hyper), array),
                                              m->model.tasks, rows * shape->width[layer + 1]);
        const rg_tensor pull = rg_graph_interaction (graph, z, strength);
        *total = *total == RG_NO_TENSOR ? pull : rg_graph_add (graph, *total, pull);
    }
    return status;
}

/* The graph of the penalties, one shard more; none where there is no block of them. */
static rg_status
build_penalty (multitask *m, rg_message *message)
{
    rg_graph_loss *net = &m->loss;
    rg_block block;
    const int l2 = rg_hyper_find (net->hyper, RG_L2, &block), pulls = rg_hyper_find (net->hyper, RG_INTERACTION, &block);
    if (net->part == RG_OUTER || (!l2 && !pulls))
        return RG_OK;
    rg_status status = rg_graph_new (&net->penalty, net->precision, 1,
                                           rg_layout_weights (rg_hyper_layout (net->hyper)),
                                           rg_lambda_size (net->hyper));
    if (status != RG_OK)
        return status;
    rg_tensor total = l2 ? rg_graph_loss_l2 (net->penalty, net->hyper) : RG_NO_TENSOR;
    if (pulls)
        status = add_interactions (m, &total);
    return status != RG_OK ? status : rg_graph_finish (net->penalty, total, message);
}

/* by_task and first. */
static rg_status
sort_examples (multitask *m, rg_message *message)
{
    const size_t tasks = m->model.tasks, examples = rg_dataset_count (m->loss.data);
    const int32_t *task = rg_dataset_task (m->loss.data);
    m->first = rg_calloc (tasks + 1, sizeof *m->first);
    if (m->first == NULL)
        return RG_ENOMEM;
    if (m->model.one_vs_all) { /* each task's examples are 0, 1 ...: examples_of is all of them */
        for (size_t k = 0; k <= tasks; k++)
            m->first[k] = k * examples;
        return RG_OK;
    }
    m->by_task = rg_malloc (examples, sizeof *m->by_task);
    if (m->by_task == NULL)
        return RG_ENOMEM;
    size_t placed = 0;
    for (size_t k = 0; k < tasks; k++) {
        for (uint32_t i = 0; i < examples; i++)
            if (task[i] == (int32_t) k)
                m->by_task[placed++] = i;
        m->first[k + 1] = placed;
        if (placed == m->first[k])
            return rg_fail (message, RG_EINPUT, "task %zu has no examples", k);
    }
    return RG_OK;
}

/* Rows of a step, and what each counts: 1 / rows of its task, and in an outer loss 1 / tasks of that. */
static rg_status
weigh_rows (multitask *m, rg_message *message)
{
    rg_graph_loss *net = &m->loss;
    const size_t tasks = m->model.tasks;
    const double share = net->part == RG_INNER ? 1 : 1 / (double) tasks;
    size_t batch = 0;
    int even = 1;
    for (size_t k = 0; k < tasks; k++) {
        if (m->batch > examples_of (m, k))
            return rg_fail (message, RG_ERANGE, "expected a batch of at most the %u examples of task %zu, got %u",
                            examples_of (m, k), k, m->batch);
        batch += rows_of (m, k);
        even &= rows_of (m, k) == rows_of (m, 0);
    }
    if (batch > INT32_MAX)
        return rg_fail (message, RG_ERANGE, "expected at most %d rows a step, got %zu", INT32_MAX, batch);
    net->batch = net->shard = batch;
    net->factor = even ? share / (double) rows_of (m, 0) : 1;
    double *balance = even ? NULL : rg_malloc (batch, sizeof *balance);
    if (!even && balance == NULL)
        return RG_ENOMEM;
    net->balance = balance;
    for (size_t k = 0, row = 0; !even && k < tasks; k++)
        for (size_t i = 0; i < rows_of (m, k); i++)
            balance[row++] = share / (double) rows_of (m, k);
    return RG_OK;
}

/* The blocks of several tasks against the model. */
static rg_status
check_blocks (const rg_multitask *model, const rg_hyper *hyper, rg_message *message)
{
    const size_t sharings = rg_multitask_sharings (model), pairs = rg_multitask_interactions (model);
    rg_block block;
    const int shares = rg_hyper_find (hyper, RG_SHARING, &block);
    if (shares && sharings == 0)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: no layer is shared", block.name);
    if (!shares && sharings > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "a shared layer needs the hyperparameters sharing");
    if (shares && block.size != sharings)
        return rg_fail (message, RG_ESHAPE, "%s: expected %zu values, a matrix of %zu x %zu for each shared layer, got %zu",
                        block.name, sharings, model->tasks, model->tasks, block.size);
    if (!rg_hyper_find (hyper, RG_INTERACTION, &block))
        return RG_OK;
    if (layers_with (model, RG_TIED) + 1 == model->network.widths)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: all layers are tied", block.name);
    return block.size == pairs || block.scope == RG_PER_ALL ? RG_OK
                               : rg_fail (message, RG_ESHAPE, "%s: expected %zu values, one for each pair of %zu tasks, got %zu",
                                          block.name, pairs, model->tasks, block.size);
}

/* One against all: two outputs, and as many classes as tasks. */
static rg_status
check_one_vs_all (const rg_multitask_loss *spec, rg_message *message)
{
    const rg_network *shape = &spec->model.network;
    const rg_status status = rg_network_check_inputs (shape, spec->data, message);
    if (status != RG_OK)
        return status;
    if (rg_dataset_classes (spec->data) == 0)
        return rg_fail (message, RG_EUNSUPPORTED, "one class against all the others needs labels");
    if (rg_dataset_classes (spec->data) != spec->model.tasks)
        return rg_fail (message, RG_ESHAPE, "expected a task for each of %u classes, got %zu tasks",
                        rg_dataset_classes (spec->data), spec->model.tasks);
    if (shape->width[shape->widths - 1] != 2)
        return rg_fail (message, RG_ESHAPE, "one class against all the others needs 2 units in the last layer, got %zu",
                        shape->width[shape->widths - 1]);
    return RG_OK;
}

static rg_status
check_given (const rg_multitask_loss *spec, rg_message *message)
{
    if (rg_dataset_task (spec->data) == NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "the examples have no tasks");
    if (rg_dataset_tasks (spec->data) > spec->model.tasks)
        return rg_fail (message, RG_EINPUT, "expected examples of %zu tasks, got a task %u", spec->model.tasks,
                        rg_dataset_tasks (spec->data) - 1);
    const rg_status status = rg_network_check_inputs (&spec->model.network, spec->data, message);
    return status == RG_OK ? rg_network_check_outputs (&spec->model.network, spec->data, message) : status;
}

static rg_status
check_spec (const rg_multitask_loss *spec, rg_message *message)
{
    const rg_multitask *model = &spec->model;
    if (model->network.widths < 2)
        return rg_fail (message, RG_ERANGE, "expected at least 2 widths, got %zu", model->network.widths);
    if (model->tasks < 2)
        return rg_fail (message, RG_ERANGE, "expected at least 2 tasks, got %zu", model->tasks);
    rg_status status = model->one_vs_all ? check_one_vs_all (spec, message) : check_given (spec, message);
    size_t *copies = copies_of (model);
    if (copies == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the tasks");
    if (status == RG_OK)
        status = rg_network_check_layout (&model->network, copies, rg_hyper_layout (spec->hyper), message);
    rg_free (copies);
    if (status == RG_OK)
        status = check_blocks (model, spec->hyper, message);
    if (status == RG_OK)
        status = rg_second_check (NULL, spec->hyper, message);
    if (status == RG_OK)
        status = rg_graph_loss_check (spec->part, spec->precision, spec->data, spec->own_inputs, spec->hyper, message);
    return status;
}

rg_status
rg_objective_from_multitask (rg_objective **out, const rg_multitask_loss *spec, rg_message *message)
{
    *out = NULL;
    rg_status status = check_spec (spec, message);
    if (status != RG_OK)
        return status;
    multitask *m = rg_calloc (1, sizeof *m);
    if (m == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the tasks");
    const rg_network *shape = &spec->model.network;
    m->loss = (rg_graph_loss) { .precision = spec->precision, .part = spec->part, .data = spec->data,
                                .hyper = spec->hyper, .example_weight = RG_NO_TENSOR, .own_inputs = spec->own_inputs,
                                .outputs = shape->width[shape->widths - 1], .choose = choose,
                                .relabel = spec->model.one_vs_all ? relabel : NULL };
    m->model = spec->model;
    m->sampler = spec->sampler;
    m->batch = spec->batch;
    m->seed = spec->seed;
    status = sort_examples (m, message);
    if (status == RG_OK)
        status = weigh_rows (m, message);
    if (status == RG_OK)
        status = build_penalty (m, message);
    if (status == RG_OK)
        status = build_loss (m, message);
    if (status == RG_OK)
        return rg_graph_loss_complete (out, &multitask_table, &m->loss, message);
    multitask_free (m);
    return status == RG_ENOMEM ? rg_fail (message, status, "out of memory for the tasks") : status;
}
