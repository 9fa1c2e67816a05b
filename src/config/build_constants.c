/* build_constants.c -- the constants under `inner`: what is used of a role that is not under `hyper`. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/build.h"
#include "dynamics/dynamics.h"
#include "dynamics/initial.h"
#include "hyper/layout.h"
#include "hyper/role.h"
#include "hyper/schedule/schedule.h"

enum { KEY_SIZE = 96 };

/* What `inner` says of a role that may be a constant there. */
static rg_constant
constant_of (const rg_inner_values *inner, rg_role role)
{
    switch (role) {
    case RG_RATE: return inner->rate;
    case RG_DECAY: return inner->decay;
    case RG_BETA1: return inner->beta1;
    case RG_BETA2: return inner->beta2;
    case RG_EPSILON: return inner->epsilon;
    case RG_WEIGHT_DECAY: return inner->weight_decay;
    case RG_L2: return inner->l2;
    case RG_PROXIMAL: return inner->proximal;
    case RG_SHARING: return (rg_constant) { .plain = inner->sharing };
    default: return (rg_constant) { .plain = inner->interaction };
    }
}

/*
 * Scopes from the coarsest on: the segments of each divide those of the one before, so that scopes with equally many are
 * the same.
 */
static const rg_scope scopes[] = { RG_PER_ALL, RG_PER_LAYER, RG_PER_ARRAY, RG_PER_UNIT, RG_PER_WEIGHT };
enum { SCOPES = sizeof scopes / sizeof *scopes };

/* The scope with so many numbers a step; returns whether there is one. */
static int
find_scope (const rg_config *config, size_t count, rg_scope *scope)
{
    const size_t *offsets;
    for (int i = 0; i < SCOPES; i++)
        if (rg_layout_segments (config->layout, scopes[i], &offsets) == count) {
            *scope = scopes[i];
            return 1;
        }
    return 0;
}

/* The shapes that a constant may have, in words. */
static void
describe_shapes (const rg_config *config, int per_step, char *out, size_t bytes)
{
    const size_t *offsets;
    int at = snprintf (out, bytes, "[1]");
    for (int i = 1; i < SCOPES && (size_t) at < bytes; i++)
        at += snprintf (out + at, bytes - (size_t) at, ", [%zu] (%s)", rg_layout_segments (config->layout, scopes[i], &offsets),
                        rg_scope_name (scopes[i]));
    if (per_step && (size_t) at < bytes)
        snprintf (out + at, bytes - (size_t) at, ", [%zu] (step), or [%zu, one of them]", rg_hyper_steps (config->hyper),
                  rg_hyper_steps (config->hyper));
}

/* What the shape of a constant's file says: its scope, and whether each step has its own numbers. */
static rg_status
read_shape (const rg_config *config, const char *key, const size_t shape[2], int ndim, rg_block_spec *spec, rg_message *message)
{
    const size_t steps = rg_hyper_steps (config->hyper), numbers = ndim == 0 ? 1 : shape[ndim - 1];
    const int steps_have = rg_role_get (spec->role)->per_step;
    char expected[200];
    const int of_step = find_scope (config, numbers, &spec->scope);
    const int of_all = steps_have && ndim == 1 && numbers == steps;
    if (of_step && of_all && steps > 1)
        return rg_tree_fail (config->tree, key, message, RG_ESHAPE,
                             "%zu numbers are one per step or one per %s: expected shape [%zu, 1] (step) or [1, %zu]", numbers,
                             rg_scope_name (spec->scope), steps, numbers);
    spec->per_step = of_all || (steps_have && ndim == 2 && shape[0] == steps);
    if (of_all) {
        spec->scope = RG_PER_ALL;
        return RG_OK;
    }
    if (of_step && (ndim < 2 || spec->per_step || shape[0] == 1))
        return RG_OK;
    describe_shapes (config, steps_have, expected, sizeof expected);
    return ndim == 2 ? rg_tree_fail (config->tree, key, message, RG_ESHAPE, "expected shape %s, got [%zu, %zu]", expected, shape[0],
                                     shape[1])
                     : rg_tree_fail (config->tree, key, message, RG_ESHAPE, "expected shape %s, got [%zu]", expected, numbers);
}

/* A file, whose shape says what has its own number. */
static rg_status
read_file (const rg_config *config, const char *key, const char *file, rg_block_spec *spec, double **values, rg_message *message)
{
    size_t shape[2];
    int ndim;
    const rg_status status = rg_config_read_any (config, key, file, shape, &ndim, values, message);
    return status == RG_OK ? read_shape (config, key, shape, ndim, spec, message) : status;
}

/* A family of schedules: a number a step. */
static rg_status
read_family (const rg_config *config, const char *key, const rg_choice *family, rg_block_spec *spec, double **values,
             rg_message *message)
{
    const rg_schedule_settings *settings = family->settings;
    const size_t steps = rg_hyper_steps (config->hyper);
    spec->per_step = 1;
    *values = rg_malloc (steps, sizeof **values);
    for (size_t t = 0; *values != NULL && t < steps; t++)
        (*values)[t] = rg_schedule_value (family->kind.row, settings->number, t, steps, NULL);
    return *values == NULL ? rg_tree_fail (config->tree, key, message, RG_ENOMEM, "out of memory") : RG_OK;
}

/* Whether a name is of a form in which each star stands for any text. */
static int
fits (const char *form, const char *name)
{
    if (*form != '*')
        return *form == *name && (*form == '\0' || fits (form + 1, name + 1));
    return fits (form + 1, name) || (*name != '\0' && fits (form, name + 1));
}

/* Whether a form names an array, or its layer: what stands before the dot of conv1.W. */
static int
names_array (const char *form, const char *array)
{
    char layer[32];
    snprintf (layer, sizeof layer, "%.*s", (int) strcspn (array, "."), array);
    return fits (form, array) || fits (form, layer);
}

/* {W1: 0.1, "b*": 0.2}: a number an array, that of the first name that fits it. */
static rg_status
read_named (const rg_config *config, const char *key, const rg_named_numbers *named, rg_block_spec *spec, double **values,
            rg_message *message)
{
    const size_t arrays = rg_layout_arrays (config->layout);
    spec->scope = RG_PER_ARRAY;
    *values = rg_malloc (arrays, sizeof **values);
    if (*values == NULL)
        return rg_tree_fail (config->tree, key, message, RG_ENOMEM, "out of memory");
    for (size_t i = 0; i < named->count; i++) {
        size_t a = 0;
        while (a < arrays && !names_array (named->names[i], rg_layout_name (config->layout, a)))
            a++;
        if (a == arrays)
            return rg_tree_fail (config->tree, key, message, RG_EINPUT, "no array or layer is called %s; the first array is %s",
                                 named->names[i], rg_layout_name (config->layout, 0));
    }
    for (size_t a = 0; a < arrays; a++) {
        const char *name = rg_layout_name (config->layout, a);
        size_t i = 0;
        while (i < named->count && !names_array (named->names[i], name))
            i++;
        if (i == named->count)
            return rg_tree_fail (config->tree, key, message, RG_EINPUT, "%s has no number; \"*\" is for those without a name of their own",
                                 name);
        (*values)[a] = named->numbers[i];
    }
    return RG_OK;
}

static rg_status
read_constant (const rg_config *config, const char *key, const rg_constant *said, rg_block_spec *spec, double **values,
               rg_message *message)
{
    rg_status status = RG_OK;
    if (spec->role == RG_SHARING || spec->role == RG_INTERACTION)
        status = rg_config_tasks_values (config, key, &said->plain, spec, values, message);
    else if (said->kind.count > 0)
        status = read_family (config, key, &said->kind.values[0], spec, values, message);
    else if (said->named.count > 0)
        status = read_named (config, key, &said->named, spec, values, message);
    else if (said->plain.file != NULL)
        status = read_file (config, key, said->plain.file, spec, values, message);
    else
        spec->init = said->plain.value;
    if (status != RG_OK) {
        rg_free (*values);
        *values = NULL;
    }
    spec->values = *values;
    return status;
}

/*
 * A hyperparameter that is not under `hyper` is a constant under `inner`.
 *   otherwise  its value where it is nowhere; not a number: one that is needed must be somewhere
 */
static rg_status
add_constant (rg_config *config, rg_role role, int needed, double otherwise, rg_message *message)
{
    const rg_tree *tree = config->tree;
    const rg_constant said = constant_of (&config->values.inner, role);
    char key[KEY_SIZE];
    snprintf (key, sizeof key, "inner.%s", rg_role_name (role));
    rg_block block;
    const int tuned = rg_hyper_find (config->hyper, role, &block), given = said.plain.given || said.kind.count > 0 || said.named.count > 0;
    if (tuned && given)
        return rg_tree_fail_at_key (tree, key, message, RG_EINPUT, "%s is under hyper, too", rg_role_name (role));
    if (tuned || (!given && !needed))
        return RG_OK;
    if (!given && isnan (otherwise))
        return rg_tree_fail (tree, "inner", message, RG_EINPUT, "%s is neither under inner nor under hyper",
                             rg_role_name (role));
    rg_block_spec spec = rg_block_defaults (role);
    spec.fixed = 1;
    spec.init = otherwise;
    double *values = NULL;
    rg_message reason;
    rg_status status = given ? read_constant (config, key, &said, &spec, &values, message) : RG_OK;
    if (status != RG_OK)
        return status;
    status = rg_hyper_add (config->hyper, &spec, &reason);
    rg_free (values);
    return status == RG_OK ? RG_OK : rg_config_fail (config, key, status, &reason, message);
}

/* The coefficients of the rule: under hyper, under inner, or by default; what it does not take is refused. */
static rg_status
build_coefficients (rg_config *config, rg_message *message)
{
    const rg_tree *tree = config->tree;
    const rg_dynamics *rule = config->values.inner.dynamics.kind.row;
    rg_status status = RG_OK;
    for (int role = 0; status == RG_OK && role < RG_PARAMETER; role++) {
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
    rg_block block;
    rg_message reason;
    if (!rg_hyper_find (config->hyper, RG_PROXIMAL, &block) || rg_hyper_find (config->hyper, RG_WEIGHTS, &block))
        return RG_OK;
    if (config->values.inner.restart != RG_RESTART_SAME)
        return rg_tree_fail (config->tree, key, message, RG_EUNSUPPORTED,
                             "a pull to the initial weights needs inner.restart same, got %s", rg_tree_text (config->tree, "inner.restart"));
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
rg_config_add_constants (rg_config *config, rg_message *message)
{
    static const rg_role of_objective[] = { RG_L2, RG_PROXIMAL, RG_SHARING, RG_INTERACTION };
    rg_status status = build_coefficients (config, message);
    for (size_t i = 0; status == RG_OK && i < sizeof of_objective / sizeof *of_objective; i++) {
        status = add_constant (config, of_objective[i], 0, (double) NAN, message);
        if (status == RG_OK && of_objective[i] == RG_PROXIMAL)
            status = fix_centre (config, message);
    }
    return status;
}
