/* check_adam_rule.c -- the rule of Adam and AdamW, each face: steps, their undoing, tangents, adjoints. */
#include "testing.h"

#include <string.h>

#include "uniform.h"

#include "base/processor.h"
#include "dynamics/run.h"

static const rg_dynamics *const rules[] = { &rg_dynamics_adam, &rg_dynamics_adamw };
enum { RULES = 2, FORMS = 4 /* each with epsilon outside and inside */, COUNT = RG_DYNAMICS_BLOCK };

/* What a step depends on, or the tangent or adjoint of it. */
typedef struct {
    double coefficient[RG_COEFFICIENTS][COUNT], correction[2][COUNT], w[COUNT], m[COUNT], u[COUNT], g[COUNT];
    double keep[COUNT];
} inputs;

static void
draw_inputs (inputs *x, uint32_t stream)
{
    for (size_t i = 0; i < COUNT; i++) {
        const double low[] = { .001, .3, .5, .01, .001 }, high[] = { .5, .99, .999, .2, .5 };
        for (int c = 0; c < RG_COEFFICIENTS; c++)
            x->coefficient[c][i] = uniform (stream, 20 * i + (uint64_t) c, low[c], high[c]);
        x->correction[0][i] = uniform (stream, 20 * i + 5, .1, 1);
        x->correction[1][i] = uniform (stream, 20 * i + 6, .05, 1);
        x->w[i] = uniform (stream, 20 * i + 7, -3, 3);
        x->m[i] = uniform (stream, 20 * i + 8, -1, 1);
        x->u[i] = uniform (stream, 20 * i + 9, .01, 1);
        x->g[i] = uniform (stream, 20 * i + 10, -1, 1);
        x->keep[i] = 1 - x->coefficient[0][i] * x->coefficient[4][i];
    }
}

static rg_factors
factors_of (const inputs *x)
{
    rg_factors f = { .keep = x->keep };
    for (int c = 0; c < RG_COEFFICIENTS; c++)
        f.coefficient[c] = x->coefficient[c];
    for (int m = 0; m < 2; m++)
        f.correction[m] = x->correction[m];
    return f;
}

static void
step_double (int form, const inputs *x, double *w, double *m, double *u)
{
    memcpy (w, x->w, sizeof x->w);
    memcpy (m, x->m, sizeof x->m);
    memcpy (u, x->u, sizeof x->u);
    rg_dynamics_faces (rules[form % 2])->step_double (
        &(rg_floating_block) { .count = COUNT, .factors = factors_of (x), .inside = form / 2,
                                                         .g = x->g, .w = w, .moment = { m, u } });
}

/* At the first step the corrected moments are g and g^2: w goes rate g / (|g| + epsilon) down. */
START_TEST (a_first_step_by_hand)
{
    const int form = _i, decays = form % 2;
    const double rate = .5, beta1 = .75, beta2 = .9375, epsilon = form / 2 ? .25 : .5, weight_decay = .25, g = -1.5;
    const double keep = 1 - .5 * .25, c1 = .25, c2 = .0625;
    const rg_factors factors = { { &rate, &beta1, &beta2, &epsilon, &weight_decay }, { &c1, &c2 }, &keep };
    const double root = form / 2 ? sqrt (2.25 + .25) : 2;
    const double expected = (decays ? .875 : 1) * 3 + .5 * 1.5 / root;
    double w = 3, m = 0, u = 0;
    rg_dynamics_faces (rules[decays])->step_double (
        &(rg_floating_block) { .count = 1, .factors = factors, .inside = form / 2, .g = &g,
                                                       .w = &w, .moment = { &m, &u } });
    ck_assert_double_eq (m, -.375);
    ck_assert_double_eq (u, .0625 * 2.25);
    ck_assert_double_eq_tol (w, expected, 1e-15);
    const float g_single = -1.5f;
    float w_single = 3, m_single = 0, u_single = 0;
    rg_dynamics_faces (rules[decays])->step_single (
        &(rg_floating_block) { .count = 1, .factors = factors, .inside = form / 2,
                                                       .g = &g_single, .w = &w_single, .moment = { &m_single, &u_single } });
    ck_assert_double_eq_tol ((double) w_single, expected, 1e-6);
    /* in fixed point the caller has multiplied w, and the addend of u is a whole number here */
    int64_t gi = -(INT64_C (3) << 39), wi = (int64_t) ((decays ? .875 : 1) * 3 * 0x1p40), mi = 0, ui = 0;
    const rg_exact_block b = { .count = 1, .kernels = rg_kernels_here ()->update, .uniform = 1, .factors = factors,
                               .fraction_bits = 40, .second_bits = 56, .step = 7, .first = 11, .inside = form / 2,
                               .g = &gi, .w = &wi, .moment = { &mi, &ui } };
    rg_overflow where;
    ck_assert_int_eq (rg_dynamics_faces (rules[decays])->step_exact (&b, &where), 0);
    ck_assert_int_eq (mi, -(INT64_C (3) << 37));
    ck_assert_int_eq (ui, INT64_C (9) << 50);
    ck_assert_double_eq_tol ((double) wi * 0x1p-40, expected, 0x1p-40);
}
END_TEST

/* Gradients of every size, ties and zeros, second moments up to their limit. */
START_TEST (undoing_a_step_restores_every_bit)
{
    static inputs x;
    static int64_t w[COUNT], m[COUNT], u[COUNT], g[COUNT], before[3][COUNT];
    rg_overflow where;
    for (int trial = 0; trial < test_scale (40); trial++) {
        const uint32_t stream = 100 + (uint32_t) trial;
        draw_inputs (&x, stream);
        for (size_t i = 0; i < COUNT; i++) {
            const double size = exp2 (uniform (stream, 20 * i + 11, 0, 40));
            w[i] = before[0][i] = (int64_t) uniform (stream, 20 * i + 12, -0x1p51, 0x1p51);
            m[i] = before[1][i] = (int64_t) uniform (stream, 20 * i + 13, -0x1p44, 0x1p44);
            u[i] = before[2][i] = (int64_t) exp2 (uniform (stream, 20 * i + 14, 44, 61.9));
            g[i] = i % 5 == 0 ? 0 : (int64_t) uniform (stream, 20 * i + 15, -size, size);
            x.coefficient[3][i] = 1;
        }
        const size_t count = trial < 20 ? (size_t) trial + 1 : COUNT;
        const rg_exact_block b = { .count = count, .kernels = rg_kernels_here ()->update, .uniform = trial % 4 == 3,
                                   .factors = factors_of (&x), .fraction_bits = 40, .second_bits = 56,
                                   .step = (uint64_t) trial, .first = (size_t) (3 * trial), .inside = _i / 2, .g = g,
                                   .w = w, .moment = { m, u } };
        ck_assert_int_eq (rg_dynamics_faces (rules[_i % 2])->step_exact (&b, &where), 0);
        for (size_t i = 0; i < count; i++)
            ck_assert (u[i] >= before[2][i] + (g[i] != 0));
        ck_assert_int_eq (rg_dynamics_faces (rules[_i % 2])->undo_weights (&b, &where), 0);
        ck_assert_mem_eq (w, before[0], sizeof w);
        ck_assert_int_eq (rg_dynamics_faces (rules[_i % 2])->undo_moments (&b, &where), 0);
        ck_assert_mem_eq (m, before[1], sizeof m);
        ck_assert_mem_eq (u, before[2], sizeof u);
    }
}
END_TEST

/* The addend of u over many steps: right on average where it is a few units, and never 0 for a gradient that is not. */
START_TEST (small_squares_are_added_without_bias)
{
    enum { STEPS = 4000 };
    static const double sizes[] = { 1e-6, 3e-7, 1.3e-5 };
    for (int k = 0; k < 3; k++) {
        const int64_t g = (int64_t) (sizes[k] * 0x1p40);
        const double rate = 0, beta1 = .9, beta2 = .999, epsilon = 1, one = 1, exact = .001 * (double) g * (double) g * 0x1p-24;
        int64_t w = 0, m = 0, u = 0;
        for (uint64_t t = 0; t < STEPS; t++) {
            const int64_t last = u;
            const rg_exact_block b = { .count = 1, .kernels = rg_kernels_here ()->update, .uniform = 1,
                                       .factors = { { &rate, &beta1, &beta2, &epsilon }, { &one, &one }, NULL },
                                       .fraction_bits = 40, .second_bits = 56, .step = t, .first = 5, .g = &g, .w = &w,
                                       .moment = { &m, &u } };
            rg_overflow where;
            m = 0;
            ck_assert_int_eq (rg_dynamics_faces (&rg_dynamics_adam)->step_exact (&b, &where), 0);
            ck_assert ((double) (u - last) > exact - 1 && (double) (u - last) < exact + 1 && u > last);
        }
        ck_assert_msg (fabs ((double) u / (STEPS * exact) - 1) < 1e-3, "%g: %g", sizes[k], (double) u / (STEPS * exact));
    }
    const int64_t tiny = 3, none = 0; /* (1 - beta2) g^2 far below a unit; and a gradient of 0 */
    const double rate = .1, beta1 = .9, beta2 = .999, epsilon = 1e-8, c1 = .1, c2 = .001;
    int64_t w = 0, m = 0, u = 0;
    rg_exact_block b = { .count = 1, .kernels = rg_kernels_here ()->update, .uniform = 1,
                         .factors = { { &rate, &beta1, &beta2, &epsilon }, { &c1, &c2 }, NULL }, .fraction_bits = 40,
                         .second_bits = 56, .g = &none, .w = &w, .moment = { &m, &u } };
    rg_overflow where;
    ck_assert_int_eq (rg_dynamics_faces (&rg_dynamics_adam)->step_exact (&b, &where), 0);
    ck_assert (w == 0 && m == 0 && u == 0);
    b.g = &tiny;
    ck_assert_int_eq (rg_dynamics_faces (&rg_dynamics_adam)->step_exact (&b, &where), 0);
    ck_assert_int_eq (u, 1);
}
END_TEST

START_TEST (a_moment_or_weight_that_leaves_its_range_is_named)
{
    static const struct {
        int64_t w, m, u, g;
        double rate;
        int undo; /* of the moments */
        const char *array;
    } cases[] = {
        { 0, 0, (INT64_C (1) << 62) - 5, INT64_C (1) << 40, .1, 0, "second moment" },
        { 0, 0, 0, (INT64_C (1) << 48) + 1, 0, 0, "second moment" },
        { 0, RG_FIXED_LIMIT - 1, 1 << 30, INT64_C (1) << 40, 0, 0, "first moment" },
        { RG_FIXED_LIMIT - 10, 0, 0, -(INT64_C (1) << 40), .1, 0, "weight" },
        { 0, INT64_C (1) << 50, 1, 0, 1e9, 0, "weight" },
        { 0, 0, 3, INT64_C (1) << 40, 0, 1, "second moment" },
        { RG_FIXED_LIMIT - 10, 0, 0, INT64_C (1) << 40, .1, 0, NULL },
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int uniform_too = 0; uniform_too < 2; uniform_too++) {
            enum { N = 21 };
            double rate[N], beta1[N], beta2[N], epsilon[N], c1[N], c2[N];
            int64_t w[N] = { 0 }, m[N] = { 0 }, u[N] = { 0 }, g[N] = { 0 };
            const size_t at = 17;
            for (size_t i = 0; i < N; i++) {
                rate[i] = cases[k].rate, beta1[i] = .5, beta2[i] = .999, epsilon[i] = 1e-8, c1[i] = .5, c2[i] = .001;
            }
            w[at] = cases[k].w, m[at] = cases[k].m, u[at] = cases[k].u, g[at] = cases[k].g;
            const rg_exact_block b = { .count = N, .kernels = rg_kernels_here ()->update, .uniform = uniform_too,
                                       .factors = { { rate, beta1, beta2, epsilon }, { c1, c2 }, NULL },
                                       .fraction_bits = 40, .second_bits = 56, .g = g, .w = w, .moment = { m, u } };
            rg_overflow where = { "none", 99 };
            const rg_faces *faces = rg_dynamics_faces (&rg_dynamics_adam);
            const int failed = (cases[k].undo ? faces->undo_moments : faces->step_exact) (&b, &where);
            ck_assert_msg (failed == (cases[k].array != NULL), "case %zu", k);
            ck_assert_msg (!failed || strcmp (where.array, cases[k].array) == 0, "case %zu: %s", k, where.array);
            ck_assert (!failed || where.index == at);
        }
}
END_TEST

/* dot's w, m, u are read and replaced; with_factors: whether coefficients and corrections move. */
static void
tangent (int form, const inputs *x, inputs *dot, int with_factors)
{
    rg_tangent_block b = { .count = COUNT, .factors = factors_of (x), .inside = form / 2, .w = x->w, .g = x->g,
                           .moment = { x->m, x->u }, .g_dot = dot->g, .w_dot = dot->w, .moment_dot = { dot->m, dot->u } };
    for (int c = 0; with_factors && c < RG_COEFFICIENTS; c++)
        b.coefficient_dot[c] = dot->coefficient[c];
    for (int m = 0; with_factors && m < 2; m++)
        b.correction_dot[m] = dot->correction[m];
    rg_dynamics_faces (rules[form % 2])->tangent (&b);
}

START_TEST (the_tangent_is_that_of_differences)
{
    static inputs x, dot, near;
    static double out[2][3][COUNT];
    const double h = 1e-5;
    draw_inputs (&x, 400);
    draw_inputs (&dot, 401);
    for (int with_factors = 0; with_factors < 2; with_factors++) {
        for (int side = 0; side < 2; side++) {
            const double step = side == 0 ? h : -h;
            for (size_t i = 0; i < COUNT; i++) {
                near.w[i] = x.w[i] + step * dot.w[i];
                near.m[i] = x.m[i] + step * dot.m[i];
                near.u[i] = x.u[i] + step * dot.u[i];
                near.g[i] = x.g[i] + step * dot.g[i];
                for (int c = 0; c < RG_COEFFICIENTS; c++)
                    near.coefficient[c][i] = x.coefficient[c][i] + (with_factors ? step * dot.coefficient[c][i] : 0);
                for (int m = 0; m < 2; m++)
                    near.correction[m][i] = x.correction[m][i] + (with_factors ? step * dot.correction[m][i] : 0);
                near.keep[i] = 1 - near.coefficient[0][i] * near.coefficient[4][i];
            }
            step_double (_i, &near, out[side][0], out[side][1], out[side][2]);
        }
        near = dot;
        tangent (_i, &x, &near, with_factors);
        for (size_t i = 0; i < COUNT; i++) {
            const double w = (out[0][0][i] - out[1][0][i]) / (2 * h), scale = 1 + fabs (w);
            ck_assert_msg (fabs (near.w[i] - w) <= 2e-7 * scale, "weight: %g, differences %g", near.w[i], w);
            ck_assert_double_le (fabs (near.m[i] - (out[0][1][i] - out[1][1][i]) / (2 * h)), 1e-8);
            ck_assert_double_le (fabs (near.u[i] - (out[0][2][i] - out[1][2][i]) / (2 * h)), 1e-8);
        }
    }
}
END_TEST

START_TEST (the_adjoint_is_the_transpose_of_the_tangent)
{
    static inputs x, dot, result, bar, in;
    for (int trial = 0; trial < test_scale (10); trial++) {
        draw_inputs (&x, 500 + 3 * (uint32_t) trial);
        draw_inputs (&dot, 501 + 3 * (uint32_t) trial);
        draw_inputs (&bar, 502 + 3 * (uint32_t) trial);
        result = dot;
        tangent (_i, &x, &result, 1);
        in = bar;
        rg_adjoint_block b = { .count = COUNT, .factors = factors_of (&x), .inside = _i / 2, .w = x.w, .g = x.g,
                               .moment = { x.m, x.u }, .dw = in.w, .dmoment = { in.m, in.u }, .dg = in.g,
                               .dproduct = { in.correction[0], in.correction[1] } };
        for (int c = 0; c < RG_COEFFICIENTS; c++)
            b.dcoefficient[c] = in.coefficient[c];
        rg_dynamics_faces (rules[_i % 2])->adjoint (&b);
        for (size_t i = 0; i < COUNT; i++) { /* the rule is elementwise: so is the duality; a correction is 1 - a product */
            const double left = bar.w[i] * result.w[i] + bar.m[i] * result.m[i] + bar.u[i] * result.u[i];
            double right = in.w[i] * dot.w[i] + in.m[i] * dot.m[i] + in.u[i] * dot.u[i] + in.g[i] * dot.g[i], size = 1;
            for (int c = 0; c < 4 + _i % 2; c++) {
                right += in.coefficient[c][i] * dot.coefficient[c][i];
                size += fabs (in.coefficient[c][i] * dot.coefficient[c][i]);
            }
            for (int m = 0; m < 2; m++) {
                right -= in.correction[m][i] * dot.correction[m][i];
                size += fabs (in.correction[m][i] * dot.correction[m][i]);
            }
            ck_assert_msg (fabs (left - right) <= 1e-13 * (size + fabs (left)), "%g, %g", left, right);
        }
    }
}
END_TEST

START_TEST (zeros_make_no_number_that_is_not_finite)
{
    static inputs x, dot, bar, in;
    static double w[COUNT], m[COUNT], u[COUNT];
    draw_inputs (&x, 700);
    draw_inputs (&dot, 701);
    draw_inputs (&bar, 702);
    for (size_t i = 0; i < COUNT; i++) {
        x.m[i] = x.u[i] = x.g[i] = 0;
        x.coefficient[3][i] = 1e-8;
    }
    step_double (_i, &x, w, m, u);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert (w[i] == (_i % 2 ? x.keep[i] * x.w[i] : x.w[i]) && m[i] == 0 && u[i] == 0);
    tangent (_i, &x, &dot, 1);
    in = bar;
    rg_adjoint_block b = { .count = COUNT, .factors = factors_of (&x), .inside = _i / 2, .w = x.w, .g = x.g,
                           .moment = { x.m, x.u }, .dw = in.w, .dmoment = { in.m, in.u }, .dg = in.g,
                           .dproduct = { in.correction[0], in.correction[1] } };
    for (int c = 0; c < RG_COEFFICIENTS; c++)
        b.dcoefficient[c] = in.coefficient[c];
    rg_dynamics_faces (rules[_i % 2])->adjoint (&b);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert (isfinite (dot.w[i]) && isfinite (dot.m[i]) && isfinite (dot.u[i]));
        ck_assert (isfinite (in.w[i]) && isfinite (in.m[i]) && isfinite (in.u[i]) && isfinite (in.g[i]));
        for (int c = 0; c < 4 + _i % 2; c++)
            ck_assert (isfinite (in.coefficient[c][i]));
    }
}
END_TEST

START_TEST (the_rule_gives_the_same_bits_on_every_processor)
{
    static inputs x, dots[2], bar, ins[2];
    static double out[2][3][COUNT];
    static int64_t state[2][3][COUNT], g[COUNT];
    rg_overflow where;
    draw_inputs (&x, 900);
    draw_inputs (&bar, 902);
    for (int level = RG_LEVEL_BASE; level <= RG_LEVEL_V4; level++) {
        const int k = level != RG_LEVEL_BASE;
        rg_processor_cap ((rg_level) level);
        const rg_faces *faces = rg_dynamics_faces (rules[_i % 2]);
        memcpy (out[k][0], x.w, sizeof x.w);
        memcpy (out[k][1], x.m, sizeof x.m);
        memcpy (out[k][2], x.u, sizeof x.u);
        faces->step_double (&(rg_floating_block) { .count = COUNT, .factors = factors_of (&x), .inside = _i / 2, .g = x.g,
                                                  .w = out[k][0], .moment = { out[k][1], out[k][2] } });
        draw_inputs (&dots[k], 901);
        rg_tangent_block t = { .count = COUNT, .factors = factors_of (&x), .inside = _i / 2, .w = x.w, .g = x.g,
                               .moment = { x.m, x.u }, .g_dot = dots[k].g, .w_dot = dots[k].w,
                               .moment_dot = { dots[k].m, dots[k].u } };
        faces->tangent (&t);
        ins[k] = bar;
        rg_adjoint_block b = { .count = COUNT, .factors = factors_of (&x), .inside = _i / 2, .w = x.w, .g = x.g,
                               .moment = { x.m, x.u }, .dw = ins[k].w, .dmoment = { ins[k].m, ins[k].u }, .dg = ins[k].g,
                               .dproduct = { ins[k].correction[0], ins[k].correction[1] } };
        for (int c = 0; c < RG_COEFFICIENTS; c++)
            b.dcoefficient[c] = ins[k].coefficient[c];
        faces->adjoint (&b);
        for (size_t i = 0; i < COUNT; i++) {
            state[k][0][i] = (int64_t) (x.w[i] * 0x1p40);
            state[k][1][i] = (int64_t) (x.m[i] * 0x1p40);
            state[k][2][i] = (int64_t) (x.u[i] * 0x1p56);
            g[i] = (int64_t) (x.g[i] * exp2 (40 - (double) (i % 40)));
        }
        const rg_exact_block e = { .count = COUNT, .kernels = rg_kernels_here ()->update, .factors = factors_of (&x),
                                   .fraction_bits = 40, .second_bits = 56, .step = 3, .first = 1024, .inside = _i / 2,
                                   .g = g, .w = state[k][0], .moment = { state[k][1], state[k][2] } };
        ck_assert_int_eq (faces->step_exact (&e, &where), 0);
        ck_assert (!k || memcmp (out[1], out[0], sizeof out[0]) == 0);
        ck_assert (!k || memcmp (&dots[1], &dots[0], sizeof dots[0]) == 0);
        ck_assert (!k || memcmp (&ins[1], &ins[0], sizeof ins[0]) == 0);
        ck_assert (!k || memcmp (state[1], state[0], sizeof state[0]) == 0);
    }
    rg_processor_cap (RG_LEVEL_V4);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("adam rule");
    TCase *faces = tcase_create ("faces");
    tcase_add_loop_test (faces, a_first_step_by_hand, 0, FORMS);
    tcase_add_loop_test (faces, undoing_a_step_restores_every_bit, 0, FORMS);
    tcase_add_test (faces, small_squares_are_added_without_bias);
    tcase_add_test (faces, a_moment_or_weight_that_leaves_its_range_is_named);
    tcase_add_loop_test (faces, the_tangent_is_that_of_differences, 0, FORMS);
    tcase_add_loop_test (faces, the_adjoint_is_the_transpose_of_the_tangent, 0, FORMS);
    tcase_add_loop_test (faces, zeros_make_no_number_that_is_not_finite, 0, FORMS);
    tcase_add_loop_test (faces, the_rule_gives_the_same_bits_on_every_processor, 0, FORMS);
    suite_add_tcase (suite, faces);
    return run_suite (suite);
}
