/* check_base.c -- statuses and messages, memory whose failures are rehearsed, levels of processors. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde/status.h>

#include "base/memory.h"
#include "base/processor.h"

static const struct {
    rg_status status;
    const char *text;
} statuses[] = {
#define RG_STATUS_AS_ROW(name, value, text) { name, text },
    RG_STATUS_TABLE (RG_STATUS_AS_ROW)
#undef RG_STATUS_AS_ROW
};
#define STATUSES ((int) (sizeof statuses / sizeof *statuses))

START_TEST (every_status_has_its_own_sentence)
{
    ck_assert_str_eq (rg_status_text (statuses[_i].status), statuses[_i].text);
    ck_assert_int_eq ((int) statuses[_i].status, _i); /* part of the interface: they never change */
    for (int other = 0; other < _i; other++)
        ck_assert_str_ne (statuses[_i].text, statuses[other].text);
}
END_TEST

START_TEST (an_unknown_status_has_a_sentence_too)
{
    ck_assert_str_eq (rg_status_text ((rg_status) STATUSES), "unknown status");
    ck_assert_str_eq (rg_status_text ((rg_status) -1), "unknown status");
}
END_TEST

START_TEST (a_failure_writes_its_sentence_and_returns_its_status)
{
    rg_message message;
    ck_assert_int_eq (rg_fail (&message, RG_EINPUT, "%s:%d: got %g", "a.yaml", 7, 20.5), RG_EINPUT);
    ck_assert_str_eq (message.text, "a.yaml:7: got 20.5");
    ck_assert_int_eq (rg_fail (NULL, RG_ESHAPE, "%s", "nobody listens"), RG_ESHAPE);
}
END_TEST

START_TEST (a_sentence_is_cut_at_the_size_of_the_message_and_ends)
{
    struct {
        rg_message message;
        char guard[8];
    } cut;
    char text[2 * sizeof cut.message.text];
    memset (text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t length = sizeof cut.message.text - 2; length < sizeof cut.message.text + 3; length++) {
        memset (&cut, '#', sizeof cut);
        rg_fail (&cut.message, RG_EINPUT, "%.*s", (int) length, text);
        const size_t most = sizeof cut.message.text - 1;
        ck_assert_uint_eq (strlen (cut.message.text), length < most ? length : most);
        ck_assert_mem_eq (cut.guard, "########", 8);
    }
}
END_TEST

static void
keep (void *user, const char *sentence)
{
    snprintf (user, 600, "%s", sentence);
}

START_TEST (a_note_goes_to_the_log_or_nowhere)
{
    char kept[600] = "";
    rg_note (&(rg_log) { keep, kept }, "decay %g is applied as %d/%d", .9, 14746, 16384);
    ck_assert_str_eq (kept, "decay 0.9 is applied as 14746/16384");
    rg_note (NULL, "%s", "nobody");
    rg_note (&(rg_log) { NULL, kept }, "%s", "nobody");
    ck_assert_str_eq (kept, "decay 0.9 is applied as 14746/16384");
}
END_TEST

START_TEST (blocks_are_aligned_and_zeroed)
{
    for (size_t bytes = 0; bytes < 200; bytes += 13) {
        unsigned char *block = rg_malloc (bytes, 1);
        ck_assert_ptr_nonnull (block);
        ck_assert_uint_eq ((uintptr_t) block % RG_ALIGNMENT, 0);
        if (bytes > 0)
            memset (block, 0xa5, bytes);
        rg_free (block);
        block = rg_calloc (bytes, 1); /* likely the same block again */
        ck_assert_ptr_nonnull (block);
        for (size_t i = 0; i < bytes; i++)
            ck_assert_uint_eq (block[i], 0);
        rg_free (block);
    }
    rg_free (NULL);
}
END_TEST

START_TEST (a_size_that_overflows_is_out_of_memory)
{
    ck_assert_ptr_null (rg_malloc (SIZE_MAX, 2));
    ck_assert_ptr_null (rg_calloc (SIZE_MAX / 2 + 1, 2));
    ck_assert_ptr_null (rg_malloc (SIZE_MAX - 3, 1));
    ck_assert_ptr_null (rg_malloc (1, SIZE_MAX));
    ck_assert_ptr_null (rg_grow (NULL, 0, SIZE_MAX / 8 + 1, 8));
}
END_TEST

START_TEST (growing_keeps_what_was_used_and_failing_keeps_the_old_block)
{
    int *block = rg_malloc (3, sizeof *block);
    memcpy (block, (int[]) { 2385, -7, 41 }, 3 * sizeof *block);
    int *larger = rg_grow (block, 3 * sizeof *block, 1000, sizeof *block);
    ck_assert_ptr_nonnull (larger);
    ck_assert_mem_eq (larger, ((int[]) { 2385, -7, 41 }), 3 * sizeof *block);
    rg_memory_fail_at (0);
    ck_assert_ptr_null (rg_grow (larger, 3 * sizeof *larger, 2000, sizeof *larger));
    ck_assert_int_eq (rg_memory_failed (), 1);
    rg_memory_fail_at (-1);
    ck_assert_mem_eq (larger, ((int[]) { 2385, -7, 41 }), 3 * sizeof *block);
    rg_free (larger);
}
END_TEST

START_TEST (a_string_is_copied)
{
    const char text[] = "hyper/rate.npy";
    char *copy = rg_strdup (text);
    ck_assert_str_eq (copy, text);
    ck_assert_ptr_ne (copy, text);
    rg_free (copy);
    ck_assert_ptr_null (rg_strdup (NULL));
}
END_TEST

START_TEST (the_kth_allocation_fails_and_only_that)
{
    for (long k = 0; k < 6; k++) {
        rg_memory_fail_at (k);
        ck_assert_int_eq (rg_memory_failed (), 0);
        for (long i = 0; i < 8; i++) {
            void *block = i % 2 == 0 ? rg_malloc (1, 8) : rg_calloc (1, 8);
            ck_assert_int_eq (block == NULL, i == k);
            ck_assert_int_eq (rg_memory_failed (), i >= k);
            rg_free (block);
        }
    }
    rg_memory_fail_at (-1);
    ck_assert_int_eq (rg_memory_failed (), 0);
    char *copy = rg_strdup ("x");
    ck_assert_ptr_nonnull (copy);
    rg_free (copy);
}
END_TEST

START_TEST (a_cap_lowers_the_level_and_never_raises_it)
{
    const rg_level found = rg_processor_level ();
    for (int most = RG_LEVEL_BASE; most <= RG_LEVEL_V4; most++) {
        rg_processor_cap ((rg_level) most);
        ck_assert_int_eq ((int) rg_processor_level (), most < (int) found ? most : (int) found);
    }
    rg_processor_cap (RG_LEVEL_V4);
    ck_assert_int_eq ((int) rg_processor_level (), (int) found);
    ck_assert_str_eq (rg_level_name (RG_LEVEL_BASE), "base");
    ck_assert_str_eq (rg_level_name (RG_LEVEL_V3), "x86-64-v3");
    ck_assert_str_eq (rg_level_name (RG_LEVEL_V4), "x86-64-v4");
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("base");
    TCase *messages = tcase_create ("statuses and messages");
    tcase_add_loop_test (messages, every_status_has_its_own_sentence, 0, STATUSES);
    tcase_add_test (messages, an_unknown_status_has_a_sentence_too);
    tcase_add_test (messages, a_failure_writes_its_sentence_and_returns_its_status);
    tcase_add_test (messages, a_sentence_is_cut_at_the_size_of_the_message_and_ends);
    tcase_add_test (messages, a_note_goes_to_the_log_or_nowhere);
    suite_add_tcase (suite, messages);
    TCase *memory = tcase_create ("memory");
    tcase_add_test (memory, blocks_are_aligned_and_zeroed);
    tcase_add_test (memory, a_size_that_overflows_is_out_of_memory);
    tcase_add_test (memory, growing_keeps_what_was_used_and_failing_keeps_the_old_block);
    tcase_add_test (memory, a_string_is_copied);
    tcase_add_test (memory, the_kth_allocation_fails_and_only_that);
    suite_add_tcase (suite, memory);
    TCase *processor = tcase_create ("processor");
    tcase_add_test (processor, a_cap_lowers_the_level_and_never_raises_it);
    suite_add_tcase (suite, processor);
    return run_suite (suite);
}
