/* check_spill.c -- an entropy buffer whose older words are in a file is the same buffer; a damaged file is refused. */
#include "testing.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <retrograde/exact.h>

#include "failing_memory.h"

#include "base/memory.h"
#include "base/random.h"
#include "exact/buffer_spill.h"
#include "exact/spill.h"

static char path[200];

static void
make_path (void)
{
    snprintf (path, sizeof path, "/tmp/check_spill.%ld", (long) getpid ());
}

static void
remove_path (void)
{
    unlink (path);
}

static uint64_t drawn = 0;

static uint32_t
below (uint32_t bound)
{
    const rg_random random = { test_seed (), RG_STREAM_TEST, 7, 3 };
    return rg_random_below (&random, drawn++, bound);
}

/* ---- a stack against an array ------------------------------------------- */

enum { MOST = 60000 };

/* The array is the whole stack: what has left memory is put back from it. */
START_TEST (a_stack_gives_back_what_was_taken_from_its_bottom)
{
    static unsigned char all[MOST], out[MOST];
    rg_spill s = { 0 };
    for (int step = 0; step < test_scale (3000); step++) {
        const size_t held = s.length - s.start;
        size_t bytes = below (9000);
        switch (below (4)) {
        case 0: /* push */
            bytes = bytes < MOST - s.length ? bytes : MOST - s.length;
            for (size_t i = 0; i < bytes; i++)
                all[s.length + i] = (unsigned char) below (256);
            ck_assert_int_eq (rg_spill_push (&s, all + s.length, bytes), RG_OK);
            break;
        case 1: /* pop */
            rg_spill_drop (&s, bytes);
            break;
        case 2:
            s.filed = s.length; /* as if it had been written */
            rg_spill_free_below (&s, s.start + bytes < s.length ? s.start + bytes : s.length);
            break;
        default:
            bytes = bytes < s.start ? bytes : s.start;
            ck_assert_int_eq (rg_spill_put_below (&s, all + s.start - bytes, bytes), RG_OK);
            ck_assert_uint_eq (s.length - s.start, held + bytes);
        }
        const size_t now = s.length - s.start, part = now > 0 ? below ((uint32_t) now) : 0;
        ck_assert_uint_eq (rg_spill_peek (&s, out, MOST), now);
        ck_assert (memcmp (out, all + s.start, now) == 0);
        rg_spill_copy_part (&s, s.start + part, now - part, out);
        ck_assert (memcmp (out, all + s.start + part, now - part) == 0);
        ck_assert_uint_le (rg_spill_held (&s), (now / RG_SPILL_CHUNK + 3) * 4096);
    }
    rg_spill_clear (&s);
}
END_TEST

/* ---- a buffer with a file against one without ------------------------------ */

enum { COUNT = 2 * RG_BUFFER_RANGE + 100, RANGES = 3, STEPS = 60, FIRST = 5 };
static const rg_buffer_kind kinds[] = { RG_BUFFER_STREAM32, RG_BUFFER_STREAM64 };

typedef struct {
    rg_buffer *plain, *spilling;
    rg_spill_file *file;
    int64_t *a, *b, *start; /* values of the one and the other */
} pair;

static void
pair_init (pair *p, rg_buffer_kind kind, const char *kept)
{
    ck_assert_int_eq (rg_buffer_new (&p->plain, kind, COUNT, 14), RG_OK);
    ck_assert_int_eq (rg_buffer_new (&p->spilling, kind, COUNT, 14), RG_OK);
    ck_assert_int_eq (rg_spill_file_new (&p->file, kept, NULL), RG_OK);
    p->a = rg_malloc (COUNT, sizeof *p->a);
    p->b = rg_malloc (COUNT, sizeof *p->b);
    p->start = rg_malloc (COUNT, sizeof *p->start);
    for (size_t i = 0; i < COUNT; i++)
        p->a[i] = p->b[i] = p->start[i] = (int64_t) ((uint64_t) below (1u << 26) << 14) - ((int64_t) 1 << 39);
}

static void
pair_clear (pair *p)
{
    rg_buffer_free (p->plain);
    rg_buffer_free (p->spilling);
    rg_spill_file_free (p->file);
    rg_free (p->a);
    rg_free (p->b);
    rg_free (p->start);
}

/* A decay of 1/4: two bits a parameter and step, 4 KiB a range. */
static void
apply (rg_buffer *buffer, int back, int64_t *c)
{
    const rg_decays decays = { { 4096, 16384 }, NULL, NULL };
    for (size_t i = 0; i < RANGES; i++)
        ck_assert_int_eq ((back ? rg_buffer_divide : rg_buffer_multiply) (buffer, i, &decays, c + i * RG_BUFFER_RANGE),
                          RG_OK);
}

static void
both (pair *p, int back)
{
    rg_message message = { "" };
    if (back)
        ck_assert_msg (rg_buffer_fetch (p->spilling, p->file, FIRST, &message) == RG_OK, "%s", message.text);
    apply (p->plain, back, p->a);
    apply (p->spilling, back, p->b);
    ck_assert (memcmp (p->a, p->b, COUNT * sizeof *p->a) == 0);
    ck_assert_uint_eq (rg_buffer_digest (p->plain), rg_buffer_digest (p->spilling));
}

START_TEST (spilling_changes_no_bit)
{
    pair p;
    pair_init (&p, kinds[_i], NULL);
    const size_t keep = rg_buffer_words_least (p.spilling);
    size_t most = 0;
    for (int t = 0; t < STEPS; t++) {
        both (&p, 0);
        if (rg_buffer_words_held (p.spilling) > keep)
            ck_assert_int_eq (rg_buffer_settle (p.spilling, p.file, FIRST, keep / 2, NULL), RG_OK);
        if (t % 7 == 6)
            both (&p, 1); /* what has been written may be taken back and be overtaken */
        if (t % 11 == 10)
            ck_assert_int_eq (rg_buffer_file (p.spilling, p.file, FIRST, keep, NULL), RG_OK);
    }
    ck_assert_double_eq (rg_buffer_bits (p.plain), rg_buffer_bits (p.spilling));
    ck_assert_uint_gt (rg_spill_file_bytes (p.file), rg_buffer_words_held (p.spilling));
    while (!rg_buffer_is_start (p.plain)) {
        both (&p, 1);
        const size_t held = rg_buffer_words_held (p.spilling);
        most = held > most ? held : most;
    }
    ck_assert (rg_buffer_is_start (p.spilling));
    ck_assert (memcmp (p.start, p.b, COUNT * sizeof *p.b) == 0);
    ck_assert_uint_le (most, keep + RANGES * 2 * 4096);
    pair_clear (&p);
}
END_TEST

/* ---- marks: from another process, as it were ----------------------------------- */

/* Go out for some steps, and leave all words in the file. */
static void
go_out (pair *p, int steps, rg_mark *marks)
{
    for (int t = 0; t < steps; t++) {
        both (p, 0);
        if (t % 5 == 4)
            ck_assert_int_eq (rg_buffer_settle (p->spilling, p->file, FIRST, 1 << 15, NULL), RG_OK);
    }
    ck_assert_int_eq (rg_buffer_file (p->spilling, p->file, FIRST, 1 << 16, NULL), RG_OK);
    rg_buffer_marks (p->spilling, marks);
}

/* Another buffer and file with the heads of this one. */
static rg_status
reopen (pair *p, const rg_mark *marks, uint64_t bytes)
{
    rg_message message = { "" };
    const size_t heads = rg_buffer_heads_bytes (p->spilling);
    void *block = rg_malloc (heads, 1);
    rg_buffer_heads_save (p->spilling, block);
    rg_spill_file_free (p->file);
    rg_buffer_reset (p->spilling);
    ck_assert_int_eq (rg_buffer_heads_load (p->spilling, block, heads), RG_OK);
    rg_free (block);
    ck_assert_int_eq (rg_spill_file_new (&p->file, path, NULL), RG_OK);
    rg_status status = rg_spill_file_reopen (p->file, bytes, &message);
    if (status == RG_OK)
        status = rg_buffer_attach (p->spilling, p->file, FIRST, marks, &message);
    if (status != RG_OK)
        ck_assert_uint_gt (strlen (message.text), 10);
    return status;
}

START_TEST (marks_find_the_words_again)
{
    pair p;
    rg_mark marks[RANGES];
    pair_init (&p, kinds[_i], path);
    go_out (&p, STEPS / 2, marks);
    const uint64_t bytes = rg_spill_file_bytes (p.file);
    both (&p, 0); /* later blocks, of a run that was killed: cut off */
    apply (p.plain, 1, p.a);
    apply (p.spilling, 1, p.b);
    ck_assert_int_eq (reopen (&p, marks, bytes), RG_OK);
    ck_assert_uint_eq (rg_buffer_digest (p.plain), rg_buffer_digest (p.spilling));
    go_out (&p, STEPS / 2, marks);
    for (int t = 0; t < STEPS / 3; t++)
        both (&p, 1);
    ck_assert_int_eq (rg_buffer_file (p.spilling, p.file, FIRST, 1 << 16, NULL), RG_OK); /* on the way back */
    rg_buffer_marks (p.spilling, marks);
    ck_assert_int_eq (reopen (&p, marks, rg_spill_file_bytes (p.file)), RG_OK);
    while (!rg_buffer_is_start (p.plain))
        both (&p, 1);
    ck_assert (rg_buffer_is_start (p.spilling));
    pair_clear (&p);
}
END_TEST

/* ---- damage ------------------------------------------------------------------ */

static void
damage (uint64_t bytes, uint64_t at, int truncate_it)
{
    const int file = open (path, O_RDWR);
    ck_assert_int_ge (file, 0);
    unsigned char byte = 0;
    if (truncate_it)
        ck_assert_int_eq (ftruncate (file, (off_t) (at % bytes)), 0);
    else {
        ck_assert_int_eq (pread (file, &byte, 1, (off_t) (at % bytes)), 1);
        byte ^= (unsigned char) (1u << below (8));
        ck_assert_int_eq (pwrite (file, &byte, 1, (off_t) (at % bytes)), 1);
    }
    close (file);
}

START_TEST (a_damaged_file_is_refused)
{
    for (int k = 0; k < test_scale (40); k++) {
        pair p;
        rg_mark marks[RANGES];
        pair_init (&p, RG_BUFFER_STREAM32, path);
        go_out (&p, 12, marks);
        const uint64_t bytes = rg_spill_file_bytes (p.file);
        damage (bytes, below ((uint32_t) bytes), k % 4 == 0);
        ck_assert_int_eq (reopen (&p, marks, bytes), RG_EINPUT);
        pair_clear (&p);
    }
}
END_TEST

START_TEST (a_block_that_changes_on_the_way_back_is_found)
{
    pair p;
    rg_mark marks[RANGES];
    pair_init (&p, RG_BUFFER_STREAM32, path);
    go_out (&p, 30, marks);
    ck_assert_int_eq (rg_buffer_settle (p.spilling, p.file, FIRST, 0, NULL), RG_OK);
    damage (rg_spill_file_bytes (p.file), 20000, 0);
    rg_status status = RG_OK;
    rg_message message = { "" };
    for (int t = 0; t < 30 && status == RG_OK; t++) {
        status = rg_buffer_fetch (p.spilling, p.file, FIRST, &message);
        if (status == RG_OK)
            apply (p.spilling, 1, p.b);
    }
    ck_assert_int_eq (status, RG_EINPUT);
    ck_assert_ptr_nonnull (strstr (message.text, "damaged"));
    pair_clear (&p);
}
END_TEST

/* ---- a full disk, no memory, no directory -------------------------------------- */

START_TEST (a_full_disk_is_a_failure_that_changes_nothing)
{
    pair p;
    pair_init (&p, RG_BUFFER_STREAM32, path);
    for (int t = 0; t < 20; t++)
        both (&p, 0);
    struct rlimit before;
    rg_message message = { "" };
    getrlimit (RLIMIT_FSIZE, &before);
    signal (SIGXFSZ, SIG_IGN);
    rg_status first = RG_OK, second = RG_OK;
    const struct rlimit small = { 50000, before.rlim_max };
    setrlimit (RLIMIT_FSIZE, &small); /* no assertion meanwhile: Check's own file is limited, too */
    first = rg_buffer_settle (p.spilling, p.file, FIRST, 0, &message);
    second = rg_buffer_settle (p.spilling, p.file, FIRST, 0, &message);
    setrlimit (RLIMIT_FSIZE, &before);
    ck_assert_int_eq (first, RG_ESYSTEM);
    ck_assert_int_eq (second, RG_ESYSTEM);
    ck_assert_ptr_nonnull (strstr (message.text, "cannot write the entropy buffer: File too large"));
    ck_assert_int_eq (rg_buffer_settle (p.spilling, p.file, FIRST, 0, NULL), RG_OK); /* there is room again */
    for (int t = 0; t < 20; t++)
        both (&p, 1);
    ck_assert (rg_buffer_is_start (p.spilling));
    pair_clear (&p);
}
END_TEST

START_TEST (a_directory_that_is_not_there_is_named)
{
    pair p;
    rg_message message = { "" };
    pair_init (&p, RG_BUFFER_STREAM32, NULL);
    rg_spill_file_free (p.file);
    ck_assert_int_eq (rg_spill_file_new (&p.file, NULL, "/tmp/none/such"), RG_OK);
    for (int t = 0; t < 10; t++)
        both (&p, 0);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq (rg_buffer_settle (p.spilling, p.file, FIRST, 0, &message), RG_ESYSTEM);
        ck_assert_str_eq (message.text, "/tmp/none/such: cannot create a file for the entropy buffer: No such file or directory");
    }
    pair_clear (&p);
}
END_TEST

START_TEST (without_memory_the_way_back_waits)
{
    pair p;
    rg_mark marks[RANGES];
    pair_init (&p, RG_BUFFER_STREAM32, path);
    go_out (&p, 20, marks);
    ck_assert_int_eq (reopen (&p, marks, rg_spill_file_bytes (p.file)), RG_OK);
    failing_memory memory = failing_first ();
    while (memory.failed)
        FAILING (&memory, rg_buffer_fetch (p.spilling, p.file, FIRST, NULL));
    ck_assert_int_gt (memory.failures, 0);
    while (!rg_buffer_is_start (p.plain))
        both (&p, 1);
    pair_clear (&p);
}
END_TEST

/* ---- several that append to one file ----------------------------------------- */

enum { SEVERAL = 3, BLOCKS = 28 };

/* A block that was appended. */
typedef struct {
    rg_spill_header header;
    uint64_t offset;
    unsigned char byte; /* all of its bytes */
} block;

static void
append (rg_spill_file *file, uint64_t stack, block *b)
{
    *b = (block) { .header = { .stack = stack, .bytes = 1 + below (RG_SPILL_BLOCK), .start = below (1000) },
                   .byte = (unsigned char) below (256) };
    memset (rg_spill_file_data (file), b->byte, b->header.bytes);
    ck_assert_int_eq (rg_spill_file_append (file, &b->header, &b->offset, NULL), RG_OK);
}

static void
expect_blocks (rg_spill_file *file, const block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rg_spill_header header;
        const block *b = &blocks[i];
        ck_assert_int_eq (rg_spill_file_read (file, b->offset, b->header.stack, &header, NULL), RG_OK);
        ck_assert_uint_eq (header.bytes, b->header.bytes);
        ck_assert_uint_eq (header.start, b->header.start);
        const unsigned char *data = rg_spill_file_data (file);
        ck_assert (data[0] == b->byte && data[header.bytes - 1] == b->byte); /* what is between has a checksum */
    }
}

/* Objects for one file; the first opens it before the others do. */
static void
join (rg_spill_file **files, size_t count, uint64_t bytes)
{
    for (size_t r = 0; r < count; r++) {
        ck_assert_int_eq (rg_spill_file_new (&files[r], path, NULL), RG_OK);
        rg_spill_file_spread (files[r], r, count);
        ck_assert_int_eq (rg_spill_file_reopen (files[r], bytes, NULL), RG_OK);
    }
}

static uint64_t
leave (rg_spill_file **files, size_t count)
{
    uint64_t most = 0;
    for (size_t r = 0; r < count; r++) {
        const uint64_t end = rg_spill_file_bytes (files[r]);
        most = end > most ? end : most;
        rg_spill_file_free (files[r]);
    }
    return most;
}

/* Then others, in another number, read all blocks and add their own, again and again. */
START_TEST (several_append_to_one_file)
{
    static const size_t counts[] = { 3, 2, 1, 3 };
    enum { ROUNDS = sizeof counts / sizeof *counts };
    block blocks[ROUNDS * SEVERAL * BLOCKS];
    rg_spill_file *files[SEVERAL];
    size_t made = 0;
    uint64_t end = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        join (files, counts[round], end);
        for (size_t r = 0; r < counts[round]; r++)
            expect_blocks (files[r], blocks, made);
        for (int i = 0; i < BLOCKS; i++)
            for (size_t r = 0; r < counts[round]; r++)
                append (files[r], 10 * round + r, &blocks[made++]);
        end = leave (files, counts[round]);
    }
    ck_assert_uint_gt (end, 4 * RG_SPILL_EXTENT);
    ck_assert_int_eq (rg_spill_file_new (files, path, NULL), RG_OK);
    ck_assert_int_eq (rg_spill_file_reopen (*files, end, NULL), RG_OK);
    expect_blocks (*files, blocks, made);
    rg_spill_file_free (*files);
}
END_TEST

START_TEST (one_of_several_needs_the_file_of_the_first)
{
    rg_spill_file *file;
    rg_message message = { "" };
    unlink (path);
    ck_assert_int_eq (rg_spill_file_new (&file, path, NULL), RG_OK);
    rg_spill_file_spread (file, 1, 2);
    ck_assert_int_eq (rg_spill_file_open (file, &message), RG_EINPUT);
    ck_assert_ptr_nonnull (strstr (message.text, "are not there"));
    rg_spill_file_free (file);
}
END_TEST

static Suite *
spill_suite (void)
{
    Suite *suite = suite_create ("spill");
    TCase *c = tcase_create ("spill");
    tcase_add_unchecked_fixture (c, make_path, remove_path);
    tcase_add_test (c, a_stack_gives_back_what_was_taken_from_its_bottom);
    tcase_add_loop_test (c, spilling_changes_no_bit, 0, 2);
    tcase_add_loop_test (c, marks_find_the_words_again, 0, 2);
    tcase_add_test (c, a_damaged_file_is_refused);
    tcase_add_test (c, a_block_that_changes_on_the_way_back_is_found);
    tcase_add_test (c, a_full_disk_is_a_failure_that_changes_nothing);
    tcase_add_test (c, a_directory_that_is_not_there_is_named);
    tcase_add_test (c, without_memory_the_way_back_waits);
    tcase_add_test (c, several_append_to_one_file);
    tcase_add_test (c, one_of_several_needs_the_file_of_the_first);
    tcase_set_timeout (c, 60);
    suite_add_tcase (suite, c);
    return suite;
}

int
main (void)
{
    return run_suite (spill_suite ());
}
