/* build_trajectory.c -- how states come back: as told, or chosen by what fits. */
#include <string.h>

#include <retrograde/forecast.h>
#include <retrograde/registry.h>

#include "config/build.h"
#include "estimator/estimator.h"

static int
goes_back (const rg_setup *setup)
{
    return rg_estimator_needs_policy (setup->estimator, &setup->problem, &setup->estimator_options);
}

/* A directory for what does not fit memory, which must be limited then. */
static rg_status
read_directory (const rg_config *config, const char *key, char **out, rg_message *message)
{
    const rg_tree *tree = config->tree;
    if (!rg_tree_has (tree, key))
        return RG_OK;
    if (!rg_tree_has (tree, "memory"))
        return rg_tree_fail (tree, key, message, RG_EINPUT, "expected `memory`, too: what does not fit goes to the directory");
    const rg_status status = rg_tree_file_at (tree, key, out);
    return status == RG_OK ? RG_OK : rg_fail (message, status, "out of memory");
}

static rg_status
read_options (rg_config *config, rg_message *message)
{
    const rg_tree *tree = config->tree;
    rg_estimator_options *options = &config->setup.estimator_options;
    if (rg_tree_has (tree, "memory"))
        options->memory = (size_t) rg_tree_bytes (tree, "memory");
    if (rg_tree_has (tree, "estimator.slots"))
        options->slots = (size_t) rg_tree_whole (tree, "estimator.slots");
    rg_status status = read_directory (config, "estimator.slot_directory", &config->slot_directory, message);
    if (status == RG_OK)
        status = read_directory (config, "estimator.spill_directory", &config->spill_directory, message);
    options->slot_directory = config->slot_directory;
    options->spill_directory = config->spill_directory;
    return status;
}

/* A key that only one trajectory heeds. */
static rg_status
check_keys (const rg_config *config, const char *name, rg_message *message)
{
    if (rg_tree_has (config->tree, "estimator.spill_directory") && strcmp (name, "reversible") != 0 && strcmp (name, "auto") != 0)
        return rg_tree_fail (config->tree, "estimator.spill_directory", message, RG_EUNSUPPORTED,
                             "a %s trajectory moves no entropy buffer to a file; a reversible one does", name);
    static const char *const keys[] = { "estimator.slots", "estimator.slot_directory" };
    for (size_t i = 0; i < 2; i++)
        if (rg_tree_has (config->tree, keys[i]) && strcmp (name, "checkpointed") != 0 && strcmp (name, "auto") != 0)
            return rg_tree_fail (config->tree, keys[i], message, RG_EUNSUPPORTED,
                                 "a %s trajectory has no slots; a checkpointed one has", name);
    return RG_OK;
}

/* Snapshots within a meta-iteration: of runs that are gone back over, and of means. */
static rg_status
build_sweeps (rg_config *config, rg_message *message)
{
    rg_setup *setup = &config->setup;
    const rg_tree *tree = config->tree;
    const int one = !rg_tree_has (tree, "outer.average.initialisations") || rg_tree_whole (tree, "outer.average.initialisations") == 1;
    setup->keeps_sweeps = !one || goes_back (setup);
    setup->sweeps = (rg_sweep_options) { .minutes = rg_tree_real (tree, "snapshots.minutes"),
                                         .directory = config->spill_directory, .log = setup->problem.log };
    if (!rg_tree_has (tree, "snapshots.steps"))
        return RG_OK;
    setup->sweeps.steps = (uint64_t) rg_tree_whole (tree, "snapshots.steps");
    if (setup->keeps_sweeps)
        return RG_OK;
    return rg_tree_fail (tree, "snapshots.steps", message, RG_EUNSUPPORTED,
                         "a meta-iteration is saved on its way where it goes back over a trajectory (reverse, truncated), "
                         "and between the members of a mean; this one would begin again");
}

static rg_status
build_policy (rg_config *config, rg_message *message)
{
    rg_setup *setup = &config->setup;
    rg_estimator_options *options = &setup->estimator_options;
    const char *name = rg_tree_text (config->tree, "estimator.trajectory");
    rg_message reason = { "out of memory" }, why = { "" };
    rg_status status = read_options (config, message);
    if (status == RG_OK)
        status = check_keys (config, name, message);
    if (status != RG_OK)
        return status;
    options->policy = rg_registry_trajectory (name);
    setup->trajectory_name = name;
    if (strcmp (name, "auto") == 0) {
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
    rg_estimator_options settled = *options;
    status = rg_problem_fit (&setup->problem, setup->estimator, &settled, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (config, "memory", status, &reason, message);
}

rg_status
rg_config_build_trajectory (rg_config *config, rg_message *message)
{
    const rg_status status = build_policy (config, message);
    return status == RG_OK ? build_sweeps (config, message) : status;
}
