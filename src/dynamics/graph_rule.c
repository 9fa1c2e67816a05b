/*
 * graph_rule.c -- a rule that a graph gives: see rg_graph_rule in retrograde/dynamics.h.
 *
 * The graph's y (x) gets a scalar s = sum y z, z a leaf of the shape of y. With z = dE/dy the gradient of s in x and lambda is
 * the adjoint of the rule; the derivative of ds/dz = y along (x', lambda') is its tangent. Nothing is kept of a step: blocks
 * are computed again on the way back.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/sized.h"
#include "dynamics/dynamics.h"
#include "graph/graph.h"
#include "graph/node.h"

/* The rule, and the leaf z. */
typedef struct {
    rg_graph_rule given;
    rg_tensor adjoint;
    size_t columns, outputs;
} learned;

/* A thread's workspace. */
typedef struct {
    rg_executor *executor;
} desk;

/* The first column of g in the input. */
static size_t
gradient_column (const rg_graph_rule *rule)
{
    return 1 + rule->arrays + rule->coefficients;
}

size_t
rg_graph_rule_inputs (const rg_graph_rule *rule)
{
    const size_t signals = rule->needs_loss ? 2 : 1;
    return gradient_column (rule) + signals + (rule->preprocess > 0 ? 2 * signals : 0);
}

static int
open_desk (void *user, void *workspace)
{
    const learned *l = user;
    return rg_executor_new (&((desk *) workspace)->executor, l->given.graph) != RG_OK;
}

static void
close_desk (void *user, void *workspace)
{
    (void) user;
    rg_executor_free (((desk *) workspace)->executor);
}

static void
preprocess (double p, double x, double *out)
{
    const int large = fabs (x) > exp (-p);
    out[0] = large ? log (fabs (x)) / p : -1;
    out[1] = large ? (x > 0) - (x < 0) : exp (p) * x;
}

/* The input of a block, and hyperparameters. */
static rg_executor *
fill (const learned *l, const rg_rule_view *at, const double *w, const double *const *array)
{
    const rg_graph_rule *rule = &l->given;
    const size_t g = gradient_column (rule), after = g + (rule->needs_loss ? 2 : 1);
    rg_executor *executor = ((desk *) at->workspace)->executor;
    rg_executor_bind_rows (executor, at->count, 1);
    rg_executor_bind_hyper (executor, at->lambda);
    double *x = rg_executor_leaf (executor, rule->input);
    for (size_t i = 0; i < at->count; i++, x += l->columns) {
        x[0] = w[i];
        for (size_t k = 0; k < rule->arrays; k++)
            x[1 + k] = array[k][i];
        for (size_t c = 0; c < rule->coefficients; c++)
            x[1 + rule->arrays + c] = at->coefficient[c][i];
        x[g] = at->g[i];
        if (rule->needs_loss)
            x[g + 1] = at->loss;
        if (rule->preprocess > 0)
            preprocess (rule->preprocess, at->g[i], x + after);
        if (rule->preprocess > 0 && rule->needs_loss)
            preprocess (rule->preprocess, at->loss, x + after + 2);
    }
    return executor;
}

static int
step (void *user, const rg_rule_view *at, double *w, double *const *array)
{
    const learned *l = user;
    double none;
    rg_executor *executor = fill (l, at, w, (const double *const *) array);
    memset (rg_executor_leaf (executor, l->adjoint), 0, at->count * l->outputs * sizeof (double));
    const rg_status status = rg_executor_loss (executor, &none);
    if (status != RG_OK && status != RG_ENONFINITE) /* what is not finite is named by the run */
        return (int) status;
    const double *y = rg_executor_value (executor, l->given.output);
    for (size_t i = 0; i < at->count; i++, y += l->outputs) {
        w[i] += y[0];
        for (size_t k = 0; k < l->given.arrays; k++)
            array[k][i] = y[1 + k];
    }
    return 0;
}

static int
adjoint (void *user, const rg_rule_view *at, const double *w, const double *const *array, const rg_rule_adjoint *d)
{
    const learned *l = user;
    const rg_graph_rule *rule = &l->given;
    const size_t g = gradient_column (rule);
    double none;
    rg_executor *executor = fill (l, at, w, array);
    double *z = rg_executor_leaf (executor, l->adjoint);
    for (size_t i = 0; i < at->count; i++, z += l->outputs) {
        z[0] = d->dw[i];
        for (size_t k = 0; k < rule->arrays; k++)
            z[1 + k] = d->darray[k][i];
    }
    const rg_status status = rg_executor_gradient (executor, NULL, &none);
    if (status != RG_OK)
        return (int) status;
    const double *dx = rg_executor_adjoint (executor, rule->input);
    for (size_t i = 0; i < at->count; i++, dx += l->columns) {
        d->dw[i] += dx[0];
        for (size_t k = 0; k < rule->arrays; k++)
            d->darray[k][i] = dx[1 + k];
        for (size_t c = 0; c < rule->coefficients; c++)
            d->dcoefficient[c][i] = dx[1 + rule->arrays + c];
        d->dg[i] = dx[g];
        *d->dloss += rule->needs_loss ? dx[g + 1] : 0;
    }
    rg_executor_add_hyper (executor, rg_executor_adjoint, d->dlambda);
    return 0;
}

/* The direction of a block. */
static void
fill_direction (const learned *l, const rg_rule_view *at, const rg_rule_tangent *dot, double *x_dot)
{
    const rg_graph_rule *rule = &l->given;
    const size_t g = gradient_column (rule);
    memset (x_dot, 0, at->count * l->columns * sizeof *x_dot);
    for (size_t i = 0; i < at->count; i++, x_dot += l->columns) {
        x_dot[0] = dot->w_dot[i];
        for (size_t k = 0; k < rule->arrays; k++)
            x_dot[1 + k] = dot->array_dot[k][i];
        for (size_t c = 0; c < rule->coefficients; c++)
            x_dot[1 + rule->arrays + c] = dot->coefficient_dot[c][i];
        x_dot[g] = dot->g_dot[i];
        if (rule->needs_loss)
            x_dot[g + 1] = dot->loss_dot;
    }
}

static int
tangent (void *user, const rg_rule_view *at, const double *w, const double *const *array, const rg_rule_tangent *dot)
{
    const learned *l = user;
    double none;
    rg_executor *executor = fill (l, at, w, array);
    memset (rg_executor_leaf (executor, l->adjoint), 0, at->count * l->outputs * sizeof (double));
    const rg_status status = rg_executor_gradient (executor, NULL, &none);
    if (status != RG_OK)
        return (int) status;
    rg_executor_clear_tangents (executor);
    fill_direction (l, at, dot, rg_executor_leaf_tangent (executor, l->given.input));
    rg_executor_seed_hyper (executor, dot->lambda_dot);
    rg_executor_tangent (executor, NULL, &none);
    const double *y_dot = rg_executor_adjoint_tangent (executor, l->adjoint);
    for (size_t i = 0; i < at->count; i++, y_dot += l->outputs) {
        dot->w_dot[i] += y_dot[0];
        for (size_t k = 0; k < l->given.arrays; k++)
            dot->array_dot[k][i] = y_dot[1 + k];
    }
    return 0;
}

static int
is_columns (const rg_graph *graph, rg_tensor tensor, size_t columns)
{
    const rg_shape shape = rg_graph_shape (graph, tensor);
    return shape.dimensions == 2 && shape.batched && shape.dim[0] == 1 && shape.dim[1] == columns;
}

/* What is wrong with a rule before its graph is finished. */
static rg_status
check (const rg_graph_rule *rule, rg_message *message)
{
    const char *name = rule->name == NULL ? "a rule of a graph" : rule->name;
    if (rule->graph == NULL || rule->name == NULL)
        return rg_fail (message, RG_ERANGE, "%s: expected a name and a graph", name);
    if (!(rule->preprocess >= 0 && isfinite (rule->preprocess)))
        return rg_fail (message, RG_ERANGE, "%s: preprocess: expected a number >= 0, got %g", name, rule->preprocess);
    if (rg_graph_precision (rule->graph) != RG_DOUBLE)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: expected a graph in double precision", name);
    if (!is_columns (rule->graph, rule->input, rg_graph_rule_inputs (rule)))
        return rg_fail (message, RG_ESHAPE, "%s: expected an input of %zu columns a coordinate", name, rg_graph_rule_inputs (rule));
    if (!is_columns (rule->graph, rule->output, 1 + rule->arrays))
        return rg_fail (message, RG_ESHAPE, "%s: expected an output of %zu columns a coordinate", name, 1 + rule->arrays);
    return RG_OK;
}

static rg_status
check_finished (const rg_graph_rule *rule, rg_message *message)
{
    const rg_graph *graph = rule->graph;
    if (rg_graph_weight_count (graph) != 0 || rg_graph_rows (graph) < RG_DYNAMICS_BLOCK)
        return rg_fail (message, RG_ESHAPE, "%s: expected a graph of %d rows or more and no weights, got %zu and %zu", rule->name,
                        RG_DYNAMICS_BLOCK, rg_graph_rows (graph), rg_graph_weight_count (graph));
    for (size_t i = 0; i < graph->nodes; i++)
        if (graph->node[i].op != NULL && graph->node[i].op->mixes)
            return rg_fail (message, RG_EUNSUPPORTED, "%s: %s mixes coordinates, which blocks of them keep apart", rule->name,
                            graph->node[i].op->name);
    return RG_OK;
}

/* End the graph with s = sum y z. */
static rg_status
finish (learned *l, rg_message *message)
{
    rg_graph *graph = l->given.graph;
    rg_graph_watch (graph, l->given.output);
    l->adjoint = rg_graph_batch (graph, l->outputs, 1);
    const rg_tensor factors[] = { l->given.output, l->adjoint };
    const rg_status status = rg_graph_finish (graph, rg_graph_sum (graph, rg_graph_apply (graph, "multiply", factors, 2, NULL)),
                                              message);
    return status == RG_OK ? check_finished (&l->given, message) : status;
}

static rg_status
make (rg_dynamics **out, learned *l, rg_message *message)
{
    rg_own_rule rule = { .size = sizeof rule, .name = l->given.name, .user = l, .arrays = l->given.arrays,
                         .coefficients = l->given.coefficients, .needs_loss = l->given.needs_loss,
                         .lambdas = rg_graph_hyper_count (l->given.graph), .workspace = sizeof (desk), .open = open_desk,
                         .close = close_desk, .step = step, .adjoint = adjoint, .tangent = tangent, .release = rg_free };
    memcpy (rule.coefficient, l->given.coefficient, sizeof rule.coefficient);
    return rg_dynamics_from_rule (out, &rule, message);
}

rg_status
rg_dynamics_from_graph (rg_dynamics **out, const rg_graph_rule *rule, rg_message *message)
{
    *out = NULL;
    learned *l = rg_calloc (1, sizeof *l);
    if (l == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for a rule");
    rg_status status = rg_sized_read (&l->given, sizeof l->given, RG_SIZE_TO (rg_graph_rule, preprocess), rule, "rg_graph_rule",
                                      message);
    if (status == RG_OK)
        status = check (&l->given, message);
    l->columns = rg_graph_rule_inputs (&l->given);
    l->outputs = 1 + l->given.arrays;
    if (status == RG_OK)
        status = finish (l, message);
    if (status == RG_OK)
        status = make (out, l, message);
    if (status != RG_OK)
        rg_free (l);
    return status;
}
