/* names.c -- one row an enumeration of the public headers; see retrograde/names.h. */
#include <retrograde/names.h>

#include <string.h>

#include <retrograde/config.h>
#include <retrograde/data.h>
#include <retrograde/dynamics.h>
#include <retrograde/examples.h>
#include <retrograde/exact.h>
#include <retrograde/graph.h>
#include <retrograde/hyper.h>
#include <retrograde/keeper.h>
#include <retrograde/objective.h>
#include <retrograde/precision.h>
#include <retrograde/table.h>

/* Either words by value, NULL where there is no such value; or the function of those who own the words. */
typedef struct {
    const char *name;
    int count; /* of values, from 0 */
    const char *const *words;
    const char *(*word) (int value);
} enumeration;

#define STATUS_WORD(name, value, text) [value] = #name,
static const char *const statuses[] = { RG_STATUS_TABLE (STATUS_WORD) };
#undef STATUS_WORD
static const char *const abouts[] = {
    [RG_ABOUT_PART] = "part",       [RG_ABOUT_INPUTS] = "inputs",   [RG_ABOUT_TARGETS] = "targets", [RG_ABOUT_TASKS] = "tasks",
    [RG_ABOUT_COLUMNS] = "columns", [RG_ABOUT_TARGET] = "target",
    [RG_ABOUT_FIRST] = "first",     [RG_ABOUT_COUNT] = "count",     [RG_ABOUT_SPLIT] = "split",     [RG_ABOUT_MISSING] = "missing",
};
static const char *const arithmetics[] = { [RG_EXACT] = "exact", [RG_FLOATING] = "floating" };
static const char *const halves[] = { [RG_SUPPORT] = "support", [RG_QUERY] = "query" };
static const char *const headers[] = { [RG_HEADER_FIND] = "find", [RG_HEADER_YES] = "yes", [RG_HEADER_NO] = "no" };
static const char *const kept[] = { [RG_KEEP_SWEEP] = "sweep", [RG_KEEP_MEAN] = "mean" };
static const char *const missing[] = { [RG_MISSING_REFUSE] = "refuse", [RG_MISSING_MEAN] = "mean", [RG_MISSING_MEDIAN] = "median" };
static const char *const results[] = { [RG_RESULT_BEST] = "best", [RG_RESULT_LAST] = "last" };
static const char *const monitors[] = { [RG_MONITOR_OUTER_LOSS] = "outer_loss", [RG_MONITOR_VALIDATION_LOSS] = "validation_loss",
                                        [RG_MONITOR_VALIDATION_ERROR] = "validation_error" };
static const char *const parts[] = { [RG_PART_TRAIN] = "train", [RG_PART_TEST] = "test" };
static const char *const parts_played[] = { [RG_INNER] = "inner", [RG_OUTER] = "outer" };
static const char *const precisions[] = { [RG_SINGLE] = "single", [RG_DOUBLE] = "double" };
static const char *const ratios[] = { [RG_RATIO_GOOD] = "good", [RG_RATIO_NO_DECAY] = "no decay", [RG_RATIO_COARSE] = "coarse" };
static const char *const targets[] = { [RG_TARGET_LABELS] = "labels", [RG_TARGET_REALS] = "reals" };
static const char *const uses[] = { [RG_USE_LOSS] = "loss", [RG_USE_GRADIENT] = "gradient", [RG_USE_TANGENTS] = "tangents" };
static const char *const wanted[] = { [RG_WANT_WEIGHTS] = "weights", [RG_WANT_ALL] = "all" };
static const char *const ways[] = { [RG_WAY_OUT] = "out", [RG_WAY_BACK] = "back" };

static const char *
activation (int value)
{
    return rg_activation_name ((rg_activation) value);
}

static const char *
buffer_kind (int value)
{
    return rg_buffer_kind_name ((rg_buffer_kind) value);
}

static const char *
element (int value)
{
    return rg_element_name ((rg_element) value);
}

static const char *
role (int value)
{
    return rg_role_name ((rg_role) value);
}

static const char *
scope (int value)
{
    return rg_scope_name ((rg_scope) value);
}

static const char *
sharing (int value)
{
    return rg_sharing_name ((rg_sharing) value);
}

static const char *
transform (int value)
{
    return rg_transform_name ((rg_transform) value);
}

#define WORDS(table) sizeof (table) / sizeof *(table), table, NULL
static const enumeration enumerations[] = {
    { "about", WORDS (abouts) },
    { "activation", RG_LINEAR + 1, NULL, activation },
    { "arithmetic", WORDS (arithmetics) },
    { "buffer_kind", RG_BUFFER_INTEGER + 1, NULL, buffer_kind },
    { "element", RG_BOOL + 1, NULL, element },
    { "half", WORDS (halves) },
    { "header", WORDS (headers) },
    { "kept", WORDS (kept) },
    { "missing", WORDS (missing) },
    { "monitor", WORDS (monitors) },
    { "result", WORDS (results) },
    { "part", WORDS (parts) },
    { "part_played", WORDS (parts_played) },
    { "precision", WORDS (precisions) },
    { "ratio_quality", WORDS (ratios) },
    { "role", RG_RULE + 1, NULL, role },
    { "scope", RG_PER_OWN + 1, NULL, scope },
    { "sharing", RG_SHARED + 1, NULL, sharing },
    { "status", WORDS (statuses) },
    { "target", WORDS (targets) },
    { "transform", RG_SOFTPLUS + 1, NULL, transform },
    { "use", WORDS (uses) },
    { "wanted", WORDS (wanted) },
    { "way", WORDS (ways) },
};
enum { ENUMERATIONS = sizeof enumerations / sizeof *enumerations };

static const char *
word_of (const enumeration *e, int value)
{
    if (value < 0 || value >= e->count)
        return NULL;
    return e->word != NULL ? e->word (value) : e->words[value];
}

static const enumeration *
find (const char *name)
{
    for (size_t i = 0; i < ENUMERATIONS; i++)
        if (strcmp (enumerations[i].name, name) == 0)
            return &enumerations[i];
    return NULL;
}

const char *
rg_enum_name (const char *name, int value)
{
    const enumeration *e = find (name);
    return e == NULL ? NULL : word_of (e, value);
}

int
rg_enum_value (const char *name, const char *word, int *value)
{
    const enumeration *e = find (name);
    for (int i = 0; e != NULL && i < e->count; i++) {
        const char *own = word_of (e, i);
        if (own == NULL || strcmp (own, word) != 0)
            continue;
        *value = i;
        return 1;
    }
    return 0;
}

const char *
rg_enum_at (size_t index)
{
    return index < ENUMERATIONS ? enumerations[index].name : NULL;
}
