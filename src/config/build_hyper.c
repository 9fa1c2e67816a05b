/* build_hyper.c -- the blocks of hyperparameters that a configuration names, and its constants. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <retrograde/registry.h>

#include "base/memory.h"
#include "config/build.h"
#include "dynamics/dynamics.h"
#include "dynamics/initial.h"
#include "hyper/role.h"
#include "objective/second_model.h"

enum { KEY_SIZE = 96 };

static int
role_of (const char *name, rg_role *role)
{
    for (int i = 0; i < RG_PARAMETER; i++)
        if (strcmp (rg_role_name ((rg_role) i), name) == 0) {
            *role = (rg_role) i;
            return 1;
        }
    return 0;
}

/* "step*array": a slice a step, a number an array. */
static int
read_per (const char *text, rg_block_spec *spec)
{
    spec->scope = RG_PER_ALL;
    int scopes = 0, steps = 0;
    for (const char *at = text; at != NULL;) {
        const char *star = strchr (at, '*');
        const size_t length = star == NULL ? strlen (at) : (size_t) (star - at);
        int known = length == 4 && strncmp (at, "step", 4) == 0;
        steps += known;
        for (int s = 0; !known && s < RG_PER_OWN; s++) {
            const char *name = rg_scope_name ((rg_scope) s);
            if (strlen (name) == length && strncmp (at, name, length) == 0) {
                spec->scope = (rg_scope) s;
                known = 1;
                scopes++;
            }
        }
        if (!known)
            return 0;
        at = star == NULL ? NULL : star + 1;
    }
    spec->per_step = steps;
    return steps <= 1 && scopes <= 1;
}

static int
read_transform (const char *text, rg_transform *out)
{
    for (int i = 0; rg_transform_name ((rg_transform) i) != NULL; i++)
        if (strcmp (rg_transform_name ((rg_transform) i), text) == 0) {
            *out = (rg_transform) i;
            return 1;
        }
    return 0;
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

/* The shape that an init file of a block must have, as text and as numbers: that of its free numbers. */
static int
expected_shape (const rg_config *config, const rg_block_spec *spec, size_t steps, size_t shape[2])
{
    const size_t numbers = spec->slice_tie != NULL ? rg_tie_columns (spec->slice_tie) : slice_of (config, spec->scope);
    int ndim = 0;
    if (spec->per_step)
        shape[ndim++] = spec->step_tie != NULL ? rg_tie_columns (spec->step_tie) : steps;
    if (spec->scope != RG_PER_ALL || numbers > 1)
        shape[ndim++] = numbers;
    return ndim;
}

/* Whether a block's values come from the model or the data. */
static int
comes_from_outside (rg_role role)
{
    return role == RG_WEIGHTS || role == RG_INPUTS || rg_second_is (role);
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
read_init (const rg_config *config, const char *key, rg_block_spec *spec, double **values, rg_message *message)
{
    if (spec->role == RG_SHARING || spec->role == RG_INTERACTION) {
        const rg_status status = rg_config_tasks_values (config, key, spec, values, message);
        spec->values = *values;
        return status;
    }
    if (rg_tree_is_number (config->tree, key)) {
        spec->init = rg_tree_real (config->tree, key);
        return RG_OK;
    }
    size_t shape[2];
    const int ndim = expected_shape (config, spec, (size_t) rg_tree_whole (config->tree, "inner.steps"), shape);
    const rg_status status = rg_config_read_array (config, key, 0, shape, ndim, values, message);
    spec->values = *values;
    return status;
}

static rg_status
add_entry (rg_config *config, size_t index, rg_message *message)
{
    const rg_tree *tree = config->tree;
    char entry[KEY_SIZE], key[KEY_SIZE + 32];
    snprintf (entry, sizeof entry, "hyper.%zu", index);
#define KEY(name) (snprintf (key, sizeof key, "%s.%s", entry, name), key)
    rg_role role;
    if (!role_of (rg_tree_text (tree, KEY ("name")), &role))
        return rg_tree_fail (tree, key, message, RG_EINPUT,
                             "expected rate, decay, beta1, beta2, epsilon, weight_decay, l2, proximal, example_weight, weights, "
                             "weight_scale, inputs, sharing, interaction, representation, augmentation or weighting, got %s",
                             rg_tree_text (tree, key));
    snprintf (entry, sizeof entry, "hyper.%s", rg_role_name (role)); /* as people call it */
    rg_block_spec spec = rg_block_defaults (role);
    const int own = comes_from_outside (role);
    if (own)
        for (size_t i = 0; i < 4; i++) {
            static const char *const refused[] = { "init", "per", "transform", "tie" };
            if (rg_tree_has (tree, KEY (refused[i])))
                return rg_tree_fail_at_key (tree, key, message, RG_EUNSUPPORTED, "%s takes its values from %s: no %s",
                                            rg_role_name (role), role == RG_INPUTS ? "the data" : "the model",
                                            refused[i]);
        }
    if (rg_tree_has (tree, KEY ("per")) && !read_per (rg_tree_text (tree, key), &spec))
        return rg_tree_fail (tree, key, message, RG_EINPUT,
                             "expected all, step, layer, array, unit, weight, example or a product with step, got %s",
                             rg_tree_text (tree, key));
    if (rg_tree_has (tree, KEY ("transform")) && !read_transform (rg_tree_text (tree, key), &spec.transform))
        return rg_tree_fail (tree, key, message, RG_EINPUT, "expected identity, log, logit or softplus, got %s",
                             rg_tree_text (tree, key));
    if (rg_tree_has (tree, KEY ("constraint.min")))
        spec.minimum = rg_tree_real (tree, key);
    if (rg_tree_has (tree, KEY ("constraint.max")))
        spec.maximum = rg_tree_real (tree, key);
    if (rg_tree_has (tree, KEY ("constraint.simplex")) && rg_tree_flag (tree, key)) {
        if (role != RG_SHARING)
            return rg_tree_fail_at_key (tree, key, message, RG_EUNSUPPORTED, "%s has no rows; sharing has",
                                        rg_role_name (role));
        spec.simplex = config->tasks.tasks;
    }
    if (rg_tree_has (tree, KEY ("constraint.budget")))
        spec.budget = rg_tree_real (tree, key);
    if (role == RG_WEIGHTS && config->setup.problem.initial.fresh)
        return rg_tree_fail (tree, entry, message, RG_EUNSUPPORTED,
                             "weights cannot be a hyperparameter where inner.restart is fresh");
    if (role == RG_WEIGHT_SCALE && config->weights != NULL)
        return rg_tree_fail (tree, entry, message, RG_EUNSUPPORTED,
                             "weight_scale cannot be a hyperparameter where model.weights gives the initial weights");
    if (role == RG_WEIGHT_SCALE && rg_tree_has (tree, "model.init"))
        return rg_tree_fail_at_key (tree, "model.init", message, RG_EINPUT, "weight_scale is under hyper, too");
    if (role == RG_WEIGHT_SCALE && rg_tree_has (tree, "model.scale"))
        return rg_tree_fail_at_key (tree, "model.scale", message, RG_EINPUT, "weight_scale is under hyper, too");
    if ((role == RG_WEIGHTS || role == RG_WEIGHT_SCALE) && strcmp (rg_tree_text (tree, "inner.restart"), "warm") == 0)
        return rg_tree_fail (tree, entry, message, RG_EUNSUPPORTED,
                             "%s cannot be a hyperparameter where inner.restart is warm", rg_role_name (role));
    double *values = NULL;
    rg_tie *step_tie, *slice_tie;
    rg_message reason = { "out of memory" };
    rg_status status = rg_config_read_tie (config, entry, &spec, slice_of (config, spec.scope), &step_tie, &slice_tie,
                                           message);
    if (status != RG_OK)
        return status;
    spec.step_tie = step_tie;
    spec.slice_tie = slice_tie;
    const char *where = entry;
    if (rg_second_is (role)) {
        status = rg_config_second_values (config, entry, &spec, &values, message);
        if (status != RG_OK)
            goto done;
    } else if (own)
        status = own_values (config, &spec, &values);
    else if (!rg_role_takes_scope (role, spec.scope) || (spec.per_step && !rg_role_get (role)->per_step))
        where = KEY ("per"); /* rg_hyper_add says why */
    else if (!rg_tree_has (tree, KEY ("init")) && role != RG_SHARING) {
        status = rg_tree_fail (tree, entry, message, RG_EINPUT, "%s needs init", rg_role_name (role));
        goto done;
    } else {
        where = key;
        status = read_init (config, key, &spec, &values, message);
        if (status != RG_OK)
            goto done;
    }
    if (status == RG_OK)
        status = rg_hyper_add (config->hyper, &spec, &reason);
    if (status != RG_OK && strstr (reason.text, ": tie: ") != NULL)
        where = KEY ("tie");
    if (status != RG_OK)
        status = rg_config_fail (config, where, status, &reason, message);
done:
    rg_tie_free (step_tie);
    rg_tie_free (slice_tie);
    rg_free (values);
    return status;
#undef KEY
}

/*
 * A hyperparameter that is not under `hyper` is a constant under `inner`.
 *   otherwise  its value where it is nowhere; not a number: one that is needed must be somewhere
 */
static rg_status
add_constant (rg_config *config, rg_role role, int needed, double otherwise, rg_message *message)
{
    const rg_tree *tree = config->tree;
    char key[KEY_SIZE];
    snprintf (key, sizeof key, "inner.%s", rg_role_name (role));
    rg_block block;
    const int tuned = rg_hyper_find (config->hyper, role, &block), given = rg_tree_has (tree, key);
    if (tuned && given)
        return rg_tree_fail_at_key (tree, key, message, RG_EINPUT, "%s is under hyper, too", rg_role_name (role));
    if (tuned || (!given && !needed))
        return RG_OK;
    if (!given && isnan (otherwise))
        return rg_tree_fail (tree, "inner", message, RG_EINPUT, "%s is neither under inner nor under hyper",
                             rg_role_name (role));
    rg_block_spec spec = rg_block_defaults (role);
    spec.fixed = 1;
    spec.per_step = 0;
    spec.init = otherwise;
    double *values = NULL;
    rg_message reason;
    rg_status status = given ? read_init (config, key, &spec, &values, message) : RG_OK;
    if (status != RG_OK)
        return status;
    status = rg_hyper_add (config->hyper, &spec, &reason);
    rg_free (values);
    return status == RG_OK ? RG_OK : rg_config_fail (config, key, status, &reason, message);
}

/* How steps are computed; an exact decay n/d goes with the integer buffer only. */
static rg_status
read_run (rg_config *config, rg_message *message)
{
    const rg_tree *tree = config->tree;
    rg_run_options *run = &config->setup.problem.run;
    *run = rg_run_defaults ();
    run->arithmetic = strcmp (rg_tree_text (tree, "inner.arithmetic"), "floating") == 0 ? RG_FLOATING : RG_EXACT;
    run->fraction_bits = (int) rg_tree_whole (tree, "inner.fraction_bits");
    run->ratio_bits = (int) rg_tree_whole (tree, "inner.ratio_bits");
    run->second_bits = (int) rg_tree_whole (tree, "inner.second_bits");
    run->epsilon_inside = strcmp (rg_tree_text (tree, "inner.epsilon_place"), "inside") == 0;
    const char *buffer = rg_tree_text (tree, "inner.buffer");
    if (strcmp (buffer, "integer") == 0)
        run->buffer_kind = RG_BUFFER_INTEGER;
    else
        run->buffer_kind = strcmp (buffer, "stream64") == 0 || run->ratio_bits > 16 ? RG_BUFFER_STREAM64
                                                                                    : RG_BUFFER_STREAM32;
    int64_t n, d;
    if (!rg_tree_has (tree, "inner.decay") || !rg_tree_fraction (tree, "inner.decay", &n, &d))
        return RG_OK;
    if (run->buffer_kind == RG_BUFFER_INTEGER && run->arithmetic == RG_EXACT) {
        char text[64];
        snprintf (text, sizeof text, "%lld/%lld", (long long) n, (long long) d);
        if (rg_ratio_parse (text, &run->ratio) != RG_OK)
            return rg_tree_fail (tree, "inner.decay", message, RG_ERANGE, "expected a fraction in (0, 1] below 2^32, got %s",
                                 text);
    }
    return RG_OK;
}

/* The coefficients of the rule: under hyper, under inner, or by default; what it does not take is refused. */
static rg_status
build_coefficients (rg_config *config, rg_message *message)
{
    const rg_tree *tree = config->tree;
    const rg_dynamics *rule = rg_registry_dynamics (rg_tree_text (tree, "inner.dynamics"));
    rg_status status = RG_OK;
    for (int role = 0; rule != NULL && status == RG_OK && role < RG_PARAMETER; role++) {
        if (!(rg_role_get ((rg_role) role)->uses & RG_OF_DYNAMICS))
            continue;
        const int c = rg_dynamics_coefficient (rule, (rg_role) role);
        rg_block block;
        char key[KEY_SIZE];
        if (c >= 0)
            status = add_constant (config, (rg_role) role, 1, rule->coefficient[c].otherwise, message);
        else if (snprintf (key, sizeof key, "inner.%s", rg_role_name ((rg_role) role)) > 0 && rg_tree_has (tree, key))
            status = rg_tree_fail_at_key (tree, key, message, RG_EUNSUPPORTED, "%s takes no %s", rule->name,
                                          rg_role_name ((rg_role) role));
        else if (rg_hyper_find (config->hyper, (rg_role) role, &block)) {
            snprintf (key, sizeof key, "hyper.%s", rg_role_name ((rg_role) role));
            status = rg_tree_fail (tree, key, message, RG_EUNSUPPORTED, "%s takes no %s", rule->name,
                                          rg_role_name ((rg_role) role));
        }
    }
    return status;
}

/* The centre of a proximal term: the initial weights, constants where they are not under hyper. */
static rg_status
fix_centre (rg_config *config, rg_message *message)
{
    const char *key = rg_tree_has (config->tree, "inner.proximal") ? "inner.proximal" : "hyper.proximal";
    const char *restart = rg_tree_text (config->tree, "inner.restart");
    rg_block block;
    rg_message reason;
    if (!rg_hyper_find (config->hyper, RG_PROXIMAL, &block) || rg_hyper_find (config->hyper, RG_WEIGHTS, &block))
        return RG_OK;
    if (strcmp (restart, "same") != 0)
        return rg_tree_fail (config->tree, key, message, RG_EUNSUPPORTED,
                             "a pull to the initial weights needs inner.restart same, got %s", restart);
    if (rg_hyper_find (config->hyper, RG_WEIGHT_SCALE, &block))
        return rg_tree_fail (config->tree, key, message, RG_EUNSUPPORTED,
                             "a pull to the initial weights goes with weights under hyper, not with weight_scale");
    rg_block_spec spec = rg_block_defaults (RG_WEIGHTS);
    spec.fixed = 1;
    spec.count = rg_layout_weights (config->layout);
    double *values = rg_malloc (spec.count, sizeof *values);
    if (values == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the initial weights");
    rg_initial_weights (&config->setup.problem.initial, config->hyper, 0, values);
    spec.values = values;
    const rg_status status = rg_hyper_add (config->hyper, &spec, &reason);
    rg_free (values);
    return status == RG_OK ? RG_OK : rg_config_fail (config, key, status, &reason, message);
}

rg_status
rg_config_build_hyper (rg_config *config, rg_message *message)
{
    const rg_tree *tree = config->tree;
    rg_status status = read_run (config, message);
    if (status != RG_OK)
        return status;
    const rg_run_options *run = &config->setup.problem.run;
    int64_t n, d; /* a decay given as a fraction is applied as it is, in either arithmetic */
    const int as_given = run->ratio.d != 0
        || (run->arithmetic == RG_FLOATING && rg_tree_has (tree, "inner.decay")
            && rg_tree_fraction (tree, "inner.decay", &n, &d));
    status = rg_hyper_new (&config->hyper, config->layout, (size_t) rg_tree_whole (tree, "inner.steps"),
                           rg_dataset_count (config->train), as_given ? 0 : run->ratio_bits);
    if (status != RG_OK)
        return rg_fail (message, status, "out of memory for the hyperparameters");
    for (size_t i = 0; status == RG_OK && i < rg_tree_count (tree, "hyper"); i++)
        status = add_entry (config, i, message);
    if (status == RG_OK)
        status = build_coefficients (config, message);
    if (status == RG_OK)
        status = add_constant (config, RG_L2, 0, (double) NAN, message);
    if (status == RG_OK)
        status = add_constant (config, RG_PROXIMAL, 0, (double) NAN, message);
    if (status == RG_OK)
        status = fix_centre (config, message);
    if (status == RG_OK)
        status = add_constant (config, RG_SHARING, 0, (double) NAN, message);
    if (status == RG_OK)
        status = add_constant (config, RG_INTERACTION, 0, (double) NAN, message);
    if (status == RG_OK)
        status = rg_config_fix_second (config, message);
    return status;
}
