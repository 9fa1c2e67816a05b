/* check_data.c -- the readers read what is right and refuse the rest with one exact sentence. */
#include "testing.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>
#include <zlib.h>

#include <retrograde/data.h>

#include "failing_memory.h"

#include "base/memory.h"

#define COUNT(table) ((int) (sizeof (table) / sizeof *(table)))
#define BYTES(literal) (literal), sizeof (literal) - 1

/* ---- Building files -------------------------------------------------- */

static char folder[64];

static void
make_folder (void)
{
    strcpy (folder, "/tmp/rg-check-data-XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
}

static const char *
in_folder (const char *name)
{
    static char path[128];
    snprintf (path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void
remove_folder (void)
{
    static const char *const names[] = { "a.npy", "a.idx", "a.gz", "a.npz", "a.csv" };
    for (int i = 0; i < COUNT (names); i++)
        unlink (in_folder (names[i]));
    ck_assert_msg (rmdir (folder) == 0, "a file was left behind in %s", folder);
}

static const char *
write_file (const char *name, const void *bytes, size_t size)
{
    const char *path = in_folder (name);
    FILE *file = fopen (path, "wb");
    ck_assert_ptr_nonnull (file);
    ck_assert_uint_eq (fwrite (bytes, 1, size, file), size);
    ck_assert_int_eq (fclose (file), 0);
    return path;
}

typedef struct {
    unsigned char bytes[2048];
    size_t size;
} file;

static void
put (file *to, const void *bytes, size_t size)
{
    ck_assert_uint_le (to->size + size, sizeof to->bytes);
    if (size != 0)
        memcpy (to->bytes + to->size, bytes, size);
    to->size += size;
}

static void
put_number (file *to, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++, number >>= 8)
        put (to, &(unsigned char) { (unsigned char) number }, 1);
}

static file
npy_file (int version, const char *header, const void *data, size_t size)
{
    file out = { .size = 0 };
    put (&out, BYTES ("\x93NUMPY"));
    put_number (&out, (uint64_t) version, 2);
    put_number (&out, strlen (header), version == 1 ? 2 : 4);
    put (&out, header, strlen (header));
    put (&out, data, size);
    return out;
}

static file
gzip (const void *bytes, size_t size, int window)
{
    file out = { .size = 0 };
    z_stream stream = { .next_in = (z_const Bytef *) bytes, .avail_in = (uInt) size, .next_out = out.bytes,
                        .avail_out = sizeof out.bytes };
    ck_assert_int_eq (deflateInit2 (&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq (deflate (&stream, Z_FINISH), Z_STREAM_END);
    out.size = sizeof out.bytes - stream.avail_out;
    deflateEnd (&stream);
    return out;
}

/* A ZIP file of one member "w.npy". The local header starts at 0, its data at 35. */
static file
zip_file (const file *member, int deflated)
{
    const file packed = deflated ? gzip (member->bytes, member->size, -15) : *member;
    const uint32_t crc = (uint32_t) crc32 (0, member->bytes, (uInt) member->size);
    file out = { .size = 0 };
    for (int directory = 0; directory < 2; directory++) {
        const size_t start = out.size;
        put (&out, directory ? "PK\1\2" : "PK\3\4", 4);
        put_number (&out, 20, directory ? 4 : 2);      /* versions */
        put_number (&out, 0, 2);                       /* flags, at 8 in the directory */
        put_number (&out, deflated ? 8 : 0, 2);        /* method, at 10 */
        put_number (&out, 0, 4);                       /* time */
        put_number (&out, crc, 4);                     /* at 16 */
        put_number (&out, packed.size, 4);             /* at 20 */
        put_number (&out, member->size, 4);            /* at 24 */
        put_number (&out, 5, 2);                       /* length of the name, at 28 */
        put_number (&out, 0, directory ? 16 : 2);      /* ... where the local header is, at 42 */
        put (&out, "w.npy", 5);
        if (!directory) {
            put (&out, packed.bytes, packed.size);
            continue;
        }
        const size_t size = out.size - start;
        put (&out, "PK\5\6\0\0\0", 8);
        put_number (&out, 1, 2);
        put_number (&out, 1, 2);
        put_number (&out, size, 4);
        put_number (&out, start, 4);
        put_number (&out, 0, 2);
    }
    return out;
}

/* ---- What the readers read ------------------------------------------- */

#define HEADER(type, shape) "{'descr': '" type "', 'fortran_order': False, 'shape': " shape ", }"

static const struct {
    const char *label, *header;
    const char *data;
    size_t size;
    int version;
    rg_element type;
    int ndim;
    double first, last;
} npy_cases[] = {
    { "float64", HEADER ("<f8", "(2,)"), BYTES ("\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\4\xc0"), 1, RG_FLOAT64, 1, 1.5, -2.5 },
    { "float32", HEADER ("<f4", "(1, 2)"), BYTES ("\0\0\xc0\x3f\0\0\x20\xc0"), 1, RG_FLOAT32, 2, 1.5, -2.5 },
    { "int64", HEADER ("<i8", "(2, 1)"), BYTES ("\5\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"), 2, RG_INT64, 2, 5, -1 },
    { "int32", HEADER ("<i4", "(2,)"), BYTES ("\5\1\0\0\xfe\xff\xff\xff"), 3, RG_INT32, 1, 261, -2 },
    { "int16", HEADER ("<i2", "(2,)"), BYTES ("\5\1\xfe\xff"), 1, RG_INT32, 1, 261, -2 },
    { "int8", HEADER ("|i1", "(2,)"), BYTES ("\x7f\x80"), 1, RG_INT32, 1, 127, -128 },
    { "uint8", HEADER ("|u1", "(3,)"), BYTES ("\x7f\x80\xff"), 1, RG_UINT8, 1, 127, 255 },
    { "uint16", HEADER ("<u2", "(2,)"), BYTES ("\1\0\xff\xff"), 1, RG_INT32, 1, 1, 65535 },
    { "uint32", HEADER ("<u4", "(2,)"), BYTES ("\1\0\0\0\xff\xff\xff\xff"), 1, RG_INT64, 1, 1, 4294967295. },
    { "bool", HEADER ("|b1", "(2,)"), BYTES ("\1\0"), 1, RG_BOOL, 1, 1, 0 },
    { "one number", HEADER ("<i4", "()"), BYTES ("\7\0\0\0"), 1, RG_INT32, 0, 7, 7 },
    { "other order of keys", "{\"shape\": (1,), 'fortran_order':False,'descr':'<i4'}   \n", BYTES ("\7\0\0\0"), 1, RG_INT32,
      1, 7, 7 },
    { "eight dimensions", HEADER ("|u1", "(1, 1, 1, 1, 1, 1, 1, 2)"), BYTES ("\3\4"), 1, RG_UINT8, 8, 3, 4 },
};

static void
check_array (const rg_array *array, int i)
{
    double values[8];
    ck_assert_uint_le (rg_array_count (array), 8);
    rg_array_to_double (array, values);
    ck_assert_msg (array->type == npy_cases[i].type && array->ndim == npy_cases[i].ndim, "%s", npy_cases[i].label);
    ck_assert_msg (values[0] == npy_cases[i].first && values[rg_array_count (array) - 1] == npy_cases[i].last, "%s: %g %g",
                   npy_cases[i].label, values[0], values[rg_array_count (array) - 1]);
}

START_TEST (npy_reads_every_type_from_memory_file_and_archive)
{
    rg_array array;
    rg_message message = { "" };
    const file plain = npy_file (npy_cases[_i].version, npy_cases[_i].header, npy_cases[_i].data, npy_cases[_i].size);
    ck_assert_msg (rg_npy_parse (plain.bytes, plain.size, "m", &array, &message) == RG_OK, "%s", message.text);
    check_array (&array, _i);
    rg_array_clear (&array);
    ck_assert_msg (rg_npy_read (write_file ("a.npy", plain.bytes, plain.size), &array, &message) == RG_OK, "%s",
                   message.text);
    check_array (&array, _i);
    ck_assert_uint_eq (array.digest, XXH3_64bits (plain.bytes, plain.size));
    rg_array_clear (&array);
    for (int deflated = 0; deflated < 2; deflated++) {
        const file zip = zip_file (&plain, deflated);
        ck_assert_msg (rg_npz_parse (zip.bytes, zip.size, "m", "w", &array, &message) == RG_OK, "%s", message.text);
        check_array (&array, _i);
        ck_assert_uint_eq (array.digest, XXH3_64bits (plain.bytes, plain.size));
        rg_array_clear (&array);
        ck_assert_int_eq (rg_npz_read (write_file ("a.npz", zip.bytes, zip.size), "w.npy", &array, &message), RG_OK);
        check_array (&array, _i);
        rg_array_clear (&array);
    }
}
END_TEST

START_TEST (npy_writes_what_it_reads)
{
    static const size_t shape[RG_MAX_DIMENSIONS] = { 3, 2, 1, 2, 1, 3, 1, 2 };
    for (int type = RG_UINT8; type <= RG_BOOL; type++)
        for (int ndim = 0; ndim <= RG_MAX_DIMENSIONS; ndim++) {
            rg_array array, back;
            rg_message message = { "" };
            ck_assert_int_eq (rg_array_new (&array, (rg_element) type, ndim, shape), RG_OK);
            const size_t bytes = rg_array_count (&array) * rg_element_bytes (array.type);
            for (size_t i = 0; i < bytes; i++)
                ((unsigned char *) array.data)[i] = (unsigned char) (type == RG_BOOL ? i % 2 : i * 37 + 11);
            ck_assert_msg (rg_npy_write (in_folder ("a.npy"), &array, &message) == RG_OK, "%s", message.text);
            ck_assert_msg (rg_npy_read (in_folder ("a.npy"), &back, &message) == RG_OK, "%s", message.text);
            ck_assert (back.type == array.type && back.ndim == ndim);
            ck_assert_mem_eq (back.shape, array.shape, sizeof back.shape);
            ck_assert_mem_eq (back.data, array.data, bytes);
            ck_assert_str_eq (rg_element_name (back.type), rg_element_name ((rg_element) type));
            rg_array_clear (&array);
            rg_array_clear (&back);
        }
}
END_TEST

/* What numpy 1.24 writes for numpy.array([[1.5, -2], [0, 3]]). */
START_TEST (npy_writes_the_bytes_of_numpy)
{
    static double data[4] = { 1.5, -2, 0, 3 };
    const rg_array array = { RG_FLOAT64, 2, { 2, 2 }, data, NULL, 0 };
    unsigned char got[256];
    char expect[129];
    memset (expect, ' ', sizeof expect);
    memcpy (expect, "\x93NUMPY\1\0\x76\0", 10);
    memcpy (expect + 10, BYTES ("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }"));
    expect[127] = '\n';
    ck_assert_int_eq (rg_npy_write (in_folder ("a.npy"), &array, NULL), RG_OK);
    FILE *stream = fopen (in_folder ("a.npy"), "rb");
    ck_assert_ptr_nonnull (stream);
    const size_t size = fread (got, 1, sizeof got, stream);
    fclose (stream);
    ck_assert_uint_eq (size % 64, 32);
    const size_t start = size - 32;
    ck_assert_mem_eq (got + start, data, 32);
    ck_assert_uint_eq (start, 128);
    ck_assert_mem_eq (got, expect, 128);
}
END_TEST

START_TEST (npy_write_refuses_a_folder_that_is_not_there)
{
    static double data[1] = { 1.5 };
    const rg_array array = { RG_FLOAT64, 1, { 1 }, data, NULL, 0 };
    rg_message message;
    ck_assert_int_eq (rg_npy_write ("/nonexistent/a.npy", &array, &message), RG_ESYSTEM);
    ck_assert_str_eq (message.text, "/nonexistent/a.npy: cannot write: No such file or directory");
    ck_assert_int_eq (rg_npy_write (folder, &array, &message), RG_ESYSTEM);
}
END_TEST

static const struct {
    const char *label;
    const char *bytes;
    size_t size;
    rg_element type;
    double first, last;
} idx_cases[] = {
    { "uint8", BYTES ("\0\0\x08\2\0\0\0\2\0\0\0\1\x07\xff"), RG_UINT8, 7, 255 },
    { "int8", BYTES ("\0\0\x09\1\0\0\0\2\x07\xff"), RG_INT32, 7, -1 },
    { "int16", BYTES ("\0\0\x0b\1\0\0\0\2\1\5\xff\xfe"), RG_INT32, 261, -2 },
    { "int32", BYTES ("\0\0\x0c\1\0\0\0\2\0\0\1\5\xff\xff\xff\xfe"), RG_INT32, 261, -2 },
    { "float32", BYTES ("\0\0\x0d\1\0\0\0\2\x3f\xc0\0\0\xc0\x20\0\0"), RG_FLOAT32, 1.5, -2.5 },
    { "float64", BYTES ("\0\0\x0e\1\0\0\0\2\x3f\xf8\0\0\0\0\0\0\xc0\4\0\0\0\0\0\0"), RG_FLOAT64, 1.5, -2.5 },
};

START_TEST (idx_reads_every_type_plain_and_compressed)
{
    const file packed = gzip (idx_cases[_i].bytes, idx_cases[_i].size, 31);
    for (int way = 0; way < 4; way++) {
        rg_array array;
        rg_message message = { "" };
        const void *bytes = way < 2 ? (const void *) idx_cases[_i].bytes : packed.bytes;
        const size_t size = way < 2 ? idx_cases[_i].size : packed.size;
        const rg_status status = way % 2 == 0 ? rg_idx_parse (bytes, size, "m", &array, &message)
                                              : rg_idx_read (write_file ("a.idx", bytes, size), &array, &message);
        ck_assert_msg (status == RG_OK, "%s", message.text);
        double values[2];
        ck_assert_uint_eq (array.digest, XXH3_64bits (idx_cases[_i].bytes, idx_cases[_i].size)); /* packed or not */
        ck_assert_uint_eq (rg_array_count (&array), 2);
        rg_array_to_double (&array, values);
        ck_assert_msg (array.type == idx_cases[_i].type && values[0] == idx_cases[_i].first
                       && values[1] == idx_cases[_i].last, "%s", idx_cases[_i].label);
        rg_array_clear (&array);
    }
}
END_TEST

static const struct {
    const char *label, *text;
    size_t rows, columns;
    double first, last;
} csv_cases[] = {
    { "plain", "1,2\n3,4.5\n", 2, 2, 1, 4.5 },
    { "header", "a,b\n3,-4.5e-1\n", 1, 2, 3, -.45 },
    { "no line end at the end", "1,2\n3,4", 2, 2, 1, 4 },
    { "carriage returns", "a,b\r\n1,2\r\n", 1, 2, 1, 2 },
    { "blanks", " 1\t, 2 \n", 1, 2, 1, 2 },
    { "byte order mark", "\xEF\xBB\xBF" "1\n2\n", 2, 1, 1, 2 },
    { "empty lines at the end", "1,2\n\n\r\n\n", 1, 2, 1, 2 },
    { "points without digits", ".5,+5.\n", 1, 2, .5, 5 },
    { "one number", "-0.1E+2", 1, 1, -10, -10 },
};

START_TEST (csv_reads_tables)
{
    rg_array array;
    rg_message message = { "" };
    setlocale (LC_ALL, "de_DE.UTF-8"); /* where there is one: a comma for the point */
    ck_assert_msg (rg_csv_parse (csv_cases[_i].text, strlen (csv_cases[_i].text), "m", &array, &message) == RG_OK, "%s: %s",
                   csv_cases[_i].label, message.text);
    const double *table = array.data;
    ck_assert_msg (array.shape[0] == csv_cases[_i].rows && array.shape[1] == csv_cases[_i].columns, "%s",
                   csv_cases[_i].label);
    ck_assert_msg (table[0] == csv_cases[_i].first && table[rg_array_count (&array) - 1] == csv_cases[_i].last, "%s",
                   csv_cases[_i].label);
    rg_array_clear (&array);
}
END_TEST

/* ---- What they refuse ------------------------------------------------ */

static void
check_refused (const char *label, rg_status got, rg_status expect, const rg_message *message, const char *sentence,
               const rg_array *array)
{
    ck_assert_msg (got == expect && strcmp (message->text, sentence) == 0,
                   "%s:\n got      %d %s\n expected %d %s", label, got, message->text, expect, sentence);
    ck_assert (array->data == NULL && array->owner == NULL && array->ndim == 0);
}

static const struct {
    const char *label;
    const char *bytes;
    size_t size;
    const char *sentence;
} bad_idx[] = {
    { "nothing", BYTES (""), "x: expected an IDX file, which starts with two zero bytes" },
    { "three bytes", BYTES ("\0\0\x08"), "x: expected an IDX file, which starts with two zero bytes" },
    { "first byte", BYTES ("\1\0\x08\1\0\0\0\1\1"), "x: expected an IDX file, which starts with two zero bytes" },
    { "second byte", BYTES ("\0\1\x08\1\0\0\0\1\1"), "x: expected an IDX file, which starts with two zero bytes" },
    { "text", BYTES ("hello, world"), "x: expected an IDX file, which starts with two zero bytes" },
    { "an NPY file", BYTES ("\x93NUMPY\1\0"), "x: expected an IDX file, which starts with two zero bytes" },
    { "type 0", BYTES ("\0\0\0\1\0\0\0\1\1"), "x: expected an IDX element type of 8, 9, 11, 12, 13 or 14, got 0" },
    { "type 10", BYTES ("\0\0\x0a\1\0\0\0\1\1"), "x: expected an IDX element type of 8, 9, 11, 12, 13 or 14, got 10" },
    { "type 15", BYTES ("\0\0\x0f\1\0\0\0\1\1"), "x: expected an IDX element type of 8, 9, 11, 12, 13 or 14, got 15" },
    { "type 255", BYTES ("\0\0\xff\1\0\0\0\1\1"), "x: expected an IDX element type of 8, 9, 11, 12, 13 or 14, got 255" },
    { "no dimension", BYTES ("\0\0\x08\0\1"), "x: expected 1 to 8 dimensions, got 0" },
    { "nine dimensions", BYTES ("\0\0\x08\x09\1"), "x: expected 1 to 8 dimensions, got 9" },
    { "255 dimensions", BYTES ("\0\0\x08\xff\1"), "x: expected 1 to 8 dimensions, got 255" },
    { "no extent", BYTES ("\0\0\x08\1"), "x: expected an IDX header of 8 bytes, got 4" },
    { "half an extent", BYTES ("\0\0\x08\1\0\0"), "x: expected an IDX header of 8 bytes, got 6" },
    { "one extent of two", BYTES ("\0\0\x08\2\0\0\0\1"), "x: expected an IDX header of 12 bytes, got 8" },
    { "seven extents of eight", BYTES ("\0\0\x08\x08\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1"),
      "x: expected an IDX header of 36 bytes, got 32" },
    { "no data", BYTES ("\0\0\x08\1\0\0\0\2"), "x: expected 2 bytes of data after the header, got 0" },
    { "too few", BYTES ("\0\0\x08\1\0\0\0\2\1"), "x: expected 2 bytes of data after the header, got 1" },
    { "too many", BYTES ("\0\0\x08\1\0\0\0\2\1\2\3"), "x: expected 2 bytes of data after the header, got 3" },
    { "half a double", BYTES ("\0\0\x0e\1\0\0\0\1\1\2\3\4"), "x: expected 8 bytes of data after the header, got 4" },
    { "half a float", BYTES ("\0\0\x0d\1\0\0\0\1\1\2"), "x: expected 4 bytes of data after the header, got 2" },
    { "extent without data", BYTES ("\0\0\x08\2\0\0\0\0\xff\xff\xff\xff\1"),
      "x: expected 0 bytes of data after the header, got 1" },
    { "4 GiB", BYTES ("\0\0\x08\1\xff\xff\xff\xff\1"), "x: expected 4294967295 bytes of data after the header, got 1" },
    { "the product overflows", BYTES ("\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
      "x: the shape is larger than any memory" },
    { "the product wraps to 1", BYTES ("\0\0\x08\3\x80\0\0\0\x80\0\0\0\0\0\0\4\1"),
      "x: the shape is larger than any memory" },
    { "not gzip after all", BYTES ("\x1f\x8b\1\2\3\4\5\6\7\x08\x09"), "x: the gzip data are damaged" },
    { "only the gzip magic", BYTES ("\x1f\x8b"), "x: the gzip data end early" },
};

START_TEST (idx_refuses_with_a_sentence)
{
    rg_array array;
    rg_message message = { "" };
    const rg_status status = rg_idx_parse (bad_idx[_i].bytes, bad_idx[_i].size, "x", &array, &message);
    check_refused (bad_idx[_i].label, status, RG_EINPUT, &message, bad_idx[_i].sentence, &array);
}
END_TEST

/* Change a compressed file: cut it to a size (negative: from its end), flip a byte, add bytes. */
static const struct {
    const char *label;
    const char *bytes;
    size_t size;
    int cut, flip, add;
    const char *sentence;
} bad_gzip[] = {
    { "cut in its trailer", BYTES ("\0\0\x08\1\0\0\0\2\1\2"), -3, -1, 0, "x: the gzip data end early" },
    { "cut in its header", BYTES ("\0\0\x08\1\0\0\0\2\1\2"), 6, -1, 0, "x: the gzip data end early" },
    { "checksum", BYTES ("\0\0\x08\1\0\0\0\2\1\2"), 0, 8, 0, "x: the gzip data are damaged" },
    { "length", BYTES ("\0\0\x08\1\0\0\0\2\1\2"), 0, 4, 0, "x: the gzip data are damaged" },
    { "bytes after it", BYTES ("\0\0\x08\1\0\0\0\2\1\2"), 0, -1, 3,
      "x: expected the end of the file after the gzip data, got 3 bytes more" },
    { "not an IDX file", BYTES ("hello, world"), 0, -1, 0, "x: expected an IDX file, which starts with two zero bytes" },
    { "too few", BYTES ("\0\0\x08\1\0\0\0\3\1\2"), 0, -1, 0, "x: expected 3 bytes of data after the header, got 2" },
    { "too many", BYTES ("\0\0\x08\1\0\0\0\1\1\2"), 0, -1, 0, "x: expected 1 bytes of data after the header, got 2" },
    { "a bomb's promise", BYTES ("\0\0\x08\1\xff\xff\xff\xff\1"), 0, -1, 0,
      "x: expected 4294967295 bytes of data after the header, got 1" },
    { "overflow", BYTES ("\0\0\x08\3\x80\0\0\0\x80\0\0\0\0\0\0\4\1"), 0, -1, 0,
      "x: the shape is larger than any memory" },
};

START_TEST (idx_refuses_damaged_gzip)
{
    rg_array array;
    rg_message message = { "" };
    file packed = gzip (bad_gzip[_i].bytes, bad_gzip[_i].size, 31);
    if (bad_gzip[_i].cut != 0)
        packed.size = bad_gzip[_i].cut > 0 ? (size_t) bad_gzip[_i].cut : packed.size - (size_t) -bad_gzip[_i].cut;
    if (bad_gzip[_i].flip >= 0)
        packed.bytes[packed.size - (size_t) bad_gzip[_i].flip] ^= 0x55;
    packed.size += (size_t) bad_gzip[_i].add;
    const rg_status status = rg_idx_parse (packed.bytes, packed.size, "x", &array, &message);
    check_refused (bad_gzip[_i].label, status, RG_EINPUT, &message, bad_gzip[_i].sentence, &array);
}
END_TEST

#define SYNTAX "x: expected a header {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)}"
#define TYPES "x: expected elements of type b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 or f8, got "

static const struct {
    const char *label, *header;
    size_t data;
    const char *sentence;
} bad_npy[] = {
    { "complex", HEADER ("<c16", "(1,)"), 16, TYPES "'<c16'" },
    { "objects", HEADER ("|O", "(1,)"), 8, TYPES "'|O'" },
    { "text", HEADER ("<U3", "(1,)"), 12, TYPES "'<U3'" },
    { "no byte order", HEADER ("f8", "(1,)"), 8, TYPES "'f8'" },
    { "no order for two bytes", HEADER ("|i2", "(1,)"), 2, TYPES "'|i2'" },
    { "empty type", HEADER ("", "(1,)"), 8, TYPES "''" },
    { "structured", "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", 8,
      "x: expected plain numbers, got a structured array" },
    { "nine dimensions", HEADER ("|u1", "(1, 1, 1, 1, 1, 1, 1, 1, 1)"), 1, "x: expected at most 8 dimensions, got more" },
    { "too few", HEADER ("<f8", "(3, 4)"), 95, "x: expected 96 bytes of data after the header, got 95" },
    { "too many", HEADER ("<f8", "(3, 4)"), 97, "x: expected 96 bytes of data after the header, got 97" },
    { "none", HEADER ("<i4", "()"), 0, "x: expected 4 bytes of data after the header, got 0" },
    { "the product overflows", HEADER ("|u1", "(4294967296, 4294967296)"), 1, "x: the shape is larger than any memory" },
    { "the bytes overflow", HEADER ("<f8", "(2305843009213693952,)"), 8, "x: the shape is larger than any memory" },
    { "the product overflows beside a zero", HEADER ("|u1", "(0, 4294967296, 4294967296)"), 0,
      "x: the shape is larger than any memory" },
    { "an extent overflows", HEADER ("|u1", "(18446744073709551616,)"), 1, SYNTAX },
    { "a negative extent", HEADER ("|u1", "(-1,)"), 1, SYNTAX },
    { "a fraction", HEADER ("|u1", "(1.5,)"), 1, SYNTAX },
    { "a list", HEADER ("|u1", "[1]"), 1, SYNTAX },
    { "two commas", HEADER ("|u1", "(1,,2)"), 2, SYNTAX },
    { "only a comma", HEADER ("|u1", "(,)"), 1, SYNTAX },
    { "no comma between extents", HEADER ("|u1", "(1 2)"), 2, SYNTAX },
    { "empty header", "", 0, SYNTAX },
    { "no brace", "'descr': '<f8'}", 0, SYNTAX },
    { "no end", "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)", 8, SYNTAX },
    { "no key descr", "{'fortran_order': False, 'shape': (1,)}", 8, SYNTAX },
    { "no key shape", "{'descr': '<f8', 'fortran_order': False}", 8, SYNTAX },
    { "no key fortran_order", "{'descr': '<f8', 'shape': (1,)}", 8, SYNTAX },
    { "a key twice", "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", 8, SYNTAX },
    { "another key", "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}", 8, SYNTAX },
    { "a long key", "{'descriptive_and_long': '<f8'}", 8, SYNTAX },
    { "neither true nor false", "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", 8, SYNTAX },
    { "no closing quote", "{'descr': '<f8", 8, SYNTAX },
    { "something after the end", HEADER ("<f8", "(1,)") " x", 8, SYNTAX },
    { "bytes that are no characters", "{'descr': '<\xff" "8'}", 8, SYNTAX },
};

START_TEST (npy_refuses_with_a_sentence)
{
    static const char zeros[128];
    rg_array array;
    rg_message message = { "" };
    const file made = npy_file (1 + _i % 3, bad_npy[_i].header, zeros, bad_npy[_i].data);
    const rg_status status = rg_npy_parse (made.bytes, made.size, "x", &array, &message);
    check_refused (bad_npy[_i].label, status, RG_EINPUT, &message, bad_npy[_i].sentence, &array);
}
END_TEST

static const struct {
    const char *label;
    const char *bytes;
    size_t size;
    const char *sentence;
} bad_npy_bytes[] = {
    { "nothing", BYTES (""), "x: expected an NPY file, which starts with \\x93NUMPY" },
    { "half the magic", BYTES ("\x93NUM"), "x: expected an NPY file, which starts with \\x93NUMPY" },
    { "another magic", BYTES ("\x93NUMPX\1\0\0\0"), "x: expected an NPY file, which starts with \\x93NUMPY" },
    { "version 0", BYTES ("\x93NUMPY\0\0\0\0"), "x: expected NPY version 1.0, 2.0 or 3.0, got 0.0" },
    { "version 4", BYTES ("\x93NUMPY\4\0\0\0"), "x: expected NPY version 1.0, 2.0 or 3.0, got 4.0" },
    { "version 1.1", BYTES ("\x93NUMPY\1\1\0\0"), "x: expected NPY version 1.0, 2.0 or 3.0, got 1.1" },
    { "no length", BYTES ("\x93NUMPY\1\0"), "x: the file ends within the length of its header" },
    { "half a length", BYTES ("\x93NUMPY\2\0\1\0\0"), "x: the file ends within the length of its header" },
    { "short header", BYTES ("\x93NUMPY\1\0\5\0{'d"), "x: expected a header of 5 bytes, got 3" },
    { "4 GiB of header", BYTES ("\x93NUMPY\2\0\xff\xff\xff\xff{}"), "x: expected a header of 4294967295 bytes, got 2" },
};

START_TEST (npy_refuses_what_is_no_npy)
{
    rg_array array;
    rg_message message = { "" };
    const rg_status status = rg_npy_parse (bad_npy_bytes[_i].bytes, bad_npy_bytes[_i].size, "x", &array, &message);
    check_refused (bad_npy_bytes[_i].label, status, RG_EINPUT, &message, bad_npy_bytes[_i].sentence, &array);
}
END_TEST

START_TEST (npy_reads_every_byte_but_0_as_true)
{
    rg_array array;
    const file made = npy_file (1, HEADER ("|b1", "(3,)"), BYTES ("\0\1\377"));
    ck_assert_int_eq (rg_npy_parse (made.bytes, made.size, "x", &array, NULL), RG_OK);
    ck_assert_int_eq (memcmp (array.data, "\0\1\1", 3), 0);
    rg_array_clear (&array);
}
END_TEST

/* Write `bytes` of `value` at an offset from: the start, the directory, the end record. */
static const struct {
    const char *label;
    int deflated;
    enum { LOCAL, DIRECTORY, END } from;
    int offset, bytes;
    uint64_t value;
    const char *sentence;
} bad_npz[] = {
    { "magic of the end", 0, END, 0, 1, 'Q', "x: expected an NPZ (ZIP) file, found no end of a ZIP directory" },
    { "a comment longer than the file", 0, END, 20, 2, 1, "x: expected an NPZ (ZIP) file, found no end of a ZIP directory" },
    { "no entries", 0, END, 10, 2, 0, "x: expected a member 'w' or 'w.npy', found none among 0" },
    { "more entries", 0, DIRECTORY, 46, 1, 'v', "x: expected a member 'w' or 'w.npy', found none among 1" },
    { "directory past the end", 0, END, 16, 4, 0xfffffff0, "x: entry 0 of the ZIP directory is damaged" },
    { "directory at the local header", 0, END, 16, 4, 0, "x: entry 0 of the ZIP directory is damaged" },
    { "name past the end", 0, DIRECTORY, 28, 2, 60000, "x: entry 0 of the ZIP directory is damaged" },
    { "extra past the end", 0, DIRECTORY, 30, 2, 60000, "x: entry 0 of the ZIP directory is damaged" },
    { "comment past the end", 0, DIRECTORY, 32, 2, 60000, "x: entry 0 of the ZIP directory is damaged" },
    { "encrypted", 0, DIRECTORY, 8, 2, 1, "x:w: expected plain data, got an encrypted member" },
    { "bzip2", 0, DIRECTORY, 10, 2, 12, "x:w: expected a stored or deflated member, got ZIP method 12" },
    { "checksum, stored", 0, DIRECTORY, 16, 4, 0x12345678, "x:w: expected the checksum 12345678, got cfa3926e" },
    { "checksum, deflated", 1, DIRECTORY, 16, 4, 0x12345678, "x:w: expected the checksum 12345678, got cfa3926e" },
    { "data, stored", 0, LOCAL, 35, 1, 0, "x:w: expected the checksum cfa3926e, got " },
    { "ZIP64", 0, DIRECTORY, 24, 4, 0xffffffff, "x:w: expected a member below 4 GiB, got a ZIP64 entry" },
    { "stored sizes differ", 0, DIRECTORY, 24, 4, 7, "x:w: expected a stored member of 7 bytes, got 75" },
    { "packed size past the end", 1, DIRECTORY, 20, 4, 70000, "x:w: expected 70000 bytes of the member, the file ends before" },
    { "size beyond reason", 1, DIRECTORY, 24, 4, 0x7fffffff, NULL },
    { "size one too large", 1, DIRECTORY, 24, 4, 76,
      "x:w: expected 76 bytes after decompression, the deflated data are damaged" },
    { "size one too small", 1, DIRECTORY, 24, 4, 74,
      "x:w: expected 74 bytes after decompression, the deflated data are damaged" },
    { "packed size too small", 1, DIRECTORY, 20, 4, 30,
      "x:w: expected 75 bytes after decompression, the deflated data are damaged" },
    { "deflated data", 1, LOCAL, 35, 1, 0xff, "x:w: expected 75 bytes after decompression, the deflated data are damaged" },
    { "local header elsewhere", 0, DIRECTORY, 42, 4, 1, "x:w: found no ZIP header where the directory says" },
    { "local header past the end", 0, DIRECTORY, 42, 4, 70000, "x:w: found no ZIP header where the directory says" },
    { "local magic", 0, LOCAL, 0, 1, 'Q', "x:w: found no ZIP header where the directory says" },
    { "local name past the end", 0, LOCAL, 26, 2, 60000, "x:w: expected 75 bytes of the member, the file ends before" },
    { "local extra past the end", 0, LOCAL, 28, 2, 60000, "x:w: expected 75 bytes of the member, the file ends before" },
};

START_TEST (npz_refuses_with_a_sentence)
{
    rg_array array;
    rg_message message = { "" };
    const file member = npy_file (1, HEADER ("<f8", "(1,)"), BYTES ("\0\0\0\0\0\0\xf8\x3f"));
    file zip = zip_file (&member, bad_npz[_i].deflated);
    const size_t end = zip.size - 22, directory = end - 51;
    size_t at = (size_t) bad_npz[_i].offset;
    at += bad_npz[_i].from == END ? end : bad_npz[_i].from == DIRECTORY ? directory : 0;
    uint64_t value = bad_npz[_i].value;
    for (int i = 0; i < bad_npz[_i].bytes; i++, value >>= 8)
        zip.bytes[at + (size_t) i] = (unsigned char) value;
    const rg_status status = rg_npz_parse (zip.bytes, zip.size, "x", "w", &array, &message);
    char sentence[128];
    snprintf (sentence, sizeof sentence, "x:w: expected 2147483647 bytes, more than %zu deflated bytes can hold",
              directory - 35);
    const char *expect = bad_npz[_i].sentence == NULL ? sentence : bad_npz[_i].sentence;
    if (strlen (expect) > 5 && strcmp (expect + strlen (expect) - 4, "got ") == 0)
        message.text[strlen (expect)] = '\0';
    check_refused (bad_npz[_i].label, status, RG_EINPUT, &message, expect, &array);
}
END_TEST

static const struct {
    const char *label;
    const char *text;
    size_t size;
    rg_status status;
    const char *sentence;
} bad_csv[] = {
    { "nothing", BYTES (""), RG_EINPUT, "x: expected a table of numbers, got an empty file" },
    { "line ends", BYTES ("\n\r\n\n"), RG_EINPUT, "x: expected a table of numbers, got an empty file" },
    { "a byte order mark", BYTES ("\xEF\xBB\xBF"), RG_EINPUT, "x: expected a table of numbers, got an empty file" },
    { "only a header", BYTES ("a,b\n"), RG_EINPUT, "x:1: expected a table of numbers, got one line without a number" },
    { "a word", BYTES ("1,2\n3,four\n"), RG_EINPUT, "x:2:2: expected a number, got 'four'" },
    { "a word in the first line", BYTES ("1,two\n3,4\n"), RG_EINPUT, "x:1:2: expected a number, got 'two'" },
    { "two headers", BYTES ("a,b\nc,d\n1,2\n"), RG_EINPUT, "x:1:1: expected a number, got 'a'" },
    { "too few fields", BYTES ("1,2\n3\n"), RG_EINPUT, "x:2: expected 2 fields, got 1" },
    { "too many fields", BYTES ("1,2\n3,4,5\n"), RG_EINPUT, "x:2: expected 2 fields, got 3" },
    { "fewer than the header", BYTES ("a,b,c\n1,2\n"), RG_EINPUT, "x:2: expected 3 fields, got 2" },
    { "an empty line", BYTES ("1,2\n\n3,4\n"), RG_EINPUT, "x:2: expected 2 fields, got 0" },
    { "an empty line in one column", BYTES ("1\n\n3\n"), RG_EINPUT, "x:2:1: the number is missing" },
    { "an empty field", BYTES ("1,,3\n"), RG_EINPUT, "x:1:2: the number is missing" },
    { "a last comma", BYTES ("1,2,\n"), RG_EINPUT, "x:1:3: the number is missing" },
    { "nan", BYTES ("1,nan\n"), RG_EINPUT, "x:1:2: the number is missing" },
    { "nan beside a name", BYTES ("NaN,a\n"), RG_EINPUT,
      "x:1: expected a table of numbers, got one line without a number" },
    { "inf", BYTES ("1\n-INF\n"), RG_ENONFINITE, "x:2:1: expected a finite number, got '-INF'" },
    { "infinity", BYTES ("1\n+Infinity\n"), RG_ENONFINITE, "x:2:1: expected a finite number, got '+Infinity'" },
    { "overflow", BYTES ("1\n1e999\n"), RG_ENONFINITE, "x:2:1: expected a finite number, got '1e999'" },
    { "hexadecimal", BYTES ("1\n0x10\n"), RG_EINPUT, "x:2:1: expected a number, got '0x10'" },
    { "semicolons", BYTES ("1,2\n3;4\n"), RG_EINPUT, "x:2: expected 2 fields, got 1" },
    { "a quote without end", BYTES ("1\n\"2\n"), RG_EINPUT,
      "x:2:1: expected a quoted text that ends before the separator, got '2'" },
    { "two signs", BYTES ("1\n--2\n"), RG_EINPUT, "x:2:1: expected a number, got '--2'" },
    { "two points", BYTES ("1\n1.2.3\n"), RG_EINPUT, "x:2:1: expected a number, got '1.2.3'" },
    { "only a point", BYTES ("1\n.\n"), RG_EINPUT, "x:2:1: expected a number, got '.'" },
    { "an exponent without digits", BYTES ("1\n1e\n"), RG_EINPUT, "x:2:1: expected a number, got '1e'" },
    { "a signed exponent without digits", BYTES ("1\n1e+\n"), RG_EINPUT, "x:2:1: expected a number, got '1e+'" },
    { "something after the number", BYTES ("1\n2 3\n"), RG_EINPUT, "x:2:1: expected a number, got '2 3'" },
    { "a zero byte", BYTES ("1\n2\0003\n"), RG_EINPUT, "x:2:1: expected a number, got '2?3'" },
    { "a long field", BYTES ("1\n0123456789012345678901234567890123456789012345678901234567890123456789"
                             "0123456789012345678901234567890123456789012345678901234567890123456789\n"),
      RG_EINPUT, "x:2:1: expected a number, got '012345678901234567890123456789012345678901234567'" },
};

START_TEST (csv_refuses_with_a_sentence)
{
    rg_array array;
    rg_message message = { "" };
    const rg_status status = rg_csv_parse (bad_csv[_i].text, bad_csv[_i].size, "x", &array, &message);
    check_refused (bad_csv[_i].label, status, bad_csv[_i].status, &message, bad_csv[_i].sentence, &array);
}
END_TEST

START_TEST (files_that_cannot_be_read_are_named)
{
    rg_array array;
    rg_message message = { "" };
    check_refused ("missing", rg_npy_read ("/nonexistent/a.npy", &array, &message), RG_EINPUT, &message,
                   "/nonexistent/a.npy: cannot open: No such file or directory", &array);
    check_refused ("folder", rg_csv_read ("/tmp", &array, &message), RG_EINPUT, &message, "/tmp: expected a regular file",
                   &array);
    check_refused ("device", rg_idx_read ("/dev/null", &array, &message), RG_EINPUT, &message,
                   "/dev/null: expected a regular file", &array);
    check_refused ("missing", rg_npz_read ("/nonexistent", "w", &array, NULL), RG_EINPUT, &message,
                   "/dev/null: expected a regular file", &array);
}
END_TEST

START_TEST (every_prefix_of_a_file_is_refused)
{
    const file plain = npy_file (1, HEADER ("<f8", "(1,)"), BYTES ("\0\0\0\0\0\0\xf8\x3f"));
    const file zip = zip_file (&plain, 1), gz = gzip (idx_cases[0].bytes, idx_cases[0].size, 31);
    rg_array array;
    for (size_t size = 0; size < plain.size; size++)
        ck_assert_int_eq (rg_npy_parse (plain.bytes, size, "x", &array, NULL), RG_EINPUT);
    for (size_t size = 0; size < zip.size; size++)
        ck_assert_int_eq (rg_npz_parse (zip.bytes, size, "x", "w", &array, NULL), RG_EINPUT);
    for (size_t size = 0; size < gz.size; size++)
        ck_assert_int_eq (rg_idx_parse (gz.bytes, size, "x", &array, NULL), RG_EINPUT);
    for (size_t size = 0; size < idx_cases[0].size; size++)
        ck_assert_int_eq (rg_idx_parse (idx_cases[0].bytes, size, "x", &array, NULL), RG_EINPUT);
}
END_TEST

/* ---- Out of memory --------------------------------------------------- */

START_TEST (readers_survive_any_failing_allocation)
{
    const file plain = npy_file (1, HEADER ("<i2", "(2,)"), BYTES ("\5\1\xfe\xff")), zip = zip_file (&plain, 1);
    const file stored = zip_file (&plain, 0), gz = gzip (idx_cases[2].bytes, idx_cases[2].size, 31);
    for (int what = 0; what < 6; what++) {
        const file *from = what == 0 ? &plain : what == 1 ? &zip : what == 2 ? &stored : &gz;
        const char *path = write_file ("a.npy", from->bytes, from->size);
        if (what == 4)
            write_file ("a.npy", "1,2\n3,4\n", 8);
        const rg_array numbers = { RG_FLOAT64, 1, { 2 }, (double[]) { 1.5, 2.5 }, NULL, 0 };
        failing_memory memory = failing_first ();
        while (memory.failed) {
            rg_array array = { 0 };
            rg_message message = { "" };
            FAILING (&memory, what == 0   ? rg_npy_read (path, &array, &message)
                              : what <= 2 ? rg_npz_read (path, "w", &array, &message)
                              : what == 3 ? rg_idx_read (path, &array, &message)
                              : what == 4 ? rg_csv_read (path, &array, &message)
                                          : rg_npy_write (path, &numbers, &message));
            rg_array_clear (&array);
            ck_assert_int_eq (message.text[0] != '\0', memory.failed);
        }
        ck_assert_int_ge (memory.failures, 1);
    }
}
END_TEST

START_TEST (arrays_refuse_shapes_beyond_memory)
{
    rg_array array;
    const size_t huge[2] = { SIZE_MAX / 2, 3 }, wide[1] = { SIZE_MAX / 4 };
    ck_assert_int_eq (rg_array_new (&array, RG_UINT8, 2, huge), RG_ERANGE);
    ck_assert_int_eq (rg_array_new (&array, RG_FLOAT64, 1, wide), RG_ERANGE);
    ck_assert_int_eq (rg_array_new (&array, RG_FLOAT64, -1, wide), RG_ERANGE);
    ck_assert_int_eq (rg_array_new (&array, RG_FLOAT64, 9, wide), RG_ERANGE);
    rg_memory_fail_at (0);
    ck_assert_int_eq (rg_array_new (&array, RG_FLOAT64, 0, NULL), RG_ENOMEM);
    rg_memory_fail_at (-1);
    ck_assert_ptr_null (array.data);
    rg_array_clear (&array);
    rg_array_clear (NULL);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("data");
    TCase *reads = tcase_create ("read and write"), *refusals = tcase_create ("refuse");
    tcase_add_checked_fixture (reads, make_folder, remove_folder);
    tcase_add_loop_test (reads, npy_reads_every_type_from_memory_file_and_archive, 0, COUNT (npy_cases));
    tcase_add_test (reads, npy_writes_what_it_reads);
    tcase_add_test (reads, npy_writes_the_bytes_of_numpy);
    tcase_add_test (reads, npy_write_refuses_a_folder_that_is_not_there);
    tcase_add_loop_test (reads, idx_reads_every_type_plain_and_compressed, 0, COUNT (idx_cases));
    tcase_add_loop_test (reads, csv_reads_tables, 0, COUNT (csv_cases));
    tcase_add_test (reads, readers_survive_any_failing_allocation);
    tcase_add_test (reads, arrays_refuse_shapes_beyond_memory);
    tcase_add_loop_test (refusals, idx_refuses_with_a_sentence, 0, COUNT (bad_idx));
    tcase_add_loop_test (refusals, idx_refuses_damaged_gzip, 0, COUNT (bad_gzip));
    tcase_add_loop_test (refusals, npy_refuses_with_a_sentence, 0, COUNT (bad_npy));
    tcase_add_loop_test (refusals, npy_refuses_what_is_no_npy, 0, COUNT (bad_npy_bytes));
    tcase_add_test (refusals, npy_reads_every_byte_but_0_as_true);
    tcase_add_loop_test (refusals, npz_refuses_with_a_sentence, 0, COUNT (bad_npz));
    tcase_add_loop_test (refusals, csv_refuses_with_a_sentence, 0, COUNT (bad_csv));
    tcase_add_test (refusals, files_that_cannot_be_read_are_named);
    tcase_add_test (refusals, every_prefix_of_a_file_is_refused);
    tcase_set_timeout (reads, 60);
    tcase_set_timeout (refusals, 60);
    suite_add_tcase (suite, reads);
    suite_add_tcase (suite, refusals);
    return run_suite (suite);
}
