/* given.c -- values that somebody gives: in a sentence, and from flat lists; see given.h. */
#include "base/given.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

/* Copy at most `limit` bytes, not cutting a UTF-8 character, control characters as '?'. */
static size_t
copy_visible (char *out, const char *text, size_t limit)
{
    size_t length = strlen (text);
    if (length > limit) {
        length = limit;
        while (length > 0 && ((unsigned char) text[length] & 0xC0) == 0x80)
            length--;
    }
    for (size_t i = 0; i < length; i++)
        out[i] = (unsigned char) text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
    out[length] = '\0';
    return length;
}

static void
describe_text (const rg_given *given, char *out, size_t bytes)
{
    enum { LONGEST = 40 };
    char text[LONGEST + 1];
    const size_t length = copy_visible (text, given->text, LONGEST);
    const char *quote = given->quoted ? "\"" : "", *more = given->text[length] == '\0' ? "" : "...";
    snprintf (out, bytes, "%s%s%s%s", quote, text, more, quote);
}

void
rg_given_describe (const rg_given *given, char *out, size_t bytes)
{
    switch (given->kind) {
    case RG_GIVEN_NOTHING: snprintf (out, bytes, "nothing"); return;
    case RG_GIVEN_TEXT: describe_text (given, out, bytes); return;
    case RG_GIVEN_WHOLE: snprintf (out, bytes, "%lld", (long long) given->whole); return;
    case RG_GIVEN_REAL: snprintf (out, bytes, "%.9g", given->real); return;
    case RG_GIVEN_FLAG: snprintf (out, bytes, "%s", given->whole ? "true" : "false"); return;
    case RG_GIVEN_LIST: snprintf (out, bytes, "a list"); return;
    case RG_GIVEN_MAP: snprintf (out, bytes, "a map"); return;
    }
}

rg_status
rg_given_parse (const char *text, rg_given *out, char **copy, rg_given **entries)
{
    const size_t length = strlen (text);
    size_t count = 1;
    *out = rg_given_text (text);
    *copy = NULL;
    *entries = NULL;
    if (length < 2 || text[0] != '[' || text[length - 1] != ']')
        return RG_OK;
    for (const char *at = text; *at != '\0'; at++)
        count += *at == ',';
    *copy = rg_strdup (text + 1);
    *entries = rg_calloc (count, sizeof **entries);
    if (*copy == NULL || *entries == NULL)
        return RG_ENOMEM;
    (*copy)[length - 2] = '\0';
    size_t used = 0;
    char *rest = *copy;
    for (char *part = rest; part != NULL && (*copy)[strspn (*copy, " ")] != '\0'; part = rest) {
        rest = strchr (part, ',');
        if (rest != NULL)
            *rest++ = '\0';
        part += strspn (part, " ");
        for (size_t end = strlen (part); end > 0 && part[end - 1] == ' '; end--)
            part[end - 1] = '\0';
        (*entries)[used++] = rg_given_text (part);
    }
    *out = rg_given_list (used, *entries);
    return RG_OK;
}
