/* check_team.c -- pieces of work shared by threads: each done once, failures in order, sleep and waking. */
#include "testing.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "failing_memory.h"

#include "base/random.h"
#include "base/team.h"

enum { MOST = 1000 };

static const size_t team_sizes[] = { 1, 2, 3, 5 };
enum { SIZES = sizeof team_sizes / sizeof *team_sizes };

/* What the pieces of a job leave behind. */
typedef struct {
    size_t threads;
    atomic_int done[MOST];
    atomic_int busy[8];          /* one a thread */
    unsigned char fails[MOST];
    long sum[8];                 /* one a thread, not atomic: ThreadSanitizer would see two pieces at once */
} ledger;

static rg_status
note (void *user, size_t index, size_t thread, rg_message *message)
{
    ledger *l = user;
    if (thread >= l->threads || atomic_fetch_add (&l->busy[thread], 1) != 0)
        return rg_fail (message, RG_ESHAPE, "two pieces at once as thread %zu", thread);
    atomic_fetch_add (&l->done[index], 1);
    l->sum[thread] += (long) index;
    atomic_fetch_sub (&l->busy[thread], 1);
    return l->fails[index] ? rg_fail (message, RG_ECALLBACK, "piece %zu", index) : RG_OK;
}

static rg_team *
team_of (size_t threads)
{
    rg_team *team;
    rg_message message = { "" };
    ck_assert_msg (rg_team_new (&team, threads, &message) == RG_OK, "%s", message.text);
    ck_assert_uint_eq (rg_team_threads (team), threads);
    return team;
}

START_TEST (each_piece_is_done_once)
{
    static const size_t counts[] = { 0, 1, 2, 3, 7, 64, MOST };
    const size_t threads = team_sizes[_i];
    rg_team *team = team_of (threads);
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        ledger l = { .threads = threads };
        ck_assert_int_eq (rg_team_each (team, counts[k], note, &l, NULL), RG_OK);
        long sum = 0;
        for (size_t i = 0; i < MOST; i++)
            ck_assert_int_eq (atomic_load (&l.done[i]), i < counts[k]);
        for (size_t t = 0; t < threads; t++)
            sum += l.sum[t];
        ck_assert_int_eq (sum, (long) (counts[k] * (counts[k] - (counts[k] > 0)) / 2));
    }
    rg_team_free (team);
}
END_TEST

/* Many short jobs, one after the other: what one leaves must be seen by the next. */
static rg_status
advance (void *user, size_t index, size_t thread, rg_message *message)
{
    (void) thread, (void) message;
    unsigned *x = user;
    x[index] = x[index] * 1664525u + 1013904223u + x[MOST];
    return RG_OK;
}

START_TEST (a_job_sees_what_the_one_before_left)
{
    unsigned x[MOST + 1] = { 0 }, alone[MOST + 1] = { 0 };
    rg_team *team = team_of (team_sizes[_i]);
    const int jobs = test_scale (3000);
    for (int job = 0; job < jobs; job++) {
        const size_t count = 2 + (size_t) job % 9;
        x[MOST] = x[(size_t) job % 11];
        alone[MOST] = alone[(size_t) job % 11];
        ck_assert_int_eq (rg_team_each (team, count, advance, x, NULL), RG_OK);
        ck_assert_int_eq (rg_team_each (NULL, count, advance, alone, NULL), RG_OK);
    }
    ck_assert (memcmp (x, alone, sizeof x) == 0);
    rg_team_free (team);
}
END_TEST

START_TEST (the_lowest_failure_is_the_one_reported)
{
    rg_team *team = team_of (team_sizes[_i]);
    for (int round = 0; round < test_scale (300); round++) {
        ledger l = { .threads = team_sizes[_i] };
        const rg_random random = { test_seed (), RG_STREAM_TEST, (uint32_t) round, 0 };
        size_t lowest = MOST;
        for (size_t k = 0; k < 4; k++) {
            const size_t i = rg_random_below (&random, k, MOST);
            l.fails[i] = 1;
            lowest = i < lowest ? i : lowest;
        }
        rg_message message = { "" };
        char expected[32];
        snprintf (expected, sizeof expected, "piece %zu", lowest);
        ck_assert_int_eq (rg_team_each (team, MOST, note, &l, &message), RG_ECALLBACK);
        ck_assert_str_eq (message.text, expected);
        for (size_t i = 0; i <= lowest; i++)
            ck_assert_int_eq (atomic_load (&l.done[i]), 1);
        ck_assert_int_eq (rg_team_each (team, lowest, note, &l, NULL), RG_OK); /* the failure is forgotten */
    }
    rg_team_free (team);
}
END_TEST

START_TEST (threads_that_sleep_are_woken)
{
    rg_team *team = team_of (team_sizes[_i]);
    const struct timespec nap = { 0, 2000000 };
    for (int job = 0; job < 5; job++) {
        ledger l = { .threads = team_sizes[_i] };
        nanosleep (&nap, NULL);
        ck_assert_int_eq (rg_team_each (team, 100, note, &l, NULL), RG_OK);
    }
    nanosleep (&nap, NULL);
    rg_team_free (team);
}
END_TEST

START_TEST (without_a_team_the_caller_does_all_in_order)
{
    ledger l = { .threads = 1 };
    l.fails[3] = l.fails[5] = 1;
    rg_message message;
    ck_assert_uint_eq (rg_team_threads (NULL), 1);
    ck_assert_int_eq (rg_team_each (NULL, 10, note, &l, &message), RG_ECALLBACK);
    ck_assert_str_eq (message.text, "piece 3");
    ck_assert_int_eq (atomic_load (&l.done[4]), 0);
    rg_team_free (NULL);
}
END_TEST

START_TEST (a_senseless_number_of_threads_is_refused)
{
    static const size_t senseless[] = { 0, RG_MOST_THREADS + 1, SIZE_MAX };
    rg_team *team;
    rg_message message;
    ck_assert_int_eq (rg_team_new (&team, senseless[_i], &message), RG_ERANGE);
    ck_assert_ptr_null (team);
    ck_assert_ptr_nonnull (strstr (message.text, "expected 1 to 1024"));
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    failing_memory memory = failing_first ();
    while (memory.failed) {
        rg_team *team;
        FAILING (&memory, rg_team_new (&team, 3, NULL));
        ck_assert_int_eq (team == NULL, memory.failed);
        rg_team_free (team);
    }
    ck_assert_int_ge (memory.failures, 3);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("team");
    TCase *c = tcase_create ("pieces");
    tcase_set_timeout (c, 60);
    tcase_add_loop_test (c, each_piece_is_done_once, 0, SIZES);
    tcase_add_loop_test (c, a_job_sees_what_the_one_before_left, 0, SIZES);
    tcase_add_loop_test (c, the_lowest_failure_is_the_one_reported, 0, SIZES);
    tcase_add_loop_test (c, threads_that_sleep_are_woken, 0, SIZES);
    tcase_add_test (c, without_a_team_the_caller_does_all_in_order);
    tcase_add_loop_test (c, a_senseless_number_of_threads_is_refused, 0, 3);
    tcase_add_test (c, every_allocation_may_fail);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}
