/* field.c -- see field.h. */
#define _POSIX_C_SOURCE 200809L
#include "data/format/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NUMBER = 127 };

/* Whether a text is [+-]digits[.digits][e[+-]digits], digits on at least one side of the point. */
static int
has_number_form (const char *text, char point)
{
    size_t digits = 0;
    text += *text == '+' || *text == '-';
    for (; *text >= '0' && *text <= '9'; text++)
        digits++;
    if (*text == point)
        for (text++; *text >= '0' && *text <= '9'; text++)
            digits++;
    if (digits == 0)
        return 0;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '+' || *text == '-';
        if (*text == '\0')
            return 0;
        while (*text >= '0' && *text <= '9')
            text++;
    }
    return *text == '\0';
}

/* Whether a text is one of the words, in any case. */
static int
is_one_of (const char *text, const char *const *words)
{
    char lower[16] = "";
    if (strlen (text) >= sizeof lower)
        return 0;
    for (size_t i = 0; text[i] != '\0'; i++)
        lower[i] = (char) (text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
    for (; *words != NULL; words++)
        if (strcmp (lower, *words) == 0)
            return 1;
    return 0;
}

static int
is_missing (const char *text)
{
    static const char *const words[] = { "", "na", "n/a", "#n/a", "#na", "<na>", "nan", "+nan", "-nan", "null", "none", "?", NULL };
    return is_one_of (text, words);
}

static int
is_infinite (const char *text)
{
    static const char *const words[] = { "inf", "infinity", NULL };
    return is_one_of (text + (*text == '+' || *text == '-'), words);
}

rg_field_kind
rg_field_read (const unsigned char *field, size_t length, double *out)
{
    char text[LONGEST_NUMBER + 1];
    if (length > LONGEST_NUMBER || memchr (field, '\0', length) != NULL)
        return RG_FIELD_TEXT;
    memcpy (text, field, length);
    text[length] = '\0';
    if (is_missing (text))
        return RG_FIELD_MISSING;
    if (is_infinite (text))
        return RG_FIELD_INFINITE;
    if (!has_number_form (text, '.'))
        return RG_FIELD_TEXT;
    *out = strtod (text, NULL);
    return isfinite (*out) ? RG_FIELD_NUMBER : RG_FIELD_INFINITE;
}

int
rg_field_has_decimal_comma (const char *text)
{
    return strchr (text, ',') != NULL && has_number_form (text, ',');
}

int
rg_plain_locale_begin (rg_plain_locale *out)
{
    out->plain = newlocale (LC_ALL_MASK, "C", (locale_t) 0);
    if (out->plain == (locale_t) 0)
        return -1;
    out->before = uselocale (out->plain);
    return 0;
}

void
rg_plain_locale_end (const rg_plain_locale *locale)
{
    uselocale (locale->before);
    freelocale (locale->plain);
}
