/* run_adjoint.c -- a step of a run's adjoint; see run.h. */
#include <string.h>

#include "base/memory.h"
#include "dynamics/run_clip.h"
#include "dynamics/run_factors.h"
#include "dynamics/run_own.h"
#include "dynamics/run_parts.h"

/* A block of reals as doubles. */
static void
widen (const rg_run *run, void *reals, size_t first, size_t count, double *out)
{
    const float *single = (const float *) reals + first;
    if (run->inner->precision == RG_SINGLE)
        for (size_t i = 0; i < count; i++)
            out[i] = (double) single[i];
    else
        memcpy (out, (const double *) reals + first, count * sizeof *out);
}

rg_status
rg_run_load (const rg_run *run, size_t first, size_t count, double *w, double *g,
             double (*moment)[RG_DYNAMICS_BLOCK], rg_message *message)
{
    if (run->dynamics->weight_decay != 0 && rg_run_is_exact (run))
        run->kernels->to_double (count, run->w + first, RG_RUN_ULP (run), w);
    else if (run->dynamics->weight_decay != 0)
        widen (run, run->w_real, first, count, w);
    if (!rg_run_is_exact (run)) {
        widen (run, run->g_real, first, count, g);
        for (int m = 0; m < run->dynamics->moments; m++)
            widen (run, run->moment_real[m], first, count, moment[m]);
        return RG_OK;
    }
    int64_t scratch[RG_DYNAMICS_BLOCK];
    const int64_t *rounded;
    const rg_status status = rg_run_gradient_block (run, first, count, scratch, &rounded, message);
    if (status != RG_OK)
        return status;
    run->kernels->to_double (count, rounded, RG_RUN_ULP (run), g);
    for (int m = 0; m < run->dynamics->moments; m++)
        run->kernels->to_double (count, run->moment[m] + first, rg_run_moment_ulp (run, m), moment[m]);
    return RG_OK;
}

/* Keep a block of the adjoint of the gradient in the objective's precision. */
static void
store_direction (rg_run *run, size_t first, size_t count, const double *dg)
{
    float *single = (float *) run->direction + first;
    if (run->inner->precision == RG_SINGLE)
        for (size_t k = 0; k < count; k++)
            single[k] = (float) dg[k];
    else
        memcpy ((double *) run->direction + first, dg, count * sizeof *dg);
}

/* A step of the adjoint, as the ranges of it share it. */
typedef struct {
    rg_run *run;
    rg_adjoint *adjoint;
    rg_run_coefficients now;
    double *to[RG_COEFFICIENTS]; /* where each coefficient's derivatives are gathered, or NULL */
} step;

/* What a block of weights contributes to derivatives in the coefficients and to the products' adjoint. */
static void
gather (const step *s, size_t first, const rg_adjoint_block *b)
{
    const rg_run *run = s->run;
    rg_adjoint *a = s->adjoint;
    const size_t block = first / RG_DYNAMICS_BLOCK;
    for (int c = 0; c < run->dynamics->coefficients; c++)
        if (s->to[c] != NULL)
            rg_coefficient_gather_block (&s->now.coefficient[c], block, first, b->count, b->dcoefficient[c],
                                         a->partial[c], s->to[c]);
    for (int m = 0; m < run->dynamics->moments; m++)
        if (a->dproduct[m] != NULL)
            rg_coefficient_gather_block (&s->now.correction[m], block, first, b->count, b->dproduct[m],
                                         a->partial_product[m], a->dproduct[m]);
}

/* The places of a coefficient's sums over blocks that each rank fills: they rise as the weights do. */
static void
place_parts (const rg_run *run, const rg_coefficient *c, size_t *places)
{
    const size_t ranks = rg_ranks_count (run->ranks), blocks = (run->weights + RG_DYNAMICS_BLOCK - 1) / RG_DYNAMICS_BLOCK;
    for (size_t r = 0, segment = 0; r <= ranks; r++) {
        while (run->parts[r] < run->weights && c->offsets[segment + 1] <= run->parts[r])
            segment++;
        places[r] = run->parts[r] < run->weights ? run->parts[r] / RG_DYNAMICS_BLOCK + segment : blocks + c->segments;
    }
}

/* Let all ranks have what each has gathered of a coefficient. */
static rg_status
share_gathered (rg_run *run, const rg_coefficient *c, double *partial, double *to, rg_message *message)
{
    if (run->parts == NULL)
        return RG_OK;
    if (c->offsets == NULL)
        return rg_run_gather_reals (run, to, sizeof *to, message);
    place_parts (run, c, run->places);
    return rg_ranks_gather (run->ranks, partial, sizeof *partial, run->places, message);
}

static rg_status
share_all (const step *s, rg_message *message)
{
    rg_run *run = s->run;
    rg_adjoint *a = s->adjoint;
    rg_status status = RG_OK;
    for (int c = 0; status == RG_OK && c < run->dynamics->coefficients; c++)
        if (s->to[c] != NULL)
            status = share_gathered (run, &s->now.coefficient[c], a->partial[c], s->to[c], message);
    for (int m = 0; status == RG_OK && m < run->dynamics->moments; m++)
        if (a->dproduct[m] != NULL)
            status = share_gathered (run, &s->now.correction[m], a->partial_product[m], a->dproduct[m], message);
    return status == RG_OK ? rg_run_gather_reals (run, run->direction, rg_precision_size (run->inner->precision), message)
                           : status;
}

/* What the blocks left. */
static void
collect (const step *s)
{
    const rg_run *run = s->run;
    rg_adjoint *a = s->adjoint;
    for (int c = 0; c < run->dynamics->coefficients; c++)
        if (s->to[c] != NULL)
            rg_coefficient_collect (&s->now.coefficient[c], run->weights, RG_DYNAMICS_BLOCK, a->partial[c], s->to[c]);
    for (int m = 0; m < run->dynamics->moments; m++)
        if (a->dproduct[m] != NULL)
            rg_coefficient_collect (&s->now.correction[m], run->weights, RG_DYNAMICS_BLOCK, a->partial_product[m],
                                    a->dproduct[m]);
}

/* The product's own step: P+ = P beta. */
static void
adjoint_of_products (const rg_run *run, const rg_run_coefficients *now, rg_adjoint *a, double *const to[RG_COEFFICIENTS])
{
    for (int m = 0; m < run->dynamics->moments; m++) {
        const int c = run->dynamics->moment[m].decay;
        for (size_t i = 0; a->dproduct[m] != NULL && i < now->coefficient[c].segments; i++) {
            to[c][i] += a->dproduct[m][i] * run->powers[m].before[i];
            a->dproduct[m][i] *= now->coefficient[c].values[i];
        }
    }
}

/* The same of a rule of one's own. */
static rg_status
adjoint_of_own_range (void *user, size_t range, size_t thread, rg_message *message)
{
    const step *s = user;
    rg_run *run = s->run;
    double dg[RG_DYNAMICS_BLOCK], in_coefficient[RG_COEFFICIENTS][RG_DYNAMICS_BLOCK];
    rg_factor_room room;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    memset (room.filled, 0, sizeof room.filled);
    for (size_t i = first; i < end; i += RG_DYNAMICS_BLOCK) {
        const size_t count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i;
        rg_adjoint_block b = { .count = count, .factors = rg_run_factors (run, &s->now, i, count, &room),
                               .dw = s->adjoint->dw + i, .dg = dg };
        for (int c = 0; c < run->dynamics->coefficients; c++)
            b.dcoefficient[c] = in_coefficient[c];
        const rg_status status = rg_own_adjoint (run, s->adjoint, thread, &b, i, message);
        if (status != RG_OK)
            return status;
        gather (s, i, &b);
        store_direction (run, i, count, dg);
    }
    return rg_run_check_finite (run, run->direction, first, end - first, "adjoint", message);
}

/* The dynamics' own part of the adjoint of a range; leaves the adjoint of the gradient in run->direction. */
static rg_status
adjoint_of_range (void *user, size_t range, size_t thread, rg_message *message)
{
    (void) thread;
    const step *s = user;
    rg_run *run = s->run;
    double w[RG_DYNAMICS_BLOCK], g[RG_DYNAMICS_BLOCK], dg[RG_DYNAMICS_BLOCK], moment[RG_MOMENTS][RG_DYNAMICS_BLOCK];
    double in_coefficient[RG_COEFFICIENTS][RG_DYNAMICS_BLOCK], in_product[RG_MOMENTS][RG_DYNAMICS_BLOCK];
    rg_factor_room room;
    const size_t first = range * RG_BUFFER_RANGE, end = rg_run_block_end (first, run->weights, RG_BUFFER_RANGE);
    memset (room.filled, 0, sizeof room.filled);
    for (size_t i = first; i < end; i += RG_DYNAMICS_BLOCK) {
        const size_t count = rg_run_block_end (i, end, RG_DYNAMICS_BLOCK) - i;
        rg_adjoint_block b = { .count = count, .factors = rg_run_factors (run, &s->now, i, count, &room),
                               .inside = run->options.epsilon_inside, .w = w, .g = g, .dw = s->adjoint->dw + i,
                               .dg = dg };
        for (int c = 0; c < run->dynamics->coefficients; c++)
            b.dcoefficient[c] = in_coefficient[c];
        for (int m = 0; m < run->dynamics->moments; m++) {
            b.moment[m] = moment[m];
            b.dmoment[m] = s->adjoint->dmoment[m] + i;
            b.dproduct[m] = in_product[m];
        }
        const rg_status status = rg_run_load (run, i, count, w, g, moment, message);
        if (status != RG_OK)
            return status;
        run->faces->adjoint (&b);
        gather (s, i, &b);
        store_direction (run, i, count, dg);
    }
    return rg_run_check_finite (run, run->direction, first, end - first, "adjoint", message);
}

static rg_status
adjoint_of_rule (rg_run *run, rg_adjoint *a, rg_message *message)
{
    step s = { run, a, rg_run_coefficients_now (run), { NULL } };
    for (int c = 0; c < run->dynamics->coefficients; c++)
        if (a->dcoefficient[c] != NULL)
            s.to[c] = rg_coefficient_room (&run->coefficient[c], run->step, a->dcoefficient[c]);
    rg_status status = rg_run_each_range (run, run->dynamics->own != NULL ? adjoint_of_own_range : adjoint_of_range, &s, message);
    if (status == RG_OK && !a->first_order)
        status = rg_run_clip_direction (run, message);
    if (status == RG_OK)
        status = share_all (&s, message);
    if (status != RG_OK)
        return status;
    collect (&s);
    adjoint_of_products (run, &s.now, a, s.to);
    for (int c = 0; c < run->dynamics->coefficients; c++)
        if (s.to[c] != NULL)
            rg_coefficient_pull (&run->coefficient[c], run->step, s.to[c], a->dcoefficient[c]);
    return RG_OK;
}

void
rg_adjoint_clear (rg_adjoint *a)
{
    rg_free (a->dw);
    for (int m = 0; m < RG_MOMENTS; m++) {
        rg_free (a->moments[m]);
        rg_free (a->dproduct[m]);
        rg_free (a->partial_product[m]);
    }
    rg_free (a->dmoment);
    rg_free (a->dslots);
    rg_free (a->own_partial);
    for (int c = 0; c < RG_COEFFICIENTS; c++)
        rg_free (a->partial[c]);
    *a = (rg_adjoint) { 0 };
}

/* Room for what the blocks of weights contribute to the segments of a coefficient. */
static double *
new_partial (const rg_run *run, int coefficient)
{
    const rg_block *b = &run->coefficient[coefficient];
    const size_t blocks = run->weights / RG_DYNAMICS_BLOCK + 1;
    return rg_calloc (b->offsets == NULL ? 1 : blocks + b->slice, sizeof (double));
}

/* The adjoints of the slots, and the list of all arrays. */
static int
init_arrays (rg_adjoint *a, const rg_run *run)
{
    const rg_dynamics *rule = run->dynamics;
    const size_t n = run->weights, slots = (size_t) rule->slots, blocks = (n + RG_DYNAMICS_BLOCK - 1) / RG_DYNAMICS_BLOCK;
    a->dmoment = rg_calloc ((size_t) rg_dynamics_arrays (rule), sizeof *a->dmoment);
    int complete = a->dmoment != NULL;
    if (slots > 0)
        complete &= n <= SIZE_MAX / slots && (a->dslots = rg_calloc (slots * n, sizeof (double))) != NULL;
    if (rule->own != NULL)
        complete &= (a->own_partial = rg_calloc (blocks, (rule->own->lambdas + 1) * sizeof (double))) != NULL;
    for (int m = 0; complete && m < rg_dynamics_arrays (rule); m++)
        a->dmoment[m] = m < rule->moments ? a->moments[m] : a->dslots + (size_t) (m - rule->moments) * n;
    return complete;
}

rg_status
rg_adjoint_init (rg_adjoint *a, const rg_run *run)
{
    const rg_dynamics *rule = run->dynamics;
    *a = (rg_adjoint) { 0 };
    int complete = (a->dw = rg_calloc (run->weights, sizeof (double))) != NULL;
    for (int c = 0; c < rule->coefficients; c++)
        complete &= run->coefficient[c].fixed || (a->partial[c] = new_partial (run, c)) != NULL;
    for (int m = 0; m < rule->moments; m++) {
        const int decay = rule->moment[m].decay;
        complete &= (a->moments[m] = rg_calloc (run->weights, sizeof (double))) != NULL;
        if (!rule->corrects || run->coefficient[decay].fixed)
            continue;
        complete &= (a->dproduct[m] = rg_calloc (run->coefficient[decay].slice, sizeof (double))) != NULL;
        complete &= (a->partial_product[m] = new_partial (run, decay)) != NULL;
    }
    if (complete && init_arrays (a, run))
        return RG_OK;
    rg_adjoint_clear (a);
    return RG_ENOMEM;
}

void
rg_adjoint_begin (rg_adjoint *a, const rg_run *run, double *gradient)
{
    const rg_dynamics *rule = run->dynamics;
    for (int c = 0; c < rule->coefficients; c++)
        a->dcoefficient[c] = run->coefficient[c].fixed ? NULL : gradient + run->coefficient[c].first;
    memset (a->dw, 0, run->weights * sizeof *a->dw);
    for (int m = 0; m < rule->moments; m++) {
        memset (a->dmoment[m], 0, run->weights * sizeof *a->dmoment[m]);
        if (a->dproduct[m] != NULL)
            memset (a->dproduct[m], 0, run->coefficient[rule->moment[m].decay].slice * sizeof *a->dproduct[m]);
    }
    for (int m = rule->moments; m < rg_dynamics_arrays (rule); m++)
        memset (a->dmoment[m], 0, run->weights * sizeof *a->dmoment[m]);
    a->drule = rule->own == NULL || rule->own->lambdas == 0 || run->rule.fixed ? NULL : gradient + run->rule.first;
    a->dlambda = NULL;
}

rg_status
rg_run_adjoint (rg_run *run, rg_adjoint *a, rg_message *message)
{
    rg_status status = rg_own_check_adjoint (run->dynamics, message);
    if (status == RG_OK)
        status = adjoint_of_rule (run, a, message);
    if (status == RG_OK && run->dynamics->own != NULL)
        status = rg_own_collect (run, a, message);
    return status == RG_OK && !a->first_order ? rg_run_product (run, a->dw, a->dlambda, message) : status;
}
