/* cmd_data.c -- retrograde data: what is read of a file of examples, before it is used. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <retrograde/table.h>

#include "cli/cli.h"
#include "cli/notes.h"

enum { MOST_COLUMNS = 40, MOST_WORDS = 5, MOST_CLASSES = 100 };

static const char *
type_of (const rg_column *facts)
{
    return facts->words > 0 ? "words" : isnan (facts->least) ? "nothing" : facts->whole ? "whole" : "real";
}

/* All columns as one. */
static rg_column
all_columns (const rg_table *table)
{
    rg_column all = { .whole = 1, .least = NAN, .most = NAN };
    for (size_t j = 0; j < rg_table_columns (table); j++) {
        const rg_column facts = rg_table_column_facts (table, j);
        all.missing += facts.missing;
        all.whole &= facts.whole;
        all.least = facts.least >= all.least ? all.least : facts.least;
        all.most = facts.most <= all.most ? all.most : facts.most;
    }
    return all;
}

/* How often each of the whole numbers 0 ... below MOST_CLASSES stands in `values`; 0 where there are others. */
static size_t
count_classes (const double *values, size_t count, size_t rows[MOST_CLASSES])
{
    size_t classes = 0;
    for (size_t k = 0; k < MOST_CLASSES; k++)
        rows[k] = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] >= 0 && values[i] < MOST_CLASSES && floor (values[i]) == values[i]))
            return 0;
        const size_t class = (size_t) values[i];
        rows[class]++;
        classes = class + 1 > classes ? class + 1 : classes;
    }
    return classes;
}

/* What may be the targets: what the file tells apart, or the last column. Ended with free; NULL: none, or no memory. */
static double *
targets_of (const rg_table *table, size_t *count)
{
    const rg_array own = rg_table_targets (table), all = rg_table_array (table);
    const rg_array *from = own.data != NULL ? &own : &all;
    const size_t columns = own.data != NULL ? 1 : rg_table_columns (table), numbers = rg_array_count (from);
    double *values = columns < 2 && own.data == NULL && all.ndim > 2 ? NULL : malloc (numbers * sizeof *values + 1);
    *count = columns == 0 ? 0 : numbers / columns;
    if (values == NULL)
        return NULL;
    rg_array_to_double (from, values);
    for (size_t i = 0; i < *count; i++)
        values[i] = values[i * columns + columns - 1];
    return values;
}

/* ---- As text --------------------------------------------------------- */

static void
print_column (const rg_table *table, size_t j)
{
    const rg_column facts = rg_table_column_facts (table, j);
    printf ("%6zu  %-28.28s  %-7s %8zu", j + 1, facts.name == NULL ? "" : facts.name, type_of (&facts), facts.missing);
    if (facts.words == 0 || !isnan (facts.least))
        printf (" %14.6g %14.6g", facts.least, facts.most);
    for (size_t k = 0; k < facts.words && k < MOST_WORDS; k++)
        printf ("%s%s", k == 0 ? "  " : ", ", rg_table_column_word (table, j, k));
    puts (facts.words > MOST_WORDS ? " ..." : "");
}

static void
print_columns (const rg_table *table)
{
    printf ("%6s  %-28s  %-7s %8s %14s %14s\n", "column", "name", "type", "missing", "least", "most");
    const size_t columns = rg_table_columns (table);
    if (columns <= MOST_COLUMNS) {
        for (size_t j = 0; j < columns; j++)
            print_column (table, j);
        return;
    }
    const rg_column all = all_columns (table);
    printf ("%6s  %-28s  %-7s %8zu %14.6g %14.6g\n", "all", "", type_of (&all), all.missing, all.least, all.most);
}

static void
print_classes (const rg_table *table)
{
    size_t count, rows[MOST_CLASSES];
    double *values = targets_of (table, &count);
    const size_t classes = values == NULL ? 0 : count_classes (values, count, rows);
    if (classes > 1) {
        printf ("%s: %zu classes, of", rg_table_targets (table).data != NULL ? "targets" : "last column", classes);
        for (size_t k = 0; k < classes; k++)
            printf (" %zu", rows[k]);
        puts (" rows");
    }
    free (values);
}

static void
print_text (const options *o, const rg_table *table)
{
    const rg_array array = rg_table_array (table);
    printf ("%s: %s, %zu rows of %zu numbers (%s", o->file, rg_table_format (table), rg_table_rows (table),
            rg_table_columns (table), rg_element_name (array.type));
    for (int d = 0; d < array.ndim; d++)
        printf ("%s%zu", d == 0 ? " " : " x ", array.shape[d]);
    printf ("), digest %016llx\n", (unsigned long long) rg_table_digest (table));
    if (rg_table_is_uncertain (table))
        puts ("the first line may be the names of the columns: data.*.header says which, or as many labels as rows");
    print_columns (table);
    print_classes (table);
}

/* ---- As JSON --------------------------------------------------------- */

static json_t *
column_json (const rg_table *table, size_t j)
{
    const rg_column facts = rg_table_column_facts (table, j);
    json_t *words = json_array ();
    for (size_t k = 0; k < facts.words; k++)
        json_array_append_new (words, json_string (rg_table_column_word (table, j, k)));
    return json_pack ("{s:s?, s:s, s:I, s:o, s:o, s:o}", "name", facts.name, "type", type_of (&facts), "missing",
                      (json_int_t) facts.missing, "least", json_number (facts.least), "most", json_number (facts.most), "words",
                      words);
}

static json_t *
classes_json (const rg_table *table)
{
    size_t count, rows[MOST_CLASSES];
    double *values = targets_of (table, &count);
    const size_t classes = values == NULL ? 0 : count_classes (values, count, rows);
    json_t *all = json_array ();
    for (size_t k = 0; k < classes; k++)
        json_array_append_new (all, json_integer ((json_int_t) rows[k]));
    free (values);
    return all;
}

static int
print_as_json (const options *o, const rg_table *table)
{
    char digest[17];
    json_t *columns = json_array ();
    for (size_t j = 0; j < rg_table_columns (table); j++)
        json_array_append_new (columns, column_json (table, j));
    snprintf (digest, sizeof digest, "%016llx", (unsigned long long) rg_table_digest (table));
    return print_json (json_pack ("{s:s, s:s, s:I, s:o, s:o, s:b, s:s}", "file", o->file, "format", rg_table_format (table),
                                  "rows", (json_int_t) rg_table_rows (table), "columns", columns, "classes",
                                  classes_json (table), "header_uncertain", rg_table_is_uncertain (table), "digest", digest));
}

static int
show (const options *o)
{
    const rg_log log = { say_note, NULL };
    const rg_table_options settings = { .size = sizeof settings, .log = &log };
    rg_table *table;
    rg_message message = { "" };
    const rg_status status = rg_table_read (&table, o->file, &settings, &message);
    if (status != RG_OK)
        return fail (status, &message);
    int exit_status = EXIT_DONE;
    if (o->json)
        exit_status = print_as_json (o, table);
    else
        print_text (o, table);
    rg_table_free (table);
    return exit_status;
}

const command command_data = { "data", "FILE", "print what is read of a file of examples: rows, columns, types, missing numbers",
                               TAKES_FILE | TAKES_JSON | TAKES_DATA, show };
