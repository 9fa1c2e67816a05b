/* reach.c -- which hyperparameters an estimator can reach; see estimator.h. */
#include <string.h>

#include "estimator/estimator.h"
#include "hyper/lambda.h"
#include "hyper/role.h"

int
rg_estimator_goes_back (const rg_problem *problem)
{
    (void) problem;
    return 1;
}

int
rg_estimator_needs_policy (const rg_estimator *estimator, const rg_problem *problem)
{
    return estimator->needs_policy != NULL && estimator->needs_policy (problem);
}

unsigned
rg_problem_uses (const rg_problem *problem, const rg_block *block)
{
    const unsigned uses = rg_lambda_uses (problem->hyper, block->role);
    const int direct = problem->outer->lambdas > 0 && problem->outer->table->lambda_gradient != NULL;
    const unsigned inner = problem->inner->lambdas > 0 ? uses : uses & ~(unsigned) RG_OF_OBJECTIVE;
    return inner | ((uses & RG_OF_OBJECTIVE) != 0 && direct ? RG_OF_OUTER : 0);
}

/* Callbacks may leave out how they depend on lambda: what nobody else uses would have a derivative of zero, silently. */
static rg_status
check_blind (const rg_problem *problem, const rg_estimator *estimator, const rg_block *block, rg_message *message)
{
    const unsigned uses = rg_problem_uses (problem, block);
    const int inner = problem->inner->lambdas > 0 && problem->inner->table->blind;
    if ((uses & RG_OF_OBJECTIVE) == 0 ? uses != 0 : !inner || estimator->moves_lambda)
        return RG_OK;
    return rg_fail (message, RG_EUNSUPPORTED, "%s cannot differentiate `%s`: the callbacks of the %s objective do not tell how it depends "
                    "on it; give them lambda_gradient or tangent", estimator->name, block->name, inner ? "inner" : "outer");
}

rg_status
rg_problem_reach (const rg_problem *problem, const rg_estimator *estimator, const rg_how *how, rg_message *message)
{
    for (size_t i = 0; i < rg_hyper_blocks (problem->hyper); i++) {
        const rg_block b = rg_hyper_block (problem->hyper, i);
        const rg_status status = b.fixed ? RG_OK : check_blind (problem, estimator, &b, message);
        if (status != RG_OK)
            return status;
        if (!b.fixed && (rg_problem_uses (problem, &b) & estimator->reaches) == 0)
            return rg_fail (message, RG_EUNSUPPORTED, "%.*s cannot differentiate `%s`: %s",
                            (int) strcspn (estimator->name, ":"), estimator->name, b.name, estimator->why_not);
    }
    return estimator->check == NULL ? RG_OK : estimator->check (problem, how, message);
}
