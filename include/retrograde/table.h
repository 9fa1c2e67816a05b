/* table.h -- what a file of data holds, whatever its format: rows, columns, types, what is missing. */
#ifndef RETROGRADE_TABLE_H
#define RETROGRADE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/data.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Formats --------------------------------------------------------- */

/* Row i of the table of formats: its name in a configuration and what it is; NULL past the last. */
RG_API const char *rg_format_name (size_t i);
RG_API const char *rg_format_summary (size_t i);

/* Whether a text begins with a line of names. */
typedef enum { RG_HEADER_FIND, RG_HEADER_YES, RG_HEADER_NO } rg_header;

typedef struct {
    size_t size;         /* sizeof (rg_table_options) */
    const char *format;  /* a name of the table; NULL: found by the file's content */
    rg_header header;
    const rg_log *log;   /* where decisions of the reader are noted; NULL: nowhere */
} rg_table_options;

/* ---- A file that has been read --------------------------------------- */

typedef struct rg_table rg_table;

/*
 * Read a file.
 *   out      [out] ended with rg_table_free; NULL on failure
 *   path     of an NPZ file also FILE.npz:MEMBER
 *   options  NULL: all is found
 * In a text the separator (tab, semicolon, comma, blanks) and the header are found; columns may hold texts; missing
 * numbers are kept as such; an index column, which has no name and distinct whole numbers, is left out. Each is noted.
 * Returns RG_OK; RG_EINPUT (no such file, not the format, a format that is not read, ragged rows); RG_ENONFINITE
 * (an infinite number in a text); RG_ENOMEM or RG_ESYSTEM. The message names file, line and column.
 */
RG_API rg_status rg_table_read (rg_table **out, const char *path, const rg_table_options *options, rg_message *message);

/* The same of `size` bytes of memory that stay the caller's. */
RG_API rg_status rg_table_parse (rg_table **out, const void *bytes, size_t size, const char *path,
                                 const rg_table_options *options, rg_message *message);

/* Free a table; NULL is allowed. */
RG_API void rg_table_free (rg_table *table);

RG_API const char *rg_table_format (const rg_table *table);
RG_API size_t rg_table_rows (const rg_table *table);
RG_API size_t rg_table_columns (const rg_table *table); /* numbers of a row */

/* Digest (XXH3, 64 bits) of the content; of a compressed file that of what it holds. */
RG_API uint64_t rg_table_digest (const rg_table *table);

/*
 * Whether the first row may be the names of the columns instead (0, or 0 and 1), and the row count of what belongs
 * to the same examples, which settles it: the row is dropped where there is one too many.
 */
RG_API int rg_table_is_uncertain (const rg_table *table);
RG_API void rg_table_settle (rg_table *table, size_t rows, const rg_log *log);

/* What a column holds. */
typedef struct {
    const char *name;    /* belongs to the table; NULL: none */
    size_t words;        /* different texts; 0: numbers */
    size_t missing;
    int whole;           /* whether all its numbers are whole */
    double least, most;  /* of its numbers; NaN without any */
} rg_column;

/* Column i < rg_table_columns. Cost: one pass over the column. */
RG_API rg_column rg_table_column_facts (const rg_table *table, size_t i);

/* Text k < words of a column. */
RG_API const char *rg_table_column_word (const rg_table *table, size_t column, size_t k);

/* Shape and type of the array: [rows x ...]. The struct borrows the table's memory. */
RG_API rg_array rg_table_array (const rg_table *table);

/* What the file itself says beside its inputs (SVMlight; NPZ of x and y), borrowed too; data is NULL where it says nothing. */
RG_API rg_array rg_table_targets (const rg_table *table);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_TABLE_H */
