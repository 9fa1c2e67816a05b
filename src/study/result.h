/* result.h -- what a study has brought: hyperparameters and weights of its best and last meta-iteration. */
#ifndef RG_STUDY_RESULT_H
#define RG_STUDY_RESULT_H

#include <retrograde/study.h>

#include "base/entry.h"

/* The best meta-iteration, or the last: the training run with the hyperparameters that the last outer step has left. */
typedef enum { RG_THE_BEST, RG_THE_LAST } rg_result_kind;

/*
 * Write DIR/last/NAME.npy, or DIR/best/NAME.npy, and weights.npz and schedule.csv beside them.
 *   hyper     those of the run
 *   w         its last weights; NULL: it has none of its own
 *   training  as for rg_weights_write
 * Returns RG_OK, or what rg_weights_write returns. Nothing is done where another process writes.
 */
rg_status rg_result_write (const rg_study *study, rg_result_kind kind, const rg_hyper *hyper, const double *w,
                           const rg_dataset *training, rg_message *message);

/*
 * Write the rates, decays ... of each step as CSV, natural values; nothing where none has a number a step, none an
 * array at most, or where the table would be larger than 64 MB.
 * Returns RG_OK, RG_ESYSTEM or RG_ENOMEM.
 */
rg_status rg_result_write_schedule (const rg_entry *entry, const rg_hyper *hyper, rg_message *message);
enum { RG_LARGEST_SCHEDULE = 1 << 26 };

/* Whether DIR/last/weights.npz is there. */
int rg_result_is_there (const rg_study *study);

/* Remove both weights.npz and schedule.csv: another meta-iteration begins. */
void rg_result_drop (const rg_study *study);

#endif /* RG_STUDY_RESULT_H */
