/* schema_value.c -- what a key expects, and whether a node is that; see schema.h. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <retrograde/registry.h>

#include "base/number.h"
#include "config/schema.h"

static const struct {
    double low, high;
    bool above, below;       /* the bound itself is not in */
    const char *real, *whole; /* as it reads after "a number" and "a whole number" */
} ranges[] = {
    [RG_ANY] = { -INFINITY, INFINITY, false, false, "", "" },
    [RG_NOT_NEGATIVE] = { 0, INFINITY, false, false, " ≥ 0", " ≥ 0" },
    [RG_POSITIVE] = { 0, INFINITY, true, false, " > 0", " ≥ 1" },
    [RG_COUNT] = { 1, 2147483647, false, false, "", " from 1 to 2147483647" },
    [RG_FRACTION] = { 0, 1, false, false, " from 0 to 1", " from 0 to 1" },
    [RG_BELOW_ONE] = { 0, 1, false, true, " ≥ 0 and < 1", "" },
    [RG_FRACTION_BITS] = { 8, 51, false, false, "", " from 8 to 51" },
    [RG_SECOND_BITS] = { 24, 61, false, false, "", " from 24 to 61" },
    [RG_RATIO_BITS] = { 1, 28, false, false, "", " from 1 to 28" },
    [RG_LAYERS] = { 1, INFINITY, false, false, "", " ≥ 1" },
};

static bool
in_range (rg_range range, double value)
{
    if (ranges[range].above ? value <= ranges[range].low : value < ranges[range].low)
        return false;
    return ranges[range].below ? value < ranges[range].high : value <= ranges[range].high;
}

/* Write "a|b|c" as "a, b or c". */
static void
write_words (const char *words, char *out, size_t bytes)
{
    size_t used = 0;
    for (const char *at = words; *at != '\0' && used < bytes;) {
        const size_t length = strcspn (at, "|");
        const bool last = at[length] == '\0', before_last = !last && strchr (at + length + 1, '|') == NULL;
        used += (size_t) snprintf (out + used, bytes - used, "%.*s%s", (int) length, at,
                                   last ? "" : before_last ? " or " : ", ");
        at += last ? length : length + 1;
    }
}

void
rg_schema_expectation (const rg_key *key, char *out, size_t bytes)
{
    char words[128] = "";
    const char *real = ranges[key->range].real, *whole = ranges[key->range].whole;
    if (key->kind == RG_KEY_WORD || key->kind == RG_KEY_WORDS || key->kind == RG_KEY_PER)
        write_words (key->words, words, sizeof words);
    switch (key->kind) {
    case RG_KEY_MAP: snprintf (out, bytes, "a map of keys"); return;
    case RG_KEY_LIST: snprintf (out, bytes, "a list of maps"); return;
    case RG_KEY_WHOLES: snprintf (out, bytes, "a list of at least two whole numbers%s", whole); return;
    case RG_KEY_GROUPS: snprintf (out, bytes, "lists of names such as [[W1, b1], [W2, b2]] or an .npy file"); return;
    case RG_KEY_WORDS: snprintf (out, bytes, "a list of words, each %s", words); return;
    case RG_KEY_WHOLE: snprintf (out, bytes, "a whole number%s", whole); return;
    case RG_KEY_REAL: snprintf (out, bytes, "a number%s", real); return;
    case RG_KEY_FLAG: snprintf (out, bytes, "true or false"); return;
    case RG_KEY_WORD: snprintf (out, bytes, "%s", words); return;
    case RG_KEY_NAME: snprintf (out, bytes, "the name of a known %s (see retrograde list)", key->words); return;
    case RG_KEY_PER: snprintf (out, bytes, "%s, or one of them times step such as step*array", words); return;
    case RG_KEY_FILE: snprintf (out, bytes, "the name of a file or directory"); return;
    case RG_KEY_REAL_OR_FILE: snprintf (out, bytes, "a number%s or an .npy file", real); return;
    case RG_KEY_FRACTION_OR_FILE:
        snprintf (out, bytes, "a number%s, a fraction such as 9/10 or an .npy file", real);
        return;
    case RG_KEY_BYTES: snprintf (out, bytes, "a size such as 512 MiB or 4 GiB"); return;
    }
}

/* The next of "a|b|c", or NULL: copied to word. */
static const char *
next_word (const char *at, char *word, size_t bytes)
{
    const size_t length = strcspn (at, "|");
    if (length == 0)
        return NULL;
    snprintf (word, bytes, "%.*s", (int) length, at);
    return at[length] == '|' ? at + length + 1 : at + length;
}

static bool
is_word (const char *words, const char *text, size_t length)
{
    char word[32];
    for (const char *at = words; (at = next_word (at, word, sizeof word)) != NULL;)
        if (strlen (word) == length && strncmp (word, text, length) == 0)
            return true;
    return false;
}

/* One word, or two around a star of which just one is step. */
static bool
is_per (const char *words, const char *text)
{
    const char *star = strchr (text, '*');
    if (star == NULL)
        return is_word (words, text, strlen (text));
    const size_t length = (size_t) (star - text);
    const bool first = is_word ("step", text, length), second = strcmp (star + 1, "step") == 0;
    return first != second && is_word (words, text, length)
           && is_word (words, star + 1, strlen (star + 1));
}

static bool
is_registered (const char *kind, const char *name)
{
    for (size_t i = 0;; i++) {
        const rg_registry_entry entry = rg_registry_at (i);
        if (entry.name == NULL)
            return false;
        if (strcmp (entry.kind, kind) == 0 && strcmp (entry.name, name) == 0)
            return true;
    }
}

static bool
is_npy (const char *text)
{
    const size_t length = strlen (text);
    return length > 4 && strcmp (text + length - 4, ".npy") == 0;
}

/* A number without quotes, in the key's range; a fraction where the kind has it. */
static bool
is_number (const rg_key *key, const rg_node *node)
{
    double value;
    int64_t whole, denominator;
    const char *text = rg_node_text (node);
    if (rg_node_quoted (node))
        return false;
    if (key->kind == RG_KEY_WHOLE || key->kind == RG_KEY_WHOLES)
        return rg_read_whole (text, &whole) && in_range (key->range, (double) whole);
    if (key->kind == RG_KEY_FRACTION_OR_FILE && rg_read_fraction (text, &whole, &denominator))
        return in_range (key->range, (double) whole / (double) denominator);
    return rg_read_real (text, &value) && in_range (key->range, value);
}

static bool
accepts_words (const rg_key *key, const rg_node *list)
{
    for (size_t i = 0; i < rg_node_count (list); i++) {
        const rg_node *item = rg_node_item (list, i);
        if (rg_node_kind_of (item) != RG_NODE_SCALAR
            || !is_word (key->words, rg_node_text (item), strlen (rg_node_text (item))))
            return false;
    }
    return true;
}

static bool
accepts_list (const rg_key *key, const rg_node *list)
{
    if (key->range == RG_LAYERS && rg_node_count (list) < 2)
        return false;
    for (size_t i = 0; i < rg_node_count (list); i++) {
        const rg_node *item = rg_node_item (list, i);
        if (rg_node_kind_of (item) != RG_NODE_SCALAR || !is_number (key, item))
            return false;
    }
    return true;
}

/* A list of lists of names, none of them empty. */
static bool
are_groups (const rg_node *groups)
{
    for (size_t g = 0; g < rg_node_count (groups); g++) {
        const rg_node *group = rg_node_item (groups, g);
        if (rg_node_kind_of (group) != RG_NODE_LIST || rg_node_count (group) == 0)
            return false;
        for (size_t i = 0; i < rg_node_count (group); i++)
            if (rg_node_kind_of (rg_node_item (group, i)) != RG_NODE_SCALAR)
                return false;
    }
    return rg_node_count (groups) > 0;
}

bool
rg_schema_accepts (const rg_key *key, const rg_node *node)
{
    const rg_node_kind kind = rg_node_kind_of (node);
    bool flag;
    uint64_t bytes;
    if (key->kind == RG_KEY_MAP)
        return kind == RG_NODE_MAP;
    if (key->kind == RG_KEY_LIST)
        return kind == RG_NODE_LIST;
    if (key->kind == RG_KEY_WHOLES)
        return kind == RG_NODE_LIST && accepts_list (key, node);
    if (key->kind == RG_KEY_GROUPS && kind == RG_NODE_LIST)
        return are_groups (node);
    if (key->kind == RG_KEY_WORDS)
        return kind == RG_NODE_LIST && accepts_words (key, node);
    if (kind != RG_NODE_SCALAR)
        return false;
    const char *text = rg_node_text (node);
    switch (key->kind) {
    case RG_KEY_FLAG: return !rg_node_quoted (node) && rg_read_flag (text, &flag);
    case RG_KEY_WORD: return is_word (key->words, text, strlen (text));
    case RG_KEY_NAME: return is_registered (key->words, text);
    case RG_KEY_PER: return is_per (key->words, text);
    case RG_KEY_FILE: return text[0] != '\0';
    case RG_KEY_BYTES: return rg_read_bytes (text, &bytes);
    case RG_KEY_GROUPS: return is_npy (text);
    case RG_KEY_REAL_OR_FILE:
    case RG_KEY_FRACTION_OR_FILE: return is_number (key, node) || is_npy (text);
    default: return is_number (key, node);
    }
}

/* Keep a candidate that is nearer than the best so far, and than a change of half of it. */
static void
consider (const char *candidate, const char *text, size_t *best, char *out, size_t bytes)
{
    const size_t distance = rg_edit_distance (candidate, text, 2);
    if (distance >= *best || 2 * distance >= strlen (candidate))
        return;
    *best = distance;
    snprintf (out, bytes, "%s", candidate);
}

const char *
rg_schema_nearest_name (const rg_key *key, const char *text, char *out, size_t bytes)
{
    size_t best = 3;
    char word[32];
    if (key->kind == RG_KEY_WORD || key->kind == RG_KEY_PER)
        for (const char *at = key->words; (at = next_word (at, word, sizeof word)) != NULL;)
            consider (word, text, &best, out, bytes);
    if (key->kind == RG_KEY_NAME)
        for (size_t i = 0; rg_registry_at (i).name != NULL; i++)
            if (strcmp (rg_registry_at (i).kind, key->words) == 0)
                consider (rg_registry_at (i).name, text, &best, out, bytes);
    return best < 3 ? out : NULL;
}
