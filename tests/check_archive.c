/* check_archive.c -- files that are written whole, entries of directories, numbers in records, memory that is left. */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failing_memory.h"
#include "scratch.h"

#include "base/archive.h"
#include "base/available.h"
#include "base/record.h"

static int home = -1; /* the scratch directory */

static void
open_home (void)
{
    scratch_make ();
    home = open (scratch, O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge (home, 0);
}

static void
close_home (void)
{
    close (home);
    scratch_remove ();
}

static void
put (const char *name, const char *text)
{
    const int file = openat (home, name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ck_assert_int_eq (write (file, text, strlen (text)), (ssize_t) strlen (text));
    close (file);
}

/* ---- records ------------------------------------------------------------------- */

typedef struct {
    double real[2];
    uint64_t counter;
    size_t size;
    int flag;
} numbers;

static const rg_field fields[] = { RG_REALS (numbers, real, 2), RG_UINT64 (numbers, counter, 99), RG_SIZE (numbers, size, 7),
                                   RG_FLAG (numbers, flag) };
enum { FIELDS = sizeof fields / sizeof *fields, BYTES = 40 };

START_TEST (a_record_is_little_endian_and_comes_back)
{
    const numbers out = { { -0., NAN }, 0x61, 7, 1 };
    numbers in = { { 0 }, 0, 0, 0 };
    unsigned char block[BYTES];
    ck_assert_uint_eq (rg_record_bytes (fields, FIELDS), BYTES);
    rg_record_write (fields, FIELDS, &out, block);
    ck_assert_mem_eq (block + 16, "\x61\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0", 24);
    ck_assert_int_eq (block[7], 0x80);
    ck_assert_int_eq (rg_record_read (fields, FIELDS, &in, block), 1);
    ck_assert (signbit (in.real[0]) && isnan (in.real[1]));
    ck_assert (in.counter == out.counter && in.size == out.size && in.flag == out.flag);
}
END_TEST

START_TEST (a_number_beyond_its_range_is_not_read)
{
    static const struct {
        size_t at;
        int value;
    } wrong[] = { { 16, 100 }, { 23, 1 }, { 24, 8 }, { 31, 0x80 }, { 32, 2 }, { 36, 1 } };
    const numbers out = { { 1, 2 }, 99, 7, 1 };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        unsigned char block[BYTES];
        numbers in;
        rg_record_write (fields, FIELDS, &out, block);
        ck_assert_int_eq (rg_record_read (fields, FIELDS, &in, block), 1);
        block[wrong[i].at] = (unsigned char) wrong[i].value;
        ck_assert_msg (rg_record_read (fields, FIELDS, &in, block) == 0, "byte %zu", wrong[i].at);
    }
}
END_TEST

/* ---- entries ---------------------------------------------------------------------- */

START_TEST (an_entry_is_a_regular_file_with_one_name)
{
    static const struct {
        const char *name, *sentence;
        rg_status status;
    } cases[] = { { "plain", "", RG_OK },
                  { "link", "p: expected a regular file, got a link", RG_EINPUT },
                  { "nowhere", "p: expected a regular file, got a link", RG_EINPUT },
                  { "first", "p: expected a file with one name, got one with 2", RG_EINPUT },
                  { "pipe", "p: expected a regular file, got something that is no file", RG_EINPUT },
                  { "folder", "p: expected a regular file, got a directory", RG_EINPUT },
                  { "missing", "p: cannot open: No such file or directory", RG_ESYSTEM } };
    put ("plain", "x");
    put ("first", "x");
    ck_assert_int_eq (linkat (home, "first", home, "second", 0), 0);
    ck_assert_int_eq (symlinkat ("plain", home, "link"), 0);
    ck_assert_int_eq (symlinkat ("missing", home, "nowhere"), 0);
    ck_assert_int_eq (mkfifoat (home, "pipe", 0666), 0);
    ck_assert_int_eq (mkdirat (home, "folder", 0777), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int file;
        rg_message message = { "" };
        const rg_entry entry = { home, cases[i].name, "p" };
        ck_assert_msg (rg_entry_open (&file, &entry, O_RDONLY, &message) == cases[i].status, "%s", cases[i].name);
        ck_assert_str_eq (message.text, cases[i].sentence);
        ck_assert_int_eq (file >= 0, cases[i].status == RG_OK);
        ck_assert_int_eq (rg_entry_check (&entry, NULL), cases[i].status);
        ck_assert_int_eq (rg_entry_is_there (&entry), cases[i].status != RG_ESYSTEM);
        if (file >= 0)
            close (file);
    }
}
END_TEST

START_TEST (a_directory_is_opened_where_it_is_no_link)
{
    int handle;
    rg_message message = { "" };
    put ("plain", "x");
    ck_assert_int_eq (mkdirat (home, "d", 0777), 0);
    ck_assert_int_eq (symlinkat ("d", home, "to-d"), 0);
    ck_assert_int_eq (rg_entry_open_directory (&handle, &(rg_entry) { home, "d", "p" }, &message), RG_OK);
    close (handle);
    ck_assert_int_eq (rg_entry_open_directory (&handle, &(rg_entry) { home, "to-d", "p" }, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "p: expected a directory, got a link");
    ck_assert_int_eq (rg_entry_open_directory (&handle, &(rg_entry) { home, "plain", "p" }, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "p: expected a directory, got a file");
    ck_assert_int_eq (rg_entry_open_directory (&handle, &(rg_entry) { home, "none", "p" }, &message), RG_ESYSTEM);
    ck_assert_str_eq (message.text, "p: cannot open: No such file or directory");
}
END_TEST

START_TEST (a_new_file_takes_the_place_of_a_link_and_leaves_what_it_leads_to)
{
    int file;
    char text[8] = "";
    put ("victim", "old");
    ck_assert_int_eq (symlinkat ("victim", home, "new"), 0);
    ck_assert_int_eq (rg_entry_create (&file, &(rg_entry) { home, "new", "p" }, NULL), RG_OK);
    ck_assert_int_eq (write (file, "fresh", 5), 5);
    close (file);
    const int victim = openat (home, "victim", O_RDONLY);
    ck_assert_int_eq (read (victim, text, sizeof text), 3);
    ck_assert_str_eq (text, "old");
    close (victim);
    ck_assert_int_eq (rg_entry_create (&file, &(rg_entry) { home, "no/such", "p" }, NULL), RG_ESYSTEM);
}
END_TEST

/* ---- archives ---------------------------------------------------------------------- */

START_TEST (an_archive_keeps_its_parts_and_its_place_where_it_cannot_be_written)
{
    const rg_entry entry = { home, "archive", "p" };
    uint64_t one = 17, none[1];
    char text[3000], back[3000];
    rg_archive *archive;
    rg_message message = { "" };
    memset (text, 'a', sizeof text);
    const rg_span parts[] = { { &one, sizeof one }, { none, 0 }, { text, sizeof text } };
    for (failing_memory memory = failing_first (); memory.failed;) {
        archive = NULL;
        ck_assert_int_eq (rg_archive_write (&entry, "RGTEST07", "who", parts, 3, &message), RG_OK);
        FAILING (&memory, rg_archive_open (&archive, &entry, "RGTEST07", &message));
        ck_assert_int_eq (archive != NULL, !memory.failed);
        rg_archive_close (archive);
    }
    ck_assert_int_eq (rg_archive_open (&archive, &entry, "RGTEST07", &message), RG_OK);
    ck_assert_str_eq (rg_archive_identity (archive), "who");
    ck_assert_uint_eq (rg_archive_parts (archive), 3);
    ck_assert_uint_eq (rg_archive_bytes (archive, 1), 0);
    ck_assert_int_eq (rg_archive_read (archive, 2, back, &message), RG_OK);
    ck_assert_mem_eq (back, text, sizeof text);
    rg_archive_close (archive);
    ck_assert_int_eq (rg_archive_open (&archive, &entry, "RGTEST11", &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "p: the snapshot is of version 07 of its format, and this program reads version 11: only the program "
                                    "that wrote it can go on from it");
    ck_assert_int_eq (rg_archive_open (&archive, &entry, "RGELSE07", &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "p: this is not a snapshot");
    ck_assert_int_eq (rg_archive_write (&entry, "RGTEST07", "who", parts, 65, &message), RG_ERANGE);
    ck_assert_int_eq (rg_archive_write (&(rg_entry) { home, "no/such", "p" }, "RGTEST07", "who", parts, 3, &message), RG_ESYSTEM);
    ck_assert_int_eq (rg_archive_open (&archive, &(rg_entry) { home, "none", "p" }, "RGTEST07", &message), RG_ESYSTEM);
}
END_TEST

START_TEST (some_memory_is_left)
{
    const double left = rg_memory_available ();
    ck_assert_msg (left > 1 << 20, "%g", left);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("archive");
    TCase *records = tcase_create ("records"), *files = tcase_create ("files");
    tcase_add_test (records, a_record_is_little_endian_and_comes_back);
    tcase_add_test (records, a_number_beyond_its_range_is_not_read);
    tcase_add_test (records, some_memory_is_left);
    suite_add_tcase (suite, records);
    tcase_add_checked_fixture (files, open_home, close_home);
    tcase_add_test (files, an_entry_is_a_regular_file_with_one_name);
    tcase_add_test (files, a_directory_is_opened_where_it_is_no_link);
    tcase_add_test (files, a_new_file_takes_the_place_of_a_link_and_leaves_what_it_leads_to);
    tcase_add_test (files, an_archive_keeps_its_parts_and_its_place_where_it_cannot_be_written);
    suite_add_tcase (suite, files);
    return run_suite (suite);
}
