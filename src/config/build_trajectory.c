/* build_trajectory.c -- how states come back: as told, or chosen by what fits. */
#include <retrograde/forecast.h>

#include "config/build.h"
#include "estimator/estimator.h"

static int
goes_back (const rg_setup *setup)
{
    return rg_estimator_needs_policy (setup->estimator, &setup->problem);
}

/* A directory for what does not fit memory, which must be limited then. */
static rg_status
check_directory (const rg_config *config, const char *key, const char *directory, rg_message *message)
{
    return directory == NULL || config->values.memory > 0
        ? RG_OK
        : rg_tree_fail (config->tree, key, message, RG_EINPUT, "expected `memory`, too: what does not fit goes to the directory");
}

static rg_status
read_options (rg_config *config, rg_message *message)
{
    const rg_trajectory_settings *settings = config->values.estimator.trajectory.settings;
    rg_estimator_options *options = config->setup.estimator_options;
    options->memory = (size_t) config->values.memory;
    options->slots = settings->slots;
    options->window = config->values.estimator.window.count == 0 ? RG_WINDOW_AUTO : (size_t) config->values.estimator.window.values[0];
    options->slot_directory = settings->slot_directory;
    options->spill_directory = settings->spill_directory;
    const rg_status status = check_directory (config, "estimator.slot_directory", settings->slot_directory, message);
    return status == RG_OK ? check_directory (config, "estimator.spill_directory", settings->spill_directory, message) : status;
}

/* Snapshots within a meta-iteration: of runs that are gone back over, and of means. */
static rg_status
build_sweeps (rg_config *config, rg_message *message)
{
    rg_setup *setup = &config->setup;
    const rg_values *values = &config->values;
    const int one = !values->outer.average.given || values->outer.average.initialisations == 1;
    setup->keeps_sweeps = !one || goes_back (setup);
    setup->sweeps = (rg_sweep_options) { .size = sizeof (rg_sweep_options), .minutes = values->snapshots.minutes,
                                         .directory = setup->estimator_options->spill_directory, .log = setup->problem.log };
    setup->sweeps.steps = (uint64_t) values->snapshots.steps;
    if (setup->keeps_sweeps || values->snapshots.steps == 0)
        return RG_OK;
    return rg_tree_fail (config->tree, "snapshots.steps", message, RG_EUNSUPPORTED,
                         "a meta-iteration is saved on its way where it goes back over a trajectory (reverse, truncated), "
                         "and between the members of a mean; this one would begin again");
}

static rg_status
build_policy (rg_config *config, rg_message *message)
{
    rg_setup *setup = &config->setup;
    rg_estimator_options *options = setup->estimator_options;
    const rg_kind *kind = &config->values.estimator.trajectory.kind;
    rg_message reason = { "out of memory" }, why = { "" };
    rg_status status = read_options (config, message);
    if (status != RG_OK)
        return status;
    options->policy = kind->row;
    setup->trajectory_name = kind->name;
    if (options->policy == NULL) { /* auto */
        status = rg_choose_trajectory (&setup->problem, options, &why, &reason);
        if (status == RG_OK) {
            setup->trajectory_name = options->policy->name;
            if (goes_back (setup))
                rg_note (&setup->problem.log, "estimator.trajectory: auto is %s", why.text);
        }
        return status == RG_OK ? RG_OK : rg_config_fail (config, "estimator.trajectory", status, &reason, message);
    }
    if (options->memory == 0 || !goes_back (setup)
        || rg_problem_check_policy (&setup->problem, options->policy, NULL) != RG_OK) /* refused when it is used */
        return RG_OK;
    rg_how how;
    status = rg_how_read (&how, setup->estimator, options, &reason);
    if (status == RG_OK)
        status = rg_problem_fit (&setup->problem, setup->estimator, &how, &reason);
    rg_how_clear (&how);
    return status == RG_OK ? RG_OK : rg_config_fail (config, "memory", status, &reason, message);
}

rg_status
rg_config_build_trajectory (rg_config *config, rg_message *message)
{
    const rg_status status = build_policy (config, message);
    return status == RG_OK ? build_sweeps (config, message) : status;
}
