/* check_tables.c -- tables as people have them are read as they mean them, and what the reader decides is noted. */
#include "testing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include <retrograde/table.h>

#include "failing_memory.h"

#define COUNT(table) ((int) (sizeof (table) / sizeof *(table)))
#define BYTES(literal) (literal), sizeof (literal) - 1

/* The notes of a reader, one a line. */
typedef struct {
    char text[1024];
} notes;

static void
write_note (void *user, const char *sentence)
{
    notes *all = user;
    strncat (all->text, sentence, sizeof all->text - strlen (all->text) - 2);
    strcat (all->text, "\n");
}

/* Names and words of all columns, and the cells: "a b:x,y | 1 0; 2 1". */
static void
describe (const rg_table *table, char *out, size_t bytes)
{
    size_t used = 0;
    const rg_array array = rg_table_array (table);
    const double *cells = array.data;
    out[0] = '\0';
    for (size_t j = 0; j < rg_table_columns (table); j++) {
        const rg_column facts = rg_table_column_facts (table, j);
        used += (size_t) snprintf (out + used, bytes - used, "%s%s", j == 0 ? "" : " ", facts.name == NULL ? "-" : facts.name);
        for (size_t k = 0; k < facts.words; k++)
            used += (size_t) snprintf (out + used, bytes - used, "%c%s", k == 0 ? ':' : ',', rg_table_column_word (table, j, k));
    }
    for (size_t i = 0; i < rg_table_rows (table); i++)
        for (size_t j = 0; j < rg_table_columns (table); j++)
            used += (size_t) snprintf (out + used, bytes - used, "%s%g", j > 0 ? " " : i == 0 ? " | " : "; ",
                                       cells[i * rg_table_columns (table) + j]);
}

static const struct {
    const char *label, *text;
    rg_header header;
    const char *expected; /* "?" at its end: the first row may be names */
    const char *note;
} read_as[] = {
    { "names", "a,b\n1,2\n", RG_HEADER_FIND, "a b | 1 2", "" },
    { "quoted names, as R writes them", "\"a\",\"b c\"\n1,2\n", RG_HEADER_FIND, "a b c | 1 2", "" },
    { "quotes inside of quotes", "\"a \"\"b\"\"\",\"c,d\"\n1,2\n", RG_HEADER_FIND, "a \"b\" c,d | 1 2", "" },
    { "quoted numbers", "\"1\",\"2\"\n\"3\",\"4\"\n", RG_HEADER_FIND, "- - | 1 2; 3 4", "" },
    { "a line end inside of quotes", "\"a\nb\",c\n1,2\n", RG_HEADER_FIND, "a?b c | 1 2", "" },
    { "names that are numbers, as pandas writes where there are none", "0,1,2\n5,6,7\n", RG_HEADER_FIND, "0 1 2 | 5 6 7",
      "m: the first line, 0, 1 ..., is taken as the names of the columns (header: false if it is not)\n" },
    { "the same, said to be a row", "0,1,2\n5,6,7\n", RG_HEADER_NO, "- - - | 0 1 2; 5 6 7", "" },
    { "0, 1 ... that does not begin at 0", "1,2,3\n5,6,7\n", RG_HEADER_FIND, "- - - | 1 2 3; 5 6 7", "" },
    { "0 alone", "0\n7\n", RG_HEADER_FIND, "- | 0; 7?", "" },
    { "0 and 1", "0,1\n7,8\n", RG_HEADER_FIND, "- - | 0 1; 7 8?", "" },
    { "numbers said to be names", "4,7\n5,6\n", RG_HEADER_YES, "4 7 | 5 6", "" },
    { "texts above texts", "a\nb\na\n", RG_HEADER_FIND, "-:a,b | 0; 1; 0?", "" },
    { "texts above numbers and beside a number", "a,b,2020\n1,2,3\n", RG_HEADER_FIND, "a b 2020 | 1 2 3", "" },
    { "labels in words", "1.5,setosa\n2.5,virginica\n3,setosa\n", RG_HEADER_FIND, "- -:setosa,virginica | 1.5 0; 2.5 1; 3 0", "" },
    { "scikit-learn's own first line", "3,2,setosa,virginica\n5,6,0\n7,8,1\n9,9,1\n", RG_HEADER_FIND,
      "- - -:setosa,virginica | 5 6 0; 7 8 1; 9 9 1",
      "m: the first line is taken as scikit-learn writes it: rows, features, names of the classes\n" },
    { "another count of rows", "5,2,setosa\n5,6,0\n7,8,1\n", RG_HEADER_FIND, "- - -:setosa | 5 2 0; 5 6 0; 7 8 1", "" },
    { "an index column without a name", ",a,b\n0,5,6\n1,7,8\n", RG_HEADER_FIND, "a b | 5 6; 7 8",
      "m: the first column, which has no name and numbers the rows, is left out\n" },
    { "an index column that was written twice", "Unnamed: 0,a\n4,5\n2,7\n", RG_HEADER_FIND, "a | 5; 7",
      "m: the first column, which has no name and numbers the rows, is left out\n" },
    { "an index column beside names that are numbers", ",0,1\n0,5,6\n1,7,8\n", RG_HEADER_FIND, "0 1 | 5 6; 7 8",
      "m: the first line, 0, 1 ..., is taken as the names of the columns (header: false if it is not)\n"
      "m: the first column, which has no name and numbers the rows, is left out\n" },
    { "no index: twice the same", ",a\n1,5\n1,7\n", RG_HEADER_FIND, "- a | 1 5; 1 7", "" },
    { "no index: not whole", ",a\n1,5\n1.5,7\n", RG_HEADER_FIND, "- a | 1 5; 1.5 7", "" },
    { "no index: it has a name", "id,a\n1,5\n2,7\n", RG_HEADER_FIND, "id a | 1 5; 2 7", "" },
    { "semicolons", "a;b\n1;2\n", RG_HEADER_FIND, "a b | 1 2", "m: the fields are separated by semicolons\n" },
    { "tabs", "a\tb c\n1\t2\n", RG_HEADER_FIND, "a b c | 1 2", "m: the fields are separated by tabs\n" },
    { "blanks, as savetxt writes", "  1.0  2.0 \n3.0 -4.0\n", RG_HEADER_FIND, "- - | 1 2; 3 -4", "m: the fields are separated by blanks\n" },
    { "missing numbers", "a,b\n1,\nNA,2\nnan,?\n", RG_HEADER_FIND, "a b | 1 nan; nan 2; nan nan", "" },
    { "carriage returns", "a,b\r\n1,2\r\n\r\n", RG_HEADER_FIND, "a b | 1 2", "" },
};

START_TEST (tables_are_read_as_they_are_meant)
{
    notes all = { "" };
    const rg_log log = { write_note, &all };
    const rg_table_options options = { sizeof options, "csv", read_as[_i].header, &log };
    rg_table *table;
    rg_message message = { "" };
    ck_assert_msg (rg_table_parse (&table, read_as[_i].text, strlen (read_as[_i].text), "m", &options, &message) == RG_OK,
                   "%s: %s", read_as[_i].label, message.text);
    char got[1024];
    describe (table, got, sizeof got - 2);
    strcat (got, rg_table_is_uncertain (table) ? "?" : "");
    ck_assert_msg (strcmp (got, read_as[_i].expected) == 0, "%s:\n got      %s\n expected %s", read_as[_i].label, got,
                   read_as[_i].expected);
    ck_assert_msg (strcmp (all.text, read_as[_i].note) == 0, "%s:\n got      %s\n expected %s", read_as[_i].label, all.text,
                   read_as[_i].note);
    rg_table_free (table);
}
END_TEST

static const struct {
    const char *label, *text;
    size_t partner;
    const char *expected, *note;
} settled[] = {
    { "a name too many", "0\n7\n8\n", 2, "- | 7; 8",
      "m: the first line is taken as the names of the columns, by the 2 rows that belong to it\n" },
    { "as many rows", "0\n7\n8\n", 3, "- | 0; 7; 8", "" },
    { "neither", "0\n7\n8\n", 9, "- | 0; 7; 8", "" },
    { "never in doubt", "3\n7\n8\n", 2, "- | 3; 7; 8", "" },
    { "words under a name", "species\nb\na\n", 2, "-:a,b,species | 1; 0",
      "m: the first line is taken as the names of the columns, by the 2 rows that belong to it\n" },
};

START_TEST (a_first_line_in_doubt_is_settled_by_what_belongs_to_it)
{
    notes all = { "" };
    const rg_log log = { write_note, &all };
    rg_table *table;
    ck_assert_int_eq (rg_table_parse (&table, settled[_i].text, strlen (settled[_i].text), "m", NULL, NULL), RG_OK);
    rg_table_settle (table, settled[_i].partner, &log);
    char got[256];
    describe (table, got, sizeof got);
    ck_assert_str_eq (got, settled[_i].expected);
    ck_assert_str_eq (all.text, settled[_i].note);
    ck_assert (!rg_table_is_uncertain (table));
    rg_table_free (table);
}
END_TEST

static const struct {
    const char *label, *text;
    const char *expected; /* the sentence where it begins with "m", else the inputs | the targets */
} sparse[] = {
    { "from 1", "1 1:2 3:4\n-1 2:.5\n", "2 0 4; 0 0.5 0 | 1 -1" },
    { "from 0", "1 0:2 2:4\n0 1:.5\n", "2 0 4; 0 0.5 0 | 1 0" },
    { "comments, blanks and empty lines", "# x\n+1  1:1 # y\n\n2 2:1\r\n", "1 0; 0 1 | 1 2" },
    { "a row of zeros", "1 1:2\n3.5\n", "2; 0 | 1 3.5" },
    { "no numbers", "1\n2\n", "m: expected rows of index:value, got none" },
    { "two targets", "1,2 1:3\n", "m:1: expected one number as target, got '1,2'" },
    { "indices that fall", "1 2:3 1:4\n", "m:1: expected indices that rise, got '1:4'" },
    { "an index twice", "1 2:3 2:4\n", "m:1: expected indices that rise, got '2:4'" },
    { "rankings", "1 1:1\n1 qid:2 1:3\n", "m:2: expected index:value; groups of rankings are not read, got 'qid:2'" },
    { "no colon", "1 1:1\n1 2\n", "m:2: expected index:value, got '2'" },
    { "no number", "1 1:x\n", "m:1: expected index:value, got '1:x'" },
    { "a negative index", "1 -1:2\n", "m:1: expected index:value, got '-1:2'" },
    { "an index beyond any", "1 99999999999:2\n", "m:1: expected index:value, got '99999999999:2'" },
    { "too sparse", "1 4000000000:2\n", "m: 1 rows of 4000000000 columns hold 1 numbers: too sparse, tables are held with their zeros" },
};

START_TEST (sparse_rows_become_a_table)
{
    const rg_table_options options = { .size = sizeof options, .format = "svmlight" };
    rg_table *table;
    rg_message message = { "" };
    char got[512] = "";
    if (rg_table_parse (&table, sparse[_i].text, strlen (sparse[_i].text), "m", &options, &message) == RG_OK) {
        const rg_array x = rg_table_array (table), y = rg_table_targets (table);
        size_t used = 0;
        for (size_t i = 0; i < rg_array_count (&x); i++)
            used += (size_t) sprintf (got + used, "%s%g", i == 0 ? "" : i % x.shape[1] == 0 ? "; " : " ", ((double *) x.data)[i]);
        for (size_t i = 0; i < rg_array_count (&y); i++)
            used += (size_t) sprintf (got + used, "%s%g", i == 0 ? " | " : " ", ((double *) y.data)[i]);
        rg_table_free (table);
    } else
        strcpy (got, message.text);
    ck_assert_msg (strcmp (got, sparse[_i].expected) == 0, "%s:\n got      %s\n expected %s", sparse[_i].label, got,
                   sparse[_i].expected);
}
END_TEST

static const struct {
    const char *label, *bytes;
    size_t size;
    const char *name;
} foreign[] = {
    { "Parquet", BYTES ("PAR1\25\4\25"), "a Parquet file" },
    { "Feather", BYTES ("ARROW1\0\0"), "a Feather (Arrow) file" },
    { "HDF5", BYTES ("\x89HDF\r\n\x1a\n\0"), "an HDF5 file" },
    { "pickle, protocol 4", BYTES ("\x80\4\x95\1"), "a pickle" },
    { "UTF-16, little-endian", BYTES ("\xFF\xFE" "a\0,\0"), "text in UTF-16" },
    { "UTF-16, big-endian", BYTES ("\xFE\xFF\0a\0,"), "text in UTF-16" },
    { "ARFF", BYTES ("% comment\n\n@RELATION iris\n"), "an ARFF file" },
    { "XLSX", BYTES ("PK\3\4\24\0\6\0\10\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\23\0\10\2[Content_Types].xml"), "an Excel workbook (XLSX)" },
    { "XLS", BYTES ("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "an old Excel file" },
    { "bzip2", BYTES ("BZh91AY"), "compressed by bzip2" },
    { "xz", BYTES ("\xFD\x37zXZ\0\0"), "compressed by xz" },
    { "Zstandard", BYTES ("\x28\xB5\x2F\xFD\4"), "compressed by Zstandard" },
};

START_TEST (what_is_not_read_is_called_by_its_name)
{
    rg_table *table;
    rg_array array;
    rg_message message = { "" };
    char start[128];
    snprintf (start, sizeof start, "m: this is %s, which is not read; ", foreign[_i].name);
    ck_assert_int_eq (rg_table_parse (&table, foreign[_i].bytes, foreign[_i].size, "m", NULL, &message), RG_EINPUT);
    ck_assert_ptr_null (table);
    ck_assert_msg (strncmp (message.text, start, strlen (start)) == 0 && strlen (message.text) > strlen (start), "%s", message.text);
    ck_assert_int_eq (rg_csv_parse (foreign[_i].bytes, foreign[_i].size, "m", &array, &message), RG_EINPUT);
    ck_assert_int_eq (rg_npy_parse (foreign[_i].bytes, foreign[_i].size, "m", &array, &message), RG_EINPUT);
}
END_TEST

static const struct {
    const char *label, *bytes;
    size_t size;
    const char *format; /* NULL: none */
} recognised[] = {
    { "a table", BYTES ("1,2\n3,4\n"), "csv" },
    { "sparse rows", BYTES ("-1 3:.5 7:1\n"), "svmlight" },
    { "times are no sparse rows", BYTES ("day time\n1 12:30:00\n"), "csv" },
    { "IDX", BYTES ("\0\0\10\1\0\0\0\1\5"), "idx" },
    { "nothing", BYTES (""), NULL },
    { "zeros", BYTES ("\0\0\0\0"), NULL },
};

START_TEST (formats_are_recognised_by_content)
{
    rg_table *table;
    rg_message message = { "" };
    const rg_status status = rg_table_parse (&table, recognised[_i].bytes, recognised[_i].size, "m", NULL, &message);
    if (recognised[_i].format == NULL)
        ck_assert_str_eq (message.text, "m: expected data in a known format, recognised none");
    else {
        ck_assert_msg (status == RG_OK, "%s", message.text);
        ck_assert_str_eq (rg_table_format (table), recognised[_i].format);
    }
    rg_table_free (table);
}
END_TEST

/* Compress, in two members, as `cat a.gz b.gz` makes. */
static size_t
gzip_twice (const char *text, unsigned char *out, size_t room)
{
    size_t used = 0;
    const size_t half = strlen (text) / 2;
    for (int part = 0; part < 2; part++) {
        z_stream stream = { .next_in = (z_const Bytef *) (text + (part == 0 ? 0 : half)),
                            .avail_in = (uInt) (part == 0 ? half : strlen (text) - half),
                            .next_out = out + used, .avail_out = (uInt) (room - used) };
        ck_assert_int_eq (deflateInit2 (&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
        ck_assert_int_eq (deflate (&stream, Z_FINISH), Z_STREAM_END);
        used = room - stream.avail_out;
        deflateEnd (&stream);
    }
    return used;
}

START_TEST (texts_are_read_compressed_too)
{
    char text[20001] = "";
    for (int i = 0; i < 2000; i++)
        sprintf (text + strlen (text), "%d,%d\n", i % 10, i % 7);
    unsigned char packed[4096];
    const size_t size = gzip_twice (text, packed, sizeof packed);
    rg_table *plain, *table;
    rg_message message = { "" };
    ck_assert_int_eq (rg_table_parse (&plain, text, strlen (text), "m", NULL, NULL), RG_OK);
    ck_assert_msg (rg_table_parse (&table, packed, size, "m", NULL, &message) == RG_OK, "%s", message.text);
    ck_assert_uint_eq (rg_table_rows (table), 2000);
    ck_assert_uint_eq (rg_table_digest (table), rg_table_digest (plain));
    const rg_array a = rg_table_array (plain), b = rg_table_array (table);
    ck_assert_mem_eq (a.data, b.data, 2000 * 2 * sizeof (double));
    rg_table_free (plain);
    rg_table_free (table);
}
END_TEST

/* An NPY file, version 1.0, of a header without its end. */
static size_t
npy (unsigned char *out, const char *header, const void *data, size_t bytes)
{
    const size_t length = strlen (header);
    memcpy (out, "\x93NUMPY\1\0", 8);
    out[8] = (unsigned char) length;
    out[9] = 0;
    memcpy (out + 10, header, length);
    memcpy (out + 10 + length, data, bytes);
    return 10 + length + bytes;
}

#define HEADER(type, fortran, shape) "{'descr': '" type "', 'fortran_order': " fortran ", 'shape': " shape "}"

static const struct {
    const char *label, *header, *data;
    size_t bytes;
    double expected[6];
} arrays[] = {
    { "Fortran order", HEADER ("|u1", "True", "(2, 3)"), BYTES ("\1\4\2\5\3\6"), { 1, 2, 3, 4, 5, 6 } },
    { "Fortran order, three dimensions", HEADER ("|u1", "True", "(1, 3, 2)"), BYTES ("\1\3\5\2\4\6"), { 1, 2, 3, 4, 5, 6 } },
    { "big-endian", HEADER (">i2", "False", "(2, 3)"), BYTES ("\0\1\0\2\0\3\0\4\1\0\377\377"), { 1, 2, 3, 4, 256, -1 } },
    { "half precision", HEADER ("<f2", "False", "(6,)"), BYTES ("\0\x3c\0\xc0\xff\x7b\1\0\0\x80\0\4"),
      { 1, -2, 65504, 0x1p-24, -0., 0x1p-14 } },
    { "half precision, big-endian, Fortran", HEADER (">f2", "True", "(3, 2)"),
      BYTES ("\x3c\0\x42\0\x45\0\x40\0\x44\0\x46\0"), { 1, 2, 3, 4, 5, 6 } },
    { "unsigned 64 bits", HEADER ("<u8", "False", "(1, 1)"), BYTES ("\0\0\0\0\0\0\0\x80"), { 0x1p63 } },
};

START_TEST (arrays_of_any_order_are_read)
{
    unsigned char bytes[256];
    const size_t size = npy (bytes, arrays[_i].header, arrays[_i].data, arrays[_i].bytes);
    rg_array array;
    rg_message message = { "" };
    ck_assert_msg (rg_npy_parse (bytes, size, "m", &array, &message) == RG_OK, "%s: %s", arrays[_i].label, message.text);
    double got[6];
    rg_array_to_double (&array, got);
    for (size_t i = 0; i < rg_array_count (&array); i++)
        ck_assert_msg (got[i] == arrays[_i].expected[i], "%s: %zu: %g", arrays[_i].label, i, got[i]);
    rg_array_clear (&array);
}
END_TEST

START_TEST (half_precision_has_infinities_and_nan)
{
    unsigned char bytes[256];
    const size_t size = npy (bytes, HEADER ("<f2", "False", "(3,)"), BYTES ("\0\x7c\0\xfc\1\x7e"));
    rg_array array;
    ck_assert_int_eq (rg_npy_parse (bytes, size, "m", &array, NULL), RG_OK);
    const float *got = array.data;
    ck_assert (isinf (got[0]) && got[0] > 0 && isinf (got[1]) && got[1] < 0 && isnan (got[2]));
    rg_array_clear (&array);
}
END_TEST

START_TEST (an_unknown_format_is_refused)
{
    rg_table *table;
    rg_message message;
    ck_assert_int_eq (rg_table_parse (&table, BYTES ("1,2\n"), "m", &(rg_table_options) { .size = sizeof (rg_table_options), .format = "tsv" }, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "m: tsv: no such format");
    ck_assert_int_eq (rg_table_read (&table, "/nowhere/m.npz:x", NULL, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "/nowhere/m.npz: cannot open: No such file or directory");
    for (size_t i = 0; rg_format_name (i) != NULL; i++)
        ck_assert_uint_gt (strlen (rg_format_summary (i)), 0);
}
END_TEST

START_TEST (tables_survive_any_failing_allocation)
{
    static const char text[] = "150,2,a,b\n", words[] = ";a;b\n0;1;x\n1;2;y\n", rows[] = "1 1:2 2:3\n";
    static const struct {
        const char *bytes;
        size_t size;
    } inputs[] = { { BYTES (words) }, { BYTES (rows) }, { BYTES (text) }, { BYTES ("2,1,a,b\n5,0\n6,1\n") } };
    for (int i = 0; i < COUNT (inputs); i++)
        for (failing_memory memory = failing_first (); memory.failed;) {
            rg_table *table;
            FAILING (&memory, rg_table_parse (&table, inputs[i].bytes, inputs[i].size, "m", NULL, NULL));
            ck_assert_int_eq (table == NULL, memory.failed);
            rg_table_free (table);
        }
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("tables");
    TCase *tables = tcase_create ("tables");
    tcase_add_loop_test (tables, tables_are_read_as_they_are_meant, 0, COUNT (read_as));
    tcase_add_loop_test (tables, a_first_line_in_doubt_is_settled_by_what_belongs_to_it, 0, COUNT (settled));
    tcase_add_loop_test (tables, sparse_rows_become_a_table, 0, COUNT (sparse));
    tcase_add_loop_test (tables, what_is_not_read_is_called_by_its_name, 0, COUNT (foreign));
    tcase_add_loop_test (tables, formats_are_recognised_by_content, 0, COUNT (recognised));
    tcase_add_test (tables, texts_are_read_compressed_too);
    tcase_add_loop_test (tables, arrays_of_any_order_are_read, 0, COUNT (arrays));
    tcase_add_test (tables, half_precision_has_infinities_and_nan);
    tcase_add_test (tables, an_unknown_format_is_refused);
    tcase_add_test (tables, tables_survive_any_failing_allocation);
    suite_add_tcase (suite, tables);
    return run_suite (suite);
}
