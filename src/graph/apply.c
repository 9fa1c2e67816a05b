/* apply.c -- operators by name, their options as text; see rg_graph_apply in retrograde/graph.h. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "graph/operators.h"

static const rg_operator *
find (const char *name)
{
    for (size_t i = 0; rg_operator_at (i) != NULL; i++)
        if (strcmp (rg_operator_at (i)->name, name) == 0)
            return rg_operator_at (i);
    return NULL;
}

static rg_tensor
refuse_name (rg_graph *graph, const char *name)
{
    char nearest[64] = "";
    size_t distance = 3;
    for (size_t i = 0; rg_operator_at (i) != NULL; i++)
        rg_nearest_consider (rg_operator_at (i)->name, name, &distance, nearest, sizeof nearest);
    return rg_graph_refuse (graph, RG_EINPUT, "there is no operator %s%s%s%s", name,
                            nearest[0] == 0 ? "" : "; did you mean ", nearest, nearest[0] == 0 ? "" : "?");
}

/* The end of an option's text: the next comma that is in no list. */
static const char *
end_of (const char *text)
{
    int depth = 0;
    for (; *text != 0 && (*text != ',' || depth > 0); text++)
        depth += (*text == '[') - (*text == ']');
    return text;
}

/* Copy a text without blanks at its ends; false where it is too long. */
static bool
copy (const char *from, const char *to, char *out, size_t size)
{
    while (from < to && *from == ' ')
        from++;
    while (to > from && to[-1] == ' ')
        to--;
    if ((size_t) (to - from) >= size)
        return false;
    memcpy (out, from, (size_t) (to - from));
    out[to - from] = 0;
    return true;
}

/* Write one "key: value" that ends at `end`. */
static rg_status
set_option (const rg_operator *op, void *settings, const char *text, const char *end, rg_message *message)
{
    char key[64], value[256];
    const char *colon = memchr (text, ':', (size_t) (end - text));
    if (colon == NULL || !copy (text, colon, key, sizeof key) || !copy (colon + 1, end, value, sizeof value))
        return rg_fail (message, RG_EINPUT, "expected `key: value`, got `%.*s`", (int) (end - text), text);
    rg_message reason = { "" };
    const rg_status status = rg_option_set (op->options, settings, key, value, &reason);
    return status == RG_OK ? status : rg_fail (message, status, "%s: %s", key, reason.text);
}

/* Fill settings from text; they are the caller's to clear, also after a failure. */
static rg_status
set_options (const rg_operator *op, void *settings, const char *text, rg_message *message)
{
    rg_status status = rg_option_defaults (op->options, settings, message);
    while (status == RG_OK && text != NULL && text[strspn (text, " ")] != 0) {
        const char *end = end_of (text);
        status = set_option (op, settings, text, end, message);
        text = *end == ',' ? end + 1 : NULL;
    }
    return status == RG_OK ? rg_option_require (op->options, settings, message) : status;
}

rg_tensor
rg_graph_apply (rg_graph *graph, const char *name, const rg_tensor *operands, size_t count, const char *options)
{
    static const rg_option none[] = { { 0 } };
    rg_message message = { "" };
    const rg_operator *found = find (name);
    if (found == NULL)
        return refuse_name (graph, name);
    rg_operator op = *found;
    op.options = found->options == NULL ? none : found->options;
    void *settings = rg_calloc (1, found->settings_bytes);
    const rg_status status = settings == NULL ? rg_fail (&message, RG_ENOMEM, "out of memory")
                                              : set_options (&op, settings, options, &message);
    if (status == RG_OK)
        return rg_graph_add_node (graph, found, count, operands, settings);
    if (settings != NULL)
        rg_option_clear (found->options, settings);
    rg_free (settings);
    return rg_graph_refuse (graph, status, "%s: %s", name, message.text);
}
