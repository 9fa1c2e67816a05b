/* option_value.c -- read numbers, words, texts and lists of them into fields; see option_value.h. */
#include "base/option_value.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

rg_status
rg_option_within (const char *part, rg_status status, rg_message *message)
{
    if (message == NULL)
        return status;
    char inner[sizeof message->subject];
    snprintf (inner, sizeof inner, "%s", message->subject);
    snprintf (message->subject, sizeof message->subject, "%.64s%s%.180s", part, inner[0] == '\0' ? "" : ".", inner);
    return status;
}

rg_status
rg_option_within_entry (size_t i, rg_status status, rg_message *message)
{
    char part[24];
    snprintf (part, sizeof part, "%zu", i);
    return rg_option_within (part, status, message);
}

/* Whether what is refused are the digits of a number that is only too large to be one here. */
static int
is_too_large (const rg_option *option, const rg_given *given)
{
    if (option->kind != RG_OPTION_WHOLE || given->kind != RG_GIVEN_TEXT || given->quoted)
        return 0;
    const char *text = given->text;
    return text[0] != '0' && text[strspn (text, "0123456789")] == '\0' && strtod (text, NULL) > (double) RG_WHOLE_MAX
           && (option->range == NULL || option->range->high > 1e300);
}

rg_status
rg_option_refuse (const rg_option *option, const rg_given *given, rg_message *message)
{
    char expectation[256], looks[64], name[64];
    const char *nearest = NULL;
    rg_option_expectation (option, expectation, sizeof expectation);
    rg_given_describe (given, looks, sizeof looks);
    if (given->kind == RG_GIVEN_TEXT && option->kind != RG_OPTION_WORDS)
        nearest = rg_option_nearest (option, given->text, name, sizeof name);
    return rg_fail (message, RG_EINPUT, "expected %s%s, got %s%s%s%s", expectation,
                    is_too_large (option, given) ? " and below 2^53" : "", looks, nearest == NULL ? "" : "; did you mean ",
                    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
}

/* --- one value --- */

static int
in_range (const rg_range *range, double value)
{
    if (range == NULL)
        return 1;
    if (range->above ? value <= range->low : value < range->low)
        return 0;
    return range->below ? value < range->high : value <= range->high;
}

/* The number in a field of one of the kinds WHOLE and REAL. */
static rg_given
number_in (const rg_option *option, const void *field)
{
    if (option->kind == RG_OPTION_REAL)
        return rg_given_real (*(const double *) field);
    return rg_given_whole (option->bytes == sizeof (int64_t) ? *(const int64_t *) field : *(const int32_t *) field);
}

rg_status
rg_option_check (const rg_option *options, const void *settings, rg_message *message)
{
    for (const rg_option *o = options; o != NULL && o->key != NULL; o++) {
        if (o->kind != RG_OPTION_WHOLE && o->kind != RG_OPTION_REAL)
            continue;
        const rg_given number = number_in (o, (const char *) settings + o->offset);
        const double value = number.kind == RG_GIVEN_REAL ? number.real : (double) number.whole;
        const int absent = o->preset == NULL && value == 0;
        if (!absent && (!isfinite (value) || !in_range (o->range, value)))
            return rg_option_within (o->key, rg_option_refuse (o, &number, message), message);
    }
    return RG_OK;
}

static int
is_plain_text (const rg_given *given)
{
    return given->kind == RG_GIVEN_TEXT && !given->quoted;
}

static int
whole_of (const rg_option *option, const rg_given *given, int64_t *out)
{
    if (given->kind == RG_GIVEN_WHOLE)
        *out = given->whole;
    else if (!is_plain_text (given) || !rg_read_whole (given->text, out))
        return 0;
    return *out <= RG_WHOLE_MAX && *out >= -RG_WHOLE_MAX && in_range (option->range, (double) *out);
}

static int
real_of (const rg_option *option, const rg_given *given, double *out)
{
    if (given->kind == RG_GIVEN_WHOLE)
        *out = (double) given->whole;
    else if (given->kind == RG_GIVEN_REAL)
        *out = given->real;
    else if (!is_plain_text (given) || !rg_read_real (given->text, out))
        return 0;
    return isfinite (*out) && in_range (option->range, *out);
}

/* A whole number has the size of its field; where that is 4 bytes, and the range goes beyond them, they are the range. */
static rg_status
read_whole (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    int64_t value;
    if (!whole_of (option, given, &value))
        return rg_option_refuse (option, given, message);
    if (option->bytes == sizeof value) {
        memcpy (field, &value, sizeof value);
        return RG_OK;
    }
    const int32_t narrow = (int32_t) value;
    if (narrow != value)
        return rg_fail (message, RG_EINPUT, "expected a whole number of at most 2147483647, got %lld", (long long) value);
    memcpy (field, &narrow, sizeof narrow);
    return RG_OK;
}

static rg_status
read_real (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    return real_of (option, given, field) ? RG_OK : rg_option_refuse (option, given, message);
}

static rg_status
read_flag (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    bool flag = given->kind == RG_GIVEN_FLAG && given->whole != 0;
    if (given->kind != RG_GIVEN_FLAG && (!is_plain_text (given) || !rg_read_flag (given->text, &flag)))
        return rg_option_refuse (option, given, message);
    *(int *) field = flag;
    return RG_OK;
}

static rg_status
read_word (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    const int position = given->kind != RG_GIVEN_TEXT ? -1 : rg_word_position (option->words, given->text, strlen (given->text));
    if (position < 0)
        return rg_option_refuse (option, given, message);
    *(int *) field = position;
    return RG_OK;
}

static rg_status
read_bytes (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    uint64_t bytes = given->kind == RG_GIVEN_WHOLE && given->whole >= 1 ? (uint64_t) given->whole : 0;
    if (bytes == 0 && (given->kind != RG_GIVEN_TEXT || !rg_read_bytes (given->text, &bytes)))
        return rg_option_refuse (option, given, message);
    memcpy (field, &bytes, sizeof bytes);
    return RG_OK;
}

rg_status
rg_option_keep_text (char **out, const char *text, rg_message *message)
{
    *out = rg_strdup (text);
    return *out == NULL ? rg_fail (message, RG_ENOMEM, "out of memory") : RG_OK;
}

static rg_status
read_text (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    return given->kind == RG_GIVEN_TEXT && given->text[0] != '\0' ? rg_option_keep_text (field, given->text, message)
                                                                 : rg_option_refuse (option, given, message);
}

int
rg_given_is_npy (const rg_given *given)
{
    const size_t length = given->kind == RG_GIVEN_TEXT ? strlen (given->text) : 0;
    return length > 4 && strcmp (given->text + length - 4, ".npy") == 0;
}

static rg_status
read_real_or_file (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    rg_real_or_file value = { .given = 1 };
    rg_status status = RG_OK;
    if (option->kind != RG_OPTION_REAL_OR_FILE && is_plain_text (given)
        && rg_read_fraction (given->text, &value.numerator, &value.denominator)) {
        value.value = (double) value.numerator / (double) value.denominator;
        if (!in_range (option->range, value.value))
            return rg_option_refuse (option, given, message);
    } else if (!real_of (option, given, &value.value))
        status = rg_given_is_npy (given) ? rg_option_keep_text (&value.file, given->text, message) : rg_option_refuse (option, given, message);
    if (status == RG_OK)
        *(rg_real_or_file *) field = value;
    return status;
}

/* One word, or two around a star of which just one is step. */
static rg_status
read_per (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    const char *text = given->kind == RG_GIVEN_TEXT ? given->text : "", *star = strchr (text, '*');
    const size_t length = star == NULL ? strlen (text) : (size_t) (star - text);
    const int step = rg_word_position (option->words, "step", 4), first = rg_word_position (option->words, text, length);
    const int second = star == NULL ? -1 : rg_word_position (option->words, star + 1, strlen (star + 1));
    if (first < 0 || (star != NULL && (second < 0 || (first == step) == (second == step))))
        return rg_option_refuse (option, given, message);
    *(rg_per *) field = (rg_per) { 1, star != NULL && first == step ? second : first, first == step || second == step };
    return RG_OK;
}

static rg_status (*const readers[]) (const rg_option *, void *, const rg_given *, rg_message *) = {
    [RG_OPTION_WHOLE] = read_whole,   [RG_OPTION_REAL] = read_real,
    [RG_OPTION_FLAG] = read_flag,     [RG_OPTION_WORD] = read_word,
    [RG_OPTION_BYTES] = read_bytes,   [RG_OPTION_TEXT] = read_text,
    [RG_OPTION_FILE] = read_text,     [RG_OPTION_REAL_OR_FILE] = read_real_or_file,
    [RG_OPTION_FRACTION_OR_FILE] = read_real_or_file, [RG_OPTION_CONSTANT] = read_real_or_file,
    [RG_OPTION_PER] = read_per,
};

rg_status
rg_option_read_one (const rg_option *option, void *field, const rg_given *given, rg_message *message)
{
    return readers[option->kind](option, field, given, message);
}
