/* estimation.h -- an estimator at work, for those that wrap another. */
#ifndef RG_ESTIMATOR_ESTIMATION_H
#define RG_ESTIMATOR_ESTIMATION_H

#include "estimator/estimator.h"

struct rg_estimation {
    const rg_estimator *row;
    rg_problem problem;
    rg_how how;
    void *state;
    int alone; /* as the caller's problem.run.alone */
};

/* Make an estimation of a row whose state is made already; it is taken over, also on failure. */
rg_status rg_estimation_wrap (rg_estimation **out, const rg_estimator *row, const rg_problem *problem, void *state,
                              rg_message *message);

#endif /* RG_ESTIMATOR_ESTIMATION_H */
