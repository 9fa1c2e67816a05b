/* option.c -- write options into structs of settings: defaults, one value, a whole map; see option.h. */
#include "base/option.h"

#include <string.h>

#include "base/memory.h"
#include "base/option_parts.h"
#include "base/option_value.h"

/* Any plain field. */
typedef union {
    int64_t whole;
    double real;
    char *text;
    rg_real_or_file number;
    rg_per per;
    rg_wholes wholes;
    rg_reals reals;
    rg_texts texts;
    rg_groups groups;
} field;

/* --- writing; depth counts the chains around --- */

static rg_status fill (const rg_option *options, void *settings, const rg_given *map, int depth, rg_message *message);

/* A choice whose struct is still to be written. */
static rg_status
make_choice (rg_choice *out, const rg_kind *kind, rg_message *message)
{
    *out = (rg_choice) { .kind = *kind };
    if (kind->bytes == 0 || (out->settings = rg_calloc (1, kind->bytes)) != NULL)
        return RG_OK;
    *out = (rg_choice) { 0 };
    return rg_fail (message, RG_ENOMEM, "out of memory");
}

/* A choice with the options of a map, where required ones must be; after a failure there is nothing to clear. */
static rg_status
fill_choice (rg_choice *out, const rg_kind *kind, const rg_given *map, int depth, rg_message *message)
{
    rg_status status = make_choice (out, kind, message);
    if (status != RG_OK)
        return status;
    status = fill (kind->options, out->settings, map, depth, message);
    if (status != RG_OK) {
        rg_free (out->settings);
        *out = (rg_choice) { 0 };
    }
    return status;
}

/* The options of one name in a chain: a map; nothing; or one value, which is that of the first. */
static rg_status
fill_link (rg_choice *out, const rg_kind *kind, const rg_given *given, int depth, rg_message *message)
{
    if (given == NULL || given->kind == RG_GIVEN_NOTHING || given->kind == RG_GIVEN_MAP)
        return fill_choice (out, kind, given == NULL || given->kind == RG_GIVEN_NOTHING ? NULL : given, depth, message);
    if (kind->options == NULL || kind->options->key == NULL)
        return rg_fail (message, RG_EINPUT, "%s takes no options", kind->name);
    const rg_given map = rg_given_map (1, &kind->options->key, given);
    return fill_choice (out, kind, &map, depth, message);
}

/* One entry of a chain: a name, or a map of one name. */
static rg_status
write_link (const rg_option *option, rg_choice *out, const rg_given *given, int depth, rg_message *message)
{
    const int alone = given->kind == RG_GIVEN_TEXT;
    if (!alone && (given->kind != RG_GIVEN_MAP || given->count != 1))
        return rg_fail (message, RG_EINPUT, "expected a %s, or {%s: options}, got %s", option->kinds->noun, option->kinds->noun,
                        given->kind == RG_GIVEN_MAP ? given->count == 0 ? "an empty map" : "several of them in one map" : "something else");
    const char *name = alone ? given->text : given->keys[0];
    const rg_kind kind = rg_kinds_find (option->kinds, name);
    rg_status status;
    if (kind.name == NULL) {
        rg_option one = { .kind = RG_OPTION_KIND, .kinds = option->kinds };
        const rg_given text = rg_given_text (name);
        status = rg_option_refuse (&one, &text, message);
        if (message != NULL)
            message->of_name = !alone;
    } else
        status = fill_link (out, &kind, alone ? NULL : &given->entries[0], depth, message);
    return status == RG_OK || alone ? status : rg_option_within (name, status, message);
}

static rg_status
write_chain (const rg_option *option, rg_chain *out, const rg_given *given, int depth, rg_message *message)
{
    const int alone = option->most == 1 && given->kind != RG_GIVEN_LIST; /* an entry stands for a list of it */
    const rg_given list = rg_given_list (1, given);
    given = alone ? &list : given;
    if (given->kind != RG_GIVEN_LIST)
        return rg_option_refuse (option, given, message);
    if (depth >= RG_OPTION_DEPTH)
        return rg_fail (message, RG_EINPUT, "expected at most %d lists of a %s inside each other", RG_OPTION_DEPTH, option->kinds->noun);
    if (given->count < option->least || (option->most > 0 && given->count > option->most))
        return rg_fail (message, RG_EINPUT, "expected at %s %zu entries, got %zu", given->count < option->least ? "least" : "most",
                        given->count < option->least ? option->least : option->most, given->count);
    out->values = rg_calloc (given->count, sizeof *out->values);
    rg_status status = out->values == NULL ? rg_fail (message, RG_ENOMEM, "out of memory") : RG_OK;
    while (status == RG_OK && out->count < given->count) {
        status = write_link (option, &out->values[out->count], &given->entries[out->count], depth + 1, message);
        if (status == RG_OK)
            out->count++;
        else if (!alone)
            rg_option_within_entry (out->count, status, message);
    }
    if (status != RG_OK)
        rg_option_clear_chain (out);
    return status;
}

/* A map that is {kind: its options}, or names a kind that there is not: its value is no number. */
static int
is_kind (const rg_given *given)
{
    return given->kind == RG_GIVEN_MAP && given->count == 1 && given->entries[0].kind == RG_GIVEN_MAP;
}

static rg_status
write_constant (const rg_option *option, rg_constant *out, const rg_given *given, int depth, rg_message *message)
{
    rg_option one = *option;
    one.kind = RG_OPTION_CHAIN;
    one.most = 1;
    if (is_kind (given))
        return write_chain (&one, &out->kind, given, depth, message);
    return given->kind == RG_GIVEN_MAP ? rg_option_read_named (option, &out->named, given, message)
                                       : rg_option_read_one (option, &out->plain, given, message);
}

static rg_status
write_maps (const rg_option *option, rg_maps *out, const rg_given *given, int depth, rg_message *message)
{
    static const rg_option one = { .kind = RG_OPTION_MAP };
    if (given->kind != RG_GIVEN_LIST)
        return rg_option_refuse (option, given, message);
    out->values = rg_calloc (given->count, option->entry_bytes);
    rg_status status = out->values == NULL ? rg_fail (message, RG_ENOMEM, "out of memory") : RG_OK;
    while (status == RG_OK && out->count < given->count) {
        const rg_given *map = &given->entries[out->count];
        status = map->kind == RG_GIVEN_MAP
            ? fill (option->options, (char *) out->values + out->count * option->entry_bytes, map, depth, message)
            : rg_option_refuse (&one, map, message);
        if (status == RG_OK)
            out->count++;
        else
            rg_option_within_entry (out->count, status, message);
    }
    if (status != RG_OK)
        rg_option_clear_maps (option, out);
    return status;
}

static rg_status
write_map (const rg_option *option, void *at, const rg_given *given, int depth, rg_message *message)
{
    if (given->kind != RG_GIVEN_MAP)
        return rg_option_refuse (option, given, message);
    void *fresh = rg_calloc (1, option->bytes);
    rg_status status = fresh == NULL ? rg_fail (message, RG_ENOMEM, "out of memory")
                                     : fill (option->options, fresh, given, depth, message);
    if (status == RG_OK) {
        rg_option_clear_field (option, at);
        memcpy (at, fresh, option->bytes);
    }
    rg_free (fresh);
    return status;
}

static rg_status
write_kind (const rg_option *option, rg_choice *out, const rg_given *given, rg_message *message)
{
    const rg_kind kind = given->kind == RG_GIVEN_TEXT ? rg_kinds_find (option->kinds, given->text) : (rg_kind) { 0 };
    if (kind.name == NULL)
        return rg_option_refuse (option, given, message);
    rg_status status = make_choice (out, &kind, message);
    if (status == RG_OK)
        status = rg_option_defaults (kind.options, out->settings, message);
    if (status != RG_OK)
        rg_choice_clear (out);
    return status;
}

static rg_status
write_option (const rg_option *option, void *settings, const rg_given *given, int depth, rg_message *message)
{
    void *at = rg_option_field (option, settings);
    union {
        field plain;
        rg_maps maps;
        rg_choice choice;
        rg_chain chain;
        rg_constant constant;
    } fresh;
    memset (&fresh, 0, sizeof fresh);
    rg_status status;
    switch (option->kind) {
    case RG_OPTION_MAP: return write_map (option, at, given, depth, message);
    case RG_OPTION_MAPS: status = write_maps (option, &fresh.maps, given, depth, message); break;
    case RG_OPTION_KIND: status = write_kind (option, &fresh.choice, given, message); break;
    case RG_OPTION_CHAIN: status = write_chain (option, &fresh.chain, given, depth, message); break;
    case RG_OPTION_CONSTANT: status = write_constant (option, &fresh.constant, given, depth, message); break;
    default: status = rg_option_read (option, &fresh.plain, given, message); break;
    }
    if (status == RG_OK) {
        rg_option_clear_field (option, at);
        memcpy (at, &fresh, option->bytes);
    }
    return status;
}

/* Write a key of the chosen kinds; *found says whether one of them has it. */
static rg_status
give_choices (const rg_option *options, void *settings, const char *key, const rg_given *given, int *found, int depth,
              rg_message *message)
{
    rg_status status = RG_OK;
    for (const rg_option *o = options; status == RG_OK && o->key != NULL; o++) {
        const rg_choice *choice = o->kind == RG_OPTION_KIND ? rg_option_field (o, settings) : NULL;
        const rg_option *own = choice == NULL ? NULL : rg_option_find (choice->kind.options, key);
        if (own == NULL)
            continue;
        *found = 1;
        status = write_option (own, choice->settings, given, depth, message);
        if (status == RG_OK)
            rg_option_note (own, choice->settings, 1);
    }
    return status == RG_OK ? RG_OK : rg_option_within (key, status, message);
}

static rg_status
give (const rg_option *options, void *settings, const char *key, const rg_given *given, int depth, rg_message *message)
{
    const rg_option *option = rg_option_find (options, key);
    int found = 0;
    if (option == NULL) {
        const rg_status status = options == NULL ? RG_OK : give_choices (options, settings, key, given, &found, depth, message);
        return found ? status : rg_option_refuse_key (options, settings, key, message);
    }
    const rg_status status = write_option (option, settings, given, depth, message);
    if (status != RG_OK)
        return rg_option_within (key, status, message);
    rg_option_note (option, settings, 1);
    return RG_OK;
}

static rg_status
set_text (const rg_option *option, void *settings, const char *text, rg_message *message)
{
    rg_given given, *entries;
    char *copy;
    rg_status status = rg_given_parse (text, &given, &copy, &entries);
    status = status == RG_OK ? write_option (option, settings, &given, 0, message) : rg_fail (message, status, "out of memory");
    rg_free (entries);
    rg_free (copy);
    return status;
}

rg_status
rg_option_set (const rg_option *options, void *settings, const char *key, const char *text, rg_message *message)
{
    rg_given given, *entries;
    char *copy;
    rg_status status = rg_given_parse (text, &given, &copy, &entries);
    status = status == RG_OK ? give (options, settings, key, &given, 0, message) : rg_fail_about (message, status, key, "out of memory");
    rg_free (entries);
    rg_free (copy);
    return status;
}

rg_status
rg_option_give (const rg_option *options, void *settings, const char *key, const rg_given *given, rg_message *message)
{
    return give (options, settings, key, given, 0, message);
}

/* --- a whole struct --- */

static void
zero_all (const rg_option *options, void *settings)
{
    for (const rg_option *o = options; o != NULL && o->key != NULL; o++) {
        memset (rg_option_field (o, settings), 0, o->bytes);
        rg_option_note (o, settings, 0);
    }
}

static rg_status
write_presets (const rg_option *options, void *settings, rg_message *message)
{
    rg_status status = RG_OK;
    for (const rg_option *o = options; status == RG_OK && o != NULL && o->key != NULL; o++) {
        if (o->kind == RG_OPTION_MAP)
            status = write_presets (o->options, rg_option_field (o, settings), message);
        else if (o->preset != NULL && strcmp (o->preset, RG_REQUIRED) != 0)
            status = set_text (o, settings, o->preset, message);
        if (status != RG_OK)
            rg_option_within (o->key, status, message);
    }
    return status;
}

rg_status
rg_option_defaults (const rg_option *options, void *settings, rg_message *message)
{
    zero_all (options, settings);
    const rg_status status = write_presets (options, settings, message);
    if (status != RG_OK)
        rg_option_clear (options, settings);
    return status;
}

/* Those entries of a map that choose a kind, or the others. */
static rg_status
give_some (const rg_option *options, void *settings, const rg_given *map, int kinds, int depth, rg_message *message)
{
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < map->count; i++) {
        const rg_option *option = rg_option_find (options, map->keys[i]);
        if ((option != NULL && option->kind == RG_OPTION_KIND) == kinds)
            status = give (options, settings, map->keys[i], &map->entries[i], depth, message);
    }
    return status;
}

static rg_status
fill (const rg_option *options, void *settings, const rg_given *map, int depth, rg_message *message)
{
    rg_status status = rg_option_defaults (options, settings, message);
    if (status != RG_OK)
        return status;
    if (map != NULL)
        status = give_some (options, settings, map, 1, depth, message);
    if (map != NULL && status == RG_OK)
        status = give_some (options, settings, map, 0, depth, message);
    if (status == RG_OK)
        status = rg_option_require_of (options, settings, map, 1, message);
    if (status != RG_OK)
        rg_option_clear (options, settings);
    return status;
}

rg_status
rg_option_give_all (const rg_option *options, void *settings, const rg_given *map, rg_message *message)
{
    return fill (options, settings, map, 0, message);
}

rg_status
rg_choice_new (rg_choice *out, const rg_kind *kind, const rg_given *map, rg_message *message)
{
    return fill_choice (out, kind, map, 0, message);
}
