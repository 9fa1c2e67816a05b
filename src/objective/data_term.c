/* data_term.c -- see data_term.h. */
#include "objective/data_term.h"

#include "base/memory.h"
#include "hyper/lambda.h"
#include "model/model.h"
#include "objective/second_model.h"

int
rg_data_term_is_weighted (rg_part_played part, const rg_hyper *hyper)
{
    rg_block block;
    return part == RG_INNER && rg_hyper_find (hyper, RG_EXAMPLE_WEIGHT, &block);
}

/* x + phi ([x, noise]) */
static rg_status
augment (rg_data_term *term, const rg_model_loss *loss, rg_tensor *x)
{
    rg_tensor moved;
    term->channels = rg_model_noise (loss->second.augmentation);
    if (term->channels > 0)
        term->noise = rg_graph_batch (term->graph, term->channels, false);
    const rg_status status = rg_second_apply (term->graph, loss, RG_AUGMENTATION, *x, term->noise, &moved);
    *x = rg_graph_add (term->graph, *x, moved);
    return status;
}

/*
 * What the model is given: the inputs, as the second models leave them.
 *   x       [out]
 *   weight  [out] the examples' weights, or RG_NO_TENSOR
 */
static rg_status
build_inputs (rg_data_term *term, const rg_model_loss *loss, rg_tensor *x, rg_tensor *weight)
{
    const rg_second_models *second = &loss->second;
    rg_status status = RG_OK;
    *x = term->inputs = loss->model->tokens > 0 ? rg_model_leaf (loss->model, term->graph, false)
                                                : rg_graph_batch (term->graph, rg_dataset_features (loss->data), loss->own_inputs);
    *weight = RG_NO_TENSOR;
    if (rg_data_term_is_weighted (loss->part, loss->hyper))
        *weight = term->example_weight = rg_graph_batch (term->graph, 1, true);
    else if (loss->part == RG_INNER && second->weighting != NULL)
        status = rg_second_apply (term->graph, loss, RG_WEIGHTING, *x, RG_NO_TENSOR, weight);
    if (status == RG_OK && loss->part == RG_INNER && second->augmentation != NULL)
        status = augment (term, loss, x);
    if (status == RG_OK && second->representation != NULL)
        status = rg_second_apply (term->graph, loss, RG_REPRESENTATION, *x, RG_NO_TENSOR, x);
    return status;
}

/* The model's outputs, its arrays those of all tasks. */
static rg_status
apply_to_tasks (const rg_data_term *term, const rg_model_loss *loss, const rg_rows *rows, rg_tensor *x)
{
    size_t *ends = rg_malloc (rows->tasks, sizeof *ends);
    if (ends == NULL)
        return RG_ENOMEM;
    rg_rows_ends (rows, ends);
    rg_block mixtures;
    const int tuned = rg_hyper_find (loss->hyper, RG_SHARING, &mixtures) && !mixtures.fixed;
    rg_task_source source = rg_source_tasks (loss->tasks, ends, rg_lambda_offset (loss->hyper, RG_SHARING), tuned);
    const rg_status status = rg_model_apply (loss->model, term->graph, &source.source, *x, RG_NO_TENSOR, loss->part == RG_OUTER, x);
    rg_free (ends);
    return status;
}

static rg_status
apply_model (const rg_data_term *term, const rg_model_loss *loss, const rg_rows *rows, rg_tensor *x)
{
    if (loss->tasks != NULL)
        return apply_to_tasks (term, loss, rows, x);
    rg_block shared;
    const int tuned = rg_hyper_find (loss->hyper, RG_SHARED_ARRAYS, &shared) && !shared.fixed;
    rg_split_source source = rg_source_split (loss->model, rg_lambda_offset (loss->hyper, RG_SHARED_ARRAYS), tuned);
    return rg_model_apply (loss->model, term->graph, &source.source, *x, RG_NO_TENSOR, loss->part == RG_OUTER, x);
}

rg_status
rg_data_term_build (rg_data_term *term, const rg_model_loss *loss, const rg_rows *rows, size_t shard, rg_message *message)
{
    const rg_data_loss *kind = rg_data_loss_find (loss->data, rg_model_outputs (loss->model));
    const double smoothing = loss->part == RG_INNER ? loss->smoothing : 0;
    *term = (rg_data_term) { .kind = kind, .example_weight = RG_NO_TENSOR, .noise = RG_NO_TENSOR, .outputs = rg_model_outputs (loss->model),
                             .reference = loss->part == RG_OUTER ? loss->model->reference : 0 };
    rg_status status = rg_graph_new (&term->graph, loss->precision, term->reference + shard, rg_layout_weights (rg_hyper_layout (loss->hyper)),
                                     rg_lambda_size (loss->hyper));
    if (status != RG_OK)
        return status;
    rg_tensor weight;
    status = build_inputs (term, loss, &term->logits, &weight);
    if (status == RG_OK)
        status = apply_model (term, loss, rows, &term->logits);
    if (status != RG_OK)
        return status;
    if (weight == RG_NO_TENSOR && (rows->balance != NULL || term->reference > 0))
        weight = term->example_weight = rg_graph_batch (term->graph, 1, false);
    term->targets = kind->leaf (term->graph, term->outputs);
    return rg_graph_finish (term->graph, kind->build (term->graph, term->logits, term->targets, weight, term->outputs, smoothing), message);
}
