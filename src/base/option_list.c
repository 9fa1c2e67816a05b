/* option_list.c -- read lists of numbers, words and texts into fields, and free what fields hold; see option_value.h. */
#include "base/option_value.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* The entries of what is given: those of a list, or itself as the only one where the option takes that. */
static int
entries_of (const rg_option *option, const rg_given *given, const rg_given **entries, size_t *count)
{
    *entries = given->kind == RG_GIVEN_LIST ? given->entries : given;
    *count = given->kind == RG_GIVEN_LIST ? given->count : 1;
    return given->kind == RG_GIVEN_LIST || (option->least == 1 && given->kind != RG_GIVEN_MAP && given->kind != RG_GIVEN_NOTHING);
}

static const char *
entries_name (const rg_option *option)
{
    switch (option->kind) {
    case RG_OPTION_WHOLES: return "whole numbers";
    case RG_OPTION_REALS: return "numbers";
    case RG_OPTION_WORDS: return "words";
    default: return "texts";
    }
}

static rg_status
check_count (const rg_option *option, size_t count, rg_message *message)
{
    static const char *const names[] = { "", "one", "two", "three", "four" };
    char number[24];
    if (count >= option->least && (option->most == 0 || count <= option->most))
        return RG_OK;
    const size_t bound = count < option->least ? option->least : option->most;
    snprintf (number, sizeof number, "%zu", bound);
    return rg_fail (message, RG_EINPUT, "expected at %s %s %s, got %zu", count < option->least ? "least" : "most",
                    bound < sizeof names / sizeof *names ? names[bound] : number, entries_name (option), count);
}

/* Whole numbers, reals, positions or texts, each read as an option of its own kind into values [count]. */
static rg_status
read_entries (const rg_option *option, rg_option_kind kind, const rg_given *entries, size_t count, size_t bytes, void **values,
              rg_message *message)
{
    rg_option entry = *option;
    entry.kind = kind;
    entry.bytes = bytes;
    rg_status status = check_count (option, count, message);
    *values = status == RG_OK ? rg_calloc (count, bytes) : NULL;
    if (status == RG_OK && *values == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    for (size_t i = 0; status == RG_OK && i < count; i++) {
        status = rg_option_read_one (&entry, (char *) *values + i * bytes, &entries[i], message);
        if (status != RG_OK)
            rg_option_within_entry (i, status, message);
    }
    return status;
}

/* The same, freed after a failure. */
static rg_status
read_list (const rg_option *option, rg_option_kind kind, const rg_given *given, size_t bytes, size_t *count, void **values,
           rg_message *message)
{
    const rg_given *entries;
    *values = NULL;
    if (!entries_of (option, given, &entries, count))
        return rg_option_refuse (option, given, message);
    rg_status status = read_entries (option, kind, entries, *count, bytes, values, message);
    if (status != RG_OK && given->kind != RG_GIVEN_LIST) /* what stood for a list of one is no entry */
        status = status == RG_EINPUT ? rg_option_refuse (option, given, message) : status;
    if (status == RG_OK)
        return RG_OK;
    for (size_t i = 0; kind == RG_OPTION_TEXT && *values != NULL && i < *count; i++)
        rg_free (((char **) *values)[i]);
    rg_free (*values);
    *values = NULL;
    *count = 0;
    return status;
}

static rg_status
read_wholes (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    rg_wholes *list = field;
    const int position = option->words == NULL || given->kind != RG_GIVEN_TEXT
        ? -1 : rg_word_position (option->words, given->text, strlen (given->text));
    list->word = position + 1;
    void *values = NULL;
    const rg_status status = position >= 0 ? RG_OK : read_list (option, RG_OPTION_WHOLE, given, sizeof *list->values,
                                                               &list->count, &values, message);
    list->values = values;
    return status;
}

static rg_status
read_reals (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    rg_reals *list = field;
    void *values;
    const rg_status status = read_list (option, RG_OPTION_REAL, given, sizeof *list->values, &list->count, &values, message);
    list->values = values;
    return status;
}

static rg_status
read_texts (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    rg_texts *list = field;
    void *values;
    const rg_status status = read_list (option, RG_OPTION_TEXT, given, sizeof *list->values, &list->count, &values, message);
    list->values = values;
    return status;
}

/* Positions, which are ints of an entry's own, as whole numbers. */
static rg_status
read_words (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    rg_wholes *list = field;
    void *positions;
    rg_status status = read_list (option, RG_OPTION_WORD, given, sizeof (int), &list->count, &positions, message);
    if (status != RG_OK)
        return status;
    list->values = rg_calloc (list->count, sizeof *list->values);
    for (size_t i = 0; list->values != NULL && i < list->count; i++)
        list->values[i] = ((const int *) positions)[i];
    rg_free (positions);
    if (list->values == NULL)
        list->count = 0;
    return list->values == NULL ? rg_fail (message, RG_ENOMEM, "out of memory") : RG_OK;
}

/* A list of lists of texts, none of them empty. */
static int
are_groups (const rg_given *given)
{
    int sound = given->kind == RG_GIVEN_LIST && given->count > 0;
    for (size_t g = 0; sound && g < given->count; g++) {
        const rg_given *group = &given->entries[g];
        sound = group->kind == RG_GIVEN_LIST && group->count > 0;
        for (size_t i = 0; sound && i < group->count; i++)
            sound = group->entries[i].kind == RG_GIVEN_TEXT;
    }
    return sound;
}

static rg_status
read_groups (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    rg_groups *groups = field;
    rg_option entry = *option;
    entry.kind = RG_OPTION_TEXTS;
    entry.least = entry.most = 0;
    if (rg_given_is_npy (given))
        return rg_option_keep_text (&groups->file, given->text, message);
    if (!are_groups (given))
        return rg_option_refuse (option, given, message);
    groups->values = rg_calloc (given->count, sizeof *groups->values);
    rg_status status = groups->values == NULL ? rg_fail (message, RG_ENOMEM, "out of memory") : RG_OK;
    groups->count = status == RG_OK ? given->count : 0;
    for (size_t g = 0; status == RG_OK && g < given->count; g++)
        status = read_texts (&entry, &groups->values[g], &given->entries[g], message);
    if (status != RG_OK)
        rg_option_release (option, field);
    return status;
}

static void
release_named (rg_named_numbers *named)
{
    for (size_t i = 0; i < named->count; i++)
        rg_free (named->names[i]);
    rg_free (named->names);
    rg_free (named->numbers);
    *named = (rg_named_numbers) { 0 };
}

rg_status
rg_option_read_named (const rg_option *option, rg_named_numbers *out, const rg_given *map, rg_message *message)
{
    rg_option number = *option;
    number.kind = RG_OPTION_REAL;
    if (map->count == 0)
        return rg_option_refuse (option, map, message);
    out->names = rg_calloc (map->count, sizeof *out->names);
    out->numbers = rg_calloc (map->count, sizeof *out->numbers);
    out->count = out->names != NULL ? map->count : 0;
    rg_status status = out->names == NULL || out->numbers == NULL ? rg_fail (message, RG_ENOMEM, "out of memory") : RG_OK;
    for (size_t i = 0; status == RG_OK && i < map->count; i++) {
        status = rg_option_read_one (&number, &out->numbers[i], &map->entries[i], message);
        if (status == RG_OK)
            status = rg_option_keep_text (&out->names[i], map->keys[i], message);
        else
            rg_option_within (map->keys[i], status, message);
    }
    if (status != RG_OK)
        release_named (out);
    return status;
}

rg_status
rg_option_read (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    switch (option->kind) {
    case RG_OPTION_WHOLES: return read_wholes (option, field, given, message);
    case RG_OPTION_REALS: return read_reals (option, field, given, message);
    case RG_OPTION_WORDS: return read_words (option, field, given, message);
    case RG_OPTION_TEXTS: return read_texts (option, field, given, message);
    case RG_OPTION_GROUPS: return read_groups (option, field, given, message);
    default: return rg_option_read_one (option, field, given, message);
    }
}

/* --- freeing --- */

static void
release_texts (rg_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        rg_free (texts->values[i]);
    rg_free (texts->values);
}

static void
release_groups (rg_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        release_texts (&groups->values[i]);
    rg_free (groups->values);
    rg_free (groups->file);
}

void
rg_option_release (const rg_option *option, void *field)
{
    switch (option->kind) {
    case RG_OPTION_TEXT:
    case RG_OPTION_FILE: rg_free (*(char **) field); break;
    case RG_OPTION_REAL_OR_FILE:
    case RG_OPTION_FRACTION_OR_FILE: rg_free (((rg_real_or_file *) field)->file); break;
    case RG_OPTION_CONSTANT:
        rg_free (((rg_constant *) field)->plain.file);
        release_named (&((rg_constant *) field)->named);
        break;
    case RG_OPTION_WHOLES:
    case RG_OPTION_WORDS: rg_free (((rg_wholes *) field)->values); break;
    case RG_OPTION_REALS: rg_free (((rg_reals *) field)->values); break;
    case RG_OPTION_TEXTS: release_texts (field); break;
    case RG_OPTION_GROUPS: release_groups (field); break;
    default: break;
    }
    memset (field, 0, option->bytes);
}
