/* model_loss.c -- the objective of a model on a set of examples; see retrograde/objective.h. */
#include "base/memory.h"
#include "base/sized.h"
#include "data/distort.h"
#include "model/model.h"
#include "objective/graph_loss.h"
#include "objective/second_model.h"
#include "objective/term.h"

/* ---- What fits --------------------------------------------------------------- */

static rg_status
check_inputs (const rg_model_loss *loss, rg_message *message)
{
    const size_t inputs = rg_model_inputs (loss->model), features = rg_dataset_features (loss->data);
    char shape[RG_SIGNAL_TEXT];
    if (loss->second.representation == NULL && inputs != features && loss->model->dimensions > 1)
        return rg_fail (message, RG_ESHAPE, "the model takes examples of %s, they have %zu inputs",
                        rg_shape_text (shape, loss->model->dimensions, loss->model->shape), features);
    if (loss->second.representation == NULL && inputs != features)
        return rg_fail (message, RG_ESHAPE, "the first layer has %zu units, the examples have %zu inputs%s", inputs, features,
                        rg_dataset_had_index (loss->data) ? ": an index column was left out" : "");
    rg_status status = RG_OK;
    for (int i = 0; status == RG_OK && i < RG_SECONDS; i++)
        status = rg_second_check_ends (&loss->second, rg_second_role (i), features, inputs, message);
    return status;
}

static rg_status
check_outputs (const rg_model_loss *loss, rg_message *message)
{
    const size_t outputs = rg_model_outputs (loss->model);
    const rg_episodes *episodes = loss->batches.episodes;
    if (episodes != NULL && rg_dataset_classes (loss->data) > 0 && rg_episodes_way (episodes) > outputs)
        return rg_fail (message, RG_ESHAPE, "the last layer has %zu units, the labels have %u classes", outputs,
                        rg_episodes_way (episodes));
    if (episodes != NULL && rg_dataset_classes (loss->data) > 0)
        return RG_OK;
    return rg_data_loss_find (loss->data, outputs)->check (loss->data, outputs, message);
}

/* The share of the labels that is spread. */
static rg_status
check_smoothing (const rg_model_loss *loss, rg_message *message)
{
    if (!(loss->smoothing >= 0 && loss->smoothing < 1))
        return rg_fail_about (message, RG_ERANGE, "smoothing", "label smoothing: expected a number >= 0 and < 1, got %g", loss->smoothing);
    return loss->smoothing <= 0 || rg_dataset_classes (loss->data) > 0
        ? RG_OK : rg_fail_about (message, RG_EUNSUPPORTED, "smoothing", "label smoothing is for classes, the targets are real numbers");
}

/* One against all: two outputs, and as many classes as tasks. */
static rg_status
check_one_vs_all (const rg_model_loss *loss, rg_message *message)
{
    const uint32_t classes = rg_dataset_classes (loss->data);
    const rg_status status = check_inputs (loss, message);
    if (status != RG_OK)
        return status;
    if (classes == 0)
        return rg_fail (message, RG_EUNSUPPORTED, "one class against all the others needs labels");
    if (classes != loss->tasks->tasks)
        return rg_fail (message, RG_ESHAPE, "expected a task for each of %u classes, got %zu tasks", classes, loss->tasks->tasks);
    if (rg_model_outputs (loss->model) != 2)
        return rg_fail (message, RG_ESHAPE, "one class against all the others needs 2 units in the last layer, got %zu",
                        rg_model_outputs (loss->model));
    return RG_OK;
}

static rg_status
check_tasks (const rg_model_loss *loss, rg_message *message)
{
    const rg_tasks *tasks = loss->tasks;
    if (tasks->tasks < 2)
        return rg_fail (message, RG_ERANGE, "expected at least 2 tasks, got %zu", tasks->tasks);
    if (loss->batches.episodes != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "an episode is a task of its own: expected a model without tasks");
    if (tasks->one_vs_all)
        return check_one_vs_all (loss, message);
    if (rg_dataset_task (loss->data) == NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "the examples have no tasks");
    if (rg_dataset_tasks (loss->data) > tasks->tasks)
        return rg_fail_about (message, RG_EINPUT, "data", "expected examples of %zu tasks, got a task %u", tasks->tasks,
                        rg_dataset_tasks (loss->data) - 1);
    const rg_status status = check_inputs (loss, message);
    return status == RG_OK ? check_outputs (loss, message) : status;
}

/* Batches, inputs and outputs where there are no tasks. */
static rg_status
check_examples (const rg_model_loss *loss, rg_message *message)
{
    rg_status status = rg_batches_check (&loss->batches, message);
    if (status == RG_OK)
        status = check_inputs (loss, message);
    if (status == RG_OK)
        status = check_outputs (loss, message);
    if (status == RG_OK && loss->batches.examples != rg_dataset_count (loss->data))
        status = rg_fail (message, RG_ESHAPE, "batches of %u examples from a set of %u", loss->batches.examples,
                          rg_dataset_count (loss->data));
    return status;
}

/* The block `sharing` against the layers that are shared. */
static rg_status
check_sharing (const rg_model_loss *loss, rg_message *message)
{
    const size_t sharings = loss->tasks == NULL ? 0 : rg_tasks_sharings (loss->tasks, loss->model);
    rg_block block;
    const int shares = rg_hyper_find (loss->hyper, RG_SHARING, &block);
    if (shares && sharings == 0)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: no layer is shared", block.name);
    if (!shares && sharings > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "a shared layer needs the hyperparameters sharing");
    if (shares && block.size != sharings)
        return rg_fail (message, RG_ESHAPE, "%s: expected %zu values, a matrix of %zu x %zu for each shared layer, got %zu",
                        block.name, sharings, loss->tasks->tasks, loss->tasks->tasks, block.size);
    return RG_OK;
}

/* Example weights and inputs that are hyperparameters, against the examples. */
static rg_status
check_rows_in_lambda (const rg_model_loss *loss, rg_message *message)
{
    const size_t examples = rg_dataset_count (loss->data), features = rg_dataset_features (loss->data);
    rg_block block;
    if (rg_data_term_is_weighted (loss->part, loss->hyper) && rg_hyper_find (loss->hyper, RG_EXAMPLE_WEIGHT, &block)
        && block.scope == RG_PER_EXAMPLE && block.slice != examples)
        return rg_fail (message, RG_ESHAPE, "%s: %zu values for %zu examples", block.name, block.slice, examples);
    if (loss->own_inputs && !rg_hyper_find (loss->hyper, RG_INPUTS, &block))
        return rg_fail (message, RG_EUNSUPPORTED, "the inputs are not among the hyperparameters");
    if (loss->own_inputs && block.slice != examples * features)
        return rg_fail (message, RG_ESHAPE, "%s: %zu values for %zu examples of %zu inputs", block.name, block.slice, examples,
                        features);
    return RG_OK;
}

/* The block `shared` against the arrays that are not adapted. */
static rg_status
check_shared (const rg_model_loss *loss, rg_message *message)
{
    const size_t wanted = rg_model_shared (loss->model);
    rg_block block;
    const int given = rg_hyper_find (loss->hyper, RG_SHARED_ARRAYS, &block);
    if (wanted > 0 && loss->tasks != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "all arrays are adapted where a model has tasks of its own");
    if (wanted > 0 && !given)
        return rg_fail (message, RG_EUNSUPPORTED, "the arrays that are not adapted need the hyperparameters shared, tuned or fixed");
    if (given && block.slice != wanted)
        return rg_fail (message, RG_ESHAPE, "%s: expected the %zu numbers of the arrays that are not adapted, got %zu", block.name,
                        wanted, block.slice);
    return RG_OK;
}

static rg_status
check_blocks (const rg_model_loss *loss, rg_message *message)
{
    rg_status status = check_sharing (loss, message);
    if (status == RG_OK)
        status = check_shared (loss, message);
    if (status == RG_OK)
        status = rg_terms_check (loss, message);
    if (status == RG_OK)
        status = rg_second_check (&loss->second, loss->hyper, message);
    return status == RG_OK ? check_rows_in_lambda (loss, message) : status;
}

/* The first number of an example that is no whole number below a bound; `features` where there is none. */
static size_t
first_unfit (const double *numbers, size_t features, size_t bound)
{
    size_t k = 0;
    while (k < features && numbers[k] >= 0 && numbers[k] < (double) bound && numbers[k] == (double) (int32_t) numbers[k])
        k++;
    return k;
}

/* The data of a model of whole numbers. */
static rg_status
check_tokens (const rg_model_loss *loss, rg_message *message)
{
    const size_t features = rg_dataset_features (loss->data), bound = loss->model->tokens;
    if (bound == 0)
        return RG_OK;
    if (loss->own_inputs || loss->second.representation != NULL || loss->second.augmentation != NULL || loss->second.weighting != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "an embedding takes whole numbers: neither hyperparameters nor what another network does");
    double *numbers = rg_malloc (features, sizeof *numbers);
    rg_status status = numbers == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for the network") : RG_OK;
    for (uint32_t i = 0; status == RG_OK && i < rg_dataset_count (loss->data); i++) {
        rg_dataset_gather_double (loss->data, &i, 1, numbers);
        const size_t k = first_unfit (numbers, features, bound);
        if (k < features)
            status = rg_fail_about (message, RG_EINPUT, "data", "example %u: an embedding takes whole numbers from 0 to %zu, got %g", i,
                                    bound - 1, numbers[k]);
    }
    rg_free (numbers);
    return status;
}

/* The reference rows of batch norms in an outer loss. */
static rg_status
check_reference (const rg_model_loss *loss, rg_message *message)
{
    const size_t rows = loss->model->reference;
    if (rows == 0)
        return RG_OK;
    if (loss->batches.episodes != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "batch norm: an episode evaluates by its own statistics: expected evaluate: batch");
    if (loss->tasks != NULL || loss->own_inputs)
        return rg_fail (message, RG_EUNSUPPORTED, "batch norm: reference rows are for data of one task that are no hyperparameters");
    if (loss->reference == NULL || rows > rg_dataset_count (loss->reference))
        return rg_fail (message, RG_ERANGE, "batch norm: expected at least %zu training examples as reference rows, got %u", rows,
                        loss->reference == NULL ? 0 : rg_dataset_count (loss->reference));
    if (rg_dataset_features (loss->reference) != rg_dataset_features (loss->data))
        return rg_fail (message, RG_ESHAPE, "batch norm: the reference rows have %zu inputs, the examples %zu",
                        rg_dataset_features (loss->reference), rg_dataset_features (loss->data));
    return RG_OK;
}

/* Batch norms against the parts of a step whose statistics they take. */
static rg_status
check_shards (const rg_model_loss *loss, const rg_graph_loss *own, rg_message *message)
{
    const size_t last = (own->rows.count - 1) % own->shard + 1;
    const int inner = loss->part == RG_INNER;
    if (!loss->model->mixes || (!inner && !loss->model->own_statistics))
        return RG_OK;
    if (inner && last != own->shard)
        return rg_fail_about (message, RG_ESHAPE, "batch", "batch norm: expected shards of the same size, got %zu examples in shards "
                              "of %zu", own->rows.count, own->shard);
    if (last < loss->model->least_rows)
        return rg_fail_about (message, RG_ESHAPE, "batch", "batch norm: expected at least 2 values a channel, got a shard of %zu "
                              "example", last);
    return RG_OK;
}

static rg_status
check (const rg_model_loss *loss, rg_message *message)
{
    if (loss->precision != RG_SINGLE && loss->precision != RG_DOUBLE)
        return rg_fail (message, RG_ERANGE, "expected single or double precision");
    rg_status status = loss->tasks == NULL ? check_examples (loss, message) : check_tasks (loss, message);
    if (status == RG_OK)
        status = rg_model_check_layout (loss->model, loss->tasks, rg_hyper_layout (loss->hyper), message);
    if (status == RG_OK)
        status = check_smoothing (loss, message);
    if (status == RG_OK)
        status = check_blocks (loss, message);
    if (status == RG_OK)
        status = check_tokens (loss, message);
    if (status == RG_OK && loss->part == RG_OUTER)
        status = check_reference (loss, message);
    if (status == RG_OK && loss->precision == RG_SINGLE)
        status = rg_dataset_fits_single (loss->data, message);
    return status;
}

/* ---- The objective ------------------------------------------------------------ */

/* The distortion of an inner loss, with the shape of the images. */
static rg_status
take_distortion (rg_graph_loss *own, const rg_model_loss *loss, rg_message *message)
{
    if (loss->part == RG_OUTER || !rg_distorts (&loss->distortion))
        return RG_OK;
    if (loss->own_inputs || loss->model->tokens > 0)
        return rg_fail_about (message, RG_EUNSUPPORTED, "distortion", "expected inputs that are neither hyperparameters nor whole numbers");
    own->distortion = loss->distortion;
    return rg_distortion_fit (&own->distortion, loss->data, loss->model->dimensions, loss->model->shape, message);
}

/* Rows and graphs. */
static rg_status
build (rg_graph_loss *own, const rg_model_loss *loss, rg_message *message)
{
    rg_status status = rg_rows_init (&own->rows, loss, message);
    if (status != RG_OK)
        return status;
    const size_t rows = own->rows.count;
    own->shard = loss->tasks != NULL || loss->shard == 0 || loss->shard > rows ? rows : loss->shard;
    status = check_shards (loss, own, message);
    if (status == RG_OK)
        status = rg_terms_build (loss, &own->terms, message);
    return status == RG_OK ? rg_data_term_build (&own->term, loss, &own->rows, own->shard, message) : status;
}

rg_status
rg_objective_from_model (rg_objective **out, const rg_model_loss *given, rg_message *message)
{
    *out = NULL;
    rg_model_loss all = { .size = sizeof all }, *loss = &all;
    rg_status status = rg_sized_read (&all, sizeof all, RG_SIZE_TO (rg_model_loss, hyper), given, "rg_model_loss", message);
    if (status == RG_OK)
        status = check (loss, message);
    if (status != RG_OK)
        return status;
    rg_graph_loss *own = rg_calloc (1, sizeof *own);
    if (own == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the network");
    own->precision = loss->precision;
    own->part = loss->part;
    own->data = loss->data;
    own->hyper = loss->hyper;
    own->own_inputs = loss->own_inputs;
    own->reference = loss->reference;
    own->draws = loss->model->draws;
    own->mixes = loss->model->mixes;
    own->tokens = loss->model->tokens > 0;
    status = take_distortion (own, loss, message);
    if (status == RG_OK)
        status = build (own, loss, message);
    if (status == RG_OK)
        return rg_graph_loss_complete (out, own, message);
    rg_graph_loss_free (own);
    return status == RG_ENOMEM ? rg_fail (message, status, "out of memory for the network") : status;
}
