/* table.h -- the members of a table; see retrograde/table.h. */
#ifndef RG_DATA_TABLE_TABLE_H
#define RG_DATA_TABLE_TABLE_H

#include <retrograde/table.h>

#include "data/source.h"

enum { RG_LONGEST_WORD = 48 }; /* of a text in a sentence */

/* A column of a text. Offsets into the table's text; words are word_at[first_word ...], in their order. */
typedef struct {
    size_t name;                /* (size_t) -1: it has none */
    size_t number;              /* in the file, from 1 */
    size_t first_word, words;   /* its texts: a cell holds the position of its own. 0 words: numbers */
    size_t texts;               /* cells that are texts */
    size_t first_text;          /* the first row of the file whose cell is one */
    int is_mixed;               /* whether some are numbers */
} rg_table_column;

struct rg_table {
    char *path;
    const char *format;         /* the name of its row */
    rg_array array;             /* [rows x ...]; of a text float64 [rows x columns], NaN where a number is missing */
    rg_array targets;           /* what the file itself says beside its inputs (SVMlight, NPZ of x and y); data NULL: nothing */
    size_t columns;             /* numbers of a row */
    rg_table_column *column;    /* [columns], or NULL: no text */
    char *text;
    size_t text_bytes;
    size_t *word_at;            /* [words], each an offset into text */
    size_t words;
    size_t *place;              /* [rows] the line or the row in the file; NULL: row i is row i, from 0 */
    int has_lines;              /* whether places are lines, from 1 */
    int uncertain;              /* row 0 may be the names of the columns */
    int is_sparse;              /* the last columns may be missing: they are zeros */
    int had_index;              /* an index column was left out */
    uint64_t digest;
};

/* An empty table of a path; ended with rg_table_free. NULL when out of memory. */
rg_table *rg_table_new (const char *path);

/* The name of a column, or NULL. */
const char *rg_table_column_name (const rg_table *table, size_t column);

/* A cell as a number; of a text its position among the column's words, NaN where it is missing. */
double rg_table_value (const rg_table *table, size_t row, size_t column);

/* "FILE:LINE:COLUMN" or "FILE: example ROW, column COLUMN", with the column's name, for a sentence about a cell. */
void rg_table_cell (const rg_table *table, size_t row, size_t column, char *out, size_t bytes);

/* Whether the numbers of a column are whole and all different. Returns RG_OK or RG_ENOMEM. */
rg_status rg_table_is_distinct (const rg_table *table, size_t column, int *distinct, rg_message *message);

/* Refuse a cell that holds a text where a number was expected. */
rg_status rg_table_fail_text (const rg_table *table, size_t column, rg_message *message);

/* Refuse a table with a text, or with a missing number; `way_out` ends the sentence. RG_OK: there is none. */
rg_status rg_table_check_numbers (const rg_table *table, rg_message *message);
rg_status rg_table_check_present (const rg_table *table, const char *way_out, rg_message *message);

/*
 * Keep some columns, in the order given; the array is then float64 where it was text, else as it was.
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_table_keep_columns (rg_table *table, const size_t *keep, size_t count, rg_message *message);

/* Copy some rows to a table of their own. Returns RG_OK or RG_ENOMEM. */
rg_status rg_table_rows_of (rg_table **out, const rg_table *table, const size_t *rows, size_t count, rg_message *message);

/* The column of a name, or of a number from 1; (size_t) -1: there is none. */
size_t rg_table_find_column (const rg_table *table, const char *name);

/* Add columns of zeros. Returns RG_OK or RG_ENOMEM. */
rg_status rg_table_widen (rg_table *table, size_t columns, rg_message *message);

/* Move one column out of a table to a table of its own. Returns RG_OK or RG_ENOMEM. */
rg_status rg_table_take_column (rg_table *table, size_t column, rg_table **out, rg_message *message);

#endif /* RG_DATA_TABLE_TABLE_H */
