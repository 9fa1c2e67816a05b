/* loss_slots.c -- executors and workspaces of a loss; see graph_loss.h. */
#include <stdint.h>

#include "base/memory.h"
#include "data/distort.h"
#include "objective/graph_loss.h"

rg_executor *
rg_loss_executor (const rg_graph_loss *loss, const rg_loss_slot *slot)
{
    return slot->is_terms ? loss->terms_executor : slot->executor;
}

static rg_status
make_slot (const rg_graph_loss *loss, rg_loss_slot *s)
{
    s->indices = rg_calloc (loss->rows.count, sizeof *s->indices);
    s->held = rg_calloc (loss->shard, sizeof *s->held);
    const int one_by_one = loss->tokens || rg_distorts (&loss->distortion);
    s->numbers = one_by_one ? rg_malloc (rg_dataset_features (loss->data), sizeof *s->numbers) : NULL;
    rg_status status = s->indices == NULL || s->held == NULL || (one_by_one && s->numbers == NULL)
        ? RG_ENOMEM : rg_executor_new (&s->executor, loss->term.graph);
    if (status == RG_OK)
        status = rg_loss_fill_reference (loss, s);
    if (status == RG_OK && loss->part == RG_INNER) /* of an inner loss only the tangents of those are asked for */
        rg_executor_defer_hyper (s->executor);
    return status;
}

rg_status
rg_loss_reserve (void *self, size_t slots)
{
    rg_graph_loss *loss = self;
    rg_status status = RG_OK;
    if (slots <= loss->slots)
        return RG_OK;
    rg_loss_slot *larger = rg_grow (loss->slot, loss->slots * sizeof *larger, slots, sizeof *larger);
    if (larger == NULL)
        return RG_ENOMEM;
    loss->slot = larger;
    for (; status == RG_OK && loss->slots < slots; loss->slots++) {
        loss->slot[loss->slots] = (rg_loss_slot) { 0 };
        if (loss->part == RG_OUTER || loss->slots < loss->data_shards) /* the shard of the other terms has an executor of its own */
            status = make_slot (loss, &loss->slot[loss->slots]);
    }
    return status;
}

rg_status
rg_loss_make_terms (rg_graph_loss *loss)
{
    if (loss->terms == NULL)
        return RG_OK;
    const rg_status status = rg_executor_new (&loss->terms_executor, loss->terms);
    if (status == RG_OK && loss->part == RG_INNER)
        rg_executor_defer_hyper (loss->terms_executor);
    return status;
}

static rg_status
widen_one (const rg_graph_loss *loss, rg_loss_workspace *workspace, size_t width)
{
    rg_loss_workspace larger = { .width = width };
    if (width <= workspace->width)
        return RG_OK;
    rg_status status = rg_tangents_new (&larger.wide, loss->term.graph, width, RG_WANT_WEIGHTS);
    if (status == RG_OK && loss->terms != NULL)
        status = rg_tangents_new (&larger.terms, loss->terms, width, RG_WANT_WEIGHTS);
    rg_loss_workspace *unwanted = status == RG_OK ? workspace : &larger;
    rg_tangents_free (unwanted->wide);
    rg_tangents_free (unwanted->terms);
    if (status == RG_OK)
        *workspace = larger;
    return status;
}

rg_status
rg_loss_widen (void *self, size_t workspaces, size_t width)
{
    rg_graph_loss *loss = self;
    rg_status status = RG_OK;
    if (workspaces > loss->workspaces) {
        rg_loss_workspace *more = rg_grow (loss->workspace, loss->workspaces * sizeof *more, workspaces, sizeof *more);
        if (more == NULL)
            return RG_ENOMEM;
        loss->workspace = more;
        for (; loss->workspaces < workspaces; loss->workspaces++)
            loss->workspace[loss->workspaces] = (rg_loss_workspace) { 0 };
    }
    for (size_t i = 0; status == RG_OK && i < workspaces; i++)
        status = widen_one (loss, &loss->workspace[i], width);
    return status;
}

void
rg_loss_free_slots (rg_graph_loss *loss)
{
    for (size_t i = 0; loss->slot != NULL && i < loss->slots; i++) {
        rg_executor_free (loss->slot[i].executor);
        rg_free (loss->slot[i].indices);
        rg_free (loss->slot[i].held);
        rg_free (loss->slot[i].numbers);
    }
    rg_executor_free (loss->terms_executor);
    for (size_t i = 0; i < loss->workspaces; i++) {
        rg_tangents_free (loss->workspace[i].wide);
        rg_tangents_free (loss->workspace[i].terms);
    }
    rg_free (loss->workspace);
    rg_free (loss->slot);
}
