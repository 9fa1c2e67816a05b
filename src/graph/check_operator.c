/*
 * check_operator.c -- the derivatives of an operator against each other and against differences; see
 * rg_graph_check_operator in retrograde/graph.h.
 *
 * The loss is Σ c y + d y²/2 of the operator's result y, with random numbers c and d (0 in a part that is linear). In a
 * third part it is that of the operands, too, so that their derivatives are added to.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "graph/linearisation.h"
#include "graph/probe.h"
#include "graph/tangents.h"

enum { PARTS = 3, WIDEST = 5 };

/* ---- One graph with the operator in it ---------------------------------------- */

typedef struct {
    rg_tensor (*build) (rg_graph *graph, const rg_tensor *operands, void *user);
    void *user;
    size_t operands, rows;
    const rg_operand *operand;
} subject;

typedef struct {
    const subject *of;
    rg_graph *graph;
    rg_executor *executor;
    rg_tangents *tangents; /* of WIDEST directions */
    rg_tensor *leaf;       /* [operands] */
    double *hyper;         /* the flat hyperparameters: operands that are not batched */
} rig;

static size_t
size_of (const subject *s, size_t k)
{
    return rg_shape_size (&s->operand[k].shape, s->rows);
}

/* Where the numbers of operand k begin in a vector of all operands'. */
static size_t
start_of (const subject *s, size_t k)
{
    size_t at = 0;
    for (size_t i = 0; i < k; i++)
        at += size_of (s, i);
    return at;
}

static rg_tensor
leaf_of (const rig *r, size_t k)
{
    const rg_operand *operand = &r->of->operand[k];
    if (operand->bound > 0)
        return rg_graph_integers (r->graph, &operand->shape, operand->bound);
    return operand->shape.batched
               ? rg_graph_batch_array (r->graph, &operand->shape, operand->moves)
               : rg_graph_hyper_array (r->graph, start_of (r->of, k), &operand->shape, operand->moves);
}

static rg_tensor
loss_of (rig *r, int part)
{
    const subject *s = r->of;
    for (size_t k = 0; k < s->operands; k++)
        r->leaf[k] = leaf_of (r, k);
    rg_tensor loss =
        rg_probe_add (r->graph, RG_NO_TENSOR, s->build (r->graph, r->leaf, s->user), 100, part == 0 ? 0 : 1);
    for (size_t k = 0; part == 2 && k < s->operands; k++)
        if (s->operand[k].moves)
            loss = rg_probe_add (r->graph, loss, r->leaf[k], 101 + k, 1);
    return loss;
}

static void
tear_down (rig *r)
{
    rg_tangents_free (r->tangents);
    rg_executor_free (r->executor);
    rg_graph_free (r->graph);
    rg_free (r->leaf);
    rg_free (r->hyper);
}

static rg_status
set_up (rig *r, const subject *s, int part, rg_precision precision, rg_message *message)
{
    const size_t numbers = start_of (s, s->operands);
    *r = (rig) { .of = s,
                 .leaf = rg_calloc (s->operands, sizeof *r->leaf),
                 .hyper = rg_calloc (numbers, sizeof *r->hyper) };
    rg_status status = r->leaf == NULL || r->hyper == NULL ? RG_ENOMEM
                                                           : rg_graph_new (&r->graph, precision, s->rows, 1, numbers);
    if (status != RG_OK)
        return rg_fail (message, status, "%s", rg_status_text (status));
    status = rg_graph_finish (r->graph, loss_of (r, part), message);
    if (status != RG_OK)
        return status;
    status = rg_executor_new (&r->executor, r->graph);
    if (status == RG_OK)
        status = rg_tangents_new (&r->tangents, r->graph, WIDEST, RG_WANT_ALL);
    return status == RG_OK ? status : rg_fail (message, status, "%s", rg_status_text (status));
}

/* ---- Points and derivatives, as vectors of all operands' numbers ---------------- */

static double
coordinate (const rg_operand *operand, uint64_t stream, size_t i)
{
    if (operand->bound > 0)
        return (double) ((i * 2 + 1) % operand->bound);
    if (operand->low != 0 || operand->high != 0)
        return rg_probe_draw (stream, i, operand->low, operand->high);
    const double x = rg_probe_draw (stream, i, -2.3, 2.3);
    return x < 0 ? x - .1 : x + .1;
}

static void
draw_point (const subject *s, double *out)
{
    for (size_t k = 0; k < s->operands; k++)
        for (size_t i = 0; i < size_of (s, k); i++)
            *out++ = coordinate (&s->operand[k], k, i);
}

static void
draw_direction (const subject *s, uint64_t stream, double *out)
{
    for (size_t k = 0; k < s->operands; k++)
        for (size_t i = 0; i < size_of (s, k); i++)
            *out++ = s->operand[k].moves ? rg_probe_draw (10 + 10 * stream + k, i, -1.1, .9) : 0;
}

/* Fill the arenas with not-a-number and bind a point. */
static void
bind (rig *r, const double *point)
{
    const subject *s = r->of;
    memset (r->executor->memory, 0xff, r->executor->bytes);
    memset (r->executor->tangents->memory, 0xff, r->executor->tangents->bytes);
    memset (r->tangents->memory, 0xff, r->tangents->bytes);
    for (size_t i = 0; i < r->graph->nodes; i++)
        if (r->graph->node[i].kind == RG_NODE_CONSTANT)
            r->executor->dense->convert (rg_node_size (&r->graph->node[i], 1), r->graph->node[i].constant,
                                         r->executor->calls.array[i].value);
    memcpy (r->hyper, point, start_of (s, s->operands) * sizeof *point);
    rg_executor_bind_hyper (r->executor, r->hyper);
    for (size_t k = 0; k < s->operands; point += size_of (s, k), k++) {
        void *leaf = rg_executor_leaf (r->executor, r->leaf[k]);
        for (size_t i = 0; s->operand[k].bound > 0 && i < size_of (s, k); i++)
            ((int32_t *) leaf)[i] = (int32_t) point[i];
        if (s->operand[k].bound == 0 && s->operand[k].shape.batched)
            r->executor->dense->convert (size_of (s, k), point, leaf);
    }
}

/* Direction k of a leaf's derivatives as doubles, zeros where they are not there. */
static void
widen (const rig *r, const void *data, size_t count, size_t width, size_t k, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = data == NULL ? 0
                              : rg_real_get (r->executor->dense,
                                             rg_real_at (r->executor->dense, (void *) (uintptr_t) data, i * width + k));
}

static rg_status
gradient_at (rig *r, const double *point, double *loss, double *out)
{
    const subject *s = r->of;
    double unused;
    bind (r, point);
    const rg_status status = rg_executor_gradient (r->executor, loss, &unused);
    for (size_t k = 0; status == RG_OK && k < s->operands; out += size_of (s, k), k++)
        widen (r, s->operand[k].moves ? rg_executor_adjoint (r->executor, r->leaf[k]) : NULL, size_of (s, k), 1, 0,
               out);
    return status;
}

/* Give the operands of a mask the k-th direction. */
static void
seed (const rig *r, rg_tangents *tangents, unsigned mask, size_t width, size_t k, const double *direction)
{
    const subject *s = r->of;
    for (size_t o = 0; o < s->operands; direction += size_of (s, o), o++) {
        if (!s->operand[o].moves || (mask >> o & 1) == 0)
            continue;
        void *tangent = rg_tangents_leaf (tangents, r->leaf[o]);
        for (size_t i = 0; i < size_of (s, o); i++)
            rg_real_set (r->executor->dense, rg_real_at (r->executor->dense, tangent, i * width + k), direction[i]);
    }
}

/* Derivatives of the gradient in `width` directions, each a vector; returns the loss's in the first one. */
static double
tangents_in (const rig *r, rg_tangents *tangents, unsigned mask, size_t width, double *const *direction,
             double *const *out)
{
    const subject *s = r->of;
    double unused[WIDEST];
    rg_tangents_begin (tangents, r->executor, width);
    for (size_t k = 0; k < width; k++)
        seed (r, tangents, mask, width, k, direction[k]);
    rg_tangents_run (tangents, NULL, unused);
    for (size_t k = 0; k < width; k++)
        for (size_t o = 0, at = 0; o < s->operands; at += size_of (s, o), o++)
            widen (r, s->operand[o].moves ? rg_tangents_adjoint (tangents, r->leaf[o]) : NULL, size_of (s, o), width, k,
                   out[k] + at);
    return rg_slot_scalar (r->executor->dense, &tangents->calls.array[r->graph->loss].tangent);
}

/* ---- Gaps ------------------------------------------------------------------------ */

/* Not-a-number is beyond every gap. */
static void
widen_gap (double *gap, double got, double expected, double scale)
{
    const double now = fabs (got - expected) / fmax (1, scale);
    if (!(now <= *gap))
        *gap = isnan (now) ? INFINITY : now;
}

static double
product (size_t n, const double *x, const double *y)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += x[i] * y[i];
    return total;
}

/* The sum of the products' sizes: what rounding is relative to. */
static double
weight (size_t n, const double *x, const double *y)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += fabs (x[i] * y[i]);
    return total;
}

typedef struct {
    size_t n;
    double *point, *moved, *g[3], *u[WIDEST], *h[WIDEST], *one[WIDEST];
} vectors;

static rg_status
vectors_init (vectors *v, size_t n)
{
    enum { COUNT = 5 + 3 * WIDEST };
    double *memory = rg_calloc (COUNT * (n + 1), sizeof *memory);
    if (memory == NULL)
        return RG_ENOMEM;
    *v = (vectors) { .n = n, .point = memory, .moved = memory + n };
    for (size_t i = 0; i < 3; i++)
        v->g[i] = memory + (2 + i) * n;
    for (size_t i = 0; i < WIDEST; i++) {
        v->u[i] = memory + (5 + i) * n;
        v->h[i] = memory + (5 + WIDEST + i) * n;
        v->one[i] = memory + (5 + 2 * WIDEST + i) * n;
    }
    return RG_OK;
}

/* Central differences of the loss and the gradient along u_0. */
static rg_status
check_differences (rig *r, vectors *v, rg_operator_gaps *gaps)
{
    const double step = 1e-5;
    double loss[2], at;
    rg_status status = RG_OK;
    for (int side = 0; side < 2 && status == RG_OK; side++) {
        for (size_t i = 0; i < v->n; i++)
            v->moved[i] = v->point[i] + (side == 0 ? -step : step) * v->u[0][i];
        status = gradient_at (r, v->moved, &loss[side], v->g[1 + side]);
    }
    if (status == RG_OK)
        status = gradient_at (r, v->point, &at, v->g[0]);
    if (status != RG_OK)
        return status;
    const double slope = (loss[1] - loss[0]) / (2 * step),
                 moved = tangents_in (r, r->executor->tangents, ~0u, 1, v->u, v->h);
    widen_gap (&gaps->gradient, product (v->n, v->g[0], v->u[0]), slope, fabs (slope));
    widen_gap (&gaps->duality, moved, product (v->n, v->g[0], v->u[0]), weight (v->n, v->g[0], v->u[0]));
    for (size_t i = 0; i < v->n; i++) {
        const double difference = (v->g[2][i] - v->g[1][i]) / (2 * step);
        widen_gap (&gaps->tangent, v->h[0][i], difference, fabs (difference));
    }
    return RG_OK;
}

/* Directions one at a time into `one`. */
static void
run_singly (rig *r, vectors *v, unsigned mask, size_t width)
{
    for (size_t k = 0; k < width; k++)
        tangents_in (r, r->executor->tangents, mask, 1, v->u + k, v->one + k);
}

static void
check_blocks (rig *r, vectors *v, rg_operator_gaps *gaps)
{
    static const size_t widths[] = { 1, 2, WIDEST };
    const unsigned masks = 1u << (r->of->operands < 4 ? r->of->operands : 4);
    for (unsigned mask = 1; mask < masks; mask++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            run_singly (r, v, mask, widths[w]);
            tangents_in (r, r->tangents, mask, widths[w], v->u, v->h);
            for (size_t k = 0; k < widths[w]; k++)
                for (size_t i = 0; i < v->n; i++)
                    widen_gap (&gaps->block, v->h[k][i], v->one[k][i], fabs (v->one[k][i]));
        }
    run_singly (r, v, ~0u, 2);
    widen_gap (&gaps->symmetry, product (v->n, v->one[0], v->u[1]), product (v->n, v->one[1], v->u[0]),
               weight (v->n, v->one[0], v->u[1]));
}

/* Gradient and tangent in single against those in g[0] and one[0]; relative to the largest number. */
static rg_status
check_single (rig *r, vectors *v, rg_operator_gaps *gaps)
{
    double loss, largest[2] = { 0 };
    const rg_status status = gradient_at (r, v->point, &loss, v->g[1]);
    if (status != RG_OK)
        return status;
    tangents_in (r, r->executor->tangents, ~0u, 1, v->u, v->h);
    for (size_t i = 0; i < v->n; i++) {
        largest[0] = fmax (largest[0], fabs (v->g[0][i]));
        largest[1] = fmax (largest[1], fabs (v->one[0][i]));
    }
    for (size_t i = 0; i < v->n; i++) {
        widen_gap (&gaps->precision, v->g[1][i], v->g[0][i], largest[0]);
        widen_gap (&gaps->precision, v->h[0][i], v->one[0][i], largest[1]);
    }
    return RG_OK;
}

static rg_status
check_part (const subject *s, int part, vectors *v, rg_operator_gaps *gaps, rg_message *message)
{
    rg_status status = RG_OK;
    for (int p = 0; p < 2 && status == RG_OK; p++) {
        rig r;
        status = set_up (&r, s, part, p == 0 ? RG_DOUBLE : RG_SINGLE, message);
        if (status == RG_OK) {
            status = p == 0 ? check_differences (&r, v, gaps) : check_single (&r, v, gaps);
            if (status != RG_OK)
                rg_fail (message, status, "%s", rg_status_text (status));
        }
        if (p == 0 && status == RG_OK)
            check_blocks (&r, v, gaps);
        tear_down (&r);
    }
    return status;
}

static rg_status
judge (const rg_operator_gaps *gaps, rg_message *message)
{
    const struct {
        const char *what;
        double gap, limit;
    } rows[] = {
        { "backward against tangents (duality)", gaps->duality, 1e-12 },
        { "backward against differences of forward", gaps->gradient, 1e-6 },
        { "adjoint_tangents against differences of backward", gaps->tangent, 1e-6 },
        { "the symmetry of the second derivative", gaps->symmetry, 1e-10 },
        { "directions side by side against one at a time", gaps->block, 1e-12 },
        { "single against double precision", gaps->precision, 1e-4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!(rows[i].gap <= rows[i].limit))
            return rg_fail (message, RG_EINPUT, "%s: %.3g, expected at most %g", rows[i].what, rows[i].gap,
                            rows[i].limit);
    return RG_OK;
}

rg_status
rg_graph_check_operator (rg_tensor (*build) (rg_graph *graph, const rg_tensor *operands, void *user), void *user,
                         size_t operands, const rg_operand *operand, size_t rows, rg_operator_gaps *gaps,
                         rg_message *message)
{
    const subject s = { build, user, operands, rows, operand };
    rg_operator_gaps found = { 0 };
    vectors v;
    rg_status status = vectors_init (&v, start_of (&s, operands));
    if (status != RG_OK)
        return rg_fail (message, status, "%s", rg_status_text (status));
    draw_point (&s, v.point);
    for (size_t k = 0; k < WIDEST; k++)
        draw_direction (&s, k, v.u[k]);
    for (int part = 0; part < PARTS && status == RG_OK; part++)
        status = check_part (&s, part, &v, &found, message);
    rg_free (v.point);
    if (gaps != NULL)
        *gaps = found;
    return status == RG_OK ? judge (&found, message) : status;
}
