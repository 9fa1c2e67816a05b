/* range.h -- hyperparameters stay in what a run can use; see retrograde/hyper.h. */
#ifndef RG_HYPER_RANGE_H
#define RG_HYPER_RANGE_H

#include <retrograde/hyper.h>

/*
 * rg_hyper_project after a step of an optimizer. What only projecting does not keep in its range, a tied block, has its step shortened:
 * rg_hyper_note_shortened tells.
 */
rg_status rg_hyper_keep (rg_hyper *hyper, const double *metric, rg_message *message);

/* Of the blocks of a role: a run can use nothing below `least`. From the next projection on they are kept at it. */
void rg_hyper_narrow (rg_hyper *hyper, rg_role role, double least);

#endif /* RG_HYPER_RANGE_H */
