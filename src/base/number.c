/* number.c -- strict numbers; see number.h. */
#include "base/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longest number that is read; longer texts are not numbers. */
enum { LONGEST = 64, MOST_DIGITS = 16 /* of a whole number */ };

static bool
is_digit (char c)
{
    return c >= '0' && c <= '9';
}

static const char *
skip_digits (const char *text)
{
    while (is_digit (*text))
        text++;
    return text;
}

/* Digits without a leading zero (0 itself is fine); the end, or NULL. */
static const char *
skip_whole (const char *text)
{
    if (!is_digit (text[0]) || (text[0] == '0' && is_digit (text[1])))
        return NULL;
    return skip_digits (text);
}

static const char *
skip_sign (const char *text)
{
    return *text == '-' || *text == '+' ? text + 1 : text;
}

/* A decimal number's end, or NULL. */
static const char *
skip_real (const char *text)
{
    const char *at = skip_sign (text);
    if (is_digit (*at)) {
        at = skip_whole (at);
        if (at == NULL)
            return NULL;
        if (*at == '.')
            at = skip_digits (at + 1);
    } else {
        if (at[0] != '.' || !is_digit (at[1]))
            return NULL;
        at = skip_digits (at + 1);
    }
    if (*at == 'e' || *at == 'E') {
        at = skip_sign (at + 1);
        if (!is_digit (*at))
            return NULL;
        at = skip_digits (at);
    }
    return at;
}

bool
rg_read_digits (const char *text, int64_t *out)
{
    const char *digits = skip_sign (text), *end = skip_whole (digits);
    if (end == NULL || *end != '\0' || end - digits > MOST_DIGITS)
        return false;
    int64_t value = 0;
    for (const char *at = digits; at != end; at++)
        value = value * 10 + (*at - '0');
    if (value > RG_WHOLE_MAX)
        return false;
    *out = *text == '-' ? -value : value;
    return true;
}

/* The number after an e, or 0 without one; what is beyond all whole numbers is cut. */
static long
exponent_of (const char *mantissa)
{
    const char *e = mantissa + strcspn (mantissa, "eE");
    const long exponent = *e == '\0' ? 0 : strtol (e + 1, NULL, 10);
    return exponent > 2 * LONGEST ? 2 * LONGEST : exponent < -2 * LONGEST ? -2 * LONGEST : exponent;
}

/* The digits are moved by the exponent, so that no rounding makes a number whole; out [LONGEST + MOST_DIGITS]. */
static bool
move_digits (const char *text, char *out)
{
    const char *at = skip_sign (text);
    const long after = (long) (strchr (at, '.') == NULL ? 0 : strcspn (strchr (at, '.') + 1, "eE"));
    long used = 0, shift = exponent_of (at) - after;
    for (; *at != '\0' && *at != 'e' && *at != 'E'; at++)
        if (*at != '.' && (used > 0 || *at != '0'))
            out[used++] = *at;
    for (; used > 0 && shift < 0 && out[used - 1] == '0'; shift++)
        used--;
    for (; used > 0 && shift > 0 && used <= MOST_DIGITS; shift--)
        out[used++] = '0';
    if (used == 0)
        out[used++] = '0';
    else if (shift != 0)
        return false;
    out[used] = '\0';
    return true;
}

bool
rg_read_whole (const char *text, int64_t *out)
{
    char digits[LONGEST + MOST_DIGITS];
    const char *end = skip_real (text);
    int64_t value;
    if (end == NULL || *end != '\0' || end - text >= LONGEST || !move_digits (text, digits) || !rg_read_digits (digits, &value))
        return false;
    *out = *text == '-' ? -value : value;
    return true;
}

/* Whether a number's digits before its exponent are all 0. */
static bool
is_zero (const char *text, size_t length)
{
    for (size_t i = 0; i < length && text[i] != 'e' && text[i] != 'E'; i++)
        if (text[i] >= '1' && text[i] <= '9')
            return false;
    return true;
}

/* strtod wants the point of the locale. */
static bool
read_real_part (const char *text, size_t length, double *out)
{
    const char *point = localeconv ()->decimal_point;
    char local[2 * LONGEST];
    size_t used = 0;
    if (length >= LONGEST || strlen (point) >= LONGEST)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '.') {
            local[used++] = text[i];
            continue;
        }
        memcpy (local + used, point, strlen (point));
        used += strlen (point);
    }
    local[used] = '\0';
    char *end;
    const double value = strtod (local, &end);
    if (*end != '\0' || !isfinite (value))
        return false;
    if (fpclassify (value) == FP_ZERO && !is_zero (text, length))
        return false;
    *out = value;
    return true;
}

bool
rg_read_real (const char *text, double *out)
{
    const char *end = skip_real (text);
    return end != NULL && *end == '\0' && read_real_part (text, (size_t) (end - text), out);
}

bool
rg_read_fraction (const char *text, int64_t *numerator, int64_t *denominator)
{
    const char *slash = strchr (text, '/');
    char head[LONGEST];
    int64_t n, d;
    if (slash == NULL || slash - text >= LONGEST || !is_digit (text[0]) || !is_digit (slash[1]))
        return false;
    memcpy (head, text, (size_t) (slash - text));
    head[slash - text] = '\0';
    if (!rg_read_digits (head, &n) || !rg_read_digits (slash + 1, &d) || n < 1 || d < 1)
        return false;
    *numerator = n;
    *denominator = d;
    return true;
}

bool
rg_read_flag (const char *text, bool *out)
{
    const bool yes = strcmp (text, "true") == 0;
    if (!yes && strcmp (text, "false") != 0)
        return false;
    *out = yes;
    return true;
}

bool
rg_read_bytes (const char *text, uint64_t *out)
{
    static const struct {
        const char *name;
        double bytes;
    } units[] = { { "", 1 }, { "KiB", 0x1p10 }, { "MiB", 0x1p20 }, { "GiB", 0x1p30 } };
    const char *end = skip_real (text);
    double value;
    if (end == NULL || !read_real_part (text, (size_t) (end - text), &value))
        return false;
    const char *unit = *end == ' ' ? end + 1 : end;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp (unit, units[i].name) != 0)
            continue;
        const double bytes = value * units[i].bytes;
        int64_t whole;
        if (i == 0 && !rg_read_whole (text, &whole))
            return false;
        if (!(bytes >= 1) || bytes > (double) RG_WHOLE_MAX)
            return false;
        *out = (uint64_t) bytes;
        return true;
    }
    return false;
}
