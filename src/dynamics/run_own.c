/*
 * run_own.c -- see run_own.h.
 *
 * With e = dE/ds_{t+1} the rule's adjoint gives dE/d(loss) beside dE/dg; the loss depends on the weights by g and on lambda by
 * dJ/dlambda, so that dE/dw += g dE/dloss. Sums over the weights are sums over blocks, in the order of the blocks.
 */
#include "dynamics/run_own.h"

#include <string.h>

#include "base/memory.h"
#include "dynamics/run_parts.h"

enum { W, G, W_DOT, G_DOT, COEFFICIENT_DOT, ARRAYS = COEFFICIENT_DOT + RG_COEFFICIENTS };

static double *
row (const rg_own_room *room, size_t index)
{
    return room->rows + index * RG_DYNAMICS_BLOCK;
}

rg_own_room *
rg_own_room_new (const rg_run *run)
{
    const rg_own_rule *own = run->dynamics->own;
    rg_own_room *room = rg_calloc (1, sizeof *room);
    if (room == NULL)
        return NULL;
    room->rows = own->arrays > SIZE_MAX / 4 ? NULL : rg_calloc (ARRAYS + 2 * own->arrays, RG_DYNAMICS_BLOCK * sizeof (double));
    room->array = rg_calloc (own->arrays, sizeof *room->array);
    room->other = rg_calloc (own->arrays, sizeof *room->other);
    room->lambda_dot = rg_calloc (own->lambdas, sizeof (double));
    room->workspace = rg_calloc (own->workspace, 1);
    const int complete = room->rows != NULL && room->array != NULL && room->other != NULL && room->lambda_dot != NULL
        && room->workspace != NULL;
    if (complete && (own->open == NULL || own->open (own->user, room->workspace) == 0)) {
        room->opened = own;
        return room;
    }
    rg_own_room_free (room);
    return NULL;
}

void
rg_own_room_free (rg_own_room *room)
{
    if (room == NULL)
        return;
    if (room->opened != NULL && room->opened->close != NULL)
        room->opened->close (room->opened->user, room->workspace);
    rg_free (room->rows);
    rg_free (room->array);
    rg_free (room->other);
    rg_free (room->lambda_dot);
    rg_free (room->workspace);
    rg_free (room);
}

rg_status
rg_own_init (rg_run *run)
{
    const size_t threads = rg_team_threads (run->options.team);
    run->loss_lambda = rg_calloc (run->inner->lambdas, sizeof *run->loss_lambda);
    run->own = rg_calloc (threads + 1, sizeof *run->own);
    if (run->own == NULL || run->loss_lambda == NULL)
        return RG_ENOMEM;
    for (size_t i = 0; i < threads; i++)
        if ((run->own[i] = rg_own_room_new (run)) == NULL)
            return RG_ENOMEM;
    return RG_OK;
}

void
rg_own_clear (rg_run *run)
{
    for (size_t i = 0; run->own != NULL && run->own[i] != NULL; i++)
        rg_own_room_free (run->own[i]);
    rg_free (run->own);
    rg_free (run->loss_lambda);
}

/* A block of reals as doubles: where they lie, or written to out. */
static double *
as_doubles (const rg_run *run, void *reals, size_t first, size_t count, double *out)
{
    const float *single = (const float *) reals + first;
    if (run->inner->precision == RG_DOUBLE)
        return (double *) reals + first;
    for (size_t i = 0; i < count; i++)
        out[i] = (double) single[i];
    return out;
}

/* The way back, of what does not lie there. */
static void
store (const rg_run *run, const double *x, size_t first, size_t count, void *reals)
{
    float *single = (float *) reals + first;
    for (size_t i = 0; run->inner->precision == RG_SINGLE && i < count; i++)
        single[i] = (float) x[i];
}

/* What the rule sees of the block; the arrays of the state are in room->array. Returns its weights. */
static double *
look (const rg_run *run, rg_own_room *room, const rg_factors *factors, size_t first, size_t count, rg_rule_view *view)
{
    const rg_own_rule *own = run->dynamics->own;
    for (size_t k = 0; k < own->arrays; k++)
        room->array[k] = as_doubles (run, run->moment_real[k], first, count, row (room, ARRAYS + k));
    *view = (rg_rule_view) { .count = count, .first = first, .step = run->step, .coefficient = factors->coefficient,
                             .lambda = own->lambdas == 0 ? NULL : rg_block_values (&run->rule, 0),
                             .loss = own->needs_loss ? run->inner_loss : 0,
                             .g = as_doubles (run, run->g_real, first, count, row (room, G)), .workspace = room->workspace };
    return as_doubles (run, run->w_real, first, count, row (room, W));
}

static rg_status
said (const rg_run *run, const char *what, int code, rg_message *message)
{
    return code == 0 ? RG_OK : rg_fail (message, RG_ECALLBACK, "step %llu: the %s of %s returned %d", (unsigned long long) run->step,
                                        what, run->dynamics->name, code);
}

rg_status
rg_own_step (rg_run *run, size_t thread, const rg_factors *factors, size_t first, size_t count, rg_message *message)
{
    const rg_own_rule *own = run->dynamics->own;
    rg_own_room *room = run->own[thread];
    rg_rule_view view;
    double *w = look (run, room, factors, first, count, &view);
    const int code = own->step (own->user, &view, w, room->array);
    store (run, w, first, count, run->w_real);
    for (size_t k = 0; k < own->arrays; k++)
        store (run, room->array[k], first, count, run->moment_real[k]);
    return said (run, "step", code, message);
}

rg_status
rg_own_check_adjoint (const rg_dynamics *dynamics, rg_message *message)
{
    return dynamics->own == NULL || dynamics->own->adjoint != NULL
        ? RG_OK : rg_fail (message, RG_EUNSUPPORTED, "%s has no adjoint, and cannot be differentiated in reverse; forward mode takes "
                           "its tangent", dynamics->name);
}

rg_status
rg_own_check_tangent (const rg_dynamics *dynamics, rg_message *message)
{
    return dynamics->own == NULL || dynamics->own->tangent != NULL
        ? RG_OK : rg_fail (message, RG_EUNSUPPORTED, "%s has no tangent, and cannot be differentiated forward; reverse takes its "
                           "adjoint", dynamics->name);
}

rg_status
rg_own_adjoint (rg_run *run, const rg_adjoint *a, size_t thread, const rg_adjoint_block *b, size_t first, rg_message *message)
{
    const rg_own_rule *own = run->dynamics->own;
    rg_own_room *room = run->own[thread];
    rg_rule_view view;
    const double *w = look (run, room, &b->factors, first, b->count, &view);
    double *partial = a->own_partial + first / RG_DYNAMICS_BLOCK * (own->lambdas + 1);
    memset (partial, 0, (own->lambdas + 1) * sizeof *partial);
    for (size_t k = 0; k < own->arrays; k++)
        room->other[k] = a->dmoment[k] + first;
    const rg_rule_adjoint d = { .dw = b->dw, .darray = room->other, .dg = b->dg, .dcoefficient = b->dcoefficient,
                                .dlambda = partial, .dloss = &partial[own->lambdas] };
    return said (run, "adjoint", own->adjoint (own->user, &view, w, (const double *const *) room->array, &d), message);
}

/* What goes through the loss. */
static rg_status
collect_loss (rg_run *run, rg_adjoint *a, double dloss, rg_message *message)
{
    for (size_t first = 0; first < run->weights; first += RG_DYNAMICS_BLOCK) {
        const size_t count = rg_run_block_end (first, run->weights, RG_DYNAMICS_BLOCK) - first;
        const double *g = as_doubles (run, run->g_real, first, count, row (run->own[0], G));
        for (size_t i = 0; i < count; i++)
            a->dw[first + i] += dloss * g[i];
    }
    const rg_status status = a->dlambda == NULL ? RG_OK : rg_run_loss_lambda (run, message);
    for (size_t k = 0; status == RG_OK && a->dlambda != NULL && k < run->inner->lambdas; k++)
        a->dlambda[k] += dloss * run->loss_lambda[k];
    return status;
}

rg_status
rg_own_collect (rg_run *run, rg_adjoint *a, rg_message *message)
{
    const rg_own_rule *own = run->dynamics->own;
    const size_t blocks = (run->weights + RG_DYNAMICS_BLOCK - 1) / RG_DYNAMICS_BLOCK;
    double *to = a->drule == NULL ? NULL : rg_coefficient_room (&run->rule, 0, a->drule), dloss = 0;
    const double *partial = a->own_partial;
    for (size_t b = 0; b < blocks; b++, partial += own->lambdas + 1) {
        for (size_t k = 0; to != NULL && k < own->lambdas; k++)
            to[k] += partial[k];
        dloss += partial[own->lambdas];
    }
    for (size_t k = 0; to != NULL && k < own->lambdas; k++)
        if (!isfinite (to[k]))
            return rg_fail (message, RG_ENONFINITE, "step %llu: the adjoint of value %zu of %s is not finite",
                            (unsigned long long) run->step, k, run->rule.name);
    if (!isfinite (dloss))
        return rg_fail (message, RG_ENONFINITE, "step %llu: the adjoint of the loss is not finite", (unsigned long long) run->step);
    if (to != NULL)
        rg_coefficient_pull (&run->rule, 0, to, a->drule);
    return own->needs_loss && !a->first_order ? collect_loss (run, a, dloss, message) : RG_OK;
}

void
rg_own_loss_tangents (const rg_run *run, size_t width, const rg_number *number, const double *w_dot, double *loss_dot)
{
    for (size_t k = 0; k < width; k++)
        loss_dot[k] = number[k].lambda == SIZE_MAX ? 0 : run->loss_lambda[number[k].lambda];
    for (size_t first = 0; first < run->weights; first += RG_DYNAMICS_BLOCK) {
        const size_t count = rg_run_block_end (first, run->weights, RG_DYNAMICS_BLOCK) - first;
        for (size_t i = first; i < first + count; i++) {
            const double g = run->inner->precision == RG_SINGLE ? (double) ((const float *) run->g_real)[i]
                                                                : ((const double *) run->g_real)[i];
            for (size_t k = 0; k < width; k++)
                loss_dot[k] += g * w_dot[i * width + k];
        }
    }
}

/* One direction of several, out of their block, and back into it. */
static void
take (const double *x, size_t count, size_t width, size_t k, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = x == NULL ? 0 : x[i * width + k];
}

static void
give (const double *x, size_t count, size_t width, size_t k, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i * width + k] = x[i];
}

rg_status
rg_own_tangents (rg_run *run, rg_own_room *room, const rg_factors *factors, size_t first, size_t count, size_t width,
                 const rg_number *number, const double *g_dot, const double *loss_dot, const double *const *coefficient_dot,
                 const rg_state_dot *dot, rg_message *message)
{
    const rg_own_rule *own = run->dynamics->own;
    const double *coefficients[RG_COEFFICIENTS];
    rg_rule_view view;
    const double *w = look (run, room, factors, first, count, &view);
    int code = 0;
    for (size_t k = 0; code == 0 && k < width; k++) {
        take (g_dot, count, width, k, row (room, G_DOT));
        take (dot->w + first * width, count, width, k, row (room, W_DOT));
        for (size_t c = 0; c < own->coefficients; c++) {
            take (coefficient_dot[c], count, width, k, row (room, COEFFICIENT_DOT + c));
            coefficients[c] = row (room, COEFFICIENT_DOT + c);
        }
        for (size_t m = 0; m < own->arrays; m++) {
            room->other[m] = row (room, ARRAYS + own->arrays + m);
            take (dot->moment[m] + dot->offset + first * width, count, width, k, room->other[m]);
        }
        for (size_t l = 0; l < own->lambdas; l++)
            room->lambda_dot[l] = number[k].role == RG_RULE ? rg_coefficient_slope (&run->rule, run->step, l, number[k].index) : 0;
        const rg_rule_tangent t = { .g_dot = row (room, G_DOT), .loss_dot = own->needs_loss ? loss_dot[k] : 0,
                                    .coefficient_dot = coefficients, .lambda_dot = room->lambda_dot,
                                    .w_dot = row (room, W_DOT), .array_dot = room->other };
        code = own->tangent (own->user, &view, w, (const double *const *) room->array, &t);
        give (row (room, W_DOT), count, width, k, dot->w + first * width);
        for (size_t m = 0; m < own->arrays; m++)
            give (room->other[m], count, width, k, dot->moment[m] + dot->offset + first * width);
    }
    return said (run, "tangent", code, message);
}
