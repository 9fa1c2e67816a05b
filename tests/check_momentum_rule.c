/* check_momentum_rule.c -- the rules with one moment or none, each face: steps, their undoing, tangents, adjoints. */
#include "testing.h"

#include <string.h>

#include "uniform.h"

#include "base/processor.h"
#include "dynamics/run.h"

#define LIMIT RG_FIXED_LIMIT

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
    return (rg_exact_block) { .count = count, .kernels = rg_kernels_here ()->update, .factors = { .coefficient = { rate, decay } }, .g = g,
                              .w = w, .moment = { v } };
}

static void
step_double (const rg_dynamics *rule, const inputs *x, double *w, double *v)
{
    memcpy (w, x->w, sizeof x->w);
    memcpy (v, x->v, sizeof x->v);
    rg_dynamics_faces (rule)->step_double (
        &(rg_floating_block) { .count = COUNT, .factors = { .coefficient = { x->rate, x->decay } }, .g = x->g, .w = w,
                                               .moment = { v } });
}

START_TEST (one_step_by_hand)
{
    const double rate = .5, decay = .75, g = 2;
    double w = 1, v = -3;
    rg_dynamics_faces (rules[_i])->step_double (
        &(rg_floating_block) { .count = 1, .factors = { .coefficient = { &rate, &decay } }, .g = &g, .w = &w,
                                               .moment = { &v } });
    ck_assert_double_eq (v, _i == 0 ? .75 * -3 - .25 * 2 : .75 * -3 + 2);
    ck_assert_double_eq (w, _i == 0 ? 1 - .5 * 2.75 : 1 + .5 * .25);
    const float g_single = 2;
    float w_single = 1, v_single = -3;
    rg_dynamics_faces (rules[_i])->step_single (
        &(rg_floating_block) { .count = 1, .factors = { .coefficient = { &rate, &decay } }, .g = &g_single, .w = &w_single,
                                               .moment = { &v_single } });
    ck_assert (w_single == (float) w && v_single == (float) v);
    int64_t gi = 2 << 20, wi = 1 << 20, vi = -(9 << 18); /* .75 * -3: the buffer has multiplied v */
    rg_overflow where;
    const rg_exact_block b = exact_block (1, &rate, &decay, &gi, &wi, &vi);
    ck_assert_int_eq (rg_dynamics_faces (rules[_i])->step_exact (&b, &where), 0);
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
        rg_dynamics_faces (rules[r])->step_double (
            &(rg_floating_block) { .count = 1, .factors = { .coefficient = { &rate, &decay } }, .g = &g, .w = &w,
                                               .moment = { &v } });
        ck_assert_double_eq (v, next_v);
        ck_assert_double_eq (w, next_w);
        float w_single = 1, v_single = -3;
        rg_dynamics_faces (rules[r])->step_single (
            &(rg_floating_block) { .count = 1, .factors = { .coefficient = { &rate, &decay } }, .g = &g_single, .w = &w_single,
                                               .moment = { &v_single } });
        ck_assert (w_single == (float) next_w && v_single == (float) next_v);
        int64_t gi = 2 << 20, wi = 1 << 20, vi = nesterov ? -(9 << 18) : -(3 << 20);
        rg_overflow where;
        rg_exact_block b = exact_block (1, &rate, &decay, &gi, &wi, &vi);
        ck_assert_int_eq (rg_dynamics_faces (rules[r])->step_exact (&b, &where), 0);
        ck_assert_double_eq ((double) vi * 0x1p-20, next_v);
        ck_assert_double_eq ((double) wi * 0x1p-20, next_w);
        const rg_faces *faces = rg_dynamics_faces (rules[r]);
        ck_assert (faces->undo_weights == NULL && faces->undo_moments == NULL && rules[r]->irreversible != NULL);
        int64_t many_w[3] = { 0, 5 - limit, 0 }, many_v[3] = { 0 }, many_g[3] = { 0, 20, 0 };
        b = exact_block (3, &rate, &decay, many_g, many_w, many_v);
        b.uniform = 1;
        ck_assert_int_eq (rg_dynamics_faces (rules[r])->step_exact (&b, &where), 1);
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
        ck_assert_int_eq (rg_dynamics_faces (rules[_i])->step_exact (&b, &where), 0);
        if (count > 9)
            ck_assert_mem_ne (w, w0, count * sizeof *w);
        ck_assert_int_eq (rg_dynamics_faces (rules[_i])->undo_weights (&b, &where), 0);
        ck_assert_mem_eq (w, w0, sizeof w);
        ck_assert_int_eq (rg_dynamics_faces (rules[_i])->undo_moments (&b, &where), 0);
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
        ck_assert_int_eq (rg_dynamics_faces (rules[_i])->step_exact (&b, &where), 0);
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
    rg_dynamics_faces (rules[_i])->step_single (
        &(rg_floating_block) { .count = COUNT, .factors = { .coefficient = { x.rate, x.decay } }, .g = gf, .w = wf,
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
    rg_dynamics_faces (rule)->tangent (
        &(rg_tangent_block) { .count = COUNT, .factors = { .coefficient = { x->rate, x->decay } }, .g = x->g,
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
        memset (ddecay, 0, sizeof ddecay); /* some rules have none */
        rg_dynamics_faces (rules[_i])->adjoint (
            &(rg_adjoint_block) { .count = COUNT, .factors = { .coefficient = { x.rate, x.decay } }, .g = x.g,
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
        const rg_faces *faces = rg_dynamics_faces (rules[_i]);
        step_double (rules[_i], &x, out[k][0], out[k][1]);
        dots[k] = dot;
        tangent (rules[_i], &x, &dots[k], 1);
        memcpy (out[k][2], bar.w, sizeof bar.w);
        memcpy (out[k][3], bar.v, sizeof bar.v);
        faces->adjoint (&(rg_adjoint_block) { .count = COUNT, .factors = { .coefficient = { x.rate, x.decay } }, .g = x.g,
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
        faces->step_single (&(rg_floating_block) { .count = COUNT, .factors = { .coefficient = { x.rate, x.decay } }, .g = g, .w = single[k][0],
                                               .moment = { single[k][1] } });
        const rg_exact_block b = exact_block (COUNT, x.rate, x.decay, gi, w[k], v[k]);
        ck_assert_int_eq (faces->step_exact (&b, &where), 0);
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
            const rg_faces *faces = rg_dynamics_faces (rules[_i]);
            const int failed = (cases[k].face == 0 ? faces->step_exact
                                : cases[k].face == 1 ? faces->undo_weights : faces->undo_moments) (&b, &where);
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
        ck_assert_int_eq (rg_dynamics_faces (rules[_i])->step_exact (&b, &where), 0);
    }
    ck_assert_mem_eq (w[0], w[1], sizeof w[0]);
    ck_assert_mem_eq (v[0], v[1], sizeof v[0]);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("momentum rule");
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
    return run_suite (suite);
}
