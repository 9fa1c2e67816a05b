/* table_rows.c -- tables of some rows or columns of others; see table.h. */
#include <string.h>

#include "base/memory.h"
#include "data/table/table.h"

rg_status
rg_table_keep_columns (rg_table *table, const size_t *keep, size_t count, rg_message *message)
{
    const size_t rows = rg_table_rows (table), width = rg_element_bytes (table->array.type);
    rg_array kept;
    rg_table_column *column = table->column == NULL ? NULL : rg_malloc (count, sizeof *column);
    if ((table->column != NULL && column == NULL)
        || rg_array_new (&kept, table->array.type, 2, (const size_t[]) { rows, count }) != RG_OK) {
        rg_free (column);
        return rg_fail_memory (message, table->path);
    }
    const unsigned char *from = table->array.data;
    unsigned char *to = kept.data;
    for (size_t i = 0; i < rows; i++, from += table->columns * width)
        for (size_t j = 0; j < count; j++, to += width)
            memcpy (to, from + keep[j] * width, width);
    for (size_t j = 0; column != NULL && j < count; j++)
        column[j] = table->column[keep[j]];
    rg_array_clear (&table->array);
    rg_free (table->column);
    table->array = kept;
    table->column = column;
    table->columns = count;
    return RG_OK;
}

/* A copy of a block; NULL of NULL. Sets *failed. */
static void *
copy_of (const void *block, size_t bytes, int *failed)
{
    if (block == NULL)
        return NULL;
    void *copy = rg_malloc (bytes, 1);
    if (copy == NULL)
        *failed = 1;
    else if (bytes != 0)
        memcpy (copy, block, bytes);
    return copy;
}

/* All but the arrays and places. */
static rg_table *
copy_of_frame (const rg_table *table)
{
    rg_table *copy = rg_table_new (table->path);
    int failed = 0;
    if (copy == NULL)
        return NULL;
    copy->format = table->format;
    copy->columns = table->columns;
    copy->text_bytes = table->text_bytes;
    copy->words = table->words;
    copy->has_lines = table->has_lines;
    copy->is_sparse = table->is_sparse;
    copy->had_index = table->had_index;
    copy->digest = table->digest;
    copy->column = copy_of (table->column, table->columns * sizeof *table->column, &failed);
    copy->text = copy_of (table->text, table->text_bytes, &failed);
    copy->word_at = copy_of (table->word_at, table->words * sizeof *table->word_at, &failed);
    if (!failed)
        return copy;
    rg_table_free (copy);
    return NULL;
}

/* Rows of an array; one without data has none. */
static int
rows_of (const rg_array *from, const size_t *rows, size_t count, rg_array *out)
{
    *out = (rg_array) { 0 };
    if (from->data == NULL)
        return 0;
    size_t shape[RG_MAX_DIMENSIONS];
    memcpy (shape, from->shape, sizeof shape);
    shape[0] = count;
    if (rg_array_new (out, from->type, from->ndim, shape) != RG_OK)
        return -1;
    const size_t bytes = from->shape[0] == 0 ? 0 : rg_array_count (from) / from->shape[0] * rg_element_bytes (from->type);
    for (size_t i = 0; i < count && bytes > 0; i++)
        memcpy ((unsigned char *) out->data + i * bytes, (const unsigned char *) from->data + rows[i] * bytes, bytes);
    return 0;
}

rg_status
rg_table_rows_of (rg_table **out, const rg_table *table, const size_t *rows, size_t count, rg_message *message)
{
    *out = NULL;
    rg_table *part = copy_of_frame (table);
    if (part == NULL)
        return rg_fail_memory (message, table->path);
    part->place = rg_malloc (count, sizeof *part->place);
    if (part->place == NULL || rows_of (&table->array, rows, count, &part->array) != 0
        || rows_of (&table->targets, rows, count, &part->targets) != 0) {
        rg_table_free (part);
        return rg_fail_memory (message, table->path);
    }
    for (size_t i = 0; i < count; i++)
        part->place[i] = table->place == NULL ? rows[i] : table->place[rows[i]];
    *out = part;
    return RG_OK;
}

rg_status
rg_table_take_column (rg_table *table, size_t column, rg_table **out, rg_message *message)
{
    *out = NULL;
    size_t *keep = rg_malloc (table->columns, sizeof *keep);
    rg_table *taken = copy_of_frame (table);
    int failed = keep == NULL || taken == NULL;
    if (!failed) {
        taken->place = copy_of (table->place, rg_table_rows (table) * sizeof *table->place, &failed);
        taken->array = rg_table_array (table);
        failed |= rg_table_keep_columns (taken, &column, 1, NULL) != RG_OK;
        if (failed)
            taken->array.data = NULL;
        for (size_t j = 0, k = 0; j < table->columns; j++)
            if (j != column)
                keep[k++] = j;
        failed |= failed || rg_table_keep_columns (table, keep, table->columns - 1, NULL) != RG_OK;
    }
    rg_free (keep);
    if (failed) {
        rg_table_free (taken);
        return rg_fail_memory (message, table->path);
    }
    *out = taken;
    return RG_OK;
}

void
rg_table_settle (rg_table *table, size_t rows, const rg_log *log)
{
    if (!table->uncertain)
        return;
    table->uncertain = 0;
    if (table->array.shape[0] != rows + 1)
        return;
    const size_t width = table->columns * sizeof (double);
    table->array.shape[0] = rows;
    memmove (table->array.data, (unsigned char *) table->array.data + width, rows * width);
    memmove (table->place, table->place + 1, rows * sizeof *table->place);
    for (size_t j = 0; j < table->columns; j++)
        if (table->column[j].first_text > 0)
            table->column[j].first_text--;
    rg_note (log, "%s: the first line is taken as the names of the columns, by the %zu rows that belong to it", table->path,
             rows);
}

rg_status
rg_table_widen (rg_table *table, size_t columns, rg_message *message)
{
    const size_t rows = rg_table_rows (table), width = rg_element_bytes (table->array.type);
    rg_array wide;
    if (rg_array_new (&wide, table->array.type, 2, (const size_t[]) { rows, columns }) != RG_OK)
        return rg_fail_memory (message, table->path);
    for (size_t i = 0; i < rows; i++)
        memcpy ((unsigned char *) wide.data + i * columns * width,
                (const unsigned char *) table->array.data + i * table->columns * width, table->columns * width);
    rg_array_clear (&table->array);
    table->array = wide;
    table->columns = columns;
    return RG_OK;
}
