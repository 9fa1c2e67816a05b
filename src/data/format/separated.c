/* separated.c -- see separated.h. */
#include "data/format/separated.h"

#include <string.h>

static int
is_blank (unsigned char c, unsigned char separator)
{
    return c == ' ' || c == '\r' || (c == '\t' && separator != '\t');
}

static void
skip_blanks (rg_text *text)
{
    while (text->at < text->end && is_blank (*text->at, text->separator))
        text->at++;
}

rg_text
rg_text_begin (const rg_source *source)
{
    rg_text text = { source->bytes, source->bytes + source->size, ',', 1 };
    if (source->size >= 3 && memcmp (text.at, "\xEF\xBB\xBF", 3) == 0)
        text.at += 3;
    while (text.end > text.at && (text.end[-1] == '\n' || text.end[-1] == '\r'))
        text.end--;
    return text;
}

/* What is inside of quotes; a quote inside is doubled and stays so. */
static void
take_quoted (rg_text *text, rg_field *out)
{
    out->at = ++text->at;
    while (text->at < text->end) {
        if (*text->at == '\n')
            text->line++;
        else if (*text->at == '"' && (text->at + 1 == text->end || text->at[1] != '"'))
            break;
        else if (*text->at == '"')
            text->at++;
        text->at++;
    }
    out->length = (size_t) (text->at - out->at);
    out->damaged = text->at >= text->end;
    if (out->damaged)
        text->at = text->end;
    else
        text->at++;
}

static void
take_plain (rg_text *text, rg_field *out)
{
    const unsigned char separator = text->separator;
    out->at = text->at;
    while (text->at < text->end && *text->at != '\n' && *text->at != separator && !(separator == ' ' && *text->at == '\t'))
        text->at++;
    const unsigned char *to = text->at;
    while (to > out->at && is_blank (to[-1], separator))
        to--;
    out->length = (size_t) (to - out->at);
}

/* Whether a field may end here, blanks passed since `after`. */
static int
ends_field (const rg_text *text, const unsigned char *after)
{
    return *text->at == '\n' || (text->separator == ' ' ? text->at > after : *text->at == text->separator);
}

rg_field
rg_text_next (rg_text *text)
{
    rg_field field = { .line = text->line };
    skip_blanks (text);
    if (text->at < text->end && *text->at == '"')
        take_quoted (text, &field);
    else
        take_plain (text, &field);
    const unsigned char *after = text->at;
    skip_blanks (text);
    if (text->at < text->end && !ends_field (text, after)) {
        field.damaged = 1; /* text after the quotes */
        take_plain (text, &(rg_field) { 0 });
    }
    field.last = text->at == text->end || *text->at == '\n';
    text->line += text->at < text->end && *text->at == '\n';
    text->at += text->at < text->end && (field.last || *text->at == text->separator);
    return field;
}

size_t
rg_text_count_fields (rg_text text)
{
    size_t count = 1;
    while (!rg_text_next (&text).last)
        count++;
    return count;
}

/* Fields of the row that comes next, which is passed; 0 where one is damaged or has a comma at its edge: the separator is another then. */
static size_t
pass_row (rg_text *text)
{
    size_t count = 0;
    int at_edge = 0;
    rg_field field;
    do {
        field = rg_text_next (text);
        at_edge |= field.damaged;
        at_edge |= field.length > 0 && text->separator != ',' && (*field.at == ',' || field.at[field.length - 1] == ',');
        count++;
    } while (!field.last);
    return at_edge ? 0 : count;
}

/* Whether the rows after the first one have one number of fields, of two or more. */
static int
rows_agree (rg_text text)
{
    enum { ROWS = 10 };
    const size_t first = pass_row (&text);
    if (text.at == text.end || first < 2)
        return first > 1;
    const size_t fields = pass_row (&text);
    for (int row = 0; row < ROWS && text.at < text.end; row++)
        if (pass_row (&text) != fields)
            return 0;
    return fields > 1;
}

unsigned char
rg_text_find_separator (rg_text text)
{
    static const char separators[] = "\t;, ";
    for (size_t i = 0; separators[i] != '\0'; i++) {
        text.separator = (unsigned char) separators[i];
        if (rows_agree (text))
            return text.separator;
    }
    return ',';
}

size_t
rg_text_bound_fields (const rg_text *text)
{
    size_t count = 1;
    for (const unsigned char *at = text->at; at < text->end; at++)
        count += *at == text->separator || *at == '\n' || (text->separator == ' ' && *at == '\t');
    return count;
}
