/* words.c -- see words.h. */
#include "data/table/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int
compare_texts (const rg_text_cell *a, const rg_text_cell *b)
{
    const size_t shorter = a->length < b->length ? a->length : b->length;
    const int order = shorter == 0 ? 0 : memcmp (a->at, b->at, shorter);
    return order != 0 ? order : a->length < b->length ? -1 : a->length > b->length;
}

/* By column, then by text, then by row. */
static int
compare_cells (const void *left, const void *right)
{
    const rg_text_cell *a = left, *b = right;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    const int order = compare_texts (a, b);
    return order != 0 ? order : a->row < b->row ? -1 : a->row > b->row;
}

static int
is_new_word (const rg_text_cell *cells, size_t i)
{
    return i == 0 || cells[i].column != cells[i - 1].column || compare_texts (&cells[i], &cells[i - 1]) != 0;
}

/* Copy a text, doubled quotes as one, control characters as '?'. Returns its offset. */
static size_t
add_text (rg_table *table, const rg_text_cell *cell)
{
    const size_t offset = table->text_bytes;
    for (size_t i = 0; i < cell->length; i++) {
        const unsigned char c = cell->at[i];
        if (c == '"' && i + 1 < cell->length && cell->at[i + 1] == '"')
            i++;
        table->text[table->text_bytes++] = (char) (c < ' ' || c == 127 ? '?' : c);
    }
    table->text[table->text_bytes++] = '\0';
    return offset;
}

/* Room for names and words. */
static int
reserve (rg_table *table, const rg_text_cell *names, const rg_text_cell *cells, size_t count)
{
    size_t bytes = 1, words = 0;
    for (size_t i = 0; names != NULL && i < table->columns; i++)
        bytes += names[i].length + 1;
    for (size_t i = 0; i < count; i++)
        if (is_new_word (cells, i)) {
            bytes += cells[i].length + 1;
            words++;
        }
    table->text = rg_malloc (bytes, 1);
    table->word_at = rg_malloc (words, sizeof *table->word_at);
    table->column = rg_calloc (table->columns, sizeof *table->column);
    return table->text != NULL && table->word_at != NULL && table->column != NULL ? 0 : -1;
}

static void
add_cell (rg_table *table, const rg_text_cell *cell, int is_new)
{
    rg_table_column *column = &table->column[cell->column];
    if (column->texts == 0) {
        column->first_word = table->words;
        column->first_text = cell->row;
    }
    if (is_new) {
        table->word_at[table->words++] = add_text (table, cell);
        column->words++;
    }
    column->texts++;
    column->first_text = cell->row < column->first_text ? cell->row : column->first_text;
    ((double *) table->array.data)[cell->row * table->columns + cell->column] = (double) (column->words - 1);
}

/* Whether a column of texts holds numbers too. */
static int
has_numbers (const rg_table *table, size_t column)
{
    const size_t texts = table->column[column].texts;
    size_t present = 0;
    for (size_t i = 0; texts > 0 && i < table->array.shape[0]; i++)
        present += isnan (rg_table_value (table, i, column)) ? 0 : 1;
    return present > texts;
}

rg_status
rg_table_set_words (rg_table *table, const rg_text_cell *names, rg_text_cell *cells, size_t count, rg_message *message)
{
    if (count > 1)
        qsort (cells, count, sizeof *cells, compare_cells);
    if (reserve (table, names, cells, count) != 0)
        return rg_fail_memory (message, table->path);
    for (size_t j = 0; j < table->columns; j++) {
        table->column[j].number = j + 1;
        table->column[j].name = names == NULL || names[j].length == 0 ? (size_t) -1 : add_text (table, &names[j]);
    }
    for (size_t i = 0; i < count; i++)
        add_cell (table, &cells[i], is_new_word (cells, i));
    for (size_t j = 0; j < table->columns; j++)
        table->column[j].is_mixed = has_numbers (table, j);
    return RG_OK;
}

/* Whether all cells of a column are 0 ... count-1. */
static int
are_below (const rg_table *table, size_t column, size_t count)
{
    const double *cells = table->array.data;
    for (size_t i = 0; i < table->array.shape[0]; i++) {
        const double cell = cells[i * table->columns + column];
        if (!(cell >= 0 && cell < (double) count && cell == (double) (size_t) cell))
            return 0;
    }
    return 1;
}

rg_status
rg_table_name_classes (rg_table *table, const rg_text_cell *names, size_t count, rg_message *message)
{
    rg_table_column *last = &table->column[table->columns - 1];
    if (last->texts > 0 || !are_below (table, table->columns - 1, count))
        return RG_OK;
    size_t bytes = table->text_bytes;
    for (size_t k = 0; k < count; k++)
        bytes += names[k].length + 1;
    char *text = rg_grow (table->text, table->text_bytes, bytes, 1);
    if (text == NULL)
        return rg_fail_memory (message, table->path);
    table->text = text;
    size_t *word_at = rg_grow (table->word_at, table->words * sizeof *word_at, table->words + count, sizeof *word_at);
    if (word_at == NULL)
        return rg_fail_memory (message, table->path);
    table->word_at = word_at;
    last->first_word = table->words;
    last->words = count;
    for (size_t k = 0; k < count; k++)
        table->word_at[table->words++] = add_text (table, &names[k]);
    return RG_OK;
}
