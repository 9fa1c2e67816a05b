/* check_npz.c -- NPZ files that are written. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde/data.h>

#include "failing_memory.h"
#include "scratch.h"

#include "data/texts.h"

static char path[128];

static const char *
in_scratch (const char *name)
{
    snprintf (path, sizeof path, "%s/%s", scratch, name);
    return path;
}

static size_t
read_all (const char *name, unsigned char *out, size_t most)
{
    FILE *stream = fopen (in_scratch (name), "rb");
    ck_assert_ptr_nonnull (stream);
    const size_t size = fread (out, 1, most, stream);
    fclose (stream);
    return size;
}

static double reals[6] = { 1.5, -2.25, 1e300, -0., 3, 4 };
static int64_t wholes[3] = { -1, 1L << 62, 7 };
static const rg_array matrix = { RG_FLOAT64, 2, { 2, 3 }, reals, NULL, 0 }, vector = { RG_INT64, 1, { 3 }, wholes, NULL, 0 },
                      number = { RG_FLOAT64, 0, { 0 }, reals, NULL, 0 };
static const char *const words[] = { "malignant", "B\xc3\xb6se", "\xf0\x9f\x98\x80", "" };
static const rg_npz_member all[] = { { "dense1.W", &matrix, NULL, 0 }, { "n", &vector, NULL, 0 }, { "one", &number, NULL, 0 },
                                     { "classes", NULL, words, 4 }, { "none", NULL, words, 0 } };
enum { ALL = sizeof all / sizeof *all };

START_TEST (arrays_come_back_by_name)
{
    rg_message message = { "" };
    ck_assert_msg (rg_npz_write (in_scratch ("a.npz"), all, ALL, &message) == RG_OK, "%s", message.text);
    for (int i = 0; i < 3; i++) {
        rg_array back;
        ck_assert_msg (rg_npz_read (in_scratch ("a.npz"), all[i].name, &back, &message) == RG_OK, "%s", message.text);
        ck_assert (back.type == all[i].array->type && back.ndim == all[i].array->ndim);
        ck_assert_mem_eq (back.shape, all[i].array->shape, sizeof back.shape);
        ck_assert_mem_eq (back.data, all[i].array->data, 8 * rg_array_count (&back));
        rg_array_clear (&back);
    }
}
END_TEST

START_TEST (equal_arrays_give_equal_bytes)
{
    static unsigned char first[4096], second[4096];
    ck_assert_int_eq (rg_npz_write (in_scratch ("a.npz"), all, ALL, NULL), RG_OK);
    const size_t size = read_all ("a.npz", first, sizeof first);
    ck_assert_int_eq (rg_npz_write (in_scratch ("b.npz"), all, ALL, NULL), RG_OK);
    ck_assert_uint_eq (read_all ("b.npz", second, sizeof second), size);
    ck_assert (size > 0 && size < sizeof first);
    ck_assert_mem_eq (first, second, size);
}
END_TEST

/* What numpy 1.24 writes for numpy.array(["ab", "\u00e9"]) stands in the archive as it is. */
START_TEST (texts_are_those_of_numpy)
{
    static unsigned char got[1024];
    static const char *const texts[] = { "ab", "\xc3\xa9" };
    static const char data[] = "a\0\0\0b\0\0\0\xe9\0\0\0\0\0\0\0";
    const rg_npz_member member = { "c", NULL, texts, 2 };
    char header[129];
    memset (header, ' ', sizeof header);
    memcpy (header, "\x93NUMPY\1\0\x76\0{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }", 67);
    header[127] = '\n';
    ck_assert_int_eq (rg_npz_write (in_scratch ("c.npz"), &member, 1, NULL), RG_OK);
    ck_assert_uint_eq (read_all ("c.npz", got, sizeof got), 35 + 128 + 16 + 51 + 22);
    ck_assert_mem_eq (got + 35, header, 128);
    ck_assert_mem_eq (got + 35 + 128, data, 16);
}
END_TEST

static const struct {
    const char *text;
    size_t length;
    uint32_t first;
} decoded[] = {
    { "", 0, 0 }, { "a", 1, 'a' }, { "\xc3\xa9", 1, 0xe9 }, { "\xe2\x82\xac!", 2, 0x20ac }, { "\xf4\x8f\xbf\xbf", 1, 0x10ffff },
    { "\xc0\x80", 2, 0xfffd },         /* more bytes than needed */
    { "\xed\xa0\x80", 3, 0xfffd },     /* a surrogate */
    { "\xf4\x90\x80\x80", 4, 0xfffd }, /* above the last */
    { "\xe9t", 2, 0xfffd },            /* Latin-1 */
    { "\xe2\x82", 2, 0xfffd },         /* cut off */
    { "\xff", 1, 0xfffd },
};

START_TEST (bytes_that_are_no_utf_8_are_replaced)
{
    uint32_t out[6] = { 9, 9, 9, 9, 9, 9 };
    ck_assert_uint_eq (rg_text_length (decoded[_i].text), decoded[_i].length);
    rg_text_decode (decoded[_i].text, out, 5);
    ck_assert_uint_eq (out[0], decoded[_i].first);
    for (size_t i = decoded[_i].length; i < 5; i++)
        ck_assert_uint_eq (out[i], 0);
    ck_assert_uint_eq (out[5], 9);
}
END_TEST

START_TEST (what_cannot_be_written_is_refused_by_name)
{
    const rg_npz_member twice[] = { { "W1", &matrix, NULL, 0 }, { "W1", &number, NULL, 0 } }, path_name = { "a/b", &matrix, NULL, 0 };
    static const rg_array huge = { RG_FLOAT64, 1, { (size_t) 1 << 30 }, reals, NULL, 0 };
    const rg_npz_member large = { "w", &huge, NULL, 0 };
    rg_message message;
    ck_assert_int_eq (rg_npz_write ("/nonexistent/a.npz", all, ALL, &message), RG_ESYSTEM);
    ck_assert_str_eq (message.text, "/nonexistent/a.npz: cannot write: No such file or directory");
    ck_assert_int_eq (rg_npz_write ("a.npz", twice, 2, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "a.npz: two arrays are called W1");
    ck_assert_int_eq (rg_npz_write ("a.npz", &path_name, 1, &message), RG_EINPUT);
    ck_assert_int_eq (rg_npz_write ("a.npz", all, 0, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "a.npz: expected 1 to 65535 arrays, got 0");
    ck_assert_int_eq (rg_npz_write ("a.npz", &large, 1, &message), RG_EUNSUPPORTED);
}
END_TEST

START_TEST (a_failed_allocation_leaves_the_old_file)
{
    static unsigned char before[4096], after[4096];
    ck_assert_int_eq (rg_npz_write (in_scratch ("d.npz"), all, 1, NULL), RG_OK);
    const size_t size = read_all ("d.npz", before, sizeof before);
    for (failing_memory memory = failing_first (); memory.failed;) {
        rg_message message = { "" };
        FAILING (&memory, rg_npz_write (in_scratch ("d.npz"), all, ALL, &message));
        ck_assert_int_eq (message.text[0] != '\0', memory.failed);
        ck_assert_int_eq (read_all ("d.npz", after, sizeof after) == size, memory.failed);
    }
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("npz");
    TCase *tcase = tcase_create ("write");
    tcase_add_unchecked_fixture (tcase, scratch_make, scratch_remove);
    tcase_add_test (tcase, arrays_come_back_by_name);
    tcase_add_test (tcase, equal_arrays_give_equal_bytes);
    tcase_add_test (tcase, texts_are_those_of_numpy);
    tcase_add_loop_test (tcase, bytes_that_are_no_utf_8_are_replaced, 0, sizeof decoded / sizeof *decoded);
    tcase_add_test (tcase, what_cannot_be_written_is_refused_by_name);
    tcase_add_test (tcase, a_failed_allocation_leaves_the_old_file);
    suite_add_tcase (suite, tcase);
    return run_suite (suite);
}
