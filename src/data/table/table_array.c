/* table_array.c -- a table of numbers alone, as an array; see retrograde/data.h. */
#include <math.h>

#include "data/table/table.h"

rg_status
rg_table_check_numbers (const rg_table *table, rg_message *message)
{
    for (size_t j = 0; table->column != NULL && j < table->columns; j++)
        if (table->column[j].texts > 0)
            return rg_table_fail_text (table, j, message);
    return RG_OK;
}

rg_status
rg_table_check_present (const rg_table *table, const char *way_out, rg_message *message)
{
    const size_t rows = rg_table_rows (table);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < table->columns; j++)
            if (isnan (rg_table_value (table, i, j))) {
                char cell[sizeof message->text];
                rg_table_cell (table, i, j, cell, sizeof cell);
                return rg_fail (message, RG_EINPUT, "%s: the number is missing%s", cell, way_out);
            }
    return RG_OK;
}

/* Move the array out of a table, which is freed. */
static rg_status
take (rg_table *table, rg_array *out, rg_message *message)
{
    rg_status status = rg_table_check_numbers (table, message);
    if (status == RG_OK)
        status = rg_table_check_present (table, "", message);
    if (status == RG_OK) {
        *out = table->array;
        out->digest = table->digest;
        table->array = (rg_array) { 0 };
    }
    rg_table_free (table);
    return status;
}

rg_status
rg_csv_read (const char *path, rg_array *out, rg_message *message)
{
    const rg_table_options options = { .size = sizeof options, .format = "csv" };
    rg_table *table;
    *out = (rg_array) { 0 };
    const rg_status status = rg_table_read (&table, path, &options, message);
    return status == RG_OK ? take (table, out, message) : status;
}

rg_status
rg_csv_parse (const void *bytes, size_t size, const char *name, rg_array *out, rg_message *message)
{
    const rg_table_options options = { .size = sizeof options, .format = "csv" };
    rg_table *table;
    *out = (rg_array) { 0 };
    const rg_status status = rg_table_parse (&table, bytes, size, name, &options, message);
    return status == RG_OK ? take (table, out, message) : status;
}
