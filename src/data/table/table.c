/* table.c -- tables in memory: their columns, rows and cells; see table.h. */
#include "data/table/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/format/field.h"

rg_table *
rg_table_new (const char *path)
{
    rg_table *table = rg_calloc (1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->path = rg_strdup (path);
    if (table->path != NULL)
        return table;
    rg_free (table);
    return NULL;
}

void
rg_table_free (rg_table *table)
{
    if (table == NULL)
        return;
    rg_array_clear (&table->array);
    rg_array_clear (&table->targets);
    rg_free (table->path);
    rg_free (table->column);
    rg_free (table->text);
    rg_free (table->word_at);
    rg_free (table->place);
    rg_free (table);
}

/* ---- What a table says of itself ------------------------------------- */

size_t
rg_table_rows (const rg_table *table)
{
    return table->array.ndim == 0 ? 1 : table->array.shape[0];
}

size_t
rg_table_columns (const rg_table *table)
{
    return table->columns;
}

const char *
rg_table_format (const rg_table *table)
{
    return table->format;
}

uint64_t
rg_table_digest (const rg_table *table)
{
    return table->digest;
}

int
rg_table_is_uncertain (const rg_table *table)
{
    return table->uncertain;
}

rg_array
rg_table_array (const rg_table *table)
{
    rg_array borrowed = table->array;
    borrowed.owner = NULL;
    return borrowed;
}

rg_array
rg_table_targets (const rg_table *table)
{
    rg_array borrowed = table->targets;
    borrowed.owner = NULL;
    return borrowed;
}

const char *
rg_table_column_name (const rg_table *table, size_t column)
{
    if (table->column == NULL || table->column[column].name == (size_t) -1)
        return NULL;
    return table->text + table->column[column].name;
}

const char *
rg_table_column_word (const rg_table *table, size_t column, size_t k)
{
    return table->text + table->word_at[table->column[column].first_word + k];
}

double
rg_table_value (const rg_table *table, size_t row, size_t column)
{
    const size_t at = row * table->columns + column;
    switch (table->array.type) {
    case RG_UINT8:
    case RG_BOOL: return ((const uint8_t *) table->array.data)[at];
    case RG_INT32: return ((const int32_t *) table->array.data)[at];
    case RG_INT64: return (double) ((const int64_t *) table->array.data)[at];
    case RG_FLOAT32: return (double) ((const float *) table->array.data)[at];
    default: return ((const double *) table->array.data)[at];
    }
}

rg_column
rg_table_column_facts (const rg_table *table, size_t i)
{
    rg_column facts = { .name = rg_table_column_name (table, i), .whole = 1, .least = NAN, .most = NAN };
    const int has_texts = table->column != NULL && table->column[i].texts > 0;
    facts.words = table->column == NULL ? 0 : table->column[i].words;
    for (size_t row = 0; row < rg_table_rows (table); row++) {
        const double value = rg_table_value (table, row, i);
        if (isnan (value)) {
            facts.missing++;
        } else if (!has_texts) {
            facts.whole &= floor (value) == value;
            facts.least = value >= facts.least ? facts.least : value;
            facts.most = value <= facts.most ? facts.most : value;
        }
    }
    return facts;
}

static int
compare_numbers (const void *left, const void *right)
{
    const double a = *(const double *) left, b = *(const double *) right;
    return a < b ? -1 : a > b;
}

rg_status
rg_table_is_distinct (const rg_table *table, size_t column, int *out, rg_message *message)
{
    const size_t rows = rg_table_rows (table);
    double *sorted = rg_malloc (rows, sizeof *sorted);
    int distinct = 1;
    if (sorted == NULL)
        return rg_fail_memory (message, table->path);
    for (size_t i = 0; distinct && i < rows; i++) {
        sorted[i] = rg_table_value (table, i, column);
        distinct = floor (sorted[i]) == sorted[i]; /* not where it is missing */
    }
    if (distinct)
        qsort (sorted, rows, sizeof *sorted, compare_numbers);
    for (size_t i = 1; distinct && i < rows; i++)
        distinct = sorted[i] > sorted[i - 1];
    rg_free (sorted);
    *out = distinct;
    return RG_OK;
}

size_t
rg_table_find_column (const rg_table *table, const char *name)
{
    for (size_t j = 0; j < table->columns; j++) {
        const char *own = rg_table_column_name (table, j);
        if (own != NULL && strcmp (own, name) == 0)
            return j;
    }
    char *end;
    const unsigned long long number = strtoull (name, &end, 10);
    if (*name < '0' || *name > '9' || *end != '\0')
        return (size_t) -1;
    for (size_t j = 0; j < table->columns; j++)
        if ((table->column == NULL ? j + 1 : table->column[j].number) == number)
            return j;
    return (size_t) -1;
}

/* ---- Sentences about cells ------------------------------------------- */

void
rg_table_cell (const rg_table *table, size_t row, size_t column, char *out, size_t bytes)
{
    const size_t place = table->place == NULL ? row : table->place[row];
    const size_t number = table->column == NULL ? column : table->column[column].number;
    const char *name = rg_table_column_name (table, column);
    if (!table->has_lines)
        snprintf (out, bytes, "%s: example %zu, feature %zu", table->path, place, number);
    else if (name == NULL)
        snprintf (out, bytes, "%s:%zu:%zu", table->path, place, number);
    else
        snprintf (out, bytes, "%s:%zu:%zu: column %.40s", table->path, place, number, name);
}

rg_status
rg_table_fail_text (const rg_table *table, size_t column, rg_message *message)
{
    const size_t row = table->column[column].first_text;
    char cell[sizeof message->text];
    rg_table_cell (table, row, column, cell, sizeof cell);
    const char *word = rg_table_column_word (table, column, (size_t) rg_table_value (table, row, column));
    return rg_fail (message, RG_EINPUT, "%s: expected a number, got '%.*s'%s", cell, RG_LONGEST_WORD, word,
                    rg_field_has_decimal_comma (word) ? ", which has a decimal comma: write a point" : "");
}
