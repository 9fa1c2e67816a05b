/* run_parts.h -- what the files of a run share; see run.h. */
#ifndef RG_DYNAMICS_RUN_PARTS_H
#define RG_DYNAMICS_RUN_PARTS_H

#include <math.h>

#include "base/team.h"
#include "dynamics/run.h"

/* 2^F and 2^-F, of weights, gradients and first moments. */
#define RG_RUN_SCALE(run) ldexp (1, (run)->options.fraction_bits)
#define RG_RUN_ULP(run) ldexp (1, -(run)->options.fraction_bits)

static inline int
rg_run_is_exact (const rg_run *run)
{
    return run->options.arithmetic == RG_EXACT;
}

/* The first-th real of an array in the objective's precision. */
static inline char *
rg_run_real_at (const rg_run *run, void *reals, size_t first)
{
    return (char *) reals + first * rg_precision_size (run->inner->precision);
}

/* Where a block from `first` ends: after `block`, or at the end. */
static inline size_t
rg_run_block_end (size_t first, size_t end, size_t block)
{
    return end - first < block ? end : first + block;
}

/* The name of the array that holds a weight. */
const char *rg_run_array_name (const rg_run *run, size_t weight);

/* The value of a moment's unit. */
static inline double
rg_run_moment_ulp (const rg_run *run, int moment)
{
    return ldexp (1, run->dynamics->moment[moment].second ? -run->options.second_bits : -run->options.fraction_bits);
}

/* Refuse what cannot be: options with a rule; the values of the coefficients, once found. */
rg_status rg_run_check_options (const rg_run_options *options, const rg_dynamics *rule, rg_message *message);
rg_status rg_run_check_coefficients (const rg_run *run, rg_message *message);

/* run->coefficient, as they are now; refuses a rule that lacks one, or lacks what is to be tuned. */
rg_status rg_run_find_coefficients (rg_run *run, rg_message *message);

/* RG_EOVERFLOW, naming step, array and parameter; `what` is "weight", or a moment's name. */
rg_status rg_run_overflow (const rg_run *run, const char *what, size_t weight, rg_message *message);

/*
 * The rounded gradient of a block of weights, the sum over the shards.
 *   scratch  [count] workspace
 *   g        [out] the integers
 */
rg_status rg_run_gradient_block (const rg_run *run, size_t first, size_t count, int64_t *scratch, const int64_t **g,
                                 rg_message *message);

/* The same before it is clipped. */
rg_status rg_run_rounded_block (const rg_run *run, size_t first, size_t count, int64_t *scratch, const int64_t **g,
                                rg_message *message);

/*
 * Add a block of one shard's gradient, rounded, to integers (or begin them); name what is not finite.
 *   sum  [count] in units of 2^-F
 */
rg_status rg_run_round_shard (const rg_run *run, size_t room, int begin, size_t first, size_t count, int64_t *sum, rg_message *message);

/* RG_ENONFINITE naming step and array where one of the reals first ... first + count - 1 is not finite. */
rg_status rg_run_check_finite (const rg_run *run, const void *reals, size_t first, size_t count, const char *what,
                               rg_message *message);

/* Do a piece of work for each range of RG_BUFFER_RANGE weights that this rank moves, shared by the run's team; all ranks do. */
rg_status rg_run_each_range (rg_run *run, rg_piece *piece, void *user, rg_message *message);

/* The same for all ranges, by this rank alone. */
rg_status rg_run_each_range_here (rg_run *run, rg_piece *piece, void *user, rg_message *message);

/* Shards first ... first + count - 1, whose results are in the rooms 0 ... count - 1: those of the run, or others. */
typedef struct {
    rg_run *run;
    size_t first, count;
    void *rooms;
} rg_wave;

/* The index-th of some rooms: [weights] reals. */
void *rg_run_room (const rg_run *run, void *rooms, size_t index);

/* What is done when a wave's shards are evaluated; each rank has those whose index is its own, modulo the ranks. */
typedef rg_status rg_collect (rg_wave *wave, rg_message *message);

/*
 * Do `shard` for each shard, by its index in the wave, then `collect`; wave by wave.
 *   wave     what both get: the first member of what the caller wants to give them; its rooms NULL: those of the run
 *   collect  NULL: nothing is to be put together
 */
rg_status rg_run_each_shard (rg_run *run, rg_piece *shard, rg_collect *collect, rg_wave *wave, rg_message *message);

/* Let all ranks have all rooms. */
rg_status rg_run_share_rooms (const rg_wave *wave, rg_message *message);

/* An rg_collect for a wave that is the first member of a struct of this kind: what the rooms hold is added to `sum` [weights]. */
typedef struct {
    rg_wave wave;
    double *sum;
} rg_summed_wave;
rg_status rg_run_add_rooms (rg_wave *wave, rg_message *message);

/* Let all ranks have all parts of an array [weights] of numbers of 4 or 8 bytes. */
rg_status rg_run_gather_reals (rg_run *run, void *reals, size_t size, rg_message *message);

/* Spread the run over the team's ranks; RG_OK or RG_ENOMEM. Before the rooms are made. */
rg_status rg_run_ranks_init (rg_run *run);

#endif /* RG_DYNAMICS_RUN_PARTS_H */
