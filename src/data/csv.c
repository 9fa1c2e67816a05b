/* csv.c -- tables of numbers separated by commas; see data.h. */
#define _POSIX_C_SOURCE 200809L
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_XLOCALE_H
#include <xlocale.h>
#endif

#include "base/memory.h"
#include "data/source.h"

enum { LONGEST_NUMBER = 127 };

/* One line, without its end; `number` counts from 1. */
typedef struct {
    const unsigned char *at, *end;
    size_t number;
} line;

/* Cut the next line off the text. Returns 0 at the end of it. */
static int
next_line (const unsigned char **text, const unsigned char *end, line *out)
{
    if (*text == end)
        return 0;
    const unsigned char *stop = memchr (*text, '\n', (size_t) (end - *text));
    out->at = *text;
    out->end = stop == NULL ? end : stop;
    out->number++;
    *text = stop == NULL ? end : stop + 1;
    if (out->end > out->at && out->end[-1] == '\r')
        out->end--;
    return 1;
}

/* Cut the next field off a line, blanks around it removed. Returns 0 after the last one. */
static int
next_field (line *rest, const unsigned char **field, size_t *length)
{
    if (rest->at == NULL)
        return 0;
    const unsigned char *stop = rest->at == rest->end ? NULL : memchr (rest->at, ',', (size_t) (rest->end - rest->at));
    const unsigned char *from = rest->at, *to = stop == NULL ? rest->end : stop;
    rest->at = stop == NULL ? NULL : stop + 1;
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (from < to && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    *field = from;
    *length = (size_t) (to - from);
    return 1;
}

static size_t
count_fields (line of)
{
    const unsigned char *field;
    size_t length, count = 0;
    while (next_field (&of, &field, &length))
        count++;
    return count;
}

/* Whether a text is [+-]digits[.digits][e[+-]digits], digits on at least one side of the point. */
static int
has_number_form (const char *text)
{
    size_t digits = 0;
    text += *text == '+' || *text == '-';
    for (; *text >= '0' && *text <= '9'; text++)
        digits++;
    if (*text == '.')
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

/* Whether a text is one of strtod's words for what is not finite. */
static int
is_nonfinite_word (const char *text)
{
    static const char *const words[] = { "nan", "inf", "infinity" };
    char lower[16] = "";
    text += *text == '+' || *text == '-';
    if (strlen (text) >= sizeof lower)
        return 0;
    for (size_t i = 0; text[i] != '\0'; i++)
        lower[i] = (char) (text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp (lower, words[i]) == 0)
            return 1;
    return 0;
}

typedef enum { IS_NUMBER, IS_NONFINITE, IS_TEXT } field_kind;

/* Read one field in the C locale, which the caller has set for the thread. */
static field_kind
read_number (const unsigned char *field, size_t length, double *out)
{
    char text[LONGEST_NUMBER + 1];
    if (length > LONGEST_NUMBER || memchr (field, '\0', length) != NULL)
        return IS_TEXT;
    memcpy (text, field, length);
    text[length] = '\0';
    if (is_nonfinite_word (text))
        return IS_NONFINITE;
    if (!has_number_form (text))
        return IS_TEXT;
    *out = strtod (text, NULL);
    return isfinite (*out) ? IS_NUMBER : IS_NONFINITE;
}

static int
is_header (line first)
{
    const unsigned char *field;
    size_t length;
    double number;
    while (next_field (&first, &field, &length))
        if (read_number (field, length, &number) != IS_TEXT)
            return 0;
    return 1;
}

/* Say what is wrong with a field, quoting it as far as it is printable and short. */
static rg_status
fail_field (const line *of, size_t column, const unsigned char *field, size_t length, field_kind kind,
            const char *name, rg_message *message)
{
    char quoted[41];
    size_t used = 0;
    for (; used < length && used + 1 < sizeof quoted; used++)
        quoted[used] = (char) (field[used] >= ' ' && field[used] <= '~' ? field[used] : '?');
    quoted[used] = '\0';
    return rg_fail (message, kind == IS_NONFINITE ? RG_ENONFINITE : RG_EINPUT, "%s:%zu:%zu: expected a %snumber, got '%s'",
                    name, of->number, column, kind == IS_NONFINITE ? "finite " : "", quoted);
}

/* Read the fields of one line into a row of `columns` numbers. */
static rg_status
read_row (line row, size_t columns, double *out, const char *name, rg_message *message)
{
    const line whole = row;
    const size_t got = count_fields (row);
    if (got != columns)
        return rg_fail (message, RG_EINPUT, "%s:%zu: expected %zu fields, got %zu", name, row.number, columns,
                        row.at == row.end ? 0 : got);
    const unsigned char *field;
    size_t length;
    for (size_t column = 0; next_field (&row, &field, &length); column++) {
        const field_kind kind = read_number (field, length, out + column);
        if (kind != IS_NUMBER)
            return fail_field (&whole, column + 1, field, length, kind, name, message);
    }
    return RG_OK;
}

/* The text of a source without byte order mark and trailing empty lines. */
static void
trim (const rg_source *source, const unsigned char **text, const unsigned char **end)
{
    *text = source->bytes;
    *end = source->bytes + source->size;
    if (source->size >= 3 && memcmp (*text, "\xEF\xBB\xBF", 3) == 0)
        *text += 3;
    while (*end > *text && ((*end)[-1] == '\n' || (*end)[-1] == '\r'))
        (*end)--;
}

/* Commas and line ends bound the number of fields, rectangular or not. */
static size_t
bound_fields (const unsigned char *text, const unsigned char *end)
{
    size_t count = 1;
    for (; text < end; text++)
        count += *text == ',' || *text == '\n';
    return count;
}

static rg_status
read_table (const rg_source *source, rg_array *out, rg_message *message)
{
    const unsigned char *text, *end;
    trim (source, &text, &end);
    line row = { 0 };
    size_t rows = 0;
    if (!next_line (&text, end, &row))
        return rg_fail (message, RG_EINPUT, "%s: expected a table of numbers, got an empty file", source->name);
    const size_t columns = count_fields (row), room = bound_fields (row.at, end);
    const int header = is_header (row);
    if (header && !next_line (&text, end, &row))
        return rg_fail (message, RG_EINPUT, "%s:1: expected a table of numbers, got one line without a number",
                        source->name);

    double *table = rg_malloc (room, sizeof *table);
    if (table == NULL)
        return rg_fail_memory (message, source->name);
    rg_status status;
    do {
        status = read_row (row, columns, table + rows * columns, source->name, message);
        rows++;
    } while (status == RG_OK && next_line (&text, end, &row));
    if (status != RG_OK) {
        rg_free (table);
        return status;
    }
    *out = (rg_array) { .type = RG_FLOAT64, .ndim = 2, .shape = { rows, columns }, .data = table, .owner = table };
    return RG_OK;
}

static rg_status
parse (rg_source *source, rg_array *out, rg_message *message)
{
    const locale_t plain = newlocale (LC_ALL_MASK, "C", (locale_t) 0);
    if (plain == (locale_t) 0)
        return rg_fail_memory (message, source->name);
    const locale_t before = uselocale (plain);
    const rg_status status = read_table (source, out, message);
    uselocale (before);
    freelocale (plain);
    return status;
}

rg_status
rg_csv_read (const char *path, rg_array *out, rg_message *message)
{
    return rg_source_read (path, parse, out, message);
}

rg_status
rg_csv_parse (const void *bytes, size_t size, const char *name, rg_array *out, rg_message *message)
{
    return rg_source_parse (bytes, size, name, parse, out, message);
}
