/* window.c -- see window.h. */
#include "dynamics/window.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "dynamics/run_parts.h"

/* What a block of a part holds. */
typedef struct {
    uint64_t step;
    int full, out; /* out: since the way out */
} held;

struct rg_window {
    rg_window_size size;
    size_t bytes[RG_WINDOW_PARTS];         /* of a block */
    size_t (*at)[RG_KEPT_PARTS];           /* [shards] where a shard's values and adjoints are in the blocks */
    size_t gradient;                       /* where the gradient is in a block of the rest */
    char *memory[RG_WINDOW_PARTS];
    held *held[RG_WINDOW_PARTS];           /* [steps], [whole] */
    uint64_t first, aim;                   /* the first and the last step that may be kept */
    char *now[RG_WINDOW_PARTS];            /* the blocks of the run's step; NULL: none */
    int64_t *g;                            /* the run's own arrays */
    void *g_real;
};

static size_t
aligned (size_t bytes)
{
    return (bytes + RG_ALIGNMENT - 1) / RG_ALIGNMENT * RG_ALIGNMENT;
}

static int
is_mine (const rg_run *run, size_t shard)
{
    return shard % run->rooms % rg_ranks_count (run->ranks) == rg_ranks_index (run->ranks);
}

/* Where all shards' gradients stand side by side, they are kept; else the sum over them: of exact arithmetic this rank's part. */
static size_t
gradient_bytes (const rg_run *run)
{
    const size_t real = rg_precision_size (run->inner->precision);
    if (!rg_run_is_exact (run))
        return run->weights * real;
    return run->g == NULL ? run->rooms * run->weights * real
                          : (rg_run_own_end (run) - rg_run_own_first (run)) * sizeof *run->g;
}

/* at [shards] or NULL; a shard of another rank takes nothing. */
static void
lay_out (const rg_run *run, size_t bytes[RG_WINDOW_PARTS], size_t (*at)[RG_KEPT_PARTS], size_t *gradient)
{
    const rg_objective *inner = run->inner;
    bytes[RG_WINDOW_VALUES] = bytes[RG_WINDOW_REST] = *gradient = 0;
    if (inner->table->kept == NULL)
        return;
    for (size_t shard = 0; shard < inner->shards; shard++) {
        size_t of_shard[RG_KEPT_PARTS] = { 0 };
        if (is_mine (run, shard))
            inner->table->kept_bytes (inner->self, shard, shard, of_shard);
        for (int k = 0; at != NULL && k < RG_KEPT_PARTS; k++)
            at[shard][k] = bytes[k];
        bytes[RG_WINDOW_VALUES] += of_shard[RG_KEPT_VALUES];
        bytes[RG_WINDOW_REST] += of_shard[RG_KEPT_ADJOINTS];
    }
    *gradient = bytes[RG_WINDOW_REST];
    bytes[RG_WINDOW_VALUES] += RG_ALIGNMENT; /* not 0, so that a rank without shards is in step with the others */
    /* with the loss, or to be clipped, a gradient must be new: its factor is found of it as it was evaluated */
    const int anew = rg_dynamics_needs_loss (run->dynamics) || run->clip_sums != NULL;
    bytes[RG_WINDOW_REST] = anew ? 0 : aligned (*gradient + gradient_bytes (run));
}

void
rg_window_step_bytes (const rg_run *run, size_t bytes[RG_WINDOW_PARTS])
{
    size_t gradient;
    lay_out (run, bytes, NULL, &gradient);
}

static uint64_t
fit (double memory, size_t bytes, uint64_t most)
{
    const double count = bytes == 0 ? 0 : floor (memory / (double) bytes);
    return count <= 0 ? 0 : count < (double) most ? (uint64_t) count : most;
}

rg_window_size
rg_window_within (const size_t bytes[RG_WINDOW_PARTS], uint64_t most, double memory)
{
    const uint64_t steps = fit (memory, bytes[RG_WINDOW_VALUES], most);
    const double left = memory - (double) steps * (double) bytes[RG_WINDOW_VALUES];
    return (rg_window_size) { steps, fit (left, bytes[RG_WINDOW_REST], steps) };
}

rg_window_size
rg_window_agree (const rg_run *run, rg_window_size own)
{
    int64_t most[] = { -(int64_t) own.steps, -(int64_t) own.whole };
    if (rg_ranks_largest (run->ranks, most, 2, NULL) != RG_OK)
        return own; /* the next step tells */
    return (rg_window_size) { (uint64_t) -most[0], (uint64_t) -most[1] };
}

double
rg_window_bytes (const size_t bytes[RG_WINDOW_PARTS], rg_window_size size)
{
    return (double) size.steps * (double) bytes[RG_WINDOW_VALUES] + (double) size.whole * (double) bytes[RG_WINDOW_REST];
}

rg_status
rg_window_new (rg_window **out, const rg_run *run, rg_window_size size)
{
    const uint64_t count[RG_WINDOW_PARTS] = { size.steps, size.whole };
    *out = NULL;
    rg_window *v = rg_calloc (1, sizeof *v);
    if (v == NULL)
        return RG_ENOMEM;
    v->size = size;
    int complete = (v->at = rg_calloc (run->inner->shards, sizeof *v->at)) != NULL;
    if (complete)
        lay_out (run, v->bytes, v->at, &v->gradient);
    for (int part = 0; complete && part < RG_WINDOW_PARTS; part++)
        complete = (v->memory[part] = rg_malloc (count[part], v->bytes[part])) != NULL
            && (v->held[part] = rg_calloc (count[part], sizeof *v->held[part])) != NULL;
    if (!complete) {
        rg_window_free (v);
        return RG_ENOMEM;
    }
    *out = v;
    return RG_OK;
}

void
rg_window_free (rg_window *v)
{
    if (v == NULL)
        return;
    for (int part = 0; part < RG_WINDOW_PARTS; part++) {
        rg_free (v->memory[part]);
        rg_free (v->held[part]);
    }
    rg_free (v->at);
    rg_free (v);
}

rg_window_size
rg_window_size_of (const rg_window *v)
{
    return v->size;
}

size_t
rg_window_takes (const rg_window *v)
{
    return (size_t) rg_window_bytes (v->bytes, v->size);
}

void
rg_window_open (rg_window *v, rg_run *run, uint64_t first)
{
    v->g = run->g;
    v->g_real = run->g_real;
    v->first = v->aim = first;
    memset (v->held[RG_WINDOW_VALUES], 0, v->size.steps * sizeof (held));
    memset (v->held[RG_WINDOW_REST], 0, v->size.whole * sizeof (held));
    run->window = v;
}

/* Gradient and linearisations are in the run's and the objective's own memory. */
static void
go_home (rg_run *run)
{
    rg_window *v = run->window;
    v->now[RG_WINDOW_VALUES] = v->now[RG_WINDOW_REST] = NULL;
    run->gradients = run->room;
    run->g = v->g;
    run->g_real = v->g_real;
}

void
rg_window_place (const rg_run *run, size_t shard)
{
    const rg_window *v = run->window;
    if (v == NULL)
        return;
    void *part[RG_KEPT_PARTS];
    for (int k = 0; k < RG_KEPT_PARTS; k++)
        part[k] = v->now[k] == NULL ? NULL : v->now[k] + v->at[shard][k];
    run->inner->table->keep (run->inner->self, shard, shard, part);
}

void
rg_window_step_aside (const rg_run *run)
{
    void *const own[RG_KEPT_PARTS] = { NULL, NULL };
    for (size_t shard = 0; run->window != NULL && shard < run->inner->shards; shard++)
        run->inner->table->keep (run->inner->self, shard, shard, own);
}

void
rg_window_close (rg_run *run)
{
    if (run == NULL || run->window == NULL)
        return;
    rg_window_step_aside (run);
    go_home (run);
    run->window = NULL;
}

void
rg_window_aim (const rg_run *run, uint64_t step)
{
    if (run->window != NULL)
        run->window->aim = step;
}

/* The block of a part that a step's is, or would be; NULL: there are none. */
static held *
block_of (const rg_window *v, int part, uint64_t step, char **memory)
{
    const uint64_t count = part == RG_WINDOW_VALUES ? v->size.steps : v->size.whole;
    if (count == 0)
        return NULL;
    *memory = v->memory[part] + step % count * v->bytes[part];
    return &v->held[part][step % count];
}

/* Whether a step is among the last that are to be kept. */
static int
is_wanted (const rg_window *v, int part, uint64_t step)
{
    return step >= v->first && step <= v->aim && v->aim - step < (part == RG_WINDOW_VALUES ? v->size.steps : v->size.whole);
}

/* The gradient is in the block: where it was evaluated, or read. That of a rank's part is copied, at the end. */
static void
move_gradient (rg_run *run, char *block)
{
    if (!rg_run_is_exact (run)) {
        run->gradients = run->g_real == run->room ? block : run->room;
        run->g_real = block;
    } else if (run->g == NULL)
        run->gradients = block;
    else if (run->parts == NULL)
        run->g = (int64_t *) block;
}

/* A rank's part of the gradient, to or from the window. */
static void
copy_part (rg_run *run, int back)
{
    const rg_window *v = run->window;
    const size_t first = rg_run_own_first (run), count = rg_run_own_end (run) - first;
    if (run->parts == NULL || v->now[RG_WINDOW_REST] == NULL)
        return;
    void *kept = v->now[RG_WINDOW_REST] + v->gradient;
    memcpy (back ? (void *) (run->g + first) : kept, back ? kept : (void *) (run->g + first), count * sizeof *run->g);
}

/* A loss is known where it always was. */
static int
has_loss (const rg_run *run, int want_loss)
{
    return !want_loss || rg_dynamics_needs_loss (run->dynamics);
}

rg_window_found
rg_window_begin (rg_run *run, int want_loss)
{
    rg_window *v = run->window;
    rg_window_found found = RG_NOT_KEPT;
    run->is_kept = 0;
    if (v == NULL)
        return found;
    go_home (run);
    for (int part = 0; part < RG_WINDOW_PARTS; part++) {
        char *memory = NULL;
        held *h = block_of (v, part, run->step, &memory);
        const int full = h != NULL && h->full && h->step == run->step && has_loss (run, want_loss);
        if (full && (int) found == part) {
            found = part == RG_WINDOW_VALUES ? RG_KEPT_IN_PART : RG_KEPT_WHOLE;
            run->is_kept |= h->out;
            v->now[part] = memory;
        } else if (h != NULL && is_wanted (v, part, run->step)) {
            *h = (held) { .step = run->step };
            v->now[part] = memory;
        }
    }
    if (v->now[RG_WINDOW_REST] != NULL)
        move_gradient (run, v->now[RG_WINDOW_REST] + v->gradient);
    return found;
}

void
rg_window_end (rg_run *run, rg_window_found found)
{
    rg_window *v = run->window;
    if (v == NULL)
        return;
    copy_part (run, found == RG_KEPT_WHOLE);
    for (int part = 0; part < RG_WINDOW_PARTS; part++) {
        char *memory;
        held *h = block_of (v, part, run->step, &memory);
        if (v->now[part] == NULL || h->full)
            continue;
        h->full = 1;
        h->out = run->way == RG_WAY_OUT;
    }
}
