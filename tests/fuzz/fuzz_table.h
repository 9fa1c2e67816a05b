/* fuzz_table.h -- any bytes to a reader of tables: it reads them or refuses with a sentence, and every cell can be looked at. */
#ifndef TESTS_FUZZ_TABLE_H
#define TESTS_FUZZ_TABLE_H

#include <stdlib.h>
#include <string.h>

#include <retrograde/table.h>

static inline void
fuzz_table_read (const rg_table_options *options, const char *name, const uint8_t *data, size_t size)
{
    rg_table *table;
    rg_message message = { "" };
    if (rg_table_parse (&table, data, size, name, options, &message) != RG_OK) {
        if (message.text[0] == '\0' || table != NULL)
            abort ();
        return;
    }
    rg_table_settle (table, rg_table_rows (table) - 1, NULL);
    size_t letters = 0;
    for (size_t j = 0; j < rg_table_columns (table) && j < 100; j++) {
        const rg_column facts = rg_table_column_facts (table, j);
        if (facts.missing > rg_table_rows (table))
            abort ();
        for (size_t k = 0; k < facts.words; k++)
            letters += strlen (rg_table_column_word (table, j, k));
    }
    if (letters > 1033 * size + 1033) /* compressed, decompressed */
        abort ();
    rg_table_free (table);
}

#endif /* TESTS_FUZZ_TABLE_H */
