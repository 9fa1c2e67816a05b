/* check_exact_buffer.c -- the entropy buffer gives back every bit, and keeps no more than it must. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde/exact.h>

#include "failing_memory.h"
#include "uniform.h"

#include "base/memory.h"
#include "exact/lanes.h"

__extension__ typedef __int128 wide;

enum { MOST = RG_BUFFER_RANGE + 1000 };

static void
draw_values (int64_t *c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t bits = (uint64_t) below (1u << 26) << 26 | below (1u << 26);
        c[i] = (int64_t) (bits >> below (20)) - ((int64_t) 1 << 51);
    }
}

/* Every range of a buffer, one way or the other. */
static rg_status
apply (rg_buffer *buffer, int back, const rg_decays *decays, int64_t *c)
{
    rg_status status = RG_OK;
    const size_t ranges = rg_buffer_ranges (buffer);
    for (size_t i = 0; i < ranges && status == RG_OK; i++) {
        const size_t range = back ? ranges - 1 - i : i, first = range * RG_BUFFER_RANGE;
        const rg_decays part = { decays->ratio, decays->n == NULL ? NULL : decays->n + first,
                                 decays->each == NULL ? NULL : decays->each + first };
        status = (back ? rg_buffer_divide : rg_buffer_multiply) (buffer, range, &part, c + first);
    }
    return status;
}

/* Large integers of every size, 0 and the largest among them. */
static void
draw_large (int64_t *c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t bits = (uint64_t) below (1u << 31) << 31 | below (1u << 31);
        c[i] = below (50) == 0 ? RG_LARGE_LIMIT - 1 : below (50) == 0 ? 0 : (int64_t) (bits >> below (62));
    }
}

static rg_buffer *
make (rg_buffer_kind kind, size_t count, int ratio_bits)
{
    rg_buffer *buffer;
    ck_assert_int_eq (rg_buffer_new (&buffer, kind, count, ratio_bits), RG_OK);
    return buffer;
}

/* By hand: h = 2^16 = 21845 * 3 + 1, or 2^32 = 1431655765 * 3 + 1; ratio 3/4. */
static const struct {
    rg_buffer_kind kind;
    int64_t before, after;
    double bits; /* h after over h at the start, before the log2 */
} hand_cases[] = {
    /* u = 1; 7 = 1*4 + 3: x = 10, 10 div 4 = 2; h = 21845*4 + 2 */
    { RG_BUFFER_STREAM32, 7, 5, 87382 / 65536. },
    /* -7 = -2*4 + 1: x = 4; c = -6 + 1; h = 21845*4 + 0 */
    { RG_BUFFER_STREAM32, -7, -5, 87380 / 65536. },
    /* -1 = -1*4 + 3: x = 10; c = -3 + 2 */
    { RG_BUFFER_STREAM32, -1, -1, 87382 / 65536. },
    { RG_BUFFER_STREAM32, 0, 0, 87381 / 65536. },
    { RG_BUFFER_STREAM64, -7, -5, 5726623060 / 4294967296. },
    { RG_BUFFER_INTEGER, 7, 5, 5726623062 / 4294967296. },
    { RG_BUFFER_INTEGER, -7, -5, 5726623060 / 4294967296. },
};

START_TEST (one_multiply_agrees_with_the_hand)
{
    rg_buffer *buffer = make (hand_cases[_i].kind, 1, 2);
    const rg_decays decays = { { 3, 4 }, NULL, NULL };
    int64_t c = hand_cases[_i].before;
    ck_assert (rg_buffer_is_start (buffer));
    ck_assert_int_eq (rg_buffer_multiply (buffer, 0, &decays, &c), RG_OK);
    ck_assert_int_eq (c, hand_cases[_i].after);
    ck_assert_double_eq_tol (rg_buffer_bits (buffer), log2 (hand_cases[_i].bits), 1e-12);
    ck_assert_int_eq (rg_buffer_divide (buffer, 0, &decays, &c), RG_OK);
    ck_assert_int_eq (c, hand_cases[_i].before);
    ck_assert (rg_buffer_is_start (buffer));
    rg_buffer_free (buffer);
}
END_TEST

static const struct {
    rg_buffer_kind kind;
    int ratio_bits, large;
} walk_cases[] = { { RG_BUFFER_STREAM32, 14, 0 }, { RG_BUFFER_STREAM32, 16, 0 }, { RG_BUFFER_STREAM64, 14, 0 },
                   { RG_BUFFER_STREAM64, 28, 0 }, { RG_BUFFER_INTEGER, 0, 0 },   { RG_BUFFER_STREAM64, 28, 1 },
                   { RG_BUFFER_STREAM64, 3, 1 },  { RG_BUFFER_INTEGER, 0, 1 } };

static const size_t walk_counts[] = { 1, 2, 63, 64, 65, 130, RG_BUFFER_RANGE, RG_BUFFER_RANGE + 65 };

/* Ratios for one step: one for all, one a parameter, or both of the integer kind's. */
static rg_decays
draw_decays (rg_buffer_kind kind, int ratio_bits, size_t count, uint32_t *n, rg_ratio *each)
{
    const int stream = kind != RG_BUFFER_INTEGER;
    const uint64_t d = stream ? (uint64_t) 1 << (1 + below ((uint32_t) ratio_bits)) : 1 + below (UINT32_MAX - 1);
    for (size_t i = 0; i < count; i++) {
        n[i] = below (8) == 0 ? (uint32_t) d : 1 + below ((uint32_t) d);
        each[i].d = 1 + below (below (2) == 0 ? UINT32_MAX - 1 : 1000);
        each[i].n = 1 + below ((uint32_t) each[i].d);
    }
    switch (below (stream ? 2 : 3)) {
    case 0: return (rg_decays){ { n[0], d }, NULL, NULL };
    case 1: return (rg_decays){ { 0, d }, n, NULL };
    default: return (rg_decays){ { 0, 0 }, NULL, each };
    }
}

START_TEST (random_walks_come_back_to_the_start)
{
    enum { STEPS = 6, CASES = sizeof walk_cases / sizeof *walk_cases };
    static uint32_t n[STEPS][MOST];
    static rg_ratio each[STEPS][MOST];
    static int64_t start[MOST], c[MOST], product[MOST];
    const rg_buffer_kind kind = walk_cases[_i % CASES].kind;
    const size_t count = walk_counts[_i / CASES];
    const int ratio_bits = walk_cases[_i % CASES].ratio_bits, walks = count > 1000 ? 1 : test_scale (40) + 1;
    for (int w = 0; w < walks; w++) {
        rg_decays decays[STEPS];
        uint64_t digest[STEPS];
        const int large = walk_cases[_i % CASES].large;
        rg_buffer *buffer = NULL;
        int good = (large ? rg_buffer_new_large : rg_buffer_new) (&buffer, kind, count, ratio_bits) == RG_OK;
        (large ? draw_large : draw_values) (start, count);
        memcpy (c, start, sizeof c);
        for (int t = 0; t < STEPS; t++) {
            decays[t] = draw_decays (kind, ratio_bits, count, n[t], each[t]);
            digest[t] = rg_buffer_digest (buffer);
            memcpy (product, c, sizeof c);
            good &= apply (buffer, 0, decays + t, c) == RG_OK;
            for (size_t i = 0; i < count; i++) {
                const rg_ratio r = decays[t].each != NULL ? each[t][i] : decays[t].n != NULL
                    ? (rg_ratio){ n[t][i], decays[t].ratio.d } : decays[t].ratio;
                const wide off = (wide) product[i] * (wide) r.n - (wide) c[i] * (wide) r.d;
                good &= off <= (wide) r.d && -off <= (wide) r.d;
            }
        }
        for (int t = STEPS; t-- > 0;) {
            good &= apply (buffer, 1, decays + t, c) == RG_OK;
            good &= digest[t] == rg_buffer_digest (buffer);
        }
        good &= memcmp (c, start, count * sizeof *c) == 0 && rg_buffer_is_start (buffer);
        ck_assert_msg (good, "%s, %zu parameters, walk %d; again with SEED=%llu make check",
                       rg_buffer_kind_name (kind), count, w, (unsigned long long) test_seed ());
        rg_buffer_free (buffer);
    }
}
END_TEST

/* Damped momentum with noise for a gradient: v <- decay v - (1 - decay) g, |v| about 2^36. */
static const struct {
    rg_buffer_kind kind;
    double decay; /* 0: a random one in (.3, 1) */
    rg_ratio exact;
    double most; /* kept bits over log2 (d/n) a parameter and step */
} training_cases[] = {
    { RG_BUFFER_STREAM32, .5, { 0, 0 }, 1.015 },  { RG_BUFFER_STREAM32, .9, { 0, 0 }, 1.015 },
    { RG_BUFFER_STREAM32, .98, { 0, 0 }, 1.015 }, { RG_BUFFER_STREAM32, 0, { 0, 0 }, 1.015 },
    { RG_BUFFER_STREAM64, .5, { 0, 0 }, 1.003 },  { RG_BUFFER_STREAM64, .9, { 0, 0 }, 1.003 },
    { RG_BUFFER_STREAM64, .98, { 0, 0 }, 1.003 }, { RG_BUFFER_STREAM64, 0, { 0, 0 }, 1.003 },
    { RG_BUFFER_INTEGER, .9, { 0, 0 }, 1.003 },   { RG_BUFFER_INTEGER, 0, { 9, 10 }, 1.003 },
};

static int64_t
addend (uint64_t step, size_t i)
{
    uint64_t z = (step << 32 | i) + test_seed () * 0x9e3779b97f4a7c15u; /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (int64_t) ((z ^ z >> 31) >> 28) - ((int64_t) 1 << 35);
}

START_TEST (training_is_undone_and_keeps_no_more_than_the_decay_loses)
{
    enum { COUNT = 200 };
    const rg_buffer_kind kind = training_cases[_i].kind;
    const int steps = kind == RG_BUFFER_INTEGER ? 1000 : 2000;
    rg_ratio ratio = training_cases[_i].exact;
    if (ratio.d == 0) {
        const double drawn_decay = .3 + .7 * (1 + below (999999)) * 1e-6;
        const double decay = training_cases[_i].decay > 0 ? training_cases[_i].decay : drawn_decay;
        ck_assert_int_eq (rg_ratio_from_decay (decay, 14, &ratio), RG_OK);
    }
    rg_buffer *buffer = make (kind, COUNT, 14);
    const rg_decays decays = { ratio, NULL, NULL };
    const double lost = 1 - rg_ratio_value (ratio);
    int64_t start[COUNT], v[COUNT];
    int good = 1;
    draw_values (start, COUNT);
    memcpy (v, start, sizeof v);
    for (int t = 0; t < steps; t++) {
        good &= apply (buffer, 0, &decays, v) == RG_OK;
        for (size_t i = 0; i < COUNT; i++)
            v[i] -= (int64_t) (lost * (double) addend ((uint64_t) t, i));
    }
    const double kept = rg_buffer_bits (buffer) / steps / COUNT, limit = -log2 (rg_ratio_value (ratio));
    if (ratio.n < ratio.d)
        ck_assert_msg (kept <= limit * training_cases[_i].most && kept >= limit * .99, "kept %g of %g bits", kept, limit);
    ck_assert_uint_gt (rg_buffer_bytes (buffer), (size_t) (rg_buffer_bits (buffer) / 8));
    for (int t = steps; t-- > 0;) {
        for (size_t i = 0; i < COUNT; i++)
            v[i] += (int64_t) (lost * (double) addend ((uint64_t) t, i));
        good &= apply (buffer, 1, &decays, v) == RG_OK;
    }
    ck_assert_msg (good && memcmp (v, start, sizeof v) == 0 && rg_buffer_is_start (buffer),
                   "ratio %u/%u; again with SEED=%llu make check", (unsigned) ratio.n, (unsigned) ratio.d,
                   (unsigned long long) test_seed ());
    rg_buffer_free (buffer);
}
END_TEST

START_TEST (a_decay_of_one_changes_nothing)
{
    static int64_t c[MOST], same[MOST];
    static uint32_t n[MOST];
    rg_buffer *buffer = make ((rg_buffer_kind) _i, MOST, 14);
    draw_values (c, MOST);
    memcpy (same, c, sizeof c);
    for (size_t i = 0; i < MOST; i++)
        n[i] = 1u << 14;
    const rg_decays uniform = { { 1u << 14, 1u << 14 }, NULL, NULL }, array = { { 0, 1u << 14 }, n, NULL };
    for (int t = 0; t < 20; t++)
        ck_assert_int_eq (apply (buffer, 0, t % 2 ? &uniform : &array, c), RG_OK);
    ck_assert_mem_eq (c, same, sizeof c);
    ck_assert (rg_buffer_is_start (buffer));
    ck_assert_double_eq (rg_buffer_bits (buffer), 0);
    rg_buffer_free (buffer);
}
END_TEST

START_TEST (ranges_may_be_worked_on_in_any_order)
{
    static int64_t a[MOST], b[MOST];
    const rg_decays decays = { { 14746, 1u << 14 }, NULL, NULL };
    rg_buffer *one = make ((rg_buffer_kind) _i, MOST, 14), *other = make ((rg_buffer_kind) _i, MOST, 14);
    draw_values (a, MOST);
    memcpy (b, a, sizeof a);
    for (int t = 0; t < 50; t++)
        ck_assert_int_eq (apply (one, 0, &decays, a), RG_OK);
    for (size_t range = 2; range-- > 0;)
        for (int t = 0; t < 50; t++)
            ck_assert_int_eq (rg_buffer_multiply (other, range, &decays, b + range * RG_BUFFER_RANGE), RG_OK);
    ck_assert_mem_eq (a, b, sizeof a);
    ck_assert_uint_eq (rg_buffer_digest (one), rg_buffer_digest (other));
    rg_buffer_free (one);
    rg_buffer_free (other);
}
END_TEST

START_TEST (an_empty_stack_is_irreversible)
{
    int64_t c[100];
    const rg_decays decays = { { 14746, 1u << 14 }, NULL, NULL };
    rg_buffer *buffer = make ((rg_buffer_kind) _i, 100, 14);
    for (int i = 0; i < 100; i++)
        c[i] = addend (1, (size_t) i);
    ck_assert_int_eq (rg_buffer_divide (buffer, 0, &decays, c), RG_EIRREVERSIBLE);
    rg_buffer_reset (buffer);
    ck_assert (rg_buffer_is_start (buffer));
    rg_buffer_free (buffer);
}
END_TEST

START_TEST (a_result_beyond_the_limit_is_irreversible)
{
    const rg_decays decays = { { 1, 4 }, NULL, NULL };
    rg_buffer *buffer = make ((rg_buffer_kind) _i, 1, 2);
    int64_t c = 5;
    ck_assert_int_eq (rg_buffer_multiply (buffer, 0, &decays, &c), RG_OK);
    c = RG_FIXED_LIMIT / 2;
    ck_assert_int_eq (rg_buffer_divide (buffer, 0, &decays, &c), RG_EIRREVERSIBLE);
    rg_buffer_free (buffer);
}
END_TEST

static const rg_ratio one_ratio = { 1, 2 };
static const uint32_t zero = 0, three = 3, eight = 8;

static const struct {
    rg_buffer_kind kind;
    size_t range;
    rg_decays decays;
    int64_t c;
    rg_status status;
} refusals[] = {
    { RG_BUFFER_STREAM32, 1, { { 3, 4 }, NULL, NULL }, 5, RG_ERANGE },
    { RG_BUFFER_STREAM32, 0, { { 0, 4 }, NULL, NULL }, 5, RG_ERANGE },
    { RG_BUFFER_STREAM32, 0, { { 5, 4 }, NULL, NULL }, 5, RG_ERANGE },
    { RG_BUFFER_STREAM32, 0, { { 5, 6 }, NULL, NULL }, 5, RG_ERANGE },
    { RG_BUFFER_STREAM32, 0, { { 1, 1 }, NULL, NULL }, 5, RG_ERANGE },
    { RG_BUFFER_STREAM32, 0, { { 5, 8 }, NULL, NULL }, 5, RG_ERANGE }, /* finer than ratio_bits */
    { RG_BUFFER_STREAM64, 0, { { 0, 4 }, &zero, NULL }, 5, RG_ERANGE },
    { RG_BUFFER_STREAM64, 0, { { 0, 4 }, &eight, NULL }, 5, RG_ERANGE },
    { RG_BUFFER_STREAM64, 0, { { 0, 4 }, NULL, &one_ratio }, 5, RG_ERANGE },
    { RG_BUFFER_STREAM32, 0, { { 0, 4 }, &three, NULL }, RG_FIXED_LIMIT, RG_EOVERFLOW },
    { RG_BUFFER_STREAM64, 0, { { 4, 4 }, NULL, NULL }, -RG_FIXED_LIMIT, RG_EOVERFLOW },
    { RG_BUFFER_INTEGER, 0, { { 3, 4 }, NULL, NULL }, INT64_MIN, RG_EOVERFLOW },
    { RG_BUFFER_INTEGER, 0, { { 3, 2 }, NULL, NULL }, 5, RG_ERANGE },
    { RG_BUFFER_INTEGER, 0, { { 3, (uint64_t) 1 << 32 }, NULL, NULL }, 5, RG_ERANGE },
};

START_TEST (what_is_out_of_range_is_refused_and_nothing_changes)
{
    rg_buffer *buffer = make (refusals[_i].kind, 1, 2);
    int64_t c = refusals[_i].c;
    ck_assert_int_eq (rg_buffer_multiply (buffer, refusals[_i].range, &refusals[_i].decays, &c), refusals[_i].status);
    ck_assert_int_eq (rg_buffer_divide (buffer, refusals[_i].range, &refusals[_i].decays, &c), refusals[_i].status);
    ck_assert_int_eq (c, refusals[_i].c);
    ck_assert (rg_buffer_is_start (buffer));
    rg_buffer_free (buffer);
}
END_TEST

START_TEST (large_integers_have_a_range_and_blocks_of_their_own)
{
    static const int64_t beyond[] = { -1, RG_LARGE_LIMIT };
    const rg_decays decays = { { 3, 4 }, NULL, NULL };
    rg_buffer *buffer, *plain = make (RG_BUFFER_STREAM64, 1, 28);
    ck_assert_int_eq (rg_buffer_new_large (&buffer, RG_BUFFER_STREAM32, 1, 14), RG_ERANGE);
    ck_assert_int_eq (rg_buffer_new_large (&buffer, RG_BUFFER_STREAM64, 1, 28), RG_OK);
    for (int k = 0; k < 2; k++) {
        int64_t c = beyond[k];
        ck_assert_int_eq (rg_buffer_multiply (buffer, 0, &decays, &c), RG_EOVERFLOW);
        ck_assert_int_eq (rg_buffer_divide (buffer, 0, &decays, &c), RG_EOVERFLOW);
        ck_assert (c == beyond[k] && rg_buffer_is_start (buffer));
    }
    int64_t c = RG_LARGE_LIMIT - 1; /* times 4/3: beyond */
    ck_assert_int_eq (rg_buffer_divide (buffer, 0, &decays, &c), RG_EIRREVERSIBLE);
    unsigned char *block = malloc (rg_buffer_saved_bytes (plain));
    rg_buffer_save (plain, block);
    ck_assert_int_eq (rg_buffer_load (buffer, block, rg_buffer_saved_bytes (plain)), RG_EINPUT);
    free (block);
    rg_buffer_free (buffer);
    rg_buffer_free (plain);
}
END_TEST

START_TEST (constructors_refuse_ratio_bits_out_of_range)
{
    rg_buffer *buffer;
    ck_assert_int_eq (rg_buffer_new (&buffer, RG_BUFFER_STREAM32, 5, 0), RG_ERANGE);
    ck_assert_int_eq (rg_buffer_new (&buffer, RG_BUFFER_STREAM32, 5, 17), RG_ERANGE);
    ck_assert_int_eq (rg_buffer_new (&buffer, RG_BUFFER_STREAM64, 5, 29), RG_ERANGE);
    ck_assert_int_eq (rg_buffer_new (&buffer, (rg_buffer_kind) 3, 5, 14), RG_ERANGE);
    ck_assert_ptr_null (buffer);
    ck_assert_str_eq (rg_buffer_kind_name (RG_BUFFER_STREAM64), "stream64");
    buffer = make (RG_BUFFER_STREAM32, 0, 14);
    ck_assert_uint_eq (rg_buffer_ranges (buffer), 0);
    ck_assert (rg_buffer_is_start (buffer));
    rg_buffer_free (buffer);
}
END_TEST

START_TEST (without_memory_there_is_no_buffer)
{
    rg_buffer *buffer = NULL;
    failing_memory memory = failing_first ();
    while (memory.failed) {
        FAILING (&memory, rg_buffer_new (&buffer, (rg_buffer_kind) _i, 100, 14));
        ck_assert_int_eq (buffer == NULL, memory.failed);
    }
    ck_assert_int_ge (memory.failures, 2);
    rg_buffer_free (buffer);
}
END_TEST

START_TEST (without_memory_a_multiply_changes_nothing)
{
    enum { COUNT = 1000 };
    int64_t c[COUNT], before[COUNT];
    const rg_decays decays = { { 2, 1u << 14 }, NULL, NULL }; /* 13 bits a step: stacks and integers grow at once */
    rg_buffer *buffer = make ((rg_buffer_kind) _i, COUNT, 14);
    int failures = 0;
    draw_values (c, COUNT);
    for (int t = 0; t < 30; t++)
        for (long k = 0;; k++) {
            const uint64_t digest = rg_buffer_digest (buffer);
            memcpy (before, c, sizeof c);
            rg_memory_fail_at (t % 2 ? k : k * 97);
            const rg_status status = rg_buffer_multiply (buffer, 0, &decays, c);
            rg_memory_fail_at (-1);
            if (status == RG_OK)
                break;
            failures++;
            ck_assert (status == RG_ENOMEM && memcmp (c, before, sizeof c) == 0
                       && digest == rg_buffer_digest (buffer));
        }
    ck_assert_int_gt (failures, 3);
    rg_buffer_free (buffer);
}
END_TEST

START_TEST (a_saved_buffer_goes_back_like_the_original)
{
    enum { COUNT = RG_BUFFER_RANGE + 70, STEPS = 40 };
    static int64_t start[COUNT], c[COUNT];
    const rg_buffer_kind kind = (rg_buffer_kind) _i;
    const rg_decays decays = { { 14746, 1u << 14 }, NULL, NULL };
    rg_buffer *buffer = make (kind, COUNT, 14), *loaded = make (kind, COUNT, 14);
    draw_values (start, COUNT);
    memcpy (c, start, sizeof c);
    for (int t = 0; t < STEPS; t++)
        ck_assert_int_eq (apply (buffer, 0, &decays, c), RG_OK);
    const size_t bytes = rg_buffer_saved_bytes (buffer);
    unsigned char *block = malloc (bytes);
    rg_buffer_save (buffer, block);
    for (long k = 0; k < 1000; k += k < 3 ? 1 : 83) {
        rg_memory_fail_at (k);
        const rg_status status = rg_buffer_load (loaded, block, bytes);
        const int failed = rg_memory_failed ();
        rg_memory_fail_at (-1);
        ck_assert_int_eq (status, failed ? RG_ENOMEM : RG_OK);
        if (!failed)
            break;
        ck_assert (rg_buffer_is_start (loaded));
    }
    ck_assert_int_eq (rg_buffer_load (loaded, block, bytes), RG_OK);
    ck_assert_uint_eq (rg_buffer_digest (buffer), rg_buffer_digest (loaded));
    ck_assert_double_eq (rg_buffer_bits (buffer), rg_buffer_bits (loaded));
    for (int t = 0; t < STEPS; t++)
        ck_assert_int_eq (apply (loaded, 1, &decays, c), RG_OK);
    ck_assert_mem_eq (c, start, sizeof c);
    ck_assert (rg_buffer_is_start (loaded));
    free (block);
    rg_buffer_free (buffer);
    rg_buffer_free (loaded);
}
END_TEST

START_TEST (a_damaged_block_is_refused)
{
    int64_t c[100];
    const rg_decays decays = { { 2, 1u << 14 }, NULL, NULL };
    rg_buffer *buffer = make ((rg_buffer_kind) _i, 100, 14), *other = make ((rg_buffer_kind) _i, 101, 14);
    draw_values (c, 100);
    for (int t = 0; t < 20; t++)
        ck_assert_int_eq (rg_buffer_multiply (buffer, 0, &decays, c), RG_OK);
    const uint64_t digest = rg_buffer_digest (buffer);
    const size_t bytes = rg_buffer_saved_bytes (buffer);
    unsigned char *block = malloc (bytes + 1);
    rg_buffer_save (buffer, block);
    block[bytes] = 0;
    ck_assert_int_eq (rg_buffer_load (buffer, block, bytes + 1), RG_EINPUT);
    ck_assert_int_eq (rg_buffer_load (other, block, bytes), RG_EINPUT);
    ck_assert_int_eq (rg_buffer_heads_load (buffer, block, bytes), RG_EINPUT);
    int refused = 1;
    for (size_t cut = 0; cut < bytes; cut += 1 + cut / 50) {
        unsigned char *exactly = malloc (cut + 1); /* so that reading on is seen */
        memcpy (exactly, block, cut);
        refused &= rg_buffer_load (buffer, exactly, cut) == RG_EINPUT;
        free (exactly);
    }
    memset (block + 32, 0xff, 8); /* integer: a length beyond the block */
    memset (block + 32 + 8, 0, _i == RG_BUFFER_INTEGER ? 0 : 40); /* streams: heads below their range */
    ck_assert (refused);
    ck_assert_int_eq (rg_buffer_load (buffer, block, bytes), RG_EINPUT);
    ck_assert_uint_eq (rg_buffer_digest (buffer), digest);
    free (block);
    rg_buffer_free (buffer);
    rg_buffer_free (other);
}
END_TEST

START_TEST (heads_alone_repeat_the_way_out)
{
    enum { COUNT = 300 };
    int64_t c[COUNT], kept[COUNT];
    const rg_decays decays = { { 9000, 1u << 14 }, NULL, NULL };
    rg_buffer *buffer = make ((rg_buffer_kind) _i, COUNT, 14), *again = make ((rg_buffer_kind) _i, COUNT, 14);
    draw_values (c, COUNT);
    for (int t = 0; t < 50; t++)
        ck_assert_int_eq (rg_buffer_multiply (buffer, 0, &decays, c), RG_OK);
    const size_t bytes = rg_buffer_heads_bytes (buffer);
    unsigned char *block = malloc (bytes);
    rg_buffer_heads_save (buffer, block);
    ck_assert_int_eq (rg_buffer_heads_load (again, block, bytes), RG_OK);
    rg_buffer_forget (buffer);
    ck_assert_uint_eq (rg_buffer_digest (buffer), rg_buffer_digest (again));
    memcpy (kept, c, sizeof c);
    for (int t = 0; t < 50; t++) {
        ck_assert_int_eq (rg_buffer_multiply (buffer, 0, &decays, c), RG_OK);
        ck_assert_int_eq (rg_buffer_multiply (again, 0, &decays, kept), RG_OK);
    }
    ck_assert_mem_eq (c, kept, sizeof c);
    ck_assert_uint_eq (rg_buffer_digest (buffer), rg_buffer_digest (again));
    free (block);
    rg_buffer_free (buffer);
    rg_buffer_free (again);
}
END_TEST

#define COUNT_OF(array) ((int) (sizeof array / sizeof *array))

int
main (void)
{
    enum { STREAMS = 2, KINDS = 3 };
    Suite *suite = suite_create ("exact: buffer");
    TCase *exact = tcase_create ("bijection"), *refuse = tcase_create ("refusals"), *block = tcase_create ("blocks");
    tcase_set_timeout (exact, 0);
    tcase_add_loop_test (exact, one_multiply_agrees_with_the_hand, 0, COUNT_OF (hand_cases));
    tcase_add_loop_test (exact, random_walks_come_back_to_the_start, 0, COUNT_OF (walk_cases) * COUNT_OF (walk_counts));
    tcase_add_loop_test (exact, training_is_undone_and_keeps_no_more_than_the_decay_loses, 0, COUNT_OF (training_cases));
    tcase_add_loop_test (exact, a_decay_of_one_changes_nothing, 0, KINDS);
    tcase_add_loop_test (exact, ranges_may_be_worked_on_in_any_order, 0, KINDS);
    tcase_add_loop_test (refuse, an_empty_stack_is_irreversible, 0, STREAMS);
    tcase_add_loop_test (refuse, a_result_beyond_the_limit_is_irreversible, 0, KINDS);
    tcase_add_loop_test (refuse, what_is_out_of_range_is_refused_and_nothing_changes, 0, COUNT_OF (refusals));
    tcase_add_test (refuse, large_integers_have_a_range_and_blocks_of_their_own);
    tcase_add_test (refuse, constructors_refuse_ratio_bits_out_of_range);
    tcase_add_loop_test (refuse, without_memory_there_is_no_buffer, 0, KINDS);
    tcase_add_loop_test (refuse, without_memory_a_multiply_changes_nothing, 0, KINDS);
    tcase_set_timeout (block, 0);
    tcase_add_loop_test (block, a_saved_buffer_goes_back_like_the_original, 0, KINDS);
    tcase_add_loop_test (block, a_damaged_block_is_refused, 0, KINDS);
    tcase_add_loop_test (block, heads_alone_repeat_the_way_out, 0, KINDS);
    suite_add_tcase (suite, exact);
    suite_add_tcase (suite, refuse);
    suite_add_tcase (suite, block);
    return run_suite (suite);
}
