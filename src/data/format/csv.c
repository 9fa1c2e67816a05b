/* csv.c -- tables of text, by any of four separators; see retrograde/table.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "data/format/field.h"
#include "data/format/format.h"
#include "data/format/header.h"
#include "data/format/separated.h"
#include "data/table/words.h"

/* A text on its way to becoming a table. */
typedef struct {
    rg_table *table;
    const char *name;
    double *cells;
    size_t rows, columns;
    size_t *place;
    rg_text_cell *texts;
    size_t text_count, text_room;
    rg_message *message;
} reading;

/* Say what is wrong with a field, quoting it as far as it is printable and short. */
static rg_status
fail_field (const reading *r, const rg_field *field, size_t column, rg_status status, const char *expected)
{
    char quoted[RG_LONGEST_WORD];
    size_t used = 0;
    for (; used < field->length && used + 1 < sizeof quoted; used++)
        quoted[used] = (char) (field->at[used] >= ' ' && field->at[used] <= '~' ? field->at[used] : '?');
    quoted[used] = '\0';
    return rg_fail (r->message, status, "%s:%zu:%zu: expected %s, got '%s'", r->name, field->line, column, expected, quoted);
}

static rg_status
push_text (reading *r, const rg_field *field, size_t column)
{
    if (r->text_count == r->text_room) {
        const size_t room = 2 * r->text_room + 64;
        rg_text_cell *longer = rg_grow (r->texts, r->text_count * sizeof *r->texts, room, sizeof *r->texts);
        if (longer == NULL)
            return rg_fail_memory (r->message, r->name);
        r->texts = longer;
        r->text_room = room;
    }
    r->texts[r->text_count++] = (rg_text_cell) { r->rows, column, field->at, field->length };
    return RG_OK;
}

static rg_status
read_field (reading *r, const rg_field *field, size_t column)
{
    double *out = &r->cells[r->rows * r->columns + column];
    if (field->damaged)
        return fail_field (r, field, column + 1, RG_EINPUT, "a quoted text that ends before the separator");
    switch (rg_field_read (field->at, field->length, out)) {
    case RG_FIELD_NUMBER: return RG_OK;
    case RG_FIELD_MISSING: *out = NAN; return RG_OK;
    case RG_FIELD_INFINITE: return fail_field (r, field, column + 1, RG_ENONFINITE, "a finite number");
    default: *out = NAN; return push_text (r, field, column);
    }
}

static rg_status
read_row (reading *r, rg_text *text)
{
    const size_t line = text->line, got = rg_text_count_fields (*text);
    const rg_text start = *text;
    rg_field field = { .last = 0 };
    if (got != r->columns) {
        const rg_field first = rg_text_next (text);
        const int is_empty = got == 1 && first.length == 0 && *start.at != '"';
        return rg_fail (r->message, RG_EINPUT, "%s:%zu: expected %zu fields, got %zu", r->name, line, r->columns,
                        is_empty ? 0 : got);
    }
    rg_status status = RG_OK;
    for (size_t column = 0; status == RG_OK && !field.last; column++) {
        field = rg_text_next (text);
        status = read_field (r, &field, column);
    }
    r->place[r->rows++] = line;
    return status;
}

/* All rows to the end of the text. */
static rg_status
read_rows (reading *r, rg_text *text)
{
    const size_t bound = rg_text_bound_fields (text), rows = bound / (r->columns == 0 ? 1 : r->columns) + 1;
    r->cells = rg_malloc (bound + r->columns, sizeof *r->cells);
    r->place = rg_malloc (rows, sizeof *r->place);
    if (r->cells == NULL || r->place == NULL)
        return rg_fail_memory (r->message, r->name);
    rg_status status = RG_OK;
    while (status == RG_OK && text->at < text->end)
        status = read_row (r, text);
    return status;
}

/* The fields of the row that comes next; the text is then behind it. */
static rg_text_cell *
take_names (rg_text *text, size_t columns)
{
    rg_text_cell *names = rg_malloc (columns, sizeof *names);
    for (size_t j = 0; j < columns && names != NULL; j++) {
        const rg_field field = rg_text_next (text);
        names[j] = (rg_text_cell) { 0, j, field.at, field.length };
    }
    return names;
}

/* Leave the first column out where it only counts the rows: without a name, its numbers whole and different. */
static rg_status
drop_index (rg_table *table, const rg_log *log, rg_message *message)
{
    const char *name = rg_table_column_name (table, 0);
    int counts = 0;
    if (table->columns < 2 || table->column[0].texts > 0 || (name != NULL && strncmp (name, "Unnamed: 0", 10) != 0))
        return RG_OK;
    if (rg_table_is_distinct (table, 0, &counts, message) != RG_OK)
        return RG_ENOMEM;
    if (!counts)
        return RG_OK;
    size_t *keep = rg_malloc (table->columns, sizeof *keep);
    if (keep == NULL)
        return rg_fail_memory (message, table->path);
    for (size_t j = 1; j < table->columns; j++)
        keep[j - 1] = j;
    const rg_status status = rg_table_keep_columns (table, keep, table->columns - 1, message);
    rg_free (keep);
    table->had_index = 1;
    rg_note (log, "%s: the first column, which has no name and numbers the rows, is left out", table->path);
    return status;
}

static void
note_separator (const reading *r, unsigned char separator, const rg_log *log)
{
    if (separator != ',')
        rg_note (log, "%s: the fields are separated by %s", r->name,
                 separator == '\t' ? "tabs" : separator == ';' ? "semicolons" : "blanks");
}

/* What the first line is, as far as the options leave it open. */
static rg_first_line
first_line (const rg_text *text, const rg_table_options *options)
{
    return options->header == RG_HEADER_FIND ? rg_find_header (*text)
           : options->header == RG_HEADER_YES ? RG_FIRST_NAMES : RG_FIRST_ROW;
}

/* Pass the first line where it is not a row; *names are its fields where they name columns or classes. */
static rg_status
take_first_line (reading *r, rg_text *text, rg_first_line first, rg_text_cell **names, size_t *count, const rg_log *log)
{
    *count = 0;
    r->columns = rg_text_count_fields (*text);
    if (first == RG_FIRST_ROW || first == RG_FIRST_UNCERTAIN)
        return RG_OK;
    *count = r->columns;
    *names = take_names (text, *count);
    if (*names == NULL)
        return rg_fail_memory (r->message, r->name);
    if (text->at == text->end)
        return rg_fail (r->message, RG_EINPUT, "%s:1: expected a table of numbers, got one line without a number", r->name);
    if (first == RG_FIRST_COUNTED)
        rg_note (log, "%s: the first line, 0, 1 ..., is taken as the names of the columns (header: false if it is not)",
                 r->name);
    if (first == RG_FIRST_CLASSES) {
        r->columns = rg_text_count_fields (*text);
        rg_note (log, "%s: the first line is taken as scikit-learn writes it: rows, features, names of the classes", r->name);
    }
    return RG_OK;
}

/* Make the table of what was read, which it takes over. */
static rg_status
finish (reading *r, const rg_text_cell *names, const rg_log *log)
{
    rg_table *table = r->table;
    table->array = (rg_array) { .type = RG_FLOAT64, .ndim = 2, .shape = { r->rows, r->columns }, .data = r->cells,
                                .owner = r->cells };
    table->columns = r->columns;
    table->place = r->place;
    table->has_lines = 1;
    r->cells = NULL;
    r->place = NULL;
    rg_status status = rg_table_set_words (table, names, r->texts, r->text_count, r->message);
    if (status == RG_OK && names != NULL)
        status = drop_index (table, log, r->message);
    return status;
}

static rg_status
read_table (reading *r, rg_source *source, const rg_table_options *options)
{
    rg_text text = rg_text_begin (source);
    if (text.at == text.end)
        return rg_fail (r->message, RG_EINPUT, "%s: expected a table of numbers, got an empty file", r->name);
    text.separator = rg_text_find_separator (text);
    note_separator (r, text.separator, options->log);
    const rg_first_line first = first_line (&text, options);
    rg_text_cell *names = NULL;
    size_t count;
    rg_status status = take_first_line (r, &text, first, &names, &count, options->log);
    if (status == RG_OK)
        status = read_rows (r, &text);
    if (status == RG_OK)
        status = finish (r, first == RG_FIRST_CLASSES ? NULL : names, options->log);
    if (status == RG_OK && first == RG_FIRST_CLASSES)
        status = rg_table_name_classes (r->table, names + 2, count - 2, r->message);
    r->table->uncertain = first == RG_FIRST_UNCERTAIN;
    rg_free (names);
    return status;
}

static rg_status
read_csv (rg_source *source, const char *member, const rg_table_options *options, rg_table *out, rg_message *message)
{
    (void) member;
    reading r = { .table = out, .name = source->name, .message = message };
    rg_plain_locale locale;
    if (rg_plain_locale_begin (&locale) != 0)
        return rg_fail_memory (message, source->name);
    const rg_status status = read_table (&r, source, options);
    rg_plain_locale_end (&locale);
    rg_free (r.cells);
    rg_free (r.place);
    rg_free (r.texts);
    return status;
}

/* What is left over: any text. */
static int
recognise (const rg_source *source)
{
    return source->size > 0 && memchr (source->bytes, '\0', source->size < 4096 ? source->size : 4096) == NULL;
}

const rg_format rg_format_csv = { "csv", "text: rows are lines; separated by commas, semicolons, tabs or blanks", .recognise = recognise,
                                  .read = read_csv };
