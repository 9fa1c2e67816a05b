/* words.h -- the texts of a table's cells become numbers, and its columns get names. */
#ifndef RG_DATA_TABLE_WORDS_H
#define RG_DATA_TABLE_WORDS_H

#include "data/table/table.h"

/* A text somewhere in a table; `at` points into the source, doubled quotes and all. */
typedef struct {
    size_t row, column;
    const unsigned char *at;
    size_t length;
} rg_text_cell;

/*
 * Give a table its columns: names, and for each the sorted different texts, whose positions go to the array's cells.
 *   names  [table->columns], of no length: no name; NULL: none
 *   cells  [count] sorted here
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_table_set_words (rg_table *table, const rg_text_cell *names, rg_text_cell *cells, size_t count,
                              rg_message *message);

/*
 * Name the classes 0 ... count-1 that the numbers of the last column are; nothing where they are others, or texts.
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_table_name_classes (rg_table *table, const rg_text_cell *names, size_t count, rg_message *message);

#endif /* RG_DATA_TABLE_WORDS_H */
