/* problem_check.c -- whether the parts of a problem are there and fit; see estimator.h. */
#include <math.h>

#include "estimator/estimator.h"
#include "hyper/lambda.h"
#include "hyper/range.h"

rg_status
rg_problem_check_sizes (const rg_problem *problem, const rg_objective *objective, const char *which, rg_message *message)
{
    const size_t lambdas = rg_lambda_size (problem->hyper);
    if (objective->weights != problem->inner->weights)
        return rg_fail (message, RG_ESHAPE, "the %s has %zu weights, the inner one %zu", which, objective->weights,
                        problem->inner->weights);
    if (objective->lambdas != 0 && objective->lambdas != lambdas)
        return rg_fail (message, RG_ESHAPE, "the %s takes %zu hyperparameters, the blocks have %zu", which,
                        objective->lambdas, lambdas);
    return RG_OK;
}

rg_status
rg_problem_check_objective (const rg_problem *problem, const rg_objective *objective, const char *which,
                            rg_message *message)
{
    if (objective->precision != problem->inner->precision)
        return rg_fail (message, RG_ESHAPE, "the %s and the inner one differ in precision", which);
    return rg_problem_check_sizes (problem, objective, which, message);
}

rg_status
rg_problem_check (const rg_problem *problem, rg_message *message)
{
    rg_status status = rg_problem_complete (problem, message);
    if (status == RG_OK)
        status = rg_problem_check_objective (problem, problem->outer, "outer objective", message);
    if (status == RG_OK && problem->validation != NULL)
        status = rg_problem_check_objective (problem, problem->validation, "validation objective", message);
    if (status != RG_OK)
        return status;
    const size_t lambdas = rg_lambda_size (problem->hyper);
    rg_block weights, scale;
    if (!(problem->penalty >= 0 && isfinite (problem->penalty)))
        return rg_fail (message, RG_ERANGE, "outer.penalty: expected a number >= 0, got %g", problem->penalty);
    const int has_weights = rg_hyper_find (problem->hyper, RG_WEIGHTS, &weights);
    const int has_scale = rg_hyper_find (problem->hyper, RG_WEIGHT_SCALE, &scale);
    if (has_scale && (has_weights || problem->initial.values != NULL))
        return rg_fail (message, RG_EUNSUPPORTED,
                        "weight_scale cannot be a hyperparameter where the initial weights are given");
    if (has_weights && !weights.fixed && problem->initial.fresh)
        return rg_fail (message, RG_EUNSUPPORTED,
                        "weights cannot be a hyperparameter where each meta-iteration draws fresh ones");
    if (lambdas > 0 && problem->inner->lambdas == 0 && problem->outer->lambdas == 0)
        return rg_fail (message, RG_EUNSUPPORTED,
                        "there are hyperparameters of the objectives, but neither objective takes any");
    return RG_OK;
}

rg_status
rg_problem_narrow (const rg_problem *given, rg_message *message)
{
    rg_problem problem;
    const rg_status status = rg_problem_read (&problem, given, message);
    for (int c = 0; status == RG_OK && c < problem.dynamics->coefficients; c++) {
        const rg_role role = problem.dynamics->coefficient[c].role;
        rg_hyper_narrow (problem.hyper, role, rg_run_least (&problem.run, problem.dynamics, problem.inner->precision, role));
    }
    return status;
}

/* A reversible trajectory undoes steps. */
rg_status
rg_problem_check_policy (const rg_problem *problem, const rg_policy *policy, rg_message *message)
{
    const rg_status status = rg_problem_complete (problem, message);
    if (status != RG_OK)
        return status;
    if (policy->exact_only && problem->dynamics->irreversible != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "%s cannot be run backwards: %s; a stored or checkpointed trajectory "
                        "takes it", problem->dynamics->name, problem->dynamics->irreversible);
    if (policy->exact_only && problem->run.arithmetic != RG_EXACT)
        return rg_fail (message, RG_EUNSUPPORTED,
                        "a %s trajectory needs exact arithmetic; a stored one takes floating arithmetic too",
                        policy->name);
    return RG_OK;
}
