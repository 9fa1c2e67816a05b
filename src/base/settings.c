/* settings.c -- see settings.h. */
#include "base/settings.h"

#include <stdbool.h>
#include <string.h>

#include "base/memory.h"

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
read_one (const rg_option *options, void *settings, const char *text, const char *end, rg_message *message)
{
    char key[64], value[256];
    const char *colon = memchr (text, ':', (size_t) (end - text));
    if (colon == NULL || !copy (text, colon, key, sizeof key) || !copy (colon + 1, end, value, sizeof value))
        return rg_fail (message, RG_EINPUT, "expected `key: value`, got `%.*s`", (int) (end - text), text);
    rg_message reason = { "" };
    const rg_status status = rg_option_set (options, settings, key, value, &reason);
    return status == RG_OK ? status : rg_fail (message, status, "%s: %s", key, reason.text);
}

rg_status
rg_option_read_line (const rg_option *options, void *settings, const char *text, rg_message *message)
{
    static const rg_option none[] = { { 0 } };
    if (options == NULL)
        options = none;
    rg_status status = rg_option_defaults (options, settings, message);
    if (status != RG_OK)
        return status;
    while (status == RG_OK && text != NULL && text[strspn (text, " ")] != 0) {
        const char *end = end_of (text);
        status = read_one (options, settings, text, end, message);
        text = *end == ',' ? end + 1 : NULL;
    }
    if (status == RG_OK)
        status = rg_option_require (options, settings, message);
    if (status != RG_OK)
        rg_option_clear (options, settings);
    return status;
}

static const void *
find (const rg_settings *known, const rg_kind *kind)
{
    for (size_t i = 0; known != NULL && i < known->count; i++)
        if (known->choices[i].kind.row == kind->row)
            return known->choices[i].settings;
    return NULL;
}

rg_status
rg_row_settings_read (rg_row_settings *out, const rg_kind *kind, const char *text, const rg_settings *known, rg_message *message)
{
    *out = (rg_row_settings) { .values = text == NULL ? find (known, kind) : NULL };
    if (out->values != NULL)
        return RG_OK;
    rg_message reason = { "out of memory" };
    void *values = rg_calloc (1, kind->bytes);
    const rg_status status = values == NULL ? RG_ENOMEM : rg_option_read_line (kind->options, values, text, &reason);
    if (status != RG_OK) {
        rg_free (values);
        return rg_fail (message, status, "%s: %s", kind->name, reason.text);
    }
    out->values = values;
    out->own = (rg_choice) { *kind, values };
    return RG_OK;
}

void
rg_row_settings_clear (rg_row_settings *settings)
{
    rg_choice_clear (&settings->own);
    settings->values = NULL;
}
