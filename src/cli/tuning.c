/* tuning.c -- see tuning.h. */
#include "cli/tuning.h"

rg_tuning
tuning_of (const options *o, const rg_setup *setup)
{
    return (rg_tuning) { .size = sizeof (rg_tuning), .problem = &setup->problem, .estimator = setup->estimator,
                         .estimator_options = setup->estimator_options, .members = setup->members, .others = setup->others,
                         .other_count = setup->other_count, .warm = setup->warm, .optimizer = setup->optimizer,
                         .outer = setup->outer, .clip = setup->clip, .iterations = setup->iterations,
                         .has_validation = setup->has_validation, .monitor = setup->monitor, .result = setup->result, .patience = setup->patience,
                         .keep_going = setup->keep_going, .memory = setup->memory,
                         .test = setup->test, .study = setup->study,
                         .origin = { setup->text, setup->inputs, setup->input_count, rg_config_is_neutral }, .resume = o->resume,
                         .sweeps = setup->keeps_sweeps ? &setup->sweeps : NULL, .sets = setup->data };
}
