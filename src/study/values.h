/* values.h -- the hyperparameters as arrays in a folder of a study. */
#ifndef RG_STUDY_VALUES_H
#define RG_STUDY_VALUES_H

#include "study/study_parts.h"

/*
 * Write FOLDER/NAME.npy of each block that is no constant, natural values of its free numbers, shaped as `init` takes
 * them; and NAME.used.npy of a tied block, the values in force, [steps x slice] where it is per step, up to 2^24 numbers.
 * Returns RG_OK, RG_ESYSTEM or RG_ENOMEM.
 */
rg_status rg_values_write (const rg_study *study, rg_folder folder, const rg_hyper *hyper, rg_message *message);

/* Remove what a process that was killed while writing has left in a folder. */
void rg_values_clean (const rg_study *study, rg_folder folder);

#endif /* RG_STUDY_VALUES_H */
