/* check_dynamics.c -- fixed-point kernels; the four faces of each rule; whole runs there and back. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include "failing_memory.h"
#include "uniform.h"

#include "base/processor.h"
#include "dynamics/initial.h"
#include "dynamics/run.h"

#define LIMIT RG_FIXED_LIMIT

/* ---- kernels -------------------------------------------------------------- */

enum { KERNEL_COUNT = 1037 };

START_TEST (all_levels_give_the_same_bits)
{
    static int64_t x[KERNEL_COUNT], start[KERNEL_COUNT], expected[KERNEL_COUNT], found[KERNEL_COUNT];
    static int64_t undone[KERNEL_COUNT];
    static double scale[KERNEL_COUNT], real[2][KERNEL_COUNT];
    static float single[2][KERNEL_COUNT], g[KERNEL_COUNT];
    const rg_level best = rg_processor_level ();
    for (int trial = 0; trial < test_scale (40); trial++) {
        const uint32_t stream = (uint32_t) trial;
        const size_t count = trial < 20 ? (size_t) trial : KERNEL_COUNT - (size_t) trial;
        for (size_t i = 0; i < count; i++) {
            x[i] = (int64_t) uniform (stream, 3 * i, -0x1p49, 0x1p49);
            start[i] = (int64_t) uniform (stream, 3 * i + 1, -0x1p51, 0x1p51);
            scale[i] = uniform (stream, 3 * i + 2, -1, 1);
            g[i] = (float) scale[i];
        }
        for (int level = RG_LEVEL_BASE; level <= (int) best; level++) {
            rg_processor_cap ((rg_level) level);
            const rg_update_kernels *kernels = rg_update_get ();
            int64_t *out = level == RG_LEVEL_BASE ? expected : found;
            const int which = level != RG_LEVEL_BASE;
            memcpy (out, start, sizeof start);
            ck_assert_int_eq (kernels->add_scaled (count, 0, scale, x, out), 0);
            for (size_t i = 0; i < count; i++)
                ck_assert (out[i] == start[i] + (int64_t) nearbyint (scale[i] * (double) x[i]));
            ck_assert_int_eq (kernels->add_single (count, 0, g, 0x1p40, out), 0);
            ck_assert_int_eq (kernels->add_double (count, 0, scale, 0x1p40, out), 0);
            kernels->to_single (count, out, 0x1p-40, single[which]);
            kernels->to_double (count, out, 0x1p-40, real[which]);
            if (which) {
                ck_assert_mem_eq (found, expected, count * sizeof *found);
                ck_assert_mem_eq (single[1], single[0], count * sizeof (float));
                ck_assert_mem_eq (real[1], real[0], count * sizeof (double));
            }
            memcpy (undone, out, sizeof undone);
            for (size_t i = 0; i < count; i++) {
                undone[i] -= (int64_t) nearbyint ((double) g[i] * 0x1p40) + (int64_t) nearbyint (scale[i] * 0x1p40);
                ck_assert (single[which][i] == (float) real[which][i]);
            }
            ck_assert_int_eq (kernels->subtract_scaled (count, 0, scale, x, undone), 0);
            ck_assert_mem_eq (undone, start, count * sizeof *out);
        }
        rg_processor_cap (RG_LEVEL_V4);
    }
}
END_TEST

/* The kernels of a level; the highest there is where the processor has it not. */
static const rg_update_kernels *
kernels_at (int level)
{
    rg_processor_cap ((rg_level) level);
    const rg_update_kernels *kernels = rg_update_get ();
    rg_processor_cap (RG_LEVEL_V4);
    return kernels;
}

START_TEST (addends_are_rounded_to_nearest_even)
{
    static const struct {
        double scale;
        int64_t x, rounded;
    } cases[] = {
        { .5, 1, 0 },    { .5, 3, 2 },       { .5, 5, 2 },       { .5, 7, 4 },
        { .5, -1, 0 },   { .5, -3, -2 },     { .5, -5, -2 },     { .25, 3, 1 },
        { .25, -3, -1 }, { .25, 9, 2 },      { .25, -11, -3 },   { .5, ((int64_t) 1 << 51) + 1, (int64_t) 1 << 50 },
        { .5, ((int64_t) 1 << 51) + 3, ((int64_t) 1 << 50) + 2 },
        { -.5, ((int64_t) 1 << 51) + 3, -((int64_t) 1 << 50) - 2 },
        { .5, LIMIT - 2, LIMIT / 2 - 1 },    { -.5, LIMIT - 2, 1 - LIMIT / 2 },
    };
    const rg_update_kernels *kernels = kernels_at (_i);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int64_t up = 1000003, down = -41, sum = 5;
        const double g = cases[k].scale * (double) cases[k].x * 0x1p-20;
        ck_assert_int_eq (kernels->add_scaled (1, _i % 2, &cases[k].scale, &cases[k].x, &up), 0);
        ck_assert_int_eq (kernels->subtract_scaled (1, _i % 2, &cases[k].scale, &cases[k].x, &down), 0);
        ck_assert_int_eq (kernels->add_double (1, 0, &g, 0x1p20, &sum), 0);
        ck_assert_msg (up == 1000003 + cases[k].rounded, "case %zu", k);
        ck_assert_msg (down == -41 - cases[k].rounded, "case %zu", k);
        ck_assert_msg (sum == 5 + cases[k].rounded, "case %zu", k);
    }
    int64_t sum[2] = { 0, 0 };
    ck_assert_int_eq (kernels->add_single (2, 0, (const float[]) { 2.5f, -3.5f }, 1, sum), 0);
    ck_assert_int_eq (sum[0], 2);
    ck_assert_int_eq (sum[1], -4);
}
END_TEST

START_TEST (what_leaves_the_range_is_marked_wherever_it_stands)
{
    static const struct {
        double g; /* an addend, in units */
        int64_t y;
        int bad;
    } cases[] = {
        { 1, LIMIT - 2, 0 },       { 1, LIMIT - 1, 1 },         { -1, -(LIMIT - 2), 0 },   { -1, -(LIMIT - 1), 1 },
        { .5, LIMIT - 1, 0 },      { 1.5, LIMIT - 2, 1 },       { 0x1p51, 0, 1 },          { -0x1p51, 0, 1 },
        { 0x1p51 - 1, 0, 0 },      { 1 - 0x1p51, 0, 0 },        { 0x1p51, -LIMIT / 2, 1 }, { 0x1p63, 0, 1 },
        { 1e300, 0, 1 },           { (double) INFINITY, 0, 1 }, { -(double) INFINITY, 0, 1 },
        { (double) NAN, 0, 1 },
    };
    const rg_update_kernels *kernels = kernels_at (_i);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (size_t at = 0; at < 19; at++) {
            double g[19] = { 0 }, minus[19] = { 0 };
            float single[19] = { 0 };
            int64_t one[19], y[3][19] = { { 0 } };
            for (size_t i = 0; i < 19; i++)
                one[i] = 1;
            g[at] = cases[k].g;
            minus[at] = -cases[k].g;
            single[at] = (float) cases[k].g;
            y[0][at] = y[1][at] = y[2][at] = cases[k].y;
            ck_assert_msg (kernels->add_scaled (19, 0, g, one, y[0]) == cases[k].bad, "case %zu at %zu", k, at);
            ck_assert_msg (kernels->subtract_scaled (19, 0, minus, one, y[1]) == cases[k].bad, "case %zu at %zu", k, at);
            ck_assert_msg (kernels->add_double (19, 0, g, 1, y[2]) == cases[k].bad, "case %zu at %zu", k, at);
            y[2][at] = cases[k].y;
            if ((double) single[at] == g[at] || isnan (g[at]))
                ck_assert_msg (kernels->add_single (19, 0, single, 1, y[2]) == cases[k].bad, "case %zu at %zu", k, at);
        }
    ck_assert (rg_fixed_fits (LIMIT - 1) && rg_fixed_fits (1 - LIMIT));
    ck_assert (!rg_fixed_fits (LIMIT) && !rg_fixed_fits (-LIMIT));
}
END_TEST

/* ---- the faces of a rule -------------------------------------------------- */

/* Those that can be undone first. */
static const rg_dynamics *const rules[] = { &rg_dynamics_momentum_damped, &rg_dynamics_momentum, &rg_dynamics_nesterov,
                                            &rg_dynamics_gradient_descent };
enum { RULES = 2, ALL_RULES = 4, COUNT = RG_DYNAMICS_BLOCK };

/* The inputs of one step, as reals. */
typedef struct {
    double rate[COUNT], decay[COUNT], w[COUNT], v[COUNT], g[COUNT];
} inputs;

static void
draw_inputs (inputs *x, uint32_t stream, double low)
{
    for (size_t i = 0; i < COUNT; i++) {
        x->rate[i] = uniform (stream, 5 * i, low < 0 ? -1 : .001, 1);
        x->decay[i] = uniform (stream, 5 * i + 1, low, 1);
        x->w[i] = uniform (stream, 5 * i + 2, -3, 3);
        x->v[i] = uniform (stream, 5 * i + 3, -2, 2);
        x->g[i] = uniform (stream, 5 * i + 4, -2, 2);
    }
}

static rg_exact_block
exact_block (size_t count, const double *rate, const double *decay, const int64_t *g, int64_t *w, int64_t *v)
{
    return (rg_exact_block) { .count = count, .kernels = rg_update_get (), .factors = { .coefficient = { rate, decay } }, .g = g,
                              .w = w, .moment = { v } };
}

static void
step_double (const rg_dynamics *rule, const inputs *x, double *w, double *v)
{
    memcpy (w, x->w, sizeof x->w);
    memcpy (v, x->v, sizeof x->v);
    rule->step_double (&(rg_floating_block) { .count = COUNT, .factors = { .coefficient = { x->rate, x->decay } }, .g = x->g, .w = w,
                                               .moment = { v } });
}

START_TEST (one_step_by_hand)
{
    const double rate = .5, decay = .75, g = 2;
    double w = 1, v = -3;
    rules[_i]->step_double (&(rg_floating_block) { .count = 1, .factors = { .coefficient = { &rate, &decay } }, .g = &g, .w = &w,
                                               .moment = { &v } });
    ck_assert_double_eq (v, _i == 0 ? .75 * -3 - .25 * 2 : .75 * -3 + 2);
    ck_assert_double_eq (w, _i == 0 ? 1 - .5 * 2.75 : 1 + .5 * .25);
    const float g_single = 2;
    float w_single = 1, v_single = -3;
    rules[_i]->step_single (&(rg_floating_block) { .count = 1, .factors = { .coefficient = { &rate, &decay } }, .g = &g_single, .w = &w_single,
                                               .moment = { &v_single } });
    ck_assert (w_single == (float) w && v_single == (float) v);
    int64_t gi = 2 << 20, wi = 1 << 20, vi = -(9 << 18); /* .75 * -3: the buffer has multiplied v */
    rg_overflow where;
    const rg_exact_block b = exact_block (1, &rate, &decay, &gi, &wi, &vi);
    ck_assert_int_eq (rules[_i]->step_exact (&b, &where), 0);
    ck_assert_double_eq ((double) vi * 0x1p-20, v);
    ck_assert_double_eq ((double) wi * 0x1p-20, w);
}
END_TEST

START_TEST (one_step_of_the_rules_without_undo_by_hand)
{
    const double rate = .5, decay = .75, g = 2;
    const float g_single = 2;
    const int64_t limit = INT64_C (1) << 52;
    for (int r = RULES; r < ALL_RULES; r++) {
        const int nesterov = rules[r]->moments == 1;
        const double next_v = nesterov ? .75 * -3 + 2 : -3, next_w = 1 - .5 * (nesterov ? 2 + .75 * -.25 : 2);
        double w = 1, v = -3;
        rules[r]->step_double (&(rg_floating_block) { .count = 1, .factors = { .coefficient = { &rate, &decay } }, .g = &g, .w = &w,
                                               .moment = { &v } });
        ck_assert_double_eq (v, next_v);
        ck_assert_double_eq (w, next_w);
        float w_single = 1, v_single = -3;
        rules[r]->step_single (&(rg_floating_block) { .count = 1, .factors = { .coefficient = { &rate, &decay } }, .g = &g_single, .w = &w_single,
                                               .moment = { &v_single } });
        ck_assert (w_single == (float) next_w && v_single == (float) next_v);
        int64_t gi = 2 << 20, wi = 1 << 20, vi = nesterov ? -(9 << 18) : -(3 << 20);
        rg_overflow where;
        rg_exact_block b = exact_block (1, &rate, &decay, &gi, &wi, &vi);
        ck_assert_int_eq (rules[r]->step_exact (&b, &where), 0);
        ck_assert_double_eq ((double) vi * 0x1p-20, next_v);
        ck_assert_double_eq ((double) wi * 0x1p-20, next_w);
        ck_assert (rules[r]->undo_weights == NULL && rules[r]->undo_moments == NULL && rules[r]->irreversible != NULL);
        int64_t many_w[3] = { 0, 5 - limit, 0 }, many_v[3] = { 0 }, many_g[3] = { 0, 20, 0 };
        b = exact_block (3, &rate, &decay, many_g, many_w, many_v);
        b.uniform = 1;
        ck_assert_int_eq (rules[r]->step_exact (&b, &where), 1);
        ck_assert_str_eq (where.array, "weight");
        ck_assert_uint_eq (where.index, 1);
    }
}
END_TEST

START_TEST (undoing_a_step_restores_every_bit)
{
    static inputs x;
    static int64_t w[COUNT], v[COUNT], g[COUNT], w0[COUNT], v0[COUNT];
    rg_overflow where;
    for (int trial = 0; trial < test_scale (60); trial++) {
        const uint32_t stream = 100 + (uint32_t) trial;
        draw_inputs (&x, stream, 0);
        for (size_t i = 0; i < COUNT; i++) {
            w0[i] = w[i] = (int64_t) uniform (stream, 9000 + 3 * i, -0x1p51, 0x1p51);
            v0[i] = v[i] = (int64_t) uniform (stream, 9001 + 3 * i, -0x1p49, 0x1p49);
            g[i] = (int64_t) uniform (stream, 9002 + 3 * i, -0x1p49, 0x1p49);
            if (i % 7 == 0) /* small odd numbers: ties */
                v0[i] = v[i] = (int64_t) (i % 11) - 5, g[i] = (int64_t) (i % 13) - 6, x.rate[i] = x.decay[i] = .5;
        }
        const size_t count = trial < 30 ? (size_t) trial : COUNT;
        rg_exact_block b = exact_block (count, x.rate, x.decay, g, w, v);
        b.uniform = trial % 4 == 3;
        ck_assert_int_eq (rules[_i]->step_exact (&b, &where), 0);
        if (count > 9)
            ck_assert_mem_ne (w, w0, count * sizeof *w);
        ck_assert_int_eq (rules[_i]->undo_weights (&b, &where), 0);
        ck_assert_mem_eq (w, w0, sizeof w);
        ck_assert_int_eq (rules[_i]->undo_moments (&b, &where), 0);
        ck_assert_mem_eq (v, v0, sizeof v);
    }
}
END_TEST

START_TEST (the_fixed_point_step_is_the_floating_one_to_a_few_units)
{
    enum { F = 40, K = 14 };
    static inputs x;
    static double w[COUNT], v[COUNT];
    static int64_t wi[COUNT], vi[COUNT], gi[COUNT];
    static uint32_t n[COUNT];
    rg_overflow where;
    for (int trial = 0; trial < test_scale (20); trial++) {
        draw_inputs (&x, 200 + (uint32_t) trial, 0);
        rg_buffer *buffer;
        ck_assert_int_eq (rg_buffer_new (&buffer, RG_BUFFER_STREAM32, COUNT, K), RG_OK);
        ck_assert_int_eq (rg_ratio_numerators (COUNT, x.decay, K, n, NULL), RG_OK);
        ck_assert_int_eq (rg_fixed_from_double (COUNT, x.w, F, wi, NULL), RG_OK);
        ck_assert_int_eq (rg_fixed_from_double (COUNT, x.v, F, vi, NULL), RG_OK);
        ck_assert_int_eq (rg_fixed_from_double (COUNT, x.g, F, gi, NULL), RG_OK);
        for (size_t i = 0; i < COUNT; i++)
            x.decay[i] = n[i] * 0x1p-14;
        rg_fixed_to_double (COUNT, wi, F, x.w);
        rg_fixed_to_double (COUNT, vi, F, x.v);
        rg_fixed_to_double (COUNT, gi, F, x.g);
        step_double (rules[_i], &x, w, v);
        if (rules[_i]->moments > 0)
            ck_assert_int_eq (rg_buffer_multiply (buffer, 0, &(rg_decays) { { 0, 1 << K }, n, NULL }, vi), RG_OK);
        const rg_exact_block b = exact_block (COUNT, x.rate, x.decay, gi, wi, vi);
        ck_assert_int_eq (rules[_i]->step_exact (&b, &where), 0);
        for (size_t i = 0; i < COUNT; i++) {
            ck_assert_double_le (fabs ((double) vi[i] * 0x1p-40 - v[i]), 1.51 * 0x1p-40);
            ck_assert_double_le (fabs ((double) wi[i] * 0x1p-40 - w[i]), (_i < RULES ? 2.02 : 2.52) * 0x1p-40);
        }
        rg_buffer_free (buffer);
    }
}
END_TEST

START_TEST (the_single_step_is_the_double_one_rounded)
{
    static inputs x;
    static double w[COUNT], v[COUNT];
    static float wf[COUNT], vf[COUNT], gf[COUNT];
    draw_inputs (&x, 300, 0);
    step_double (rules[_i], &x, w, v);
    for (size_t i = 0; i < COUNT; i++) {
        wf[i] = (float) x.w[i];
        vf[i] = (float) x.v[i];
        gf[i] = (float) x.g[i];
    }
    rules[_i]->step_single (&(rg_floating_block) { .count = COUNT, .factors = { .coefficient = { x.rate, x.decay } }, .g = gf, .w = wf,
                                               .moment = { vf } });
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_double_le (fabs ((double) vf[i] - v[i]), 1e-6);
        ck_assert_double_le (fabs ((double) wf[i] - w[i]), 2e-6);
    }
}
END_TEST

/* The tangent of a step at x along dot: w_dot and v_dot, read from and left in its members w and v. */
static void
tangent (const rg_dynamics *rule, const inputs *x, inputs *dot, int with_decays)
{
    rule->tangent (&(rg_tangent_block) { .count = COUNT, .factors = { .coefficient = { x->rate, x->decay } }, .g = x->g,
                                         .moment = { x->v }, .g_dot = dot->g,
                                         .coefficient_dot = { with_decays ? dot->rate : NULL,
                                                              with_decays ? dot->decay : NULL }, .w_dot = dot->w,
                                         .moment_dot = { dot->v } });
}

START_TEST (the_tangent_is_that_of_differences)
{
    static inputs x, dot, near;
    static double w[2][COUNT], v[2][COUNT];
    const double h = 1e-4;
    draw_inputs (&x, 400, 0);
    draw_inputs (&dot, 401, -1);
    for (int with_decays = 0; with_decays < 2; with_decays++) {
        for (int side = 0; side < 2; side++) {
            const double step = side == 0 ? h : -h;
            for (size_t i = 0; i < COUNT; i++) {
                near.w[i] = x.w[i] + step * dot.w[i];
                near.v[i] = x.v[i] + step * dot.v[i];
                near.g[i] = x.g[i] + step * dot.g[i];
                near.rate[i] = x.rate[i] + (with_decays ? step * dot.rate[i] : 0);
                near.decay[i] = x.decay[i] + (with_decays ? step * dot.decay[i] : 0);
            }
            step_double (rules[_i], &near, w[side], v[side]);
        }
        near = dot;
        tangent (rules[_i], &x, &near, with_decays);
        for (size_t i = 0; i < COUNT; i++) {
            ck_assert_double_le (fabs (near.w[i] - (w[0][i] - w[1][i]) / (2 * h)), 1e-7);
            ck_assert_double_le (fabs (near.v[i] - (v[0][i] - v[1][i]) / (2 * h)), 1e-7);
        }
    }
}
END_TEST

START_TEST (the_adjoint_is_the_transpose_of_the_tangent)
{
    static inputs x, dot, result, bar;
    static double dw[COUNT], dv[COUNT], dg[COUNT], drate[COUNT], ddecay[COUNT];
    for (int trial = 0; trial < test_scale (10); trial++) {
        draw_inputs (&x, 500 + 3 * (uint32_t) trial, 0);
        draw_inputs (&dot, 501 + 3 * (uint32_t) trial, -1);
        draw_inputs (&bar, 502 + 3 * (uint32_t) trial, -1);
        result = dot;
        tangent (rules[_i], &x, &result, 1);
        memcpy (dw, bar.w, sizeof dw);
        memcpy (dv, bar.v, sizeof dv);
        rules[_i]->adjoint (&(rg_adjoint_block) { .count = COUNT, .factors = { .coefficient = { x.rate, x.decay } }, .g = x.g,
                                                  .moment = { x.v }, .dw = dw, .dmoment = { dv }, .dg = dg,
                                                  .dcoefficient = { drate, ddecay } });
        for (size_t i = 0; i < COUNT; i++) { /* the rule is elementwise: so is the duality */
            const double left = bar.w[i] * result.w[i] + bar.v[i] * result.v[i];
            const double right = dw[i] * dot.w[i] + dv[i] * dot.v[i] + dg[i] * dot.g[i] + drate[i] * dot.rate[i]
                + ddecay[i] * dot.decay[i];
            ck_assert_double_le (fabs (left - right), 4e-14);
        }
    }
}
END_TEST

START_TEST (a_rule_gives_the_same_bits_on_every_processor)
{
    static inputs x, dot, bar, dots[2];
    static double out[2][7][COUNT]; /* step: w, v; adjoint: dw, dv, dg, drate, ddecay */
    static float single[2][2][COUNT], g[COUNT];
    static int64_t w[2][COUNT], v[2][COUNT], gi[COUNT];
    rg_overflow where;
    draw_inputs (&x, 900, 0);
    draw_inputs (&dot, 901, -1);
    draw_inputs (&bar, 902, -1);
    for (int level = RG_LEVEL_BASE; level <= RG_LEVEL_V4; level++) {
        const int k = level != RG_LEVEL_BASE;
        rg_processor_cap ((rg_level) level);
        const rg_dynamics *rule = rg_dynamics_here (rules[_i]);
        ck_assert_str_eq (rule->name, rules[_i]->name);
        step_double (rule, &x, out[k][0], out[k][1]);
        dots[k] = dot;
        tangent (rule, &x, &dots[k], 1);
        memcpy (out[k][2], bar.w, sizeof bar.w);
        memcpy (out[k][3], bar.v, sizeof bar.v);
        rule->adjoint (&(rg_adjoint_block) { .count = COUNT, .factors = { .coefficient = { x.rate, x.decay } }, .g = x.g,
                                             .moment = { x.v }, .dw = out[k][2], .dmoment = { out[k][3] },
                                             .dg = out[k][4], .dcoefficient = { out[k][5], out[k][6] } });
        for (size_t i = 0; i < COUNT; i++) {
            single[k][0][i] = (float) x.w[i];
            single[k][1][i] = (float) x.v[i];
            g[i] = (float) x.g[i];
            w[k][i] = (int64_t) (x.w[i] * 0x1p40);
            v[k][i] = (int64_t) (x.v[i] * 0x1p40);
            gi[i] = (int64_t) (x.g[i] * 0x1p40);
        }
        rule->step_single (&(rg_floating_block) { .count = COUNT, .factors = { .coefficient = { x.rate, x.decay } }, .g = g, .w = single[k][0],
                                               .moment = { single[k][1] } });
        const rg_exact_block b = exact_block (COUNT, x.rate, x.decay, gi, w[k], v[k]);
        ck_assert_int_eq (rule->step_exact (&b, &where), 0);
        ck_assert (!k || memcmp (out[1], out[0], sizeof out[0]) == 0);
        ck_assert (!k || memcmp (&dots[1], &dots[0], sizeof dots[0]) == 0);
        ck_assert (!k || memcmp (single[1], single[0], sizeof single[0]) == 0);
        ck_assert (!k || (memcmp (w[1], w[0], sizeof w[0]) == 0 && memcmp (v[1], v[0], sizeof v[0]) == 0));
    }
    rg_processor_cap (RG_LEVEL_V4);
}
END_TEST

START_TEST (an_overflow_is_found_with_its_array_and_index)
{
    static const struct {
        int face; /* 0 step, 1 undo_weights, 2 undo_moments */
        int64_t w, v, g;
        double rate;
        const char *array; /* NULL: none */
    } cases[] = {
        /* by signs that both rules share: they are turned for the damped one below */
        { 0, 0, LIMIT - 1, 4, .5, "velocity" },    { 0, 0, 1 - LIMIT, -4, .5, "velocity" },
        { 0, LIMIT - 1, -100, 0, .5, "weight" },   { 0, 1 - LIMIT, 100, 0, .5, "weight" },
        { 0, 0, LIMIT - 100, 0, .75, "weight" },   { 0, 0, LIMIT - 100, 0, .25, NULL },
        { 0, 0, 10, 10, 1e300, "weight" },         { 1, LIMIT - 1, 100, 0, .5, "weight" },
        { 1, 1 - LIMIT, -100, 0, .5, "weight" },   { 2, 0, 1 - LIMIT, 4, .5, "velocity" },
        { 2, 0, LIMIT - 1, -4, .5, "velocity" },   { 2, LIMIT - 1, 100, 0, .5, NULL },
    };
    const int damped = _i == 0;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (size_t at = 3; at < 45; at += 13) {
            double rate[45], decay[45];
            int64_t w[45] = { 0 }, v[45] = { 0 }, g[45] = { 0 };
            for (size_t i = 0; i < 45; i++) {
                rate[i] = .1;
                decay[i] = .5;
            }
            rate[at] = cases[k].rate;
            w[at] = damped ? -cases[k].w : cases[k].w;
            v[at] = cases[k].v;
            g[at] = damped ? -2 * cases[k].g : cases[k].g;
            rg_overflow where = { "none", 99 };
            const rg_exact_block b = exact_block (45, rate, decay, g, w, v);
            const int failed = cases[k].face == 0 ? rules[_i]->step_exact (&b, &where)
                : cases[k].face == 1 ? rules[_i]->undo_weights (&b, &where) : rules[_i]->undo_moments (&b, &where);
            ck_assert_msg (failed == (cases[k].array != NULL), "case %zu", k);
            if (failed) {
                ck_assert_msg (strcmp (where.array, cases[k].array) == 0, "case %zu: %s", k, where.array);
                ck_assert_uint_eq (where.index, at);
            }
        }
}
END_TEST

START_TEST (one_value_for_a_whole_block_gives_the_same_bits)
{
    static inputs x;
    static int64_t w[2][COUNT], v[2][COUNT], g[COUNT];
    rg_overflow where;
    draw_inputs (&x, 800, 0);
    for (size_t i = 0; i < COUNT; i++) {
        w[0][i] = w[1][i] = (int64_t) (x.w[i] * 0x1p40);
        v[0][i] = v[1][i] = (int64_t) (x.v[i] * 0x1p40);
        g[i] = (int64_t) (x.g[i] * 0x1p40);
        x.rate[i] = x.rate[0];
        x.decay[i] = x.decay[0];
    }
    for (int uniform_too = 0; uniform_too < 2; uniform_too++) {
        rg_exact_block b = exact_block (COUNT, x.rate, x.decay, g, w[uniform_too], v[uniform_too]);
        b.uniform = uniform_too;
        ck_assert_int_eq (rules[_i]->step_exact (&b, &where), 0);
    }
    ck_assert_mem_eq (w[0], w[1], sizeof w[0]);
    ck_assert_mem_eq (v[0], v[1], sizeof v[0]);
}
END_TEST

/* ---- whole runs ----------------------------------------------------------- */

/*
 * A separable objective: J = sum log cosh (w_i - c_i (t)), whose Hessian lies in (0, 1]; its targets move
 * from step to step. More weights than a buffer's range, arrays across the ranges' borders.
 */
static const rg_array_spec arrays[] = {
    { "W1", 3000, 0, 0 }, { "b1", 9000, 0, 0 }, { "W2", 700, 1, 0 }, { "b2", 7000, 1, 0 }, { "W3", 300, 2, 0 },
};
enum { ARRAYS = 5, WEIGHTS = 20000 };

static double
target (rg_instant at, int i)
{
    return (double) ((i * 37 + (int) at.step * 11) % 101) / 50 - 1;
}

static int
cosh_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) lambda;
    *loss = 0;
    for (int i = 0; i < WEIGHTS; i++)
        *loss += log (cosh (w[i] - target (at, i)));
    return 0;
}

static int
cosh_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) lambda;
    for (int i = 0; i < WEIGHTS; i++)
        g[i] = tanh (w[i] - target (at, i));
    if (user != NULL)
        g[12005] = *(double *) user;
    return 0;
}

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner;
    rg_run *run;
    double *w0;
} fixture;

/* Rates and decays per step and array, at random around .01 and .9. */
static void
fixture_init (fixture *f, size_t steps, int ratio_bits, double *fault)
{
    double *values = calloc (2 * steps * ARRAYS, sizeof *values);
    ck_assert_int_eq (rg_layout_new (&f->layout, ARRAYS, arrays), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, steps, 0, ratio_bits), RG_OK);
    for (size_t i = 0; i < steps * ARRAYS; i++) {
        values[i] = uniform (600, i, .002, .018);
        values[steps * ARRAYS + i] = uniform (601, i, .88, .92);
    }
    for (int k = 0; k < 2; k++) {
        rg_block_spec spec = rg_block_defaults (k == 0 ? RG_RATE : RG_DECAY);
        spec.scope = RG_PER_ARRAY;
        spec.per_step = 1;
        spec.values = values + (size_t) k * steps * ARRAYS;
        ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    }
    free (values);
    const rg_callbacks call = { cosh_loss, cosh_gradient, NULL, NULL, fault, 0 };
    ck_assert_int_eq (rg_objective_from_callbacks (&f->inner, WEIGHTS, &call, NULL, NULL), RG_OK);
    f->run = NULL;
    f->w0 = calloc (WEIGHTS, sizeof *f->w0);
    for (size_t i = 0; i < WEIGHTS; i++)
        f->w0[i] = uniform (602, i, -2, 2);
}

static void
fixture_clear (fixture *f)
{
    rg_run_free (f->run);
    rg_objective_free (f->inner);
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
    free (f->w0);
}

static void
forward (rg_run *run, size_t steps)
{
    rg_message message = { "" };
    while (run->step < steps) {
        ck_assert_msg (rg_run_gradient (run, run->step + 1 == steps, &message) == RG_OK, "%s", message.text);
        ck_assert_msg (rg_run_advance (run, &message) == RG_OK, "%s", message.text);
    }
}

static const struct {
    const char *label;
    int rule;
    size_t steps;
    rg_buffer_kind buffer;
    int ratio_bits;
    double over_limit;
} runs[] = {
    { "damped", 0, 400, RG_BUFFER_STREAM32, 14, 1.01 },
    { "classical", 1, 400, RG_BUFFER_STREAM32, 14, 1.01 },
    { "damped, 64-bit heads", 0, 400, RG_BUFFER_STREAM64, 24, 1.01 },
    { "classical, integers", 1, 40, RG_BUFFER_INTEGER, 14, 1.2 },
};

START_TEST (a_run_of_many_ranges_goes_out_and_comes_back)
{
    fixture f;
    rg_message message = { "" };
    const size_t steps = runs[_i].steps;
    fixture_init (&f, steps, runs[_i].ratio_bits, NULL);
    const rg_run_options options = { .fraction_bits = 40, .ratio_bits = runs[_i].ratio_bits, .buffer_kind = runs[_i].buffer };
    ck_assert_int_eq (rg_run_new (&f.run, rules[runs[_i].rule], f.inner, f.hyper, &options, NULL), RG_OK);
    ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, NULL), RG_OK);
    rg_run *run = f.run;
    int64_t *start = malloc (WEIGHTS * sizeof *start), *middle = malloc (WEIGHTS * sizeof *middle);
    memcpy (start, run->w, WEIGHTS * sizeof *start);
    const uint64_t digest = rg_run_digest (run);
    forward (run, steps / 2);
    const uint64_t half_way = rg_run_digest (run);
    memcpy (middle, run->moment[0], WEIGHTS * sizeof *middle);
    forward (run, steps);
    ck_assert_mem_ne (run->w, start, WEIGHTS * sizeof *start);
    ck_assert (rg_run_digest (run) != half_way && half_way != digest);
    double limit = 0;
    for (size_t t = 0; t < steps; t++)
        limit += rg_run_limit_bits (run, t);
    const double ratio = rg_run_buffer_bits (run) / limit;
    ck_assert_msg (ratio > .95 && ratio < runs[_i].over_limit, "%s: %g of the limit", runs[_i].label, ratio);
    ck_assert_double_ge (8 * (double) rg_run_buffer_bytes (run), rg_run_buffer_bits (run));
    while (run->step > steps / 2)
        ck_assert_msg (rg_run_undo (run, &message) == RG_OK, "%s: %s", runs[_i].label, message.text);
    ck_assert_mem_eq (run->moment[0], middle, WEIGHTS * sizeof *middle);
    ck_assert (rg_run_digest (run) == half_way);
    while (run->step > 0)
        ck_assert_msg (rg_run_undo (run, &message) == RG_OK, "%s: %s", runs[_i].label, message.text);
    ck_assert_mem_eq (run->w, start, WEIGHTS * sizeof *start);
    for (size_t i = 0; i < WEIGHTS; i++)
        ck_assert (run->moment[0][i] == 0);
    ck_assert (rg_buffer_is_start (run->buffer[0]));
    ck_assert_double_eq (rg_run_buffer_bits (run), 0);
    ck_assert (rg_run_digest (run) == digest);
    double *weights = malloc (WEIGHTS * sizeof *weights);
    rg_run_weights (run, weights);
    ck_assert_mem_eq (weights, run->w_real, WEIGHTS * sizeof *weights);
    ck_assert_double_le (relative_difference (weights, f.w0, WEIGHTS), 0x1p-41);
    free (weights);
    free (start);
    free (middle);
    fixture_clear (&f);
}
END_TEST

/* What one would write first: the step's lines solved for the old state, in double precision. */
static double
naive_return (rg_run *run, const double *w0)
{
    double *w = run->w_real, *v = run->moment_real[0], rate[WEIGHTS], decay[WEIGHTS], worst = 0;
    while (run->step > 0) {
        run->step--;
        const rg_coefficient rates = rg_coefficient_at (&run->coefficient[0], run->step);
        const rg_coefficient decays = rg_coefficient_at (&run->coefficient[1], run->step);
        rg_coefficient_expand (&rates, 0, WEIGHTS, rate);
        rg_coefficient_expand (&decays, 0, WEIGHTS, decay);
        for (size_t i = 0; i < WEIGHTS; i++)
            w[i] -= rate[i] * v[i];
        cosh_gradient (NULL, (rg_instant) { run->iteration, run->step }, w, NULL, run->g_real);
        for (size_t i = 0; i < WEIGHTS; i++)
            v[i] = (v[i] + (1 - decay[i]) * ((double *) run->g_real)[i]) / decay[i];
    }
    for (size_t i = 0; i < WEIGHTS; i++)
        if (!(fabs (w[i] - w0[i]) <= worst))
            worst = fabs (w[i] - w0[i]);
    return worst;
}

/*
 * Rounding errors grow by 1/.9 a step on the way back: harmless after 50 steps (.9^-50 = 194), fatal
 * after 400 (2e18). Hence the test above, which the naive way must fail, has 400 steps.
 */
START_TEST (a_naive_floating_reversal_fails_after_400_steps)
{
    static const size_t steps[] = { 50, 400 };
    for (int k = 0; k < 2; k++) {
        fixture f;
        fixture_init (&f, steps[k], 14, NULL);
        rg_run_options options = rg_run_defaults ();
        options.arithmetic = RG_FLOATING;
        ck_assert_int_eq (rg_run_new (&f.run, &rg_dynamics_momentum_damped, f.inner, f.hyper, &options, NULL), RG_OK);
        ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, NULL), RG_OK);
        forward (f.run, steps[k]);
        const double error = naive_return (f.run, f.w0);
        if (steps[k] == 50)
            ck_assert_msg (error < 1e-10, "%g", error);
        else
            ck_assert_msg (!(error < .1), "%g", error);
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (exact_and_floating_runs_stay_close)
{
    fixture f;
    fixture_init (&f, 100, 14, NULL);
    double *weights = calloc (2 * WEIGHTS, sizeof *weights), loss[2];
    for (int k = 0; k < 2; k++) {
        rg_run_options options = rg_run_defaults ();
        options.arithmetic = k == 0 ? RG_EXACT : RG_FLOATING;
        ck_assert_int_eq (rg_run_new (&f.run, rules[_i], f.inner, f.hyper, &options, NULL), RG_OK);
        ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, NULL), RG_OK);
        forward (f.run, 100);
        rg_run_weights (f.run, weights + k * WEIGHTS);
        loss[k] = f.run->inner_loss;
        rg_run_free (f.run);
        f.run = NULL;
    }
    ck_assert_double_le (relative_difference (weights, weights + WEIGHTS, WEIGHTS), 1e-9);
    ck_assert_double_le (fabs (loss[0] - loss[1]), 1e-9 * loss[1]);
    free (weights);
    fixture_clear (&f);
}
END_TEST

START_TEST (a_gradient_out_of_range_is_named)
{
    static const struct {
        double fault;
        rg_status status;
        const char *sentence;
    } cases[] = {
        { 0x1p11, RG_EOVERFLOW,
          "step 0: the gradient of parameter 5 of array W2 left (-2^12, 2^12), the range of 40 fraction bits" },
        { NAN, RG_ENONFINITE, "step 0: the gradient callback gave a value that is not finite at 12005" },
    };
    for (int k = 0; k < 2; k++) {
        fixture f;
        double fault = cases[k].fault;
        rg_message message = { "" };
        fixture_init (&f, 3, 14, &fault);
        const rg_run_options options = rg_run_defaults ();
        ck_assert_int_eq (rg_run_new (&f.run, rules[0], f.inner, f.hyper, &options, NULL), RG_OK);
        ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, NULL), RG_OK);
        rg_status status = rg_run_gradient (f.run, 0, &message);
        if (status == RG_OK) /* one shard's gradient is rounded where it is used */
            status = rg_run_advance (f.run, &message);
        ck_assert_int_eq (status, cases[k].status);
        ck_assert_str_eq (message.text, cases[k].sentence);
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (initial_weights_that_cannot_be_are_named)
{
    fixture f;
    rg_message message = { "" };
    fixture_init (&f, 3, 14, NULL);
    const rg_run_options options = rg_run_defaults ();
    ck_assert_int_eq (rg_run_new (&f.run, rules[0], f.inner, f.hyper, &options, NULL), RG_OK);
    f.w0[19702] = 4096;
    ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, &message), RG_EOVERFLOW);
    ck_assert_str_eq (message.text, "step 0: the initial weight of parameter 2 of array W3 left (-2^12, 2^12), the range "
                                    "of 40 fraction bits");
    f.w0[3] = NAN;
    ck_assert_int_eq (rg_run_start (f.run, f.w0, 0, &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "initial weight 3 (array W1) is not finite");
    fixture_clear (&f);
}
END_TEST

START_TEST (a_run_over_parts_that_disagree_is_refused)
{
    fixture f;
    rg_run *run;
    rg_objective *other;
    rg_hyper *empty;
    rg_message message = { "" };
    rg_run_options options = rg_run_defaults ();
    fixture_init (&f, 3, 14, NULL);
    rg_callbacks call = { cosh_loss, cosh_gradient, NULL, NULL, NULL, 0 };
    ck_assert_int_eq (rg_objective_from_callbacks (&other, 12, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_run_new (&run, rules[0], other, f.hyper, &options, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "the objective has 12 weights, the layout 20000");
    ck_assert_ptr_null (run);
    rg_objective_free (other);
    call.lambdas = 4;
    ck_assert_int_eq (rg_objective_from_callbacks (&other, WEIGHTS, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_run_new (&run, rules[0], other, f.hyper, &options, &message), RG_ESHAPE);
    ck_assert_str_eq (message.text, "the objective takes 4 hyperparameters, the blocks have 0");
    rg_objective_free (other);
    ck_assert_int_eq (rg_hyper_new (&empty, f.layout, 3, 0, 14), RG_OK);
    ck_assert_int_eq (rg_run_new (&run, rules[1], f.inner, empty, &options, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "momentum needs rate and decay among the hyperparameters");
    rg_hyper_free (empty);
    options.fraction_bits = 52;
    ck_assert_int_eq (rg_run_new (&run, rules[0], f.inner, f.hyper, &options, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "fraction_bits: expected 8 to 51, got 52");
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_of_a_run_may_fail)
{
    fixture f;
    fixture_init (&f, 3, 14, NULL);
    for (int arithmetic = RG_EXACT; arithmetic <= RG_FLOATING; arithmetic++)
        for (failing_memory memory = failing_first (); memory.failed;) {
            rg_run_options options = rg_run_defaults ();
            options.arithmetic = (rg_arithmetic) arithmetic;
            FAILING (&memory, rg_run_new (&f.run, rules[0], f.inner, f.hyper, &options, NULL));
            ck_assert_int_eq (f.run == NULL, memory.failed);
            rg_run_free (f.run);
            f.run = NULL;
        }
    fixture_clear (&f);
}
END_TEST

/* ---- initial weights -------------------------------------------------------- */

START_TEST (initial_weights_are_scaled_normal_numbers)
{
    fixture f;
    fixture_init (&f, 1, 14, NULL);
    double *w = calloc (4 * WEIGHTS, sizeof *w), *again = w + WEIGHTS, *scaled = again + WEIGHTS, sum = 0;
    rg_initial initial = { .scale = .5, .seed = 7 };
    rg_initial_weights (&initial, f.hyper, 0, w);
    for (size_t i = 0; i < WEIGHTS; i++)
        sum += w[i] * w[i];
    ck_assert_double_eq_tol (sqrt (sum / WEIGHTS), .5, .02);
    rg_initial_weights (&initial, f.hyper, 3, again);
    ck_assert_mem_eq (again, w, WEIGHTS * sizeof *w);
    initial.fresh = 1;
    rg_initial_weights (&initial, f.hyper, 3, again);
    ck_assert_mem_ne (again, w, WEIGHTS * sizeof *w);
    initial.fresh = 0;
    initial.values = f.w0;
    rg_initial_weights (&initial, f.hyper, 0, again);
    ck_assert_mem_eq (again, f.w0, WEIGHTS * sizeof *w);
    initial.values = NULL;
    const double scales[ARRAYS] = { .5, 1, .25, 2, 4 };
    rg_block_spec spec = rg_block_defaults (RG_WEIGHT_SCALE);
    spec.values = scales;
    ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    rg_initial_weights (&initial, f.hyper, 0, scaled);
    for (size_t a = 0, i = 0; a < ARRAYS; a++)
        for (size_t k = 0; k < arrays[a].count; k++, i++)
            ck_assert_double_eq (scaled[i], w[i] * 2 * scales[a]);
    /* the transpose: <dw, dw_0/dscale_a> sums dw_i w_i / scale_a over the array */
    double gradient[3 * ARRAYS] = { 0 }, *dw = again;
    for (size_t i = 0; i < WEIGHTS; i++)
        dw[i] = uniform (700, i, -1, 1);
    rg_initial_adjoint (&initial, f.hyper, 0, dw, gradient);
    rg_block block;
    ck_assert_int_eq (rg_hyper_find (f.hyper, RG_WEIGHT_SCALE, &block), 1);
    for (size_t a = 0, i = 0; a < ARRAYS; a++) {
        double expected = 0;
        for (size_t k = 0; k < arrays[a].count; k++, i++)
            expected += dw[i] * scaled[i] / scales[a];
        ck_assert_double_eq_tol (gradient[block.first + a], expected, 1e-10);
    }
    for (size_t i = 0; i < block.first; i++)
        ck_assert_double_eq (gradient[i], 0);
    free (w);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("dynamics");
    TCase *kernels = tcase_create ("kernels");
    tcase_add_test (kernels, all_levels_give_the_same_bits);
    tcase_add_loop_test (kernels, addends_are_rounded_to_nearest_even, RG_LEVEL_BASE, RG_LEVEL_V4 + 1);
    tcase_add_loop_test (kernels, what_leaves_the_range_is_marked_wherever_it_stands, RG_LEVEL_BASE, RG_LEVEL_V4 + 1);
    suite_add_tcase (suite, kernels);
    TCase *faces = tcase_create ("faces");
    tcase_add_loop_test (faces, one_step_by_hand, 0, RULES);
    tcase_add_test (faces, one_step_of_the_rules_without_undo_by_hand);
    tcase_add_loop_test (faces, undoing_a_step_restores_every_bit, 0, RULES);
    tcase_add_loop_test (faces, one_value_for_a_whole_block_gives_the_same_bits, 0, RULES);
    tcase_add_loop_test (faces, the_fixed_point_step_is_the_floating_one_to_a_few_units, 0, ALL_RULES);
    tcase_add_loop_test (faces, the_single_step_is_the_double_one_rounded, 0, ALL_RULES);
    tcase_add_loop_test (faces, the_tangent_is_that_of_differences, 0, ALL_RULES);
    tcase_add_loop_test (faces, the_adjoint_is_the_transpose_of_the_tangent, 0, ALL_RULES);
    tcase_add_loop_test (faces, a_rule_gives_the_same_bits_on_every_processor, 0, RULES);
    tcase_add_loop_test (faces, an_overflow_is_found_with_its_array_and_index, 0, RULES);
    suite_add_tcase (suite, faces);
    TCase *whole = tcase_create ("runs");
    tcase_set_timeout (whole, 120);
    tcase_add_loop_test (whole, a_run_of_many_ranges_goes_out_and_comes_back, 0, (int) (sizeof runs / sizeof *runs));
    tcase_add_test (whole, a_naive_floating_reversal_fails_after_400_steps);
    tcase_add_loop_test (whole, exact_and_floating_runs_stay_close, 0, RULES);
    tcase_add_test (whole, a_gradient_out_of_range_is_named);
    tcase_add_test (whole, initial_weights_that_cannot_be_are_named);
    tcase_add_test (whole, a_run_over_parts_that_disagree_is_refused);
    tcase_add_test (whole, every_allocation_of_a_run_may_fail);
    tcase_add_test (whole, initial_weights_are_scaled_normal_numbers);
    suite_add_tcase (suite, whole);
    return run_suite (suite);
}
