/* tune_recall.c -- the hyperparameters of a study's result; see retrograde/tune.h. */
#include "base/sized.h"
#include "estimator/estimator.h"
#include "tune/tuner.h"

static rg_status
recall (const rg_tuning *tuning, rg_result which, uint64_t *iteration, rg_message *message)
{
    rg_hyper *hyper = tuning->problem->hyper;
    rg_origin origin = tuning->origin;
    rg_outer *outer = NULL;
    rg_study *study = NULL;
    uint64_t at = 0;
    origin.config = origin.config == NULL ? "" : origin.config;
    rg_status status = rg_outer_new (&outer, tuning->optimizer, tuning->outer, rg_hyper_size (hyper), message);
    if (status == RG_OK)
        status = rg_study_follow (&study, tuning->study, 1, &origin, hyper, outer, &at, message);
    if (status == RG_OK && at == 0 && tuning->iterations > 0)
        status = rg_fail (message, RG_EINPUT, "%s: the study has come to no meta-iteration yet", tuning->study);
    const rg_best best = status == RG_OK ? rg_study_best (study) : (rg_best) { 0 };
    if (status == RG_OK && which == RG_RESULT_BEST && best.known) {
        status = rg_study_recall (study, hyper, message);
        at = best.iteration;
    }
    if (status == RG_OK)
        *iteration = at * (tuning->members == 0 ? 1 : tuning->members);
    rg_study_free (study);
    rg_outer_free (outer);
    return status;
}

rg_status
rg_tune_recall (const rg_tuning *given, rg_result which, uint64_t *iteration, rg_message *message)
{
    rg_tuning own = { 0 };
    rg_problem problem;
    rg_status status = rg_sized_read (&own, sizeof own, RG_SIZE_TO (rg_tuning, iterations), given, "rg_tuning", message);
    *iteration = 0;
    if (status == RG_OK)
        status = rg_problem_read (&problem, own.problem, message);
    if (status != RG_OK)
        return status;
    own.problem = &problem;
    return recall (&own, which, iteration, message);
}
