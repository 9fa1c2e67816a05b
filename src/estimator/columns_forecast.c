/* columns_forecast.c -- what the tangents of forward mode will take; see columns.h. */
#include <math.h>

#include "estimator/columns.h"
#include "hyper/lambda.h"
#include "objective/objective.h"

/*
 * Columns, and the steps that they are carried over: of more steps than the hyperparameters have, a schedule's numbers are more
 * in proportion, and each is carried over more of them.
 */
static size_t
count_columns (const rg_problem *problem, double *column_steps)
{
    const double steps = (double) rg_hyper_steps (problem->hyper), times = (double) rg_forecast_steps (problem) / steps;
    size_t columns = rg_columns_count (problem, column_steps), scheduled = 0;
    double scheduled_steps = 0;
    for (size_t k = 0; times != 1 && k < rg_hyper_blocks (problem->hyper); k++) {
        const rg_block b = rg_hyper_block (problem->hyper, k);
        if (b.fixed || !b.per_step || b.tied != NULL || rg_lambda_has (problem->hyper, b.role))
            continue;
        scheduled += b.size;
        scheduled_steps += (double) b.size * (steps + 1) / 2;
    }
    *column_steps = (*column_steps - scheduled_steps) * times + scheduled_steps * times * times;
    return columns - scheduled + (size_t) ((double) scheduled * times);
}

rg_status
rg_columns_forecast (const rg_problem *problem, size_t tangent_bytes, const rg_step_seconds *measured, rg_forecast *out,
                     rg_message *message)
{
    *out = (rg_forecast) { .size = sizeof *out, .seconds = NAN };
    rg_run *run;
    const rg_status status = rg_forecast_start (&run, problem, message);
    if (status != RG_OK)
        return status;
    double column_steps;
    const uint64_t steps = rg_forecast_steps (problem);
    const size_t columns = count_columns (problem, &column_steps), panel = columns < RG_PANEL ? columns : RG_PANEL;
    const size_t most = rg_columns_most (run, columns, tangent_bytes);
    const size_t passes = columns == 0 ? 1 : (columns + most - 1) / most;
    const size_t threads = rg_team_threads (problem->run.team), panels = columns == 0 ? 1 : (most + panel - 1) / panel;
    const double at_once = run->inner->table->tangents == NULL ? 1 : (double) panels / (double) ((panels + threads - 1) / threads);
    out->bytes = (double) most * (double) rg_column_bytes (run);
    out->recomputed_steps = (passes - 1) * steps;
    if (measured != NULL)
        out->seconds = (double) passes * (measured->outer + (double) steps * measured->step)
            + (columns == 0 ? 0 : column_steps / (double) panel * measured->panel / at_once);
    rg_run_free (run);
    return RG_OK;
}
