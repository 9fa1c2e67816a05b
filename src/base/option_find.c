/* option_find.c -- find rows by name, and refuse keys that no row has; see option.h. */
#include "base/option_parts.h"

#include <stdio.h>
#include <string.h>

const rg_option *
rg_option_find (const rg_option *options, const char *key)
{
    for (const rg_option *o = options; o != NULL && o->key != NULL; o++)
        if (strcmp (o->key, key) == 0)
            return o;
    return NULL;
}

rg_kind
rg_kinds_find (const rg_kinds *kinds, const char *name)
{
    rg_kind kind;
    for (size_t i = 0; (kind = kinds->at (i)).name != NULL; i++)
        if (name != NULL && strcmp (kind.name, name) == 0)
            break;
    return kind;
}

/* Write the names of the kinds that have an option, "a, b and c"; returns how many. */
static size_t
kinds_with (const rg_kinds *kinds, const char *key, char *out, size_t bytes)
{
    size_t count = 0, left, used = 0;
    for (size_t i = 0; kinds->at (i).name != NULL; i++)
        count += rg_option_find (kinds->at (i).options, key) != NULL;
    left = count;
    for (size_t i = 0; left > 0 && used < bytes; i++) {
        const rg_kind kind = kinds->at (i);
        if (rg_option_find (kind.options, key) == NULL)
            continue;
        used += (size_t) snprintf (out + used, bytes - used, "%s%s", left == count ? "" : left == 1 ? " and " : ", ", kind.name);
        left--;
    }
    return count;
}

static rg_status
fail_at_name (rg_message *message, const char *key, const char *sentence)
{
    rg_fail_about (message, RG_EINPUT, key, "%s", sentence);
    if (message != NULL)
        message->of_name = 1;
    return RG_EINPUT;
}

static void
consider_all (const rg_option *options, const char *key, size_t *best, char *out, size_t bytes)
{
    for (const rg_option *o = options; o != NULL && o->key != NULL; o++)
        rg_nearest_consider (o->key, key, best, out, bytes);
}

rg_status
rg_option_refuse_key (const rg_option *options, const void *settings, const char *key, rg_message *message)
{
    char sentence[400], names[256], nearest[64] = "";
    size_t best = 3;
    consider_all (options, key, &best, nearest, sizeof nearest);
    for (const rg_option *o = options; o != NULL && o->key != NULL; o++) {
        if (o->kind != RG_OPTION_KIND)
            continue;
        const rg_choice *choice = rg_option_choice (o, settings);
        const size_t count = kinds_with (o->kinds, key, names, sizeof names);
        if (count > 0) {
            snprintf (sentence, sizeof sentence, "%s takes no %.64s; %s %s it",
                      choice->kind.name == NULL ? "what is chosen" : choice->kind.name, key, names, count == 1 ? "takes" : "take");
            return fail_at_name (message, key, sentence);
        }
        consider_all (choice->kind.options, key, &best, nearest, sizeof nearest);
    }
    snprintf (sentence, sizeof sentence, "unknown key%s%s%s", best < 3 ? "; did you mean " : "", nearest, best < 3 ? "?" : "");
    return fail_at_name (message, key, sentence);
}

/* --- what is required --- */

static rg_status
refuse_missing (const rg_option *option, rg_message *message)
{
    char expectation[256];
    rg_option_expectation (option, expectation, sizeof expectation);
    return rg_fail_about (message, RG_EINPUT, option->key, "missing: expected %s", expectation);
}

static int
has_key (const rg_given *map, const char *key)
{
    for (size_t i = 0; map != NULL && i < map->count; i++)
        if (strcmp (map->keys[i], key) == 0)
            return 1;
    return 0;
}

static int
is_zero (const rg_option *option, const void *settings)
{
    const char *at = (const char *) settings + option->offset;
    for (size_t i = 0; i < option->bytes; i++)
        if (at[i] != 0)
            return 0;
    return 1;
}

static int
was_given (const rg_option *option, const void *settings)
{
    return option->given == 0 ? !is_zero (option, settings) : *(const int *) ((const char *) settings + option->given - 1);
}

rg_status
rg_option_require_of (const rg_option *options, const void *settings, const rg_given *map, int by_map, rg_message *message)
{
    rg_status status = RG_OK;
    for (const rg_option *o = options; status == RG_OK && o != NULL && o->key != NULL; o++) {
        const int required = o->preset != NULL && strcmp (o->preset, RG_REQUIRED) == 0;
        if (required && !(by_map ? has_key (map, o->key) : was_given (o, settings)))
            return refuse_missing (o, message);
        if (o->kind != RG_OPTION_KIND)
            continue;
        const rg_choice *choice = rg_option_choice (o, settings);
        status = rg_option_require_of (choice->kind.options, choice->settings, map, by_map, message);
    }
    return status;
}

rg_status
rg_option_require (const rg_option *options, const void *settings, rg_message *message)
{
    return rg_option_require_of (options, settings, NULL, 0, message);
}
