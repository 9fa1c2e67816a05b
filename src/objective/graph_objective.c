/* graph_objective.c -- a user's own graph as an objective; see rg_objective_from_graph in retrograde/objective.h. */
#include <stdint.h>

#include "base/memory.h"
#include "base/sized.h"
#include "graph/graph.h"
#include "objective/objective.h"

/* Executors of the two graphs; last: that of the last shard evaluated here. */
typedef struct {
    rg_executor *rows, *penalty, *last;
} slot;

/* Workspaces of blocks of directions. */
typedef struct {
    rg_tangents *rows, *penalty;
    size_t width; /* at most */
} workspace;

typedef struct {
    rg_graph_batches from;
    size_t shard;  /* rows evaluated together */
    size_t shards; /* of rows; the penalty is one more */
    double factor;
    slot *slot; /* [slots] */
    size_t slots;
    workspace *workspace; /* [workspaces] */
    size_t workspaces;
} graph_objective;

static void
workspace_clear (workspace *w)
{
    rg_tangents_free (w->rows);
    rg_tangents_free (w->penalty);
}

static void
objective_free (void *self)
{
    graph_objective *o = self;
    for (size_t i = 0; i < o->slots; i++) {
        rg_executor_free (o->slot[i].rows);
        rg_executor_free (o->slot[i].penalty);
    }
    for (size_t i = 0; i < o->workspaces; i++)
        workspace_clear (&o->workspace[i]);
    rg_free (o->slot);
    rg_free (o->workspace);
    rg_free (o);
}

/* Bind one shard's leaves and vectors. */
static rg_status
prepare (graph_objective *o, slot *s, rg_instant at, size_t shard, const void *w, const double *lambda,
         rg_message *message)
{
    const size_t first = shard * o->shard, left = o->from.rows - first;
    const size_t count = left < o->shard ? left : o->shard;
    s->last = shard == o->shards ? s->penalty : s->rows;
    rg_executor_bind_weights (s->last, w);
    rg_executor_bind_hyper (s->last, lambda);
    if (shard == o->shards || o->from.fill == NULL)
        return RG_OK;
    rg_executor_bind_rows (s->last, count, o->factor);
    const int returned = o->from.fill (o->from.user, at, first, count, s->last);
    return returned == 0 ? RG_OK : rg_fail (message, RG_ECALLBACK, "step %llu: the fill callback returned %d",
                                            (unsigned long long) at.step, returned);
}

/* What a run that was refused was refused for. */
static rg_status
explain (rg_status status, const slot *s, rg_instant at, rg_message *message)
{
    rg_message reason = { "" };
    if (status == RG_OK || message == NULL)
        return status;
    rg_executor_explain (s->last, &reason);
    return rg_fail (message, status, "step %llu: %s: %s", (unsigned long long) at.step, rg_status_text (status),
                    reason.text);
}

static rg_status
objective_gradient (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda,
                    double *loss, void *g, rg_message *message)
{
    graph_objective *o = self;
    slot *s = &o->slot[index];
    const rg_status status = prepare (o, s, at, shard, w, lambda, message);
    return status != RG_OK ? status : explain (rg_executor_gradient (s->last, loss, g), s, at, message);
}

static rg_status
objective_loss (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda,
                double *loss, rg_message *message)
{
    graph_objective *o = self;
    slot *s = &o->slot[index];
    const rg_status status = prepare (o, s, at, shard, w, lambda, message);
    return status != RG_OK ? status : explain (rg_executor_loss (s->last, loss), s, at, message);
}

/* ---- Linearisations that are kept ------------------------------------------------ */

static rg_executor *
executor_of (const graph_objective *o, size_t index, size_t shard)
{
    return shard == o->shards ? o->slot[index].penalty : o->slot[index].rows;
}

static void
objective_kept_bytes (const void *self, size_t index, size_t shard, size_t bytes[RG_KEPT_PARTS])
{
    rg_executor_kept_bytes (executor_of (self, index, shard), bytes);
}

static void
objective_keep (void *self, size_t index, size_t shard, void *const part[RG_KEPT_PARTS])
{
    rg_executor_keep (executor_of (self, index, shard), part);
}

static rg_status
objective_kept (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda, int adjoints,
                double *loss, void *g, rg_message *message)
{
    graph_objective *o = self;
    slot *s = &o->slot[index];
    const rg_status status = prepare (o, s, at, shard, w, lambda, message);
    if (status == RG_OK)
        rg_executor_again (s->last, adjoints != 0, loss, g);
    return status;
}

/* ---- Derivatives at a slot's linearisation ----------------------------------------- */

static void
objective_lambda_tangent (void *self, size_t index, double *lambda_g_dot)
{
    const graph_objective *o = self;
    rg_executor_add_hyper (o->slot[index].last, rg_executor_adjoint_tangent, lambda_g_dot);
}

static rg_status
objective_tangent (void *self, size_t index, const void *w_dot, const double *lambda_dot, void *g_dot,
                   double *lambda_g_dot, rg_message *message)
{
    const graph_objective *o = self;
    rg_executor *executor = o->slot[index].last;
    (void) message;
    rg_executor_clear_tangents (executor);
    if (lambda_dot != NULL)
        rg_executor_seed_hyper (executor, lambda_dot);
    rg_executor_tangent (executor, w_dot, g_dot);
    if (lambda_g_dot != NULL)
        objective_lambda_tangent (self, index, lambda_g_dot);
    return RG_OK;
}

static rg_status
objective_lambda_gradient (void *self, size_t index, double *h, rg_message *message)
{
    const graph_objective *o = self;
    (void) message;
    rg_executor_add_hyper (o->slot[index].last, rg_executor_adjoint, h);
    return RG_OK;
}

/* ---- Blocks of directions ---------------------------------------------------- */

static rg_status
widen_one (const graph_objective *o, workspace *w, size_t width)
{
    workspace larger = { .width = width };
    if (width <= w->width)
        return RG_OK;
    rg_status status = rg_tangents_new (&larger.rows, o->from.graph, width, RG_WANT_WEIGHTS);
    if (status == RG_OK && o->from.penalty != NULL)
        status = rg_tangents_new (&larger.penalty, o->from.penalty, width, RG_WANT_WEIGHTS);
    workspace_clear (status == RG_OK ? w : &larger);
    if (status == RG_OK)
        *w = larger;
    return status;
}

static rg_status
objective_widen (void *self, size_t workspaces, size_t width)
{
    graph_objective *o = self;
    rg_status status = RG_OK;
    if (workspaces > o->workspaces) {
        workspace *more = rg_grow (o->workspace, o->workspaces * sizeof *more, workspaces, sizeof *more);
        if (more == NULL)
            return RG_ENOMEM;
        o->workspace = more;
        for (; o->workspaces < workspaces; o->workspaces++)
            o->workspace[o->workspaces] = (workspace) { 0 };
    }
    for (size_t i = 0; status == RG_OK && i < workspaces; i++)
        status = widen_one (o, &o->workspace[i], width);
    return status;
}

static rg_status
objective_tangents (void *self, size_t index, size_t place, size_t width, const void *w_dot, const size_t *lambda,
                    void *g_dot, rg_message *message)
{
    const graph_objective *o = self;
    const slot *s = &o->slot[index];
    rg_tangents *tangents = s->last == s->penalty ? o->workspace[place].penalty : o->workspace[place].rows;
    (void) message;
    rg_tangents_begin (tangents, s->last, width);
    for (size_t k = 0; k < width; k++)
        if (lambda[k] != SIZE_MAX)
            rg_tangents_move_hyper (tangents, lambda[k], k);
    rg_tangents_run (tangents, w_dot, g_dot);
    return RG_OK;
}

/* ---- Making ------------------------------------------------------------------- */

static rg_status
objective_reserve (void *self, size_t slots)
{
    graph_objective *o = self;
    rg_status status = RG_OK;
    if (slots <= o->slots)
        return RG_OK;
    slot *more = rg_grow (o->slot, o->slots * sizeof *more, slots, sizeof *more);
    if (more == NULL)
        return RG_ENOMEM;
    o->slot = more;
    for (; status == RG_OK && o->slots < slots; o->slots++) {
        slot *s = &o->slot[o->slots];
        *s = (slot) { 0 };
        status = rg_executor_new (&s->rows, o->from.graph);
        if (status == RG_OK && o->from.penalty != NULL)
            status = rg_executor_new (&s->penalty, o->from.penalty);
    }
    return status;
}

static const rg_objective_table graph_table = {
    .name = "graph",
    .free = objective_free,
    .gradient = objective_gradient,
    .loss = objective_loss,
    .tangent = objective_tangent,
    .lambda_tangent = objective_lambda_tangent,
    .tangents = objective_tangents,
    .widen = objective_widen,
    .lambda_gradient = objective_lambda_gradient,
    .reserve = objective_reserve,
    .kept_bytes = objective_kept_bytes,
    .keep = objective_keep,
    .kept = objective_kept,
};

static rg_status
check (const rg_graph_batches *from, rg_message *message)
{
    const rg_graph *graph = from->graph, *penalty = from->penalty;
    if (graph == NULL || rg_graph_rows (graph) == 0 || (penalty != NULL && rg_graph_rows (penalty) == 0))
        return rg_fail (message, RG_ERANGE, "expected a graph that rg_graph_finish has ended");
    if (penalty != NULL && (rg_graph_precision (penalty) != rg_graph_precision (graph)
                            || rg_graph_weight_count (penalty) != rg_graph_weight_count (graph)
                            || rg_graph_hyper_count (penalty) != rg_graph_hyper_count (graph)))
        return rg_fail (message, RG_ESHAPE,
                        "the penalty's graph has another precision, or other weights or hyperparameters");
    if (from->rows == 0)
        return rg_fail (message, RG_ERANGE, "expected at least 1 row a step, got 0");
    return RG_OK;
}

rg_status
rg_objective_from_graph (rg_objective **out, const rg_graph_batches *given, rg_message *message)
{
    *out = NULL;
    rg_graph_batches own = { .size = sizeof own }, *batches = &own;
    rg_status status = rg_sized_read (&own, sizeof own, RG_SIZE_TO (rg_graph_batches, user), given, "rg_graph_batches", message);
    if (status == RG_OK)
        status = check (batches, message);
    if (status != RG_OK)
        return status;
    graph_objective *o = rg_calloc (1, sizeof *o);
    if (o == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    o->from = *batches;
    o->shard = rg_graph_rows (batches->graph);
    o->factor = batches->factor == 0 ? 1 / (double) batches->rows : batches->factor;
    o->shards = (batches->rows + o->shard - 1) / o->shard;
    const size_t shards = o->shards + (batches->penalty != NULL);
    if (objective_reserve (o, shards) != RG_OK) {
        objective_free (o);
        return rg_fail (message, RG_ENOMEM, "out of memory for the graph");
    }
    return rg_objective_wrap (out, &graph_table, o, rg_graph_weight_count (batches->graph),
                              rg_graph_hyper_count (batches->graph), shards, shards,
                              rg_graph_precision (batches->graph));
}
