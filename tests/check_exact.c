/* check_exact.c -- fixed point, ratios, and the streaming kernels against a scalar coder. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde/exact.h>

#include "failing_memory.h"
#include "uniform.h"

#include "base/random.h"
#include "exact/lanes.h"
#include "exact/spill.h"

/* Fixed point. */

static const struct {
    double x;
    int fraction_bits;
    rg_status status;
    int64_t out;
} fixed_cases[] = {
    { 2.385, 10, RG_OK, 2442 },       { -2.385, 10, RG_OK, -2442 },
    { .5, 0, RG_OK, 0 },              { 1.5, 0, RG_OK, 2 },
    { -.5, 0, RG_OK, 0 },             { -2.5, 0, RG_OK, -2 },
    { 0x1p-63, 62, RG_OK, 0 },        { 0x1.8p-62, 62, RG_OK, 2 },
    { 4096, 40, RG_EOVERFLOW, 0 },    { -4096, 40, RG_EOVERFLOW, 0 },
    { 0x1p52 - 1, 0, RG_OK, ((int64_t) 1 << 52) - 1 },
    { 0x1p52 - .5, 0, RG_EOVERFLOW, 0 },
    { 1 - 0x1p52, 0, RG_OK, 1 - ((int64_t) 1 << 52) },
    { 1e308, 62, RG_EOVERFLOW, 0 },   { NAN, 40, RG_ENONFINITE, 0 },
    { -INFINITY, 40, RG_ENONFINITE, 0 },
    { 1, -1, RG_ERANGE, 0 },          { 1, 63, RG_ERANGE, 0 },
};

START_TEST (doubles_round_to_the_nearest_integer_ties_to_even)
{
    const double x[3] = { 0, fixed_cases[_i].x, 0 };
    int64_t out[3] = { 7, 7, 7 };
    size_t bad = 9;
    const rg_status status = rg_fixed_from_double (3, x, fixed_cases[_i].fraction_bits, out, &bad);
    ck_assert_int_eq (status, fixed_cases[_i].status);
    ck_assert_int_eq (out[1], status == RG_OK ? fixed_cases[_i].out : 7);
    ck_assert_uint_eq (bad, status == RG_EOVERFLOW || status == RG_ENONFINITE ? 1 : 9);
}
END_TEST

START_TEST (floats_and_doubles_round_alike)
{
    float single[100], single_back[100];
    double wide[100], wide_back[100];
    int64_t a[100], b[100];
    for (int i = 0; i < 100; i++)
        wide[i] = single[i] = (float) ((double) below (1u << 31) * .0123 - 1e7);
    ck_assert_int_eq (rg_fixed_from_float (100, single, 20, a, NULL), RG_OK);
    ck_assert_int_eq (rg_fixed_from_double (100, wide, 20, b, NULL), RG_OK);
    ck_assert_mem_eq (a, b, sizeof a);
    rg_fixed_to_float (100, a, 20, single_back);
    rg_fixed_to_double (100, a, 20, wide_back);
    ck_assert_mem_eq (single, single_back, sizeof single);
    ck_assert_mem_eq (wide, wide_back, sizeof wide);
    single[42] = -INFINITY;
    size_t bad = 0;
    ck_assert_int_eq (rg_fixed_from_float (100, single, 20, a, &bad), RG_ENONFINITE);
    ck_assert_uint_eq (bad, 42);
}
END_TEST

/* Ratios. */

static const struct {
    double decay;
    int bits;
    rg_status status;
    uint64_t n;
    rg_ratio_quality quality;
} ratio_cases[] = {
    { .9, 14, RG_OK, 14746, RG_RATIO_GOOD },      { .98, 14, RG_OK, 16056, RG_RATIO_GOOD },
    { 1, 14, RG_OK, 16384, RG_RATIO_GOOD },       { .99999, 14, RG_OK, 16384, RG_RATIO_NO_DECAY },
    { .999, 14, RG_OK, 16368, RG_RATIO_COARSE },  { 1e-9, 14, RG_OK, 1, RG_RATIO_GOOD },
    { .25, 1, RG_OK, 1, RG_RATIO_COARSE },        { .75, 1, RG_OK, 2, RG_RATIO_NO_DECAY },
    { 0, 14, RG_ERANGE, 0, 0 },                   { -.5, 14, RG_ERANGE, 0, 0 },
    { 1.0000001, 14, RG_ERANGE, 0, 0 },           { NAN, 14, RG_ENONFINITE, 0, 0 },
    { INFINITY, 14, RG_ENONFINITE, 0, 0 },        { .9, 0, RG_ERANGE, 0, 0 },
    { .9, 32, RG_ERANGE, 0, 0 },                  { .625, 2, RG_OK, 2, RG_RATIO_COARSE },
    { .875, 2, RG_OK, 4, RG_RATIO_NO_DECAY },     { 0x1p-1074, 31, RG_OK, 1, RG_RATIO_GOOD },
};

START_TEST (decays_become_the_nearest_ratio)
{
    rg_ratio ratio;
    uint32_t n[2] = { 0, 0 };
    size_t bad = 9;
    const double decay[2] = { .5, ratio_cases[_i].decay };
    const rg_status status = rg_ratio_from_decay (decay[1], ratio_cases[_i].bits, &ratio);
    ck_assert_int_eq (status, ratio_cases[_i].status);
    ck_assert_uint_eq (ratio.n, ratio_cases[_i].n);
    if (status == RG_OK) {
        ck_assert_int_eq (rg_ratio_judge (ratio, decay[1]), ratio_cases[_i].quality);
        ck_assert_double_eq (rg_ratio_value (ratio), ldexp ((double) ratio.n, -ratio_cases[_i].bits));
    }
    ck_assert_int_eq (rg_ratio_numerators (2, decay, ratio_cases[_i].bits, n, &bad), status);
    ck_assert_uint_eq (n[1], ratio_cases[_i].n);
}
END_TEST

START_TEST (decays_of_a_range_become_the_nearest_ratios)
{
    enum { COUNT = 1000 };
    const rg_random random = { test_seed (), RG_STREAM_TEST, 0, 17 };
    double decay[COUNT];
    uint32_t n[COUNT];
    size_t bad = COUNT;
    for (int bits = 1; bits <= 31; bits++) {
        for (size_t i = 0; i < COUNT; i++) { /* every fourth lies half way between two */
            decay[i] = rg_random_uniform (&random, i + 1000 * (size_t) bits);
            if (i % 4 == 0)
                decay[i] = (floor (ldexp (decay[i], bits)) + .5) / ldexp (1, bits);
        }
        ck_assert_int_eq (rg_ratio_numerators (COUNT, decay, bits, n, &bad), RG_OK);
        for (size_t i = 0; i < COUNT; i++)
            ck_assert_uint_eq (n[i], (uint32_t) fmax (1, nearbyint (ldexp (decay[i], bits))));
    }
    decay[700] = 0;
    decay[900] = NAN;
    n[700] = 7;
    ck_assert_int_eq (rg_ratio_numerators (COUNT, decay, 14, n, &bad), RG_ERANGE);
    ck_assert_uint_eq (bad, 700);
    ck_assert_uint_eq (n[700], 7);
    ck_assert_uint_eq (n[699], (uint32_t) fmax (1, nearbyint (ldexp (decay[699], 14))));
    ck_assert_int_eq (rg_ratio_numerators (0, NULL, 14, NULL, NULL), RG_OK);
}
END_TEST

static const struct {
    const char *text;
    rg_status status;
    uint64_t n, d;
} parse_cases[] = {
    { "9/10", RG_OK, 9, 10 },      { "18/20", RG_OK, 9, 10 },      { "1/1", RG_OK, 1, 1 },
    { "10/9", RG_ERANGE, 0, 1 },   { "0/9", RG_ERANGE, 0, 1 },     { "0/0", RG_ERANGE, 0, 1 },
    { "4294967294/4294967295", RG_OK, 4294967294, 4294967295 },
    { "1/4294967296", RG_ERANGE, 0, 1 },
    { "1/99999999999999999999999999", RG_ERANGE, 0, 1 },
    { "", RG_EINPUT, 0, 1 },       { "9", RG_EINPUT, 0, 1 },       { "/10", RG_EINPUT, 0, 1 },
    { "9/", RG_EINPUT, 0, 1 },     { "-9/10", RG_EINPUT, 0, 1 },   { "9/10 ", RG_EINPUT, 0, 1 },
    { "0.9", RG_EINPUT, 0, 1 },
};

START_TEST (exact_ratios_are_read_and_reduced)
{
    rg_ratio ratio;
    ck_assert_int_eq (rg_ratio_parse (parse_cases[_i].text, &ratio), parse_cases[_i].status);
    ck_assert_uint_eq (ratio.n, parse_cases[_i].n);
    ck_assert_uint_eq (ratio.d, parse_cases[_i].d);
}
END_TEST

/* The stack of words. */

START_TEST (a_stack_gives_back_what_was_pushed_across_chunks)
{
    static unsigned char model[300000], out[300000], data[10000];
    rg_spill spill = { 0 };
    size_t length = 0;
    for (int i = 0; i < 400; i++) {
        const size_t bytes = below (3) == 0 ? below (sizeof data) : below (60);
        if (below (2) == 0 && length + bytes <= sizeof model) {
            for (size_t j = 0; j < bytes; j++)
                model[length + j] = data[j] = (unsigned char) below (256);
            ck_assert_int_eq (rg_spill_push (&spill, data, bytes), RG_OK);
            length += bytes;
        } else {
            const size_t got = rg_spill_peek (&spill, out, bytes);
            ck_assert_uint_eq (got, bytes < length ? bytes : length);
            ck_assert_mem_eq (out, model + length - got, got);
            rg_spill_drop (&spill, got);
            length -= got;
        }
        ck_assert_uint_eq (spill.length, length);
    }
    rg_spill_copy (&spill, out);
    ck_assert_mem_eq (out, model, length);
    rg_spill_clear (&spill);
    ck_assert_uint_eq (rg_spill_held (&spill), 0);
}
END_TEST

START_TEST (a_push_without_memory_leaves_the_stack_unchanged)
{
    static unsigned char data[5 * RG_SPILL_CHUNK], out[100];
    rg_spill spill = { 0 };
    memcpy (data, "retrograde", 10);
    ck_assert_int_eq (rg_spill_push (&spill, data, 10), RG_OK);
    for (failing_memory memory = failing_first (); FAILING (&memory, rg_spill_push (&spill, data, sizeof data)) != RG_OK;) {
        ck_assert_uint_eq (spill.length, 10);
        ck_assert_uint_eq (rg_spill_peek (&spill, out, sizeof out), 10);
        ck_assert_mem_eq (out, data, 10);
    }
    rg_spill_clear (&spill);
}
END_TEST

/* The scalar coder: the definition, one parameter at a time, with plain integer division. */

typedef struct {
    int half; /* bits of a word */
    uint64_t heads[RG_LANES];
    uint32_t *words;
    size_t length;
} coder;

static void
code_forward (coder *self, size_t lane, int64_t *c, uint64_t n, int k)
{
    const uint64_t d = (uint64_t) 1 << k;
    uint64_t h = self->heads[lane];
    if (h >> (2 * self->half - k) >= n) {
        self->words[self->length++] = (uint32_t) (h & (((uint64_t) 1 << self->half) - 1));
        h >>= self->half;
    }
    const int64_t r = ((*c % (int64_t) d) + (int64_t) d) % (int64_t) d, q = (*c - r) / (int64_t) d;
    const uint64_t x = (uint64_t) r * n + h % n;
    *c = q * (int64_t) n + (int64_t) (x / d);
    self->heads[lane] = h / n * d + x % d;
}

static void
code_backward (coder *self, size_t lane, int64_t *c, uint64_t n, int k)
{
    const uint64_t d = (uint64_t) 1 << k, h = self->heads[lane];
    const int64_t m = ((*c % (int64_t) n) + (int64_t) n) % (int64_t) n, q = (*c - m) / (int64_t) n;
    const uint64_t x = (uint64_t) m * d + h % d;
    uint64_t undone = h / d * n + x % n;
    *c = q * (int64_t) d + (int64_t) (x / n);
    if (undone < (uint64_t) 1 << self->half)
        undone = undone << self->half | self->words[--self->length];
    self->heads[lane] = undone;
}

/* The value of a walk's parameter: all sizes and both signs, the limits too. */
static int64_t
any_value (void)
{
    const int64_t limit = RG_FIXED_LIMIT - 1;
    if (below (16) == 0)
        return below (2) == 0 ? limit - below (3) : (int64_t) below (3) - limit;
    const uint64_t bits = (uint64_t) below (1u << 26) << 26 | below (1u << 26);
    const int64_t value = (int64_t) (bits >> below (52));
    return below (2) == 0 ? value : -value;
}

static uint32_t
any_numerator (int k)
{
    const uint32_t d = (uint32_t) 1 << k;
    switch (below (8)) {
    case 0: return 1;
    case 1: return d;
    case 2: return d - 1;
    case 3: return 1 + below (d < 4 ? d : 4);
    default: return 1 + below (d);
    }
}

enum { ROWS = 3, STEPS = 10, SIZE = ROWS * RG_LANES };

typedef struct {
    uint32_t heads32[RG_LANES];
    uint64_t heads64[RG_LANES];
    uint16_t words32[STEPS * SIZE];
    uint32_t words64[STEPS * SIZE];
    size_t length;
} streamed;

/* One assertion for all: each of Check's is a message to its parent. */
static void
check_state (const coder *oracle, const streamed *state, const int64_t *expect, const int64_t *c)
{
    const int narrow = oracle->half == 16;
    int good = memcmp (expect, c, SIZE * sizeof *c) == 0 && oracle->length == state->length;
    for (size_t i = 0; good && i < oracle->length; i++)
        good = oracle->words[i] == (narrow ? state->words32[i] : state->words64[i]);
    for (int l = 0; l < RG_LANES; l++)
        good &= oracle->heads[l] == (narrow ? state->heads32[l] : state->heads64[l]);
    if (!good)
        ck_abort_msg ("values, words or heads differ; again with SEED=%llu make check", (unsigned long long) test_seed ());
}

/* One walk: random ratios for every step, parameter by parameter or one for all; there and back. */
static void
walk (const rg_lanes *lanes, int wide)
{
    static uint32_t words[STEPS * SIZE], n[STEPS][SIZE];
    static streamed state;
    int64_t c[SIZE], expect[SIZE], start[SIZE];
    rg_lane_decays decays[STEPS];
    coder oracle = { wide ? 32 : 16, { 0 }, words, 0 };
    state.length = 0;
    for (int l = 0; l < RG_LANES; l++) {
        oracle.heads[l] = state.heads64[l] = (uint64_t) 1 << (wide ? 32 : 16);
        state.heads32[l] = 1u << 16;
    }
    for (int i = 0; i < SIZE; i++)
        c[i] = expect[i] = start[i] = any_value ();
    for (int t = 0; t < STEPS; t++) {
        const int k = 1 + (int) below (wide ? RG_LANES64_BITS : RG_LANES32_BITS), uniform = below (2) == 0;
        const uint32_t all = any_numerator (k);
        for (int i = 0; i < SIZE; i++)
            n[t][i] = uniform ? all : any_numerator (k);
        decays[t] = (rg_lane_decays){ uniform ? NULL : n[t], uniform ? all : 1, k };
        state.length += wide ? lanes->multiply64 (state.heads64, c, ROWS, decays + t, state.words64 + state.length)
                             : lanes->multiply32 (state.heads32, c, ROWS, decays + t, state.words32 + state.length);
        for (size_t i = 0; i < SIZE; i++)
            code_forward (&oracle, i % RG_LANES, expect + i, n[t][i], k);
        check_state (&oracle, &state, expect, c);
    }
    for (int t = STEPS; t-- > 0;) {
        state.length -= wide ? lanes->divide64 (state.heads64, c, ROWS, decays + t, state.words64, state.length)
                             : lanes->divide32 (state.heads32, c, ROWS, decays + t, state.words32, state.length);
        for (size_t i = SIZE; i-- > 0;)
            code_backward (&oracle, i % RG_LANES, expect + i, n[t][i], decays[t].ratio_bits);
        check_state (&oracle, &state, expect, c);
    }
    ck_assert_mem_eq (c, start, sizeof c);
    ck_assert_uint_eq (state.length, 0);
}

static const rg_level levels[] = { RG_LEVEL_BASE, RG_LEVEL_V3, RG_LEVEL_V4 };

/* The coder at a level; NULL when the processor does not reach it. */
static const rg_lanes *
lanes_at (rg_level level)
{
    rg_processor_cap (level);
    const rg_lanes *lanes = rg_processor_level () == level ? rg_kernels_here ()->lanes : NULL;
    rg_processor_cap (RG_LEVEL_V4);
    return lanes;
}

START_TEST (every_build_agrees_with_the_scalar_coder_bit_for_bit)
{
    const rg_lanes *lanes = lanes_at (levels[_i / 2]);
    const int walks = lanes == NULL ? 0 : test_scale (1000) + 1;
    for (int i = 0; i < walks; i++)
        walk (lanes, _i % 2);
}
END_TEST

/* Where c div n is estimated wrongly: at and beside the multiples of n, far from zero. */
START_TEST (quotients_are_right_beside_the_multiples_of_n)
{
    static uint32_t words[2 * RG_LANES];
    const int is_wide = _i % 2, k = is_wide ? 20 : 16;
    const uint16_t none32[RG_LANES] = { 0 };
    const uint32_t none64[RG_LANES] = { 0 };
    const rg_lanes *lanes = lanes_at (levels[_i / 2]);
    if (lanes == NULL)
        return;
    int good = 1;
    for (uint32_t i = 0; i < (uint32_t) test_scale (4000) + 300; i++) {
        coder oracle = { is_wide ? 32 : 16, { 0 }, words, RG_LANES };
        const uint32_t n = i < 300 ? 1 + i : 1 + below (1u << k);
        const rg_lane_decays decays = { NULL, n, k };
        uint32_t heads32[RG_LANES];
        uint64_t heads64[RG_LANES];
        int64_t c[RG_LANES], expect[RG_LANES];
        for (int l = 0; l < RG_LANES; l++) {
            const int64_t most = (RG_FIXED_LIMIT >> k) - 2; /* results near the limit, where estimates are worst */
            const int64_t q = l % 4 < 2 ? most - (int64_t) below (4096) : (int64_t) below (1u << 31) >> below (31);
            c[l] = expect[l] = (l % 2 ? q : -q) * (int64_t) n + l % 3 - 1;
            heads32[l] = (1u << 16) + below (UINT32_MAX - (1u << 16));
            heads64[l] = ((uint64_t) 1 + below (UINT32_MAX)) << 32 | below (UINT32_MAX);
            oracle.heads[l] = is_wide ? heads64[l] : heads32[l];
        }
        const size_t popped = is_wide ? lanes->divide64 (heads64, c, 1, &decays, none64, RG_LANES)
                                      : lanes->divide32 (heads32, c, 1, &decays, none32, RG_LANES);
        for (size_t l = RG_LANES; l-- > 0;)
            code_backward (&oracle, l, expect + l, n, k);
        good &= memcmp (c, expect, sizeof c) == 0 && oracle.length == RG_LANES - popped;
        for (int l = 0; l < RG_LANES; l++)
            good &= oracle.heads[l] == (is_wide ? heads64[l] : heads32[l]);
    }
    ck_assert_msg (good, "again with SEED=%llu make check", (unsigned long long) test_seed ());
}
END_TEST

START_TEST (a_missing_word_is_counted_and_garbage_is_not_undefined)
{
    const rg_lanes *lanes = lanes_at (levels[_i]);
    if (lanes == NULL)
        return;
    uint32_t narrow[RG_LANES];
    uint64_t wide[RG_LANES];
    int64_t a[RG_LANES], b[RG_LANES];
    for (int l = 0; l < RG_LANES; l++) {
        narrow[l] = 1u << 16;
        wide[l] = (uint64_t) 1 << 32;
        a[l] = b[l] = any_value ();
    }
    const rg_lane_decays decays = { NULL, 1, 16 };
    ck_assert_uint_eq (lanes->divide32 (narrow, a, 1, &decays, NULL, 0), RG_LANES);
    ck_assert_uint_eq (lanes->divide64 (wide, b, 1, &decays, NULL, 0), RG_LANES);
    ck_assert (!lanes->inside (a, RG_LANES));
}
END_TEST

START_TEST (the_checks_see_every_place_of_an_array)
{
    const rg_lanes *lanes = lanes_at (levels[_i]);
    if (lanes == NULL)
        return;
    int64_t c[2 * RG_LANES + 7];
    uint32_t n[2 * RG_LANES + 7];
    const size_t size = sizeof n / sizeof *n;
    for (size_t i = 0; i < size; i++) {
        c[i] = below (2) == 0 ? RG_FIXED_LIMIT - 1 : 1 - RG_FIXED_LIMIT;
        n[i] = 1 + below (1u << 28);
    }
    ck_assert (lanes->inside (c, size) && lanes->valid (n, size, 1u << 28));
    for (size_t i = 0; i < size; i++) {
        const int64_t bad_values[] = { RG_FIXED_LIMIT, -RG_FIXED_LIMIT, INT64_MAX, INT64_MIN, RG_FIXED_LIMIT * 2 };
        const uint32_t bad_numerators[] = { 0, (1u << 28) + 1, UINT32_MAX, 1u << 31, 3u << 29 };
        const int64_t value = c[i];
        const uint32_t numerator = n[i];
        for (int j = 0; j < 5; j++) {
            c[i] = bad_values[j];
            n[i] = bad_numerators[j];
            ck_assert (!lanes->inside (c, size) && !lanes->valid (n, size, 1u << 28));
        }
        c[i] = value;
        n[i] = numerator;
    }
}
END_TEST

#define LOOP(tcase, test, cases) tcase_add_loop_test (tcase, test, 0, (int) (sizeof cases / sizeof *cases))

int
main (void)
{
    Suite *suite = suite_create ("exact");
    TCase *fixed = tcase_create ("fixed point"), *ratio = tcase_create ("ratios");
    TCase *spill = tcase_create ("stack"), *lanes = tcase_create ("lanes");
    LOOP (fixed, doubles_round_to_the_nearest_integer_ties_to_even, fixed_cases);
    tcase_add_test (fixed, floats_and_doubles_round_alike);
    LOOP (ratio, decays_become_the_nearest_ratio, ratio_cases);
    tcase_add_test (ratio, decays_of_a_range_become_the_nearest_ratios);
    LOOP (ratio, exact_ratios_are_read_and_reduced, parse_cases);
    tcase_add_test (spill, a_stack_gives_back_what_was_pushed_across_chunks);
    tcase_add_test (spill, a_push_without_memory_leaves_the_stack_unchanged);
    tcase_set_timeout (lanes, 0);
    tcase_add_loop_test (lanes, every_build_agrees_with_the_scalar_coder_bit_for_bit, 0, 6);
    tcase_add_loop_test (lanes, quotients_are_right_beside_the_multiples_of_n, 0, 6);
    LOOP (lanes, a_missing_word_is_counted_and_garbage_is_not_undefined, levels);
    LOOP (lanes, the_checks_see_every_place_of_an_array, levels);
    suite_add_tcase (suite, fixed);
    suite_add_tcase (suite, ratio);
    suite_add_tcase (suite, spill);
    suite_add_tcase (suite, lanes);
    return run_suite (suite);
}
