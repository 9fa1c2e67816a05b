/* check_kernels.c -- the bits of our own kernels: the same at every level of every kind of processor. */
#include "testing.h"

#include <string.h>
#include <xxhash.h>

#include "base/kernels.h"
#include "base/random.h"
#include "data/bytes.h"
#include "dense/dense.h"
#include "dynamics/dynamics.h"
#include "exact/lanes.h"
#include "exact/update.h"

enum { COUNT = 1000, ROWS = 8, LANES = ROWS * RG_LANES };

/* The index-th number of a stream, of a seed that is always the same: no function of a C library is used. */
static double
number (uint32_t stream, uint64_t index, double low, double high)
{
    const rg_random random = { 7, RG_STREAM_TEST, 0, stream };
    return low + (high - low) * rg_random_uniform (&random, index);
}

static void
fill (uint32_t stream, size_t count, double low, double high, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = number (stream, i, low, high);
}

static void
fill_whole (uint32_t stream, size_t count, double low, double high, int64_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (int64_t) number (stream, i, low, high);
}

#define ADD(sum, array) (sum) = XXH3_64bits_withSeed (array, sizeof (array), sum)

static uint64_t
digest_of_update (void)
{
    static int64_t x[COUNT], y[COUNT];
    static double scale[COUNT], real[COUNT];
    static float single[COUNT];
    static uint32_t n[COUNT];
    const rg_update *update = rg_kernels_here ()->update;
    uint64_t sum = 0;
    fill (1, COUNT, -1, 1, scale);
    fill_whole (2, COUNT, -0x1p50, 0x1p50, x);
    fill_whole (3, COUNT, -0x1p50, 0x1p50, y);
    ck_assert_int_eq (update->add_scaled (COUNT, 0, scale, x, y), 0);
    ADD (sum, y);
    ck_assert_int_eq (update->subtract_scaled (COUNT, 1, scale, x, y), 0);
    ck_assert_int_eq (update->add_double (COUNT, 0, scale, 0x1p40, y), 0);
    ADD (sum, y);
    update->to_single (COUNT, y, 0x1p-40, single);
    update->to_double (COUNT, y, 0x1p-40, real);
    ADD (sum, single);
    ADD (sum, real);
    ck_assert_int_eq (update->add_single (COUNT, 1, single, 0x1p24, y), 0);
    ADD (sum, y);
    fill (4, COUNT, 0, 1, real);
    ck_assert_int_eq (update->numerators (COUNT, real, 0x1p28, n), 0);
    ADD (sum, n);
    return sum;
}

/* The coder, with one ratio and with many, of both widths. */
static uint64_t
digest_of_lanes (void)
{
    static int64_t c[LANES];
    static uint32_t heads[RG_LANES], numerators[LANES], words64[LANES];
    static uint64_t wide[RG_LANES];
    static uint16_t words32[LANES];
    const rg_lanes *lanes = rg_kernels_here ()->lanes;
    uint64_t sum = 0;
    for (int mixed = 0; mixed < 2; mixed++) {
        const rg_lane_decays narrow = { mixed ? numerators : NULL, 12345, 14 }, near = { narrow.n, 15999, 28 };
        memset (words32, 0, sizeof words32);
        memset (words64, 0, sizeof words64);
        fill_whole (5, LANES, -0x1p51, 0x1p51, c);
        for (size_t i = 0; i < LANES; i++)
            numerators[i] = (uint32_t) number (6, i, 1, 16384);
        for (size_t l = 0; l < RG_LANES; l++) {
            heads[l] = (uint32_t) number (7, l, 0x1p16, 0x1p32);
            wide[l] = (uint64_t) heads[l] << 32 | heads[l];
        }
        size_t pushed = lanes->multiply32 (heads, c, ROWS, &narrow, words32);
        ADD (sum, words32);
        ADD (sum, heads);
        ADD (sum, c);
        lanes->divide32 (heads, c, ROWS / 2, &narrow, words32, pushed);
        ADD (sum, heads);
        ADD (sum, c);
        pushed = lanes->multiply64 (wide, c, ROWS, &near, words64);
        ADD (sum, words64);
        ADD (sum, wide);
        ADD (sum, c);
        lanes->divide64 (wide, c, ROWS, &near, words64, pushed);
        ADD (sum, wide);
        ADD (sum, c);
    }
    return sum;
}

/* What a rule reads and writes. */
typedef struct {
    double coefficient[RG_COEFFICIENTS][COUNT], correction[RG_MOMENTS][COUNT], keep[COUNT];
    double w[COUNT], g[COUNT], moment[RG_MOMENTS][COUNT], out[16][COUNT];
    float g_single[COUNT], single[1 + RG_MOMENTS][COUNT];
    int64_t g_whole[COUNT], whole[1 + RG_MOMENTS][COUNT];
} state;

static rg_factors
draw (state *s)
{
    rg_factors f = { .keep = s->keep };
    for (uint32_t c = 0; c < RG_COEFFICIENTS; c++) {
        fill (10 + c, COUNT, .5, .99, s->coefficient[c]);
        f.coefficient[c] = s->coefficient[c];
    }
    for (uint32_t m = 0; m < RG_MOMENTS; m++) {
        fill (20 + m, COUNT, .1, .9, s->correction[m]);
        fill (22 + m, COUNT, .01, 1, s->moment[m]);
        f.correction[m] = s->correction[m];
    }
    fill (24, COUNT, .9, 1, s->keep);
    fill (25, COUNT, -2, 2, s->w);
    fill (26, COUNT, -1, 1, s->g);
    for (uint32_t k = 0; k < 16; k++)
        fill (30 + k, COUNT, -1, 1, s->out[k]);
    for (size_t i = 0; i < COUNT; i++) {
        s->g_single[i] = (float) s->g[i];
        s->single[0][i] = (float) s->w[i];
        s->g_whole[i] = (int64_t) (s->g[i] * 0x1p40);
        s->whole[0][i] = (int64_t) (s->w[i] * 0x1p40);
        for (int m = 0; m < RG_MOMENTS; m++) {
            s->single[1 + m][i] = (float) s->moment[m][i];
            s->whole[1 + m][i] = (int64_t) (s->moment[m][i] * 0x1p40);
        }
    }
    return f;
}

static uint64_t
digest_of_rule (const rg_dynamics *rule)
{
    static state s;
    const rg_faces *faces = rg_dynamics_faces (rule);
    const rg_factors f = draw (&s);
    uint64_t sum = 0;
    rg_overflow where;
    const rg_exact_block e = { .count = COUNT, .kernels = rg_kernels_here ()->update, .factors = f, .fraction_bits = 40,
                               .second_bits = 56, .step = 3, .first = 1024, .g = s.g_whole, .w = s.whole[0],
                               .moment = { s.whole[1], s.whole[2] } };
    ck_assert_int_eq (faces->step_exact (&e, &where), 0);
    ADD (sum, s.whole);
    faces->step_single (&(rg_floating_block) { .count = COUNT, .factors = f, .g = s.g_single, .w = s.single[0],
                                               .moment = { s.single[1], s.single[2] } });
    ADD (sum, s.single);
    rg_tangent_block t = { .count = COUNT, .factors = f, .w = s.w, .g = s.g, .moment = { s.moment[0], s.moment[1] },
                           .g_dot = s.out[0], .w_dot = s.out[1], .moment_dot = { s.out[2], s.out[3] } };
    t.coefficient_dot[0] = s.out[4];
    faces->tangent (&t);
    rg_adjoint_block a = { .count = COUNT, .factors = f, .w = s.w, .g = s.g, .moment = { s.moment[0], s.moment[1] },
                           .dw = s.out[5], .dmoment = { s.out[6], s.out[7] }, .dg = s.out[8],
                           .dproduct = { s.out[9], s.out[10] } };
    for (int c = 0; c < RG_COEFFICIENTS; c++)
        a.dcoefficient[c] = s.out[11 + c];
    faces->adjoint (&a);
    ADD (sum, s.out);
    faces->step_double (&(rg_floating_block) { .count = COUNT, .factors = f, .g = s.g, .w = s.w,
                                               .moment = { s.moment[0], s.moment[1] } });
    ADD (sum, s.w);
    ADD (sum, s.moment);
    return sum;
}

/* Of a precision; y is large enough for either. */
static uint64_t
digest_of_dense (const rg_dense *dense)
{
    static double x[COUNT], real[COUNT], y[COUNT];
    rg_map *const maps[] = { dense->exp, dense->tanh, dense->sigmoid, dense->softplus, dense->relu };
    uint64_t sum = 0;
    fill (50, COUNT, -30, 30, x);
    dense->convert (COUNT, x, real);
    for (size_t k = 0; k < sizeof maps / sizeof *maps; k++) {
        memset (y, 0, sizeof y);
        maps[k] (COUNT, real, y);
        ADD (sum, y);
    }
    const double sums[] = { dense->sum (COUNT, real), dense->dot (COUNT, real, y) };
    ADD (sum, sums);
    memset (y, 0, sizeof y);
    dense->column_sums (COUNT / 10, 10, real, y, false);
    ADD (sum, y);
    int32_t labels[COUNT / 10];
    for (int32_t r = 0; r < COUNT / 10; r++)
        labels[r] = r % 10;
    static double loss[COUNT / 10];
    memset (loss, 0, sizeof loss);
    dense->cross_entropy (COUNT / 10, 10, real, labels, y, loss);
    ADD (sum, y);
    ADD (sum, loss);
    fill (51, COUNT, 1, 30, x);
    dense->convert (COUNT, x, real);
    dense->log (COUNT, real, y);
    ADD (sum, y);
    return sum;
}

static uint64_t
digest_of_bytes (void)
{
    static uint8_t bytes[COUNT];
    static float out[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        bytes[i] = (uint8_t) number (60, i, 0, 256);
    rg_kernels_here ()->bytes->to_single (bytes, 1.f / 255, NULL, COUNT, out);
    return XXH3_64bits (out, sizeof out);
}

/* Each kernel's digest, made on x86-64; the same on every processor. */
START_TEST (kernels_have_their_bits)
{
    static const struct {
        const char *name;
        const rg_dynamics *rule;
        uint64_t digest;
    } cases[] = {
        { "update", NULL, 0x1cfb07f30e44d1f5 },
        { "lanes", NULL, 0x3424743edae2fe89 },
        { "single", NULL, 0xeeef7f402cf9d904 },
        { "double", NULL, 0xbb51d86c662aeda4 },
        { "bytes", NULL, 0x35985db71139773e },
        { "momentum", &rg_dynamics_momentum, 0x8ea7d955f7f79a12 },
        { "momentum-damped", &rg_dynamics_momentum_damped, 0x864cbafbaab20b72 },
        { "adam", &rg_dynamics_adam, 0x5877ce42f21aa32e },
        { "adamw", &rg_dynamics_adamw, 0x52a19f90e10705b9 },
        { "gradient-descent", &rg_dynamics_gradient_descent, 0xecb20227628a471a },
        { "nesterov", &rg_dynamics_nesterov, 0x039d81c4a7c71f9f },
        { "rmsprop", &rg_dynamics_rmsprop, 0xd7ef4dfd181f011a },
    };
    rg_processor_cap ((rg_level) _i);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const uint64_t digest = cases[k].rule != NULL ? digest_of_rule (cases[k].rule)
            : k == 0 ? digest_of_update ()
            : k == 1 ? digest_of_lanes ()
            : k < 4 ? digest_of_dense (rg_dense_get (k == 2 ? RG_SINGLE : RG_DOUBLE)) : digest_of_bytes ();
        ck_assert_msg (digest == cases[k].digest, "%s, %s: 0x%016llx", cases[k].name, rg_level_name (rg_processor_level ()),
                       (unsigned long long) digest);
    }
    rg_processor_cap (RG_LEVEL_V4);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("kernels");
    TCase *bits = tcase_create ("bits");
    tcase_add_loop_test (bits, kernels_have_their_bits, RG_LEVEL_BASE, RG_LEVELS);
    suite_add_tcase (suite, bits);
    return run_suite (suite);
}
