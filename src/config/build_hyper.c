/* build_hyper.c -- the blocks of hyperparameters that a configuration names. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/build.h"
#include "dynamics/initial.h"
#include "hyper/role.h"
#include "hyper/schedule/schedule.h"
#include "hyper/transform.h"
#include "objective/second_model.h"
#include "registry/kinds.h"

enum { KEY_SIZE = 96 };

/* "step*array": a slice a step, a number an array; the words are those of rg_scope but for step, which is the second. */
static void
read_per (const rg_per *per, rg_block_spec *spec)
{
    static const rg_scope scopes[] = { RG_PER_ALL, RG_PER_ALL, RG_PER_LAYER, RG_PER_ARRAY, RG_PER_UNIT, RG_PER_WEIGHT, RG_PER_EXAMPLE };
    if (!per->given)
        return;
    spec->scope = scopes[per->word];
    spec->per_step = per->per_step;
}

static rg_transform
transform_of (const rg_kind *kind)
{
    int i = 0;
    while (rg_transform_get (i) != kind->row)
        i++;
    return (rg_transform) i;
}

/* Numbers that a step uses. */
static size_t
slice_of (const rg_config *config, rg_scope scope)
{
    switch (scope) {
    case RG_PER_LAYER: return rg_layout_layers (config->layout);
    case RG_PER_ARRAY: return rg_layout_arrays (config->layout);
    case RG_PER_UNIT: return rg_layout_units (config->layout);
    case RG_PER_WEIGHT: return rg_layout_weights (config->layout);
    case RG_PER_EXAMPLE: return rg_dataset_count (config->train);
    default: return 1;
    }
}

/* How many numbers of a schedule are free. */
static size_t
tuned_numbers (const rg_block_spec *spec)
{
    size_t count = 0;
    for (size_t k = 0; k < rg_schedule_numbers (spec->schedule); k++)
        count += !(spec->schedule_constants >> k & 1);
    return count;
}

/* The shape that an init file of a block must have, as text and as numbers: that of its free numbers. */
static int
expected_shape (const rg_config *config, const rg_block_spec *spec, size_t steps, size_t shape[2])
{
    const size_t numbers = spec->slice_tie != NULL ? rg_tie_columns (spec->slice_tie) : slice_of (config, spec->scope);
    int ndim = 0;
    if (spec->schedule != NULL)
        shape[ndim++] = tuned_numbers (spec);
    else if (spec->per_step)
        shape[ndim++] = spec->step_tie != NULL ? rg_tie_columns (spec->step_tie) : steps;
    if (spec->scope != RG_PER_ALL || numbers > 1)
        shape[ndim++] = numbers;
    return ndim;
}

/* Whether a block's values come from the model or the data. */
static int
comes_from_outside (rg_role role)
{
    return role == RG_WEIGHTS || role == RG_INPUTS || role == RG_SHARED_ARRAYS || rg_second_is (role);
}

/* Initial values of the blocks `weights` and `inputs`. */
static rg_status
own_values (const rg_config *config, rg_block_spec *spec, double **values)
{
    if (spec->role == RG_WEIGHTS) {
        const size_t n = spec->count = rg_layout_weights (config->layout);
        *values = rg_malloc (n, sizeof **values);
        if (*values != NULL)
            rg_initial_weights (&config->setup.problem.initial, config->hyper, 0, *values);
    } else {
        const uint32_t examples = rg_dataset_count (config->train);
        const size_t features = rg_dataset_features (config->train);
        spec->count = examples * features;
        *values = rg_malloc (spec->count, sizeof **values);
        for (uint32_t i = 0; *values != NULL && i < examples; i++)
            rg_dataset_gather_double (config->train, &i, 1, *values + i * features);
    }
    spec->values = *values;
    return *values == NULL ? RG_ENOMEM : RG_OK;
}

/* One number, fraction or file under a key, as the values of a block. */
static rg_status
read_init (const rg_config *config, const char *key, const rg_real_or_file *said, rg_block_spec *spec, double **values,
           rg_message *message)
{
    rg_status status = RG_OK;
    size_t shape[2];
    if (spec->role == RG_SHARING || spec->role == RG_INTERACTION)
        status = rg_config_tasks_values (config, key, said, spec, values, message);
    else if (said->file == NULL) {
        spec->init = said->value;
        return RG_OK;
    } else {
        const int ndim = expected_shape (config, spec, (size_t) config->values.inner.steps, shape);
        status = rg_config_read_array (config, key, said->file, 0, shape, ndim, values, message);
    }
    spec->values = *values;
    return status;
}

/* Refuse what a block whose values come from outside does not take. */
static rg_status
check_own (const rg_config *config, const char *entry, const rg_entry_values *said, rg_role role, rg_message *message)
{
    const char *key = said->init.given ? "init" : said->per.given ? "per" : said->transform.kind.name != NULL ? "transform"
        : said->tie.given ? "tie" : said->schedule.count > 0 ? "schedule" : NULL;
    char path[KEY_SIZE];
    if (key == NULL || !comes_from_outside (role))
        return RG_OK;
    snprintf (path, sizeof path, "%.60s.%s", entry, key);
    return rg_tree_fail_at_key (config->tree, path, message, RG_EUNSUPPORTED, "%s takes its values from %s: no %s",
                                rg_role_name (role), role == RG_INPUTS ? "the data" : "the model", key);
}

/* The box, the budget and the simplex. */
static rg_status
read_constraint (const rg_config *config, const char *entry, const rg_constraint_values *said, rg_block_spec *spec,
                 rg_message *message)
{
    char path[KEY_SIZE];
    if (said->min_given)
        spec->minimum = said->min;
    if (said->max_given)
        spec->maximum = said->max;
    if (said->budget_given)
        spec->budget = said->budget;
    if (!said->simplex)
        return RG_OK;
    snprintf (path, sizeof path, "%.60s.constraint.simplex", entry);
    if (spec->role != RG_SHARING)
        return rg_tree_fail_at_key (config->tree, path, message, RG_EUNSUPPORTED, "%s has no rows; sharing has",
                                    rg_role_name (spec->role));
    spec->simplex = config->tasks.tasks;
    return RG_OK;
}

/* `schedule`, a family whose numbers are the block's, and `tune`, which of them. */
static rg_status
read_schedule (const rg_config *config, const char *entry, const rg_entry_values *said, rg_block_spec *spec, rg_message *message)
{
    char path[KEY_SIZE];
    snprintf (path, sizeof path, "%.60s.tune", entry);
    if (said->schedule.count == 0)
        return said->tune.count == 0 ? RG_OK : rg_tree_fail_at_key (config->tree, path, message, RG_EINPUT,
                                                                    "tune names numbers of a schedule, and there is none");
    const rg_choice *family = &said->schedule.values[0];
    spec->schedule = family->kind.row;
    spec->schedule_numbers = ((const rg_schedule_settings *) family->settings)->number;
    spec->per_step = 1;
    spec->schedule_constants = said->tune.count == 0 ? 0 : ~0u;
    for (size_t i = 0; i < said->tune.count; i++) {
        const char *name, *wanted = said->tune.values[i];
        size_t k = 0;
        while ((name = rg_schedule_number (spec->schedule, k)) != NULL && strcmp (name, wanted) != 0)
            k++;
        if (name == NULL)
            return rg_tree_fail (config->tree, path, message, RG_EINPUT, "%s has no number %s", family->kind.name, wanted);
        spec->schedule_constants &= ~(1u << k);
    }
    return RG_OK;
}

/* Blocks of initial weights, where these are not those of one meta-iteration after another. */
static rg_status
check_starts (const rg_config *config, const char *entry, rg_role role, rg_message *message)
{
    const rg_tree *tree = config->tree;
    if (role == RG_WEIGHTS && config->setup.problem.initial.fresh)
        return rg_tree_fail (tree, entry, message, RG_EUNSUPPORTED,
                             "weights cannot be a hyperparameter where inner.restart is fresh");
    if (role == RG_WEIGHT_SCALE && config->weights != NULL)
        return rg_tree_fail (tree, entry, message, RG_EUNSUPPORTED,
                             "weight_scale cannot be a hyperparameter where model.weights gives the initial weights");
    if (role == RG_WEIGHT_SCALE && rg_tree_has (tree, "model.init"))
        return rg_tree_fail_at_key (tree, "model.init", message, RG_EINPUT, "weight_scale is under hyper, too");
    if (role == RG_WEIGHT_SCALE && config->values.model.scale_given)
        return rg_tree_fail_at_key (tree, "model.scale", message, RG_EINPUT, "weight_scale is under hyper, too");
    if ((role == RG_WEIGHTS || role == RG_WEIGHT_SCALE) && config->values.inner.restart == RG_RESTART_WARM)
        return rg_tree_fail (tree, entry, message, RG_EUNSUPPORTED,
                             "%s cannot be a hyperparameter where inner.restart is warm", rg_role_name (role));
    return RG_OK;
}

/* The values of a block at the start; *where is the key that rg_hyper_add's refusal is about. */
static rg_status
read_values (const rg_config *config, const char *entry, const rg_entry_values *said, rg_block_spec *spec, double **values,
             char where[KEY_SIZE], rg_message *message)
{
    const rg_role role = spec->role;
    if (rg_second_is (role))
        return rg_config_second_values (config, entry, spec, values, message);
    if (role == RG_SHARED_ARRAYS)
        return rg_config_shared_values (config, entry, spec, values, message);
    if (comes_from_outside (role))
        return own_values (config, spec, values) == RG_OK ? RG_OK
                                                          : rg_tree_fail (config->tree, entry, message, RG_ENOMEM, "out of memory");
    if (!rg_role_takes_scope (role, spec->scope) || (spec->per_step && !rg_role_get (role)->per_step)) {
        snprintf (where, KEY_SIZE, "%.60s.per", entry); /* rg_hyper_add says why */
        return RG_OK;
    }
    if (spec->schedule != NULL && !said->init.given) {
        snprintf (where, KEY_SIZE, "%.60s.schedule", entry);
        return RG_OK;
    }
    if (!said->init.given && role != RG_SHARING)
        return rg_tree_fail (config->tree, entry, message, RG_EINPUT, "%s needs init", rg_role_name (role));
    snprintf (where, KEY_SIZE, "%.60s.init", entry);
    if (spec->schedule != NULL && said->init.file == NULL)
        return rg_tree_fail (config->tree, where, message, RG_EINPUT, "the numbers of a schedule stand under it; init is a file of "
                             "those that are tuned");
    return read_init (config, where, &said->init, spec, values, message);
}

/* The key that a refusal of a block is about. */
static rg_status
relay (const rg_config *config, const char *entry, const char *where, rg_status status, const rg_message *reason,
       rg_message *message)
{
    char own[KEY_SIZE];
    snprintf (own, sizeof own, "%.60s.%.20s", entry, reason->subject);
    const int about_part = strcmp (reason->subject, "tie") == 0 || strcmp (reason->subject, "schedule") == 0;
    return status == RG_OK ? RG_OK : rg_config_fail (config, about_part ? own : where, status, reason, message);
}

static rg_status
add_tied (rg_config *config, const char *entry, const rg_entry_values *said, rg_block_spec *spec, rg_message *message)
{
    double *values = NULL;
    char where[KEY_SIZE];
    rg_message reason = { "out of memory" };
    snprintf (where, sizeof where, "%s", entry);
    rg_status status = read_values (config, entry, said, spec, &values, where, message);
    if (status == RG_OK)
        status = relay (config, entry, where, rg_hyper_add (config->hyper, spec, &reason), &reason, message);
    rg_free (values);
    return status;
}

static rg_status
add_entry (rg_config *config, const rg_entry_values *said, rg_message *message)
{
    char entry[KEY_SIZE];
    const rg_role role = rg_kinds_role (&said->name.kind);
    rg_block_spec spec = rg_block_defaults (role);
    rg_tie *step_tie, *slice_tie;
    snprintf (entry, sizeof entry, "hyper.%s", rg_role_name (role)); /* as people call it */
    read_per (&said->per, &spec);
    if (said->transform.kind.name != NULL)
        spec.transform = transform_of (&said->transform.kind);
    rg_status status = check_own (config, entry, said, role, message);
    if (status == RG_OK)
        status = read_schedule (config, entry, said, &spec, message);
    if (status == RG_OK)
        status = read_constraint (config, entry, &said->constraint, &spec, message);
    if (status == RG_OK)
        status = check_starts (config, entry, role, message);
    if (status == RG_OK)
        status = rg_config_read_tie (config, entry, &said->tie, &spec, slice_of (config, spec.scope), &step_tie, &slice_tie, message);
    if (status != RG_OK)
        return status;
    spec.step_tie = step_tie;
    spec.slice_tie = slice_tie;
    status = add_tied (config, entry, said, &spec, message);
    rg_tie_free (step_tie);
    rg_tie_free (slice_tie);
    return status;
}

/* How steps are computed; an exact decay n/d goes with the integer buffer only. */
static rg_status
read_run (rg_config *config, rg_message *message)
{
    const rg_inner_values *inner = &config->values.inner;
    rg_run_options *run = &config->setup.problem.run;
    *run = rg_run_defaults ();
    run->arithmetic = inner->floating ? RG_FLOATING : RG_EXACT;
    run->fraction_bits = inner->fraction_bits;
    run->ratio_bits = inner->ratio_bits;
    run->second_bits = inner->second_bits;
    run->epsilon_inside = inner->epsilon_inside;
    run->clip = inner->clip;
    if (inner->buffer == RG_WANT_INTEGER)
        run->buffer_kind = RG_BUFFER_INTEGER;
    else
        run->buffer_kind = inner->buffer == RG_WANT_STREAM64 || run->ratio_bits > 16 ? RG_BUFFER_STREAM64 : RG_BUFFER_STREAM32;
    if (inner->decay.plain.denominator == 0)
        return RG_OK;
    if (run->buffer_kind == RG_BUFFER_INTEGER && run->arithmetic == RG_EXACT) {
        char text[64];
        snprintf (text, sizeof text, "%lld/%lld", (long long) inner->decay.plain.numerator, (long long) inner->decay.plain.denominator);
        if (rg_ratio_parse (text, &run->ratio) != RG_OK)
            return rg_tree_fail (config->tree, "inner.decay", message, RG_ERANGE, "expected a fraction in (0, 1] below 2^32, got %s",
                                 text);
    }
    return RG_OK;
}

rg_status
rg_config_build_hyper (rg_config *config, rg_message *message)
{
    const rg_values *values = &config->values;
    rg_status status = read_run (config, message);
    if (status != RG_OK)
        return status;
    const rg_run_options *run = &config->setup.problem.run;
    /* a decay given as a fraction is applied as it is, in either arithmetic */
    const int as_given = run->ratio.d != 0 || (run->arithmetic == RG_FLOATING && values->inner.decay.plain.denominator != 0);
    status = rg_hyper_new (&config->hyper, config->layout, (size_t) values->inner.steps,
                           rg_dataset_count (config->train), as_given ? 0 : run->ratio_bits);
    if (status != RG_OK)
        return rg_fail (message, status, "out of memory for the hyperparameters");
    for (size_t i = 0; status == RG_OK && i < values->hyper.count; i++)
        status = add_entry (config, (const rg_entry_values *) values->hyper.values + i, message);
    if (status == RG_OK)
        status = rg_config_add_constants (config, message);
    if (status == RG_OK)
        status = rg_config_fix_second (config, message);
    if (status == RG_OK)
        status = rg_config_fix_shared (config, message);
    return status;
}
