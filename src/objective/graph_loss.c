/* graph_loss.c -- see graph_loss.h. */
#include "objective/graph_loss.h"

#include <stdint.h>

#include "base/memory.h"
#include "data/distort.h"
#include "data/sampler/sampler.h"
#include "hyper/lambda.h"

void
rg_graph_loss_free (void *self)
{
    rg_graph_loss *loss = self;
    rg_loss_free_slots (loss);
    rg_graph_free (loss->term.graph);
    rg_graph_free (loss->terms);
    rg_rows_clear (&loss->rows);
    rg_free (loss);
}

static rg_executor *
executor_of (const rg_graph_loss *loss, size_t index, size_t shard)
{
    return shard == loss->data_shards ? loss->terms_executor : loss->slot[index].executor;
}

/* Make a slot ready for one shard; returns the executor that evaluates it. */
static rg_executor *
prepare (rg_graph_loss *loss, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda)
{
    rg_loss_slot *s = &loss->slot[index];
    s->is_terms = shard == loss->data_shards;
    rg_executor *executor = rg_loss_executor (loss, s);
    rg_executor_bind_weights (executor, w);
    rg_executor_bind_hyper (executor, lambda);
    if (s->is_terms)
        return executor;
    s->at = at;
    rg_rows_choose (&loss->rows, at, s->indices);
    s->first = shard * loss->shard;
    s->count = loss->rows.count - s->first < loss->shard ? loss->rows.count - s->first : loss->shard;
    rg_executor_bind_rows (executor, loss->term.reference + s->count, loss->rows.factor);
    if (loss->draws && loss->part == RG_INNER)
        rg_executor_bind_draw (executor, &(rg_draw) { loss->rows.seed, at.iteration, at.step, (uint32_t) at.member, s->first, 1 });
    rg_loss_fill (loss, s, lambda);
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

static rg_status
gradient (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda, double *value, void *g,
          rg_message *message)
{
    rg_executor *executor = prepare (self, index, at, shard, w, lambda);
    return explain (rg_executor_gradient (executor, value, g), at, message);
}

static rg_status
evaluate (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda, double *value,
          rg_message *message)
{
    return explain (rg_executor_loss (prepare (self, index, at, shard, w, lambda), value), at, message);
}

static void
kept_bytes (const void *self, size_t index, size_t shard, size_t bytes[RG_KEPT_PARTS])
{
    rg_executor_kept_bytes (executor_of (self, index, shard), bytes);
}

static void
keep (void *self, size_t index, size_t shard, void *const part[RG_KEPT_PARTS])
{
    rg_executor_keep (executor_of (self, index, shard), part);
}

static rg_status
kept (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda, int adjoints, double *value,
      void *g, rg_message *message)
{
    (void) message;
    rg_executor_again (prepare (self, index, at, shard, w, lambda), adjoints != 0, value, g);
    return RG_OK;
}

static void
lambda_tangent (void *self, size_t index, double *lambda_g_dot)
{
    const rg_graph_loss *loss = self;
    const rg_loss_slot *s = &loss->slot[index];
    rg_executor_add_hyper (rg_loss_executor (loss, s), rg_executor_adjoint_tangent, lambda_g_dot);
    rg_loss_scatter (loss, s, rg_executor_adjoint_tangent, lambda_g_dot);
}

static rg_status
tangent (void *self, size_t index, const void *w_dot, const double *lambda_dot, void *g_dot, double *lambda_g_dot,
         rg_message *message)
{
    (void) message;
    const rg_graph_loss *loss = self;
    const rg_loss_slot *s = &loss->slot[index];
    rg_executor *executor = rg_loss_executor (loss, s);
    rg_executor_clear_tangents (executor);
    if (lambda_dot != NULL) {
        rg_executor_seed_hyper (executor, lambda_dot);
        rg_loss_seed (loss, s, lambda_dot);
    }
    rg_executor_tangent (executor, w_dot, g_dot);
    if (lambda_g_dot != NULL)
        lambda_tangent (self, index, lambda_g_dot);
    return RG_OK;
}

static rg_status
tangents (void *self, size_t index, size_t workspace, size_t width, const void *w_dot, const size_t *lambda, void *g_dot,
          rg_message *message)
{
    (void) message;
    const rg_graph_loss *loss = self;
    const rg_loss_slot *s = &loss->slot[index];
    rg_tangents *wide = s->is_terms ? loss->workspace[workspace].terms : loss->workspace[workspace].wide;
    rg_tangents_begin (wide, rg_loss_executor (loss, s), width);
    for (size_t k = 0; k < width; k++)
        if (lambda[k] != SIZE_MAX) {
            rg_tangents_move_hyper (wide, lambda[k], k);
            rg_loss_seed_one (loss, s, wide, lambda[k], width, k);
        }
    rg_tangents_run (wide, w_dot, g_dot);
    return RG_OK;
}

static rg_status
lambda_gradient (void *self, size_t index, double *h, rg_message *message)
{
    (void) message;
    const rg_graph_loss *loss = self;
    const rg_loss_slot *s = &loss->slot[index];
    rg_executor_gradient_hyper (rg_loss_executor (loss, s));
    rg_executor_add_hyper (rg_loss_executor (loss, s), rg_executor_adjoint, h);
    rg_loss_scatter (loss, s, rg_executor_adjoint, h);
    return RG_OK;
}

static const rg_objective_table table = {
    .name = "model", .free = rg_graph_loss_free, .gradient = gradient, .loss = evaluate, .tangent = tangent,
    .lambda_tangent = lambda_tangent, .reserve = rg_loss_reserve, .tangents = tangents, .widen = rg_loss_widen,
    .lambda_gradient = lambda_gradient, .errors = rg_loss_errors, .outputs = rg_loss_outputs,
    .kept_bytes = kept_bytes, .keep = keep, .kept = kept,
};

/* Why the objective is another function at each step; NULL: it is not. */
static const char *
why_varies (const rg_graph_loss *loss)
{
    const rg_rows *rows = &loss->rows;
    const size_t most = rows->episodes != NULL ? rg_episodes_rows (rows->episodes, rows->half) : rg_dataset_count (loss->data);
    const int all = rows->tasks == 1 && rows->count == most;
    if (loss->part == RG_OUTER)
        return NULL;
    if (loss->draws)
        return "dropout draws new zeros at each step";
    if (rg_distorts (&loss->distortion))
        return "crop, shift and flip make new images at each step";
    if (loss->mixes && !(all && (rows->sampler->fixed || rows->episodes != NULL || loss->data_shards == 1)))
        return "batch norm takes its statistics of other rows at each step";
    return NULL;
}

/* Where the hyperparameters that are a number a row lie. */
static void
find_rows_in_lambda (rg_graph_loss *loss)
{
    rg_block block;
    loss->inputs_at = rg_lambda_offset (loss->hyper, RG_INPUTS);
    loss->example_weights_at = SIZE_MAX;
    if (!rg_data_term_is_weighted (loss->part, loss->hyper))
        return;
    rg_hyper_find (loss->hyper, RG_EXAMPLE_WEIGHT, &block);
    loss->example_weights_at = rg_lambda_offset (loss->hyper, RG_EXAMPLE_WEIGHT);
    loss->example_weights = block.slice;
}

rg_status
rg_graph_loss_complete (rg_objective **out, rg_graph_loss *loss, rg_message *message)
{
    *out = NULL;
    find_rows_in_lambda (loss);
    loss->data_shards = (loss->rows.count + loss->shard - 1) / loss->shard;
    const size_t shards = loss->data_shards + (loss->terms != NULL);
    rg_status status = rg_loss_make_terms (loss);
    if (status == RG_OK)
        status = rg_loss_reserve (loss, loss->part == RG_INNER ? shards : 1);
    if (status == RG_OK)
        status = rg_objective_wrap (out, &table, loss, rg_layout_weights (rg_hyper_layout (loss->hyper)),
                                    rg_lambda_size (loss->hyper), shards, loss->slots, loss->precision);
    else
        rg_graph_loss_free (loss);
    if (status == RG_OK) {
        (*out)->varies = why_varies (loss);
        (*out)->per_member = loss->rows.episodes != NULL;
        (*out)->mixes = loss->mixes && loss->data_shards > 1 ? loss->data_shards : 0;
    }
    return status == RG_OK ? RG_OK : rg_fail (message, status, "out of memory for the network");
}
