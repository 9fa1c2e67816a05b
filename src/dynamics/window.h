/*
 * window.h -- the linearisations and gradients of some steps, kept so that they need not be evaluated again.
 *
 * A step is a block of two parts: what the forward passes of its shards left; and beside it, what their backward passes left, with the
 * step's gradient. With the first a gradient costs its backward pass, with both nothing. Blocks are used round and round. A run sees
 * its window through rg_run_gradient, which gives the same bits with and without.
 */
#ifndef RG_DYNAMICS_WINDOW_H
#define RG_DYNAMICS_WINDOW_H

#include "dynamics/run.h"

enum { RG_WINDOW_VALUES, RG_WINDOW_REST, RG_WINDOW_PARTS };

/* What one may hold. */
typedef struct {
    uint64_t steps; /* of the first part */
    uint64_t whole; /* of both; <= steps */
} rg_window_size;

/* Bytes of a step's parts, of this rank's shards; 0 of the first where the objective cannot keep, of the second where that must be new. */
void rg_window_step_bytes (const rg_run *run, size_t bytes[RG_WINDOW_PARTS]);

/*
 * What fits: the first part of as many steps as there are, then the second.
 *   most    steps at most
 *   memory  bytes at most
 */
rg_window_size rg_window_within (const size_t bytes[RG_WINDOW_PARTS], uint64_t most, double memory);

/* The least that any rank has room for, at all of them. */
rg_window_size rg_window_agree (const rg_run *run, rg_window_size own);

double rg_window_bytes (const size_t bytes[RG_WINDOW_PARTS], rg_window_size size);

/*
 * Make one. Its memory is touched as steps are kept.
 *   size  of at least one step
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_window_new (rg_window **out, const rg_run *run, rg_window_size size);
void rg_window_free (rg_window *window);
rg_window_size rg_window_size_of (const rg_window *window);
size_t rg_window_takes (const rg_window *window);

/*
 * Let a run see it, holding nothing; no gradient of a step before `first` will be asked for again. From rg_window_close on the run and its objective do not. Where the run sees none, close does nothing.
 */
void rg_window_open (rg_window *window, rg_run *run, uint64_t first);
void rg_window_close (rg_run *run);

/* Gradients up to that of a step are evaluated from now on: the last of them are to be kept. No window: nothing. */
void rg_window_aim (const rg_run *run, uint64_t step);

/* Let the objective be evaluated for others, in its own memory, until the next gradient of the run. */
void rg_window_step_aside (const rg_run *run);

/* ---- For rg_run_gradient ------------------------------------------------------- */

typedef enum { RG_NOT_KEPT, RG_KEPT_IN_PART, RG_KEPT_WHOLE } rg_window_found;

/* What is held of the run's step; from now on gradient and linearisations are there, where they are held or are to be. */
rg_window_found rg_window_begin (rg_run *run, int want_loss);

/* The gradient is there: it is held, where it was to be. */
void rg_window_end (rg_run *run, rg_window_found found);

/* Let the objective work where the step's linearisation of a shard is. */
void rg_window_place (const rg_run *run, size_t shard);

#endif /* RG_DYNAMICS_WINDOW_H */
