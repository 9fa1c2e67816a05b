/* schema.c -- read a tree by the rows of options; see schema.h. */
#include "config/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/complete.h"
#include "config/tree_given.h"
#include "config/value.h"
#include "model/model_kind.h"
#include "registry/kinds.h"

/* --- where a sentence belongs --- */

/* "hyper.4.init" as people call it, "hyper.rate.init", where the name finds this very entry. */
static void
name_entry (const rg_tree *tree, const char *subject, char out[RG_TREE_PATH])
{
    char position[RG_TREE_PATH], path[RG_TREE_PATH];
    snprintf (out, RG_TREE_PATH, "%s", subject);
    if (strncmp (subject, "hyper.", 6) != 0)
        return;
    const size_t length = 6 + strcspn (subject + 6, ".");
    snprintf (position, sizeof position, "%.*s", (int) length, subject);
    snprintf (path, sizeof path, "%.200s.name", position);
    const rg_node *name = rg_tree_find (tree, path);
    if (name == NULL || rg_node_kind_of (name) != RG_NODE_SCALAR || rg_node_quoted (name)
        || strlen (rg_node_text (name)) > RG_TREE_KEY)
        return;
    snprintf (path, sizeof path, "hyper.%s", rg_node_text (name));
    if (rg_tree_find (tree, path) == rg_tree_find (tree, position))
        snprintf (out, RG_TREE_PATH, "%.80s%.160s", path, subject + length);
}

/* A refusal of an option, at its place in the file. */
static rg_status
relay (const rg_tree *tree, rg_status status, const rg_message *reason, rg_message *message)
{
    char path[RG_TREE_PATH];
    if (status == RG_OK || status == RG_ENOMEM)
        return status == RG_OK ? RG_OK : rg_fail (message, status, "%s", rg_status_text (status));
    name_entry (tree, reason->subject, path);
    return reason->of_name ? rg_tree_fail_at_key (tree, path, message, status, "%s", reason->text)
                           : rg_tree_fail (tree, path, message, status, "%s", reason->text);
}

/* --- options of kinds that are not the chosen one --- */

static int
has_option (const rg_kinds *kinds, const char *key)
{
    for (size_t i = 0; kinds->at (i).name != NULL; i++)
        if (rg_option_find (kinds->at (i).options, key) != NULL)
            return 1;
    return 0;
}

/* Write an option of any trajectory into the settings of the chosen one, which are of the same struct. */
static rg_status
give_any (const rg_kinds *kinds, void *settings, const char *key, const rg_given *given, rg_message *reason)
{
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && kinds->at (i).name != NULL; i++)
        if (rg_option_find (kinds->at (i).options, key) != NULL)
            status = rg_option_give (kinds->at (i).options, settings, key, given, reason);
    return status;
}

static rg_given *
find_entry (rg_given *map, const char *key)
{
    for (size_t i = 0; i < map->count; i++)
        if (strcmp (map->keys[i], key) == 0)
            return (rg_given *) &map->entries[i];
    return NULL;
}

/* The kind that a map chooses, or chooses by default. */
static rg_kind
chosen (const rg_given *map, const char *key, const rg_kinds *kinds, const char *preset)
{
    const rg_given *name = find_entry ((rg_given *) map, key);
    return rg_kinds_find (kinds, name != NULL && name->kind == RG_GIVEN_TEXT ? name->text : preset);
}

/* Put the entries of the map `estimator` that belong to other kinds behind its end; returns how many. */
static size_t
set_aside (rg_given *map)
{
    const rg_option *own = chosen (map, "kind", &rg_kinds_estimator, "reverse").options;
    const rg_option *path = chosen (map, "trajectory", &rg_kinds_trajectory, "reversible").options;
    rg_given *entries = (rg_given *) map->entries;
    const char **keys = (const char **) map->keys;
    const size_t all = map->count;
    for (size_t i = 0; i < map->count;) {
        const char *key = keys[i];
        if (rg_option_find (own, key) != NULL || rg_option_find (path, key) != NULL
            || (!has_option (&rg_kinds_estimator, key) && !has_option (&rg_kinds_trajectory, key))) {
            i++;
            continue;
        }
        const rg_given entry = entries[i];
        map->count--;
        memmove (&entries[i], &entries[i + 1], (map->count - i) * sizeof *entries);
        memmove (&keys[i], &keys[i + 1], (map->count - i) * sizeof *keys);
        entries[map->count] = entry;
        keys[map->count] = key;
    }
    return all - map->count;
}

/* Settings of one estimator: its own among all entries of the map. */
static rg_status
read_one (const rg_kind *kind, const rg_given *map, size_t all, rg_choice *out, rg_message *reason)
{
    rg_status status = rg_choice_new (out, kind, NULL, reason);
    for (size_t i = 0; status == RG_OK && i < all; i++)
        if (rg_option_find (kind->options, map->keys[i]) != NULL)
            status = rg_option_give (kind->options, out->settings, map->keys[i], &map->entries[i], reason);
    if (status != RG_OK)
        rg_choice_clear (out);
    return status;
}

static rg_status
read_all (const rg_given *map, size_t all, rg_chain *out, rg_message *reason)
{
    size_t kinds = 0;
    while (rg_kinds_estimator.at (kinds).name != NULL)
        kinds++;
    out->values = rg_calloc (kinds, sizeof *out->values);
    rg_status status = out->values == NULL ? RG_ENOMEM : RG_OK;
    for (; status == RG_OK && out->count < kinds; out->count++) {
        const rg_kind kind = rg_kinds_estimator.at (out->count);
        status = read_one (&kind, map, all, &out->values[out->count], reason);
        if (status != RG_OK)
            break;
    }
    return status;
}

/* Settings of every estimator, and those that are set aside of other trajectories than the chosen one. */
static rg_status
give_aside (const rg_given *map, size_t aside, rg_estimator_values *values, rg_message *reason)
{
    rg_status status = read_all (map, map->count + aside, &values->all, reason);
    char part[] = "estimator.";
    for (size_t i = map->count; status == RG_OK && i < map->count + aside; i++)
        status = give_any (&rg_kinds_trajectory, values->trajectory.settings, map->keys[i], &map->entries[i], reason);
    if (status == RG_EINPUT) {
        char inner[sizeof reason->subject];
        snprintf (inner, sizeof inner, "%s%.200s", part, reason->subject);
        memcpy (reason->subject, inner, sizeof inner);
    }
    return status;
}

/* --- rules between keys --- */

/* One source of initial weights. */
static rg_status
check_model (const rg_tree *tree, const rg_model_values *model, rg_message *message)
{
    const rg_model_settings *settings = model->kind.settings;
    if (model->weights != NULL && model->scale_given)
        return rg_tree_fail_at_key (tree, "model.scale", message, RG_EINPUT,
                                    "model.weights gives the initial weights already; keep one of the two");
    if (settings->init.count > 0 && (model->weights != NULL || model->scale_given))
        return rg_tree_fail_at_key (tree, "model.init", message, RG_EINPUT,
                                    "model.%s gives the initial weights already; keep one of the two",
                                    model->scale_given ? "scale" : "weights");
    return RG_OK;
}

/* Entry i has a name of its own, and its box is not empty. */
static rg_status
check_entry (const rg_tree *tree, const rg_entry_values *blocks, size_t i, rg_message *message)
{
    char path[64], low[64];
    snprintf (path, sizeof path, "hyper.%zu.name", i);
    for (size_t j = 0; j < i; j++)
        if (strcmp (blocks[j].name.kind.name, blocks[i].name.kind.name) == 0)
            return rg_tree_fail (tree, path, message, RG_EINPUT, "%s is here twice", blocks[i].name.kind.name);
    const rg_constraint_values *box = &blocks[i].constraint;
    if (!box->min_given || !box->max_given || box->min <= box->max)
        return RG_OK;
    snprintf (low, sizeof low, "hyper.%zu.constraint.min", i);
    snprintf (path, sizeof path, "hyper.%zu.constraint.max", i);
    return rg_tree_fail (tree, path, message, RG_EINPUT, "expected at least the minimum %s, got %s", rg_tree_text (tree, low),
                         rg_tree_text (tree, path));
}

static rg_status
check_rules (const rg_tree *tree, const rg_values *values, rg_message *message)
{
    rg_status status = check_model (tree, &values->model, message);
    for (size_t i = 0; status == RG_OK && i < values->hyper.count; i++)
        status = check_entry (tree, values->hyper.values, i, message);
    return status;
}

/* --- reading --- */

static rg_status
read_values (const rg_tree *tree, int several, rg_values *values, rg_message *message)
{
    rg_given given;
    rg_message reason = { "" };
    values->estimator.all = (rg_chain) { 0 };
    rg_status status = rg_given_of_node (rg_tree_find (tree, ""), &given);
    rg_given *map = status == RG_OK && several ? find_entry (&given, "estimator") : NULL;
    const size_t aside = map != NULL && map->kind == RG_GIVEN_MAP ? set_aside (map) : 0;
    if (status == RG_OK)
        status = rg_option_give_all (rg_skeleton, values, &given, &reason);
    if (status == RG_OK && several) {
        const rg_given none = rg_given_map (0, NULL, NULL);
        status = give_aside (map == NULL ? &none : map, aside, &values->estimator, &reason);
        if (status != RG_OK)
            rg_schema_clear (values);
    }
    if (map != NULL && map->kind == RG_GIVEN_MAP)
        map->count += aside;
    rg_given_free (&given);
    return relay (tree, status, &reason, message);
}

/* A list of layers that does not begin with a number is of kind `layers`, where no kind is given. */
static rg_status
choose_model (rg_tree *tree, const char *model)
{
    char kind[64], list[64], first[72];
    const rg_place place = { "default", 0, 0 };
    snprintf (kind, sizeof kind, "%s.kind", model);
    snprintf (list, sizeof list, "%s.layers", model);
    snprintf (first, sizeof first, "%s.0", list);
    const rg_node *layers = rg_tree_find (tree, list);
    if (rg_tree_has (tree, kind) || layers == NULL || rg_node_kind_of (layers) != RG_NODE_LIST || rg_node_count (layers) == 0
        || rg_tree_is_number (tree, first))
        return RG_OK;
    rg_node *node;
    rg_status status = rg_node_new (&node, RG_NODE_SCALAR, "layers", false, place);
    if (status == RG_OK && (status = rg_tree_put (tree, kind, node, place, NULL)) != RG_OK)
        rg_node_free (node);
    return status;
}

static rg_status
choose_models (rg_tree *tree)
{
    static const char *const models[] = { "model", "model.representation", "model.augmentation", "model.weighting" };
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < sizeof models / sizeof *models; i++)
        status = choose_model (tree, models[i]);
    return status;
}

rg_status
rg_schema_read (rg_tree *tree, int several, rg_values *values, rg_message *message)
{
    rg_status status = choose_models (tree);
    if (status != RG_OK)
        return rg_fail (message, status, "%s", rg_status_text (status));
    status = read_values (tree, several, values, message);
    if (status != RG_OK)
        return status;
    status = check_rules (tree, values, message);
    if (status == RG_OK && (status = rg_complete_tree (tree, rg_skeleton)) != RG_OK)
        rg_fail (message, status, "%s", rg_status_text (status));
    if (status != RG_OK)
        rg_schema_clear (values);
    return status;
}

void
rg_schema_clear (rg_values *values)
{
    rg_chain *all = &values->estimator.all;
    for (size_t i = 0; i < all->count; i++)
        rg_choice_clear (&all->values[i]);
    rg_free (all->values);
    *all = (rg_chain) { 0 };
    rg_option_clear (rg_skeleton, values);
}
