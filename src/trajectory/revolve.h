/*
 * revolve.h -- which states to keep, and which to compute again, on the way back through a run.
 *
 * The binomial schedule of Griewank and Walther (Algorithm 799: revolve, ACM TOMS 26, 2000) for l
 * steps and s slots, s_0 among them, takes at least
 *   P(l, 1) = l(l-1)/2,  P(l, s) = min_m m + P(l-m, s-1) + P(m, s)
 * steps forward, the gradient of the adjoint step itself not counted. With beta(s, r) = C(s+r, s)
 * and the least r such that l <= beta(s, r), P(l, s) = r l - C(s+r, s+1). Known values:
 * P(10, 3) = 15, P(30, 4) = 69, P(60, 5) = 156, P(100, 3) = 490.
 */
#ifndef RG_TRAJECTORY_REVOLVE_H
#define RG_TRAJECTORY_REVOLVE_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

typedef enum {
    RG_REVOLVE_CLASSIC, /* the adjoint begins when s_{T-1} is reached: P(T, s) steps in all */
    RG_REVOLVE_WHOLE,   /* the way out goes on to s_T, for the outer loss is there: the fewest steps after it */
    RG_REVOLVE_ONLINE   /* T is not known on the way out: equal distances, doubled whenever no slot is left */
} rg_revolve_form;

typedef enum { RG_REVOLVE_ADVANCE, RG_REVOLVE_TAKE, RG_REVOLVE_RESTORE, RG_REVOLVE_ADJOINT, RG_REVOLVE_DONE } rg_revolve_kind;

/* What to do next. */
typedef struct {
    rg_revolve_kind kind;
    uint64_t step; /* advance to it, keep it, get it back, take its adjoint */
    size_t slot;   /* of take and restore: 0 .. slots - 1 */
} rg_revolve_action;

/* A schedule under way; the fields are for this module. */
typedef struct {
    rg_revolve_form form;
    uint64_t steps;
    size_t slots, taken;     /* the kept states, oldest first: */
    uint64_t *position;      /* [slots] their steps, rising */
    size_t *slot;            /* [slots] a permutation: where they are */
    uint64_t at, next, target, interval;
    int back, advanced;
} rg_revolve;

/*
 * Begin a schedule.
 *   steps  T, 1 ... 2^62; ignored by the online form
 *   slots  s >= 1; more than T are as good as T
 * Returns RG_OK, RG_ENOMEM or RG_ERANGE; ended with rg_revolve_clear in any case.
 */
rg_status rg_revolve_init (rg_revolve *r, rg_revolve_form form, uint64_t steps, size_t slots);
void rg_revolve_clear (rg_revolve *r);

/* The next action, which is taken to be done. After the last adjoint: RG_REVOLVE_DONE. */
rg_revolve_action rg_revolve_next (rg_revolve *r);

/*
 * From now on go back to s_t: the next adjoint is that of step t, below all that were taken. States
 * kept above it are dropped. The first call ends the way out, at any step.
 */
void rg_revolve_back (rg_revolve *r, uint64_t t);

/* Steps forward that the way back from here to s_0 will take, if it stops at every step. */
uint64_t rg_revolve_ahead (const rg_revolve *r);

/* P(steps, slots), and the fewest steps after a whole way out to s_T; UINT64_MAX where that is too small. */
uint64_t rg_revolve_steps (uint64_t steps, size_t slots);
uint64_t rg_revolve_again (uint64_t steps, size_t slots);

#endif /* RG_TRAJECTORY_REVOLVE_H */
