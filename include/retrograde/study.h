/* study.h -- a directory that holds a run over meta-iterations: journal, snapshots, values. */
#ifndef RETROGRADE_STUDY_H
#define RETROGRADE_STUDY_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/data.h>
#include <retrograde/estimator.h>
#include <retrograde/examples.h>
#include <retrograde/hyper.h>
#include <retrograde/keeper.h>
#include <retrograde/outer.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * DIR/config.yaml     the configuration as resolved, without directories for what does not fit memory
 * DIR/inputs          the XXH3 digests of the files that it read
 * DIR/journal.jsonl   one line of JSON a meta-iteration, on the disk as of the last snapshot
 * DIR/snapshots/      where to go on from: hyperparameters and the outer optimizer's memory
 * DIR/rows.PART.npy   which rows of data.train a split took, for each part
 * DIR/hyper/NAME.npy  natural values of each block, as of the last snapshot
 * DIR/best/NAME.npy   those of the best meta-iteration, as of the last snapshot
 * DIR/last/NAME.npy   those of the last one; rg_tune writes them at its end
 * DIR/best/schedule.csv, DIR/last/schedule.csv   their rates, decays ... step by step, natural values for each array
 * DIR/best/weights.npz, DIR/last/weights.npz   the weights that training comes to with them (retrograde/weights.h), too
 */
typedef struct rg_study rg_study;

/* One line of the journal. A number that is not finite is left out. */
typedef struct {
    uint64_t iteration;
    double outer_loss, inner_loss;
    double validation_loss, validation_error; /* NaN where there is none; the error is a fraction */
    double hypergradient_norm;
    double adjoint_growth;                    /* of the adjoint's norm, a step back; NaN where there is none */
    double clipped;                           /* factor that clipping shortened the hypergradient by; NaN: none */
    double shortened;                         /* factor of the outer step before, whose run diverged; NaN: none */
    double seconds;                           /* of this meta-iteration */
    const rg_report *report;                  /* whose tangents and implicit solution are told; NULL: none */
} rg_journal_line;

/* What a study is begun with, and goes on with. */
typedef struct {
    const char *config;     /* text of config.yaml */
    const rg_input *inputs; /* [input_count] the files that were read for it, always in the same order */
    size_t input_count;
    /* Whether a key of config.yaml, as "outer.iterations", may be another when the study goes on; NULL: none may. */
    int (*neutral) (const char *key);
} rg_origin;

/*
 * Create the directory with config.yaml and inputs, and wait until its names are on the disk; one that exists is refused.
 * Returns RG_OK, RG_EINPUT (it exists), RG_ESYSTEM or RG_ENOMEM.
 */
RG_API rg_status rg_study_create (rg_study **out, const char *directory, const rg_origin *origin, rg_message *message);

/*
 * Give an outer optimizer the memory and the steps of a study's newest good snapshot, as where a new study begins with them.
 *   hyper, outer  of as many numbers, and of the same optimizer: the caller has seen to that
 * Returns RG_OK; RG_EINPUT (no study, no good snapshot, other sizes); RG_ESYSTEM or RG_ENOMEM; then outer is unchanged.
 */
RG_API rg_status rg_study_read_memory (const char *directory, rg_hyper *hyper, rg_outer *outer, rg_message *message);

/*
 * Open an existing study to go on with: read its last good snapshot into
 * hyper and outer, cut the journal back to it.
 * All files are opened through handles of the study's directories: DIR may be a link, and nothing in it may be. Each number
 * that is read is checked.
 *   origin     must be that of the study, but for neutral keys and directories in the configuration, and for the paths of the input
 *              files: their content is compared
 *   iteration  [out] the next meta-iteration; 0 where no snapshot was written yet
 *   message    [out] on success empty, or that a damaged snapshot was passed over
 * Returns RG_OK; RG_EINPUT (no study there, another config, an input file of other content, by its name, a snapshot of another
 * shape or version, a link, a directory outside in config.yaml, a study that another process has open); RG_EUNSUPPORTED (made with another BLAS, processor level or C library: the bits would differ); RG_ESYSTEM
 * or RG_ENOMEM.
 */
RG_API rg_status rg_study_resume (rg_study **out, const char *directory, const rg_origin *origin, rg_hyper *hyper,
                                  rg_outer *outer, uint64_t *iteration, rg_message *message);

/*
 * What the ranks beside the first do with the study of a job: the same, but nothing is written.
 *   resume  whether the first one resumes; else it creates, and directory is not looked at
 * Returns as rg_study_resume.
 */
RG_API rg_status rg_study_follow (rg_study **out, const char *directory, int resume, const rg_origin *origin, rg_hyper *hyper,
                                  rg_outer *outer, uint64_t *iteration, rg_message *message);

/*
 * Write which rows of their file the parts of a split took, from 0: DIR/rows.train.npy, rows.valid.npy, rows.test.npy; nothing
 * for sets without (rg_dataset_rows) and NULL.
 * Returns RG_OK, RG_ESYSTEM or RG_ENOMEM.
 */
RG_API rg_status rg_study_write_rows (rg_study *study, const rg_dataset *const sets[RG_PARTS], rg_message *message);

/* Close a study; NULL is allowed. */
RG_API void rg_study_free (rg_study *study);

/* Append a line to the journal; rg_study_save waits until it is on the disk. Returns RG_OK or RG_ESYSTEM. */
RG_API rg_status rg_study_append (rg_study *study, const rg_journal_line *line, rg_message *message);

/*
 * Read lines of a study that was resumed, those of meta-iterations first ... first + count - 1.
 *   out  [count] [out] without a report
 * Returns RG_OK, RG_EINPUT (they are not there) or RG_ESYSTEM.
 */
RG_API rg_status rg_study_lines (const rg_study *study, uint64_t first, size_t count, rg_journal_line *out, rg_message *message);

/*
 * Write a snapshot to go on from meta-iteration `iteration`, then best/NAME.npy where there is a new best, and hyper/NAME.npy.
 * The previous snapshot is kept until the new one is safe.
 * Returns RG_OK, RG_ESYSTEM or RG_ENOMEM; what was written before is then untouched.
 */
RG_API rg_status rg_study_save (rg_study *study, rg_hyper *hyper, const rg_outer *outer, uint64_t iteration,
                                rg_message *message);

/* The meta-iteration with the least value that rg_study_note was given; the first one of them. */
typedef struct {
    int known; /* whether there is one */
    uint64_t iteration;
    double value;
} rg_best;

/*
 * Note the value of a meta-iteration, of the hyperparameters in force: those of the least value so far
 * are kept, from the next snapshot on in DIR/best and for resuming. NaN is never the best.
 * Returns RG_OK or RG_ENOMEM.
 */
RG_API rg_status rg_study_note (rg_study *study, rg_hyper *hyper, uint64_t iteration, double value, rg_message *message);
RG_API rg_best rg_study_best (const rg_study *study);

/* Put the best hyperparameters in force, where there are some. Returns RG_OK, or what rg_hyper_update returns. */
RG_API rg_status rg_study_recall (const rg_study *study, rg_hyper *hyper, rg_message *message);

/*
 * What each snapshot of rg_study_save holds for the caller from now on (kept by reference; 0 bytes: nothing), and what
 * the snapshot held that the study goes on from (NULL: nothing; belongs to the study).
 */
RG_API void rg_study_carry (rg_study *study, const void *data, size_t bytes);
RG_API const void *rg_study_carried (const rg_study *study, size_t *bytes);

/*
 * When a training run leaves snapshots of itself, on its way out and back. A mean of several is saved after each member with
 * `steps`, else where the last time was a second ago.
 */
typedef struct {
    size_t size;           /* sizeof (rg_sweep_options) */
    uint64_t steps;        /* every so many steps; 0: not by steps */
    double minutes;        /* every so many minutes; 0: not by the clock */
    const char *directory; /* of the words of entropy buffers; NULL: the study's */
    rg_log log;            /* where it is said that a snapshot was damaged */
} rg_sweep_options;

/*
 * Let the estimators of this study's meta-iterations save themselves in DIR/snapshots, and go on from there.
 *   keeper  [out] for rg_estimator_options; belongs to the study
 * Returns RG_OK, RG_EINPUT (the size is not set), RG_ERANGE, RG_ESYSTEM or RG_ENOMEM.
 */
RG_API rg_status rg_study_keep_sweeps (rg_study *study, const rg_sweep_options *options, const rg_keeper **keeper,
                                       rg_message *message);

/* Whether such a snapshot was written, and is not yet over. */
RG_API int rg_study_kept_sweep (const rg_study *study);

/* Drop such snapshots: the meta-iteration that they are of is over, and what came of it is saved. */
RG_API void rg_study_drop_sweeps (rg_study *study);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_STUDY_H */
