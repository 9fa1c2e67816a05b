/* option_text.c -- options in sentences: what one expects, and what somebody may have meant; see option.h. */
#include "base/option.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const rg_range rg_range_not_negative = { 0, INFINITY, 0, 0 }, rg_range_positive = { 0, INFINITY, 1, 0 },
               rg_range_count = { 1, 2147483647, 0, 0 }, rg_range_fraction = { 0, 1, 0, 0 },
               rg_range_below_one = { 0, 1, 0, 1 }, rg_range_up_to_one = { 0, 1, 1, 0 };

/* The range as it reads after "a number" or "a whole number". */
static void
write_range (const rg_range *range, int whole, char out[64])
{
    out[0] = '\0';
    if (range == NULL)
        return;
    const int has_low = range->low > -1e300, has_high = range->high < 1e300;
    const double low = whole && range->above ? range->low + 1 : range->low, high = whole && range->below ? range->high - 1 : range->high;
    if (has_low && has_high && (whole || (!range->above && !range->below)))
        snprintf (out, 64, " from %.12g to %.12g", low, high);
    else if (has_low && has_high)
        snprintf (out, 64, " %s %.12g and %s %.12g", range->above ? ">" : "≥", low, range->below ? "<" : "≤", high);
    else if (has_low)
        snprintf (out, 64, " %s %.12g", range->above && !whole ? ">" : "≥", low);
    else if (has_high)
        snprintf (out, 64, " %s %.12g", range->below && !whole ? "<" : "≤", high);
}

void
rg_words_join (const char *words, char *out, size_t bytes)
{
    size_t used = 0;
    out[0] = '\0';
    for (const char *at = words; *at != '\0' && used < bytes;) {
        const size_t length = strcspn (at, "|");
        const int last = at[length] == '\0', before_last = !last && strchr (at + length + 1, '|') == NULL;
        used += (size_t) snprintf (out + used, bytes - used, "%.*s%s", (int) length, at,
                                   last ? "" : before_last ? " or " : ", ");
        at += last ? length : length + 1;
    }
}

/* "a list of at least two numbers ≥ 1", or what stands for a list of one. */
static void
expect_list (const rg_option *option, const char *one, const char *many, const char *words, char *out, size_t bytes)
{
    static const char *const least[] = { "", "", "two ", "three ", "four " };
    const char *otherwise = words[0] == '\0' ? "" : ", or ";
    if (option->least >= 2 && option->least < sizeof least / sizeof *least)
        snprintf (out, bytes, "a list of at least %s%s%s%s", least[option->least], many, otherwise, words);
    else if (option->least >= 2)
        snprintf (out, bytes, "a list of at least %zu %s%s%s", option->least, many, otherwise, words);
    else if (option->least == 1)
        snprintf (out, bytes, "%s%s%s%s", one, option->most == 1 ? "" : " or a list", otherwise, words);
    else
        snprintf (out, bytes, "a list of %s%s%s", many, otherwise, words);
}

static void
expect_numbers (const rg_option *option, const char *words, char *out, size_t bytes)
{
    const int whole = option->kind == RG_OPTION_WHOLES;
    char range[64], one[96], many[96];
    write_range (option->range, whole, range);
    snprintf (one, sizeof one, "%s%s", whole ? "a whole number" : "a number", range);
    snprintf (many, sizeof many, "%s%s", whole ? "whole numbers" : "numbers", range);
    expect_list (option, one, many, words, out, bytes);
}

void
rg_option_expectation (const rg_option *option, char *out, size_t bytes)
{
    char words[192] = "", real[64], whole[64];
    write_range (option->range, 0, real);
    write_range (option->range, 1, whole);
    if (option->words != NULL)
        rg_words_join (option->words, words, sizeof words);
    switch (option->kind) {
    case RG_OPTION_WHOLE: snprintf (out, bytes, "a whole number%s", whole); return;
    case RG_OPTION_REAL: snprintf (out, bytes, "a number%s", real); return;
    case RG_OPTION_FLAG: snprintf (out, bytes, "true or false"); return;
    case RG_OPTION_WORD: snprintf (out, bytes, "%s", words); return;
    case RG_OPTION_BYTES: snprintf (out, bytes, "a size such as 512 MiB or 4 GiB"); return;
    case RG_OPTION_TEXT: snprintf (out, bytes, "a text"); return;
    case RG_OPTION_FILE: snprintf (out, bytes, "the name of a file or directory"); return;
    case RG_OPTION_REAL_OR_FILE: snprintf (out, bytes, "a number%s or an .npy file", real); return;
    case RG_OPTION_FRACTION_OR_FILE:
        snprintf (out, bytes, "a number%s, a fraction such as 9/10 or an .npy file", real);
        return;
    case RG_OPTION_CONSTANT:
        snprintf (out, bytes, "a number%s, a fraction such as 9/10, an .npy file, {%s: its numbers} or {array: number}", real,
                  option->kinds->noun);
        return;
    case RG_OPTION_PER: snprintf (out, bytes, "%s, or one of them times step such as step*array", words); return;
    case RG_OPTION_WHOLES:
    case RG_OPTION_REALS: expect_numbers (option, words, out, bytes); return;
    case RG_OPTION_WORDS: snprintf (out, bytes, "a list of words, each %s", words); return;
    case RG_OPTION_TEXTS: expect_list (option, "a text", "texts", "", out, bytes); return;
    case RG_OPTION_GROUPS: snprintf (out, bytes, "lists of names such as [[W1, b1], [W2, b2]] or an .npy file"); return;
    case RG_OPTION_MAP: snprintf (out, bytes, "a map of keys"); return;
    case RG_OPTION_MAPS: snprintf (out, bytes, "a list of maps"); return;
    case RG_OPTION_KIND: snprintf (out, bytes, "the name of a known %s (see retrograde list)", option->kinds->noun); return;
    case RG_OPTION_CHAIN:
        snprintf (out, bytes, "%s %s or {%s: options}", option->most == 1 ? "one" : "a list, each a", option->kinds->noun,
                  option->kinds->noun);
        return;
    }
}

/* --- words --- */

int
rg_word_position (const char *words, const char *text, size_t length)
{
    int position = 0;
    for (const char *at = words; at != NULL; position++) {
        const size_t size = strcspn (at, "|");
        if (size == length && strncmp (at, text, length) == 0)
            return position;
        at = at[size] == '|' ? at + size + 1 : NULL;
    }
    return -1;
}

const char *
rg_word_at (const char *words, int position, char *out, size_t bytes)
{
    for (const char *at = words; at != NULL; position--) {
        const size_t size = strcspn (at, "|");
        if (position == 0) {
            snprintf (out, bytes, "%.*s", (int) size, at);
            return out;
        }
        at = at[size] == '|' ? at + size + 1 : NULL;
    }
    return NULL;
}

/* --- what was meant --- */

size_t
rg_edit_distance (const char *a, const char *b, size_t limit)
{
    enum { LONGEST = 64 };
    size_t row[3][LONGEST + 1];
    const size_t m = strlen (a), n = strlen (b);
    if (m > LONGEST || n > LONGEST || (m > n ? m - n : n - m) > limit)
        return limit + 1;
    for (size_t j = 0; j <= n; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *now = row[i % 3], *before = row[(i + 2) % 3], *older = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t least = before[j - 1] + (a[i - 1] != b[j - 1]);
            if (before[j] + 1 < least)
                least = before[j] + 1;
            if (now[j - 1] + 1 < least)
                least = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && older[j - 2] + 1 < least)
                least = older[j - 2] + 1;
            now[j] = least;
        }
    }
    return row[m % 3][n] > limit ? limit + 1 : row[m % 3][n];
}

void
rg_nearest_consider (const char *candidate, const char *text, size_t *best, char *out, size_t bytes)
{
    const size_t distance = rg_edit_distance (candidate, text, 2);
    if (distance >= *best || 2 * distance >= strlen (candidate))
        return;
    *best = distance;
    snprintf (out, bytes, "%s", candidate);
}

const char *
rg_option_nearest (const rg_option *option, const char *text, char *out, size_t bytes)
{
    size_t best = 3;
    char word[64];
    for (int i = 0; option->words != NULL && rg_word_at (option->words, i, word, sizeof word) != NULL; i++)
        rg_nearest_consider (word, text, &best, out, bytes);
    for (size_t i = 0; option->kinds != NULL && option->kinds->at (i).name != NULL; i++)
        rg_nearest_consider (option->kinds->at (i).name, text, &best, out, bytes);
    return best < 3 ? out : NULL;
}
