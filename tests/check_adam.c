/* check_adam.c -- Adam, AdamW and RMSprop: each face of the rule, long runs there and back, whole hypergradients. */
#include "testing.h"

#include <stdio.h>

#include "failing_memory.h"
#include "golden.h"
#include "network.h"
#include "uniform.h"

#include "base/processor.h"
#include "dynamics/run.h"

/* ---- the faces ---------------------------------------------------------------- */

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
    rules[form % 2]->step_double (&(rg_floating_block) { .count = COUNT, .factors = factors_of (x), .inside = form / 2,
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
    rules[decays]->step_double (&(rg_floating_block) { .count = 1, .factors = factors, .inside = form / 2, .g = &g,
                                                       .w = &w, .moment = { &m, &u } });
    ck_assert_double_eq (m, -.375);
    ck_assert_double_eq (u, .0625 * 2.25);
    ck_assert_double_eq_tol (w, expected, 1e-15);
    const float g_single = -1.5f;
    float w_single = 3, m_single = 0, u_single = 0;
    rules[decays]->step_single (&(rg_floating_block) { .count = 1, .factors = factors, .inside = form / 2,
                                                       .g = &g_single, .w = &w_single, .moment = { &m_single, &u_single } });
    ck_assert_double_eq_tol ((double) w_single, expected, 1e-6);
    /* in fixed point the caller has multiplied w, and the addend of u is a whole number here */
    int64_t gi = -(INT64_C (3) << 39), wi = (int64_t) ((decays ? .875 : 1) * 3 * 0x1p40), mi = 0, ui = 0;
    const rg_exact_block b = { .count = 1, .kernels = rg_update_get (), .uniform = 1, .factors = factors,
                               .fraction_bits = 40, .second_bits = 56, .step = 7, .first = 11, .inside = form / 2,
                               .g = &gi, .w = &wi, .moment = { &mi, &ui } };
    rg_overflow where;
    ck_assert_int_eq (rules[decays]->step_exact (&b, &where), 0);
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
        const rg_exact_block b = { .count = count, .kernels = rg_update_get (), .uniform = trial % 4 == 3,
                                   .factors = factors_of (&x), .fraction_bits = 40, .second_bits = 56,
                                   .step = (uint64_t) trial, .first = (size_t) (3 * trial), .inside = _i / 2, .g = g,
                                   .w = w, .moment = { m, u } };
        ck_assert_int_eq (rules[_i % 2]->step_exact (&b, &where), 0);
        for (size_t i = 0; i < count; i++)
            ck_assert (u[i] >= before[2][i] + (g[i] != 0));
        ck_assert_int_eq (rules[_i % 2]->undo_weights (&b, &where), 0);
        ck_assert_mem_eq (w, before[0], sizeof w);
        ck_assert_int_eq (rules[_i % 2]->undo_moments (&b, &where), 0);
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
            const rg_exact_block b = { .count = 1, .kernels = rg_update_get (), .uniform = 1,
                                       .factors = { { &rate, &beta1, &beta2, &epsilon }, { &one, &one }, NULL },
                                       .fraction_bits = 40, .second_bits = 56, .step = t, .first = 5, .g = &g, .w = &w,
                                       .moment = { &m, &u } };
            rg_overflow where;
            m = 0;
            ck_assert_int_eq (rg_dynamics_adam.step_exact (&b, &where), 0);
            ck_assert ((double) (u - last) > exact - 1 && (double) (u - last) < exact + 1 && u > last);
        }
        ck_assert_msg (fabs ((double) u / (STEPS * exact) - 1) < 1e-3, "%g: %g", sizes[k], (double) u / (STEPS * exact));
    }
    const int64_t tiny = 3, none = 0; /* (1 - beta2) g^2 far below a unit; and a gradient of 0 */
    const double rate = .1, beta1 = .9, beta2 = .999, epsilon = 1e-8, c1 = .1, c2 = .001;
    int64_t w = 0, m = 0, u = 0;
    rg_exact_block b = { .count = 1, .kernels = rg_update_get (), .uniform = 1,
                         .factors = { { &rate, &beta1, &beta2, &epsilon }, { &c1, &c2 }, NULL }, .fraction_bits = 40,
                         .second_bits = 56, .g = &none, .w = &w, .moment = { &m, &u } };
    rg_overflow where;
    ck_assert_int_eq (rg_dynamics_adam.step_exact (&b, &where), 0);
    ck_assert (w == 0 && m == 0 && u == 0);
    b.g = &tiny;
    ck_assert_int_eq (rg_dynamics_adam.step_exact (&b, &where), 0);
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
            const rg_exact_block b = { .count = N, .kernels = rg_update_get (), .uniform = uniform_too,
                                       .factors = { { rate, beta1, beta2, epsilon }, { c1, c2 }, NULL },
                                       .fraction_bits = 40, .second_bits = 56, .g = g, .w = w, .moment = { m, u } };
            rg_overflow where = { "none", 99 };
            const int failed = (cases[k].undo ? rg_dynamics_adam.undo_moments : rg_dynamics_adam.step_exact) (&b, &where);
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
    rules[form % 2]->tangent (&b);
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
        rules[_i % 2]->adjoint (&b);
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
    rules[_i % 2]->adjoint (&b);
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
        const rg_dynamics *rule = rg_dynamics_here (rules[_i % 2]);
        ck_assert_str_eq (rule->name, rules[_i % 2]->name);
        memcpy (out[k][0], x.w, sizeof x.w);
        memcpy (out[k][1], x.m, sizeof x.m);
        memcpy (out[k][2], x.u, sizeof x.u);
        rule->step_double (&(rg_floating_block) { .count = COUNT, .factors = factors_of (&x), .inside = _i / 2, .g = x.g,
                                                  .w = out[k][0], .moment = { out[k][1], out[k][2] } });
        draw_inputs (&dots[k], 901);
        rg_tangent_block t = { .count = COUNT, .factors = factors_of (&x), .inside = _i / 2, .w = x.w, .g = x.g,
                               .moment = { x.m, x.u }, .g_dot = dots[k].g, .w_dot = dots[k].w,
                               .moment_dot = { dots[k].m, dots[k].u } };
        rule->tangent (&t);
        ins[k] = bar;
        rg_adjoint_block b = { .count = COUNT, .factors = factors_of (&x), .inside = _i / 2, .w = x.w, .g = x.g,
                               .moment = { x.m, x.u }, .dw = ins[k].w, .dmoment = { ins[k].m, ins[k].u }, .dg = ins[k].g,
                               .dproduct = { ins[k].correction[0], ins[k].correction[1] } };
        for (int c = 0; c < RG_COEFFICIENTS; c++)
            b.dcoefficient[c] = ins[k].coefficient[c];
        rule->adjoint (&b);
        for (size_t i = 0; i < COUNT; i++) {
            state[k][0][i] = (int64_t) (x.w[i] * 0x1p40);
            state[k][1][i] = (int64_t) (x.m[i] * 0x1p40);
            state[k][2][i] = (int64_t) (x.u[i] * 0x1p56);
            g[i] = (int64_t) (x.g[i] * exp2 (40 - (double) (i % 40)));
        }
        const rg_exact_block e = { .count = COUNT, .kernels = rg_update_get (), .factors = factors_of (&x),
                                   .fraction_bits = 40, .second_bits = 56, .step = 3, .first = 1024, .inside = _i / 2,
                                   .g = g, .w = state[k][0], .moment = { state[k][1], state[k][2] } };
        ck_assert_int_eq (rule->step_exact (&e, &where), 0);
        ck_assert (!k || memcmp (out[1], out[0], sizeof out[0]) == 0);
        ck_assert (!k || memcmp (&dots[1], &dots[0], sizeof dots[0]) == 0);
        ck_assert (!k || memcmp (&ins[1], &ins[0], sizeof ins[0]) == 0);
        ck_assert (!k || memcmp (state[1], state[0], sizeof state[0]) == 0);
    }
    rg_processor_cap (RG_LEVEL_V4);
}
END_TEST

/* ---- hypergradients of a network -------------------------------------------------- */

static const scenario adams[] = {
    { "adam, all per step", "adam", 30, .02, .9, .05, RG_TANH, 0, 1, RG_PER_WEIGHT, RG_ORDER_CYCLIC, 8, 0, 0, 0, 0 },
    { "adamw, all per step", "adamw", 30, .02, .5, .1, RG_SIGMOID, 0, 1, RG_PER_WEIGHT, RG_ORDER_CYCLIC, 8, 0, 0, 0, 0 },
    { "adamw inside, training loss", "adamw", 60, .02, .9, .05, RG_TANH, 1, 0, RG_PER_ALL, RG_ORDER_SHUFFLED, 7, 0, 0, 0, 1 },
    { "adam inside, scales", "adam", 60, .02, .9, .05, RG_SOFTPLUS_UNITS, 0, 0, RG_PER_ARRAY, RG_ORDER_RANDOM, 8, 1, 0, 0, 1 },
    { "rmsprop", "rmsprop", 30, .005, 0, 0, RG_TANH, 0, 1, RG_PER_ARRAY, RG_ORDER_CYCLIC, 8, 0, 0, 0, 0 },
    { "rmsprop inside", "rmsprop", 30, .01, 0, 0, RG_TANH, 0, 0, RG_PER_ARRAY, RG_ORDER_CYCLIC, 8, 1, 0, 0, 1 },
    { "adam, 400 steps", "adam", 400, .005, .9, .03, RG_TANH, 0, 0, RG_PER_LAYER, RG_ORDER_CYCLIC, 0, 0, 0, 0, 0 },
};
enum { ADAMS = sizeof adams / sizeof *adams };

static double *
hypergradient (const fixture *f, const char *estimator, const char *trajectory, rg_arithmetic arithmetic,
               rg_report *report)
{
    rg_problem problem = f->problem;
    rg_message message = { "" };
    const rg_estimator_options options = { .policy = rg_registry_trajectory (trajectory), .slots = 5 };
    double *gradient = calloc (rg_hyper_size (f->hyper), sizeof *gradient);
    problem.run.arithmetic = arithmetic;
    ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator (estimator), &options, 2, gradient, report, &message)
                       == RG_OK, "%s", message.text);
    return gradient;
}

/* The trajectory that needs no memory where the rule can be undone. */
static const char *
first_choice (const scenario *s)
{
    return strcmp (s->dynamics, "rmsprop") == 0 ? "checkpointed" : "reversible";
}

/* The largest difference of components of at least 1e-3, relative to each. */
static double
relative_where_large (const double *x, const double *y, size_t count)
{
    double worst = 0;
    for (size_t i = 0; i < count; i++)
        if (fabs (y[i]) >= 1e-3)
            worst = fmax (worst, fabs (x[i] - y[i]) / fabs (y[i]));
    return worst;
}

START_TEST (trajectories_agree_bit_for_bit_and_with_floating_arithmetic)
{
    const scenario *s = &adams[_i];
    fixture f;
    rg_report back, again, kept, plain;
    fixture_init (&f, s, RG_DOUBLE);
    const size_t size = rg_hyper_size (f.hyper);
    double *reversible = hypergradient (&f, "reverse", first_choice (s), RG_EXACT, &back);
    double *checkpointed = hypergradient (&f, "reverse", "checkpointed", RG_EXACT, &again);
    double *stored = hypergradient (&f, "reverse", "stored", RG_EXACT, &kept);
    double *floating = hypergradient (&f, "reverse", "stored", RG_FLOATING, &plain);
    ck_assert (back.certified || strcmp (s->dynamics, "rmsprop") == 0);
    ck_assert_msg (memcmp (reversible, stored, size * sizeof *stored) == 0, "%s: stored: bits differ", s->label);
    ck_assert_msg (memcmp (reversible, checkpointed, size * sizeof *stored) == 0, "%s: checkpointed: bits differ", s->label);
    ck_assert_double_eq_tol (back.outer_loss, plain.outer_loss, 1e-6);
    blocks_agree (s->label, "exact against floating", &f, reversible, floating, 1e-5);
    ck_assert_double_le (relative_where_large (reversible, floating, size), 1e-5);
    free (reversible);
    free (checkpointed);
    free (stored);
    free (floating);
    fixture_clear (&f);
}
END_TEST

START_TEST (floating_is_what_central_differences_say)
{
    const scenario *s = &adams[_i];
    fixture f;
    rg_report report;
    if (s->steps > 100)
        return; /* the third is the same in fewer steps */
    fixture_init (&f, s, RG_DOUBLE);
    double *floating = hypergradient (&f, "reverse", "stored", RG_FLOATING, &report);
    double *differences = hypergradient (&f, "differences", "stored", RG_FLOATING, &report);
    blocks_agree (s->label, "against differences", &f, floating, differences, 1e-6);
    free (floating);
    free (differences);
    fixture_clear (&f);
}
END_TEST

START_TEST (forward_is_reverse)
{
    const scenario *s = &adams[_i];
    for (int arithmetic = RG_EXACT; arithmetic <= RG_FLOATING; arithmetic++) {
        fixture f;
        rg_report report;
        fixture_init (&f, s, RG_DOUBLE);
        double *forward = hypergradient (&f, "forward", "stored", (rg_arithmetic) arithmetic, &report);
        double *reverse = hypergradient (&f, "reverse", "stored", (rg_arithmetic) arithmetic, &report);
        blocks_agree (s->label, "forward against reverse", &f, forward, reverse, 1e-10);
        free (forward);
        free (reverse);
        fixture_clear (&f);
    }
}
END_TEST

START_TEST (single_precision_is_reversible_too)
{
    fixture f;
    rg_report report;
    fixture_init (&f, &adams[_i], RG_SINGLE);
    double *reversible = hypergradient (&f, "reverse", first_choice (&adams[_i]), RG_EXACT, &report);
    double *stored = hypergradient (&f, "reverse", "stored", RG_EXACT, &report);
    double *plain = hypergradient (&f, "reverse", "stored", RG_FLOATING, &report);
    ck_assert_mem_eq (reversible, stored, rg_hyper_size (f.hyper) * sizeof *stored);
    blocks_agree (adams[_i].label, "exact against floating, single", &f, reversible, plain, 1e-2);
    free (reversible);
    free (stored);
    free (plain);
    fixture_clear (&f);
}
END_TEST

/* Printed by golden/network.py. */
static const struct {
    const char *label, *dynamics;
    size_t steps;
    double rate, decay, swing;
    rg_activation activation;
    int on_training;
    double outer;
    size_t wrong;
    golden_block block[9];
} golden[] = {
    /* PyTorch 2.15.0, double precision */
    { "adam", "adam", 100, 0.02, 0.9, 0.05, RG_TANH, 0,
      3.236367015559, 23,
      {
        { "rate", 0.08074452841016, { -0.0006279771093928, -0.0003180416306013, 2.723791594712e-05 } },
        { "beta1", 0.08718288374296, { 5.944294923221e-05, -0.0005350971338812, -1.185540046508e-05 } },
        { "beta2", 0.03023804657726, { 7.832764407532e-05, 2.719365225267e-05, -1.507929002824e-07 } },
        { "epsilon", 0.002624326313174, { 5.982204658026e-06, 1.719603131875e-05, -1.049196733771e-06 } },
        { "l2", 0.1791733773872, { 0.001079881376997, 0.002021231158213, -1.567753835363e-05 } },
        { "example_weight", 0.2610077601108, { 0.01111556904831, -0.001174479583216, -0.007275948541969 } },
        { "weights", 1.505195095554, { -0.02466365860192, -0.03292839572105, 0.05787065162517 } },
        { "inputs", 0.9562616992714, { 0.01444320959005, -0.01487767340968, 0.07436483783029 } },
      } },
    { "adamw", "adamw", 100, 0.02, 0.9, 0.05, RG_TANH, 0,
      2.692719017767, 23,
      {
        { "rate", 0.08044790169724, { -0.001093050619312, 0.0002974404926466, 3.37844486851e-05 } },
        { "beta1", 0.08725100693019, { -0.0002550260653306, 0.0002291900710709, -1.985486008823e-05 } },
        { "beta2", 0.03264030391013, { 0.0002010941310827, -0.0001396460532533, -4.856806190061e-07 } },
        { "epsilon", 0.003765882376405, { 1.313308895781e-05, -4.795630721817e-05, -1.479515439869e-06 } },
        { "weight_decay", 0.07514689657793, { 0.0001846250310376, -0.0002139228301643, -2.319770232591e-05 } },
        { "l2", 0.1085963243541, { 0.001065184004527, 0.001011798635072, -0.000183177814412 } },
        { "example_weight", 0.2396535541005, { 0.01107320549151, -0.006355577277367, -0.01817060029306 } },
        { "weights", 1.301036209406, { -0.04053696405042, -0.004959652573515, 0.04540765664628 } },
        { "inputs", 0.6447332303937, { 0.02455141701453, -0.01442972603903, 0.02226285590066 } },
      } },
    { "rmsprop", "rmsprop", 60, 0.005, 0.9, 0.05, RG_TANH, 0,
      2.472284016985, 23,
      {
        { "rate", 0.129803327761, { -3.605410422473e-05, 0.0007870708498628, 0.0001778500610173 } },
        { "beta2", 0.07781695703153, { 3.847510682406e-06, -6.767500458582e-05, -3.856398108651e-07 } },
        { "epsilon", 0.01996429863032, { 1.423479637734e-06, -2.84451785755e-05, -4.048115816292e-06 } },
        { "l2", 0.04587541688229, { 0.001854244547308, 0.0007108563358684, -0.0001536285289151 } },
        { "example_weight", 0.1293164607944, { 0.01936324596293, 0.003160397897145, -0.04011514464546 } },
        { "weights", 0.5947662618047, { -0.06248015741978, -0.002931973918095, 0.01384116401787 } },
        { "inputs", 0.4200444087279, { 0.04291177041156, -0.005659818843442, 0.01908837887863 } },
      } },
    { "adamw, epsilon inside", "adamw", 60, 0.02, 0.5, 0.1, RG_SIGMOID, 1,
      1.364460498412, 35,
      {
        { "rate", 0.0009265553523528, { -3.000638847798e-06, 4.437448958018e-05, -4.352315243815e-05 } },
        { "beta1", 0.001366133576366, { -1.648377587448e-06, 2.436477688269e-06, 0.0001266138632264 } },
        { "beta2", 1.771652350465e-05, { 6.570389606322e-08, 5.780263181461e-09, -5.939096808714e-08 } },
        { "epsilon", 0.0002388660893494, { 6.176412581169e-07, -5.478025178087e-08, 2.923236604605e-05 } },
        { "weight_decay", 0.0004507817708083, { -1.146735824305e-06, 4.448946068878e-05, 2.643659225083e-05 } },
        { "l2", 0.001049793803243, { -4.694383559978e-06, -2.345547451727e-06, -4.164150038733e-05 } },
        { "example_weight", 0.009595502585832, { -0.001274031344549, 0.00101089637334, -0.001032340448214 } },
        { "weights", 0.005963435494491, { 3.210717711843e-05, 0.0001389132922933, -0.0001109137573401 } },
        { "inputs", 0.001848135727332, { 9.621352975758e-05, 0.0001128016645292, -1.901460068693e-05 } },
      } },
};

START_TEST (floating_arithmetic_meets_the_golden_numbers)
{
    const scenario s = { golden[_i].label, golden[_i].dynamics, golden[_i].steps, golden[_i].rate, golden[_i].decay,
                         golden[_i].swing, golden[_i].activation, golden[_i].on_training, 1, RG_PER_WEIGHT,
                         RG_ORDER_CYCLIC, 8, 0, 0, 0, strstr (golden[_i].label, "inside") != NULL };
    fixture f;
    rg_report report;
    fixture_init (&f, &s, RG_DOUBLE);
    double *gradient = hypergradient (&f, "reverse", "stored", RG_FLOATING, &report);
    meets (s.label, "outer loss", report.outer_loss, golden[_i].outer, golden[_i].outer);
    ck_assert_uint_eq (report.wrong, golden[_i].wrong);
    for (size_t k = 0; k < 9 && golden[_i].block[k].name != NULL; k++) {
        const rg_block b = rg_hyper_block (f.hyper, k);
        block_meets (s.label, &b, gradient, &golden[_i].block[k], 1e-3);
    }
    free (gradient);
    fixture_clear (&f);
}
END_TEST

/* A schedule of beta2 and rate with a few knots: ties and bias correction together. */
START_TEST (tied_schedules_agree_in_three_estimators)
{
    fixture f;
    rg_report report;
    rg_tie *tie;
    const scenario s = { "tied", "adamw", 40, .02, .9, .05, RG_TANH, 0, 0, RG_PER_ALL, RG_ORDER_CYCLIC, 8, 0, 0, 0, 0 };
    fixture_init (&f, &s, RG_DOUBLE);
    rg_hyper *plain = f.hyper;
    ck_assert_int_eq (rg_hyper_new (&f.hyper, f.layout, s.steps, TRAIN, 14), RG_OK);
    ck_assert_int_eq (rg_tie_spline (&tie, s.steps, 4, 1, NULL), RG_OK);
    for (size_t k = 0; k < rg_hyper_blocks (plain); k++) {
        const rg_block b = rg_hyper_block (plain, k);
        double values[4 * ARRAYS];
        rg_block_spec spec = rg_block_defaults (b.role);
        spec.scope = b.scope;
        spec.values = b.natural;
        spec.count = b.slice;
        if (rg_role_takes_scope (b.role, RG_PER_ARRAY) && b.role != RG_L2) {
            spec.per_step = 1;
            spec.step_tie = tie;
            spec.values = values;
            for (size_t i = 0; i < 4 * ARRAYS; i++)
                values[i] = coefficient (&s, b.role, 9 * (double) (i / ARRAYS), (double) (i % ARRAYS));
        }
        ck_assert_int_eq (rg_hyper_add (f.hyper, &spec, NULL), RG_OK);
    }
    f.problem.hyper = f.hyper;
    double *reverse = hypergradient (&f, "reverse", "reversible", RG_EXACT, &report);
    double *forward = hypergradient (&f, "forward", "stored", RG_EXACT, &report);
    double *floating = hypergradient (&f, "reverse", "stored", RG_FLOATING, &report);
    double *differences = hypergradient (&f, "differences", "stored", RG_FLOATING, &report);
    blocks_agree (s.label, "forward against reverse", &f, forward, reverse, 1e-10);
    blocks_agree (s.label, "exact against floating", &f, reverse, floating, 1e-5);
    blocks_agree (s.label, "against differences", &f, floating, differences, 1e-6);
    free (reverse);
    free (forward);
    free (floating);
    free (differences);
    rg_tie_free (tie);
    rg_hyper_free (plain);
    fixture_clear (&f);
}
END_TEST

/* ---- long runs ---------------------------------------------------------------------- */

/* 5,560 weights, 100-50-10, on random inputs. */
typedef struct {
    rg_dataset *data;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_problem problem;
} long_run;

static void
long_run_init (long_run *r, const char *dynamics, size_t steps, rg_buffer_kind buffer)
{
    enum { EXAMPLES = 60 };
    static const size_t shape[] = { 100, 50, 10 };
    static const rg_role roles[] = { RG_RATE, RG_BETA1, RG_BETA2, RG_EPSILON, RG_WEIGHT_DECAY };
    const double values[] = { 1e-3, .9, .999, 1e-8, .01 };
    const rg_network network = { 3, shape, RG_TANH };
    const size_t count = EXAMPLES;
    rg_array inputs_of, labels;
    ck_assert_int_eq (rg_array_new (&inputs_of, RG_FLOAT64, 2, (size_t[]) { EXAMPLES, 100 }), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    for (size_t i = 0; i < EXAMPLES * 100; i++)
        ((double *) inputs_of.data)[i] = uniform (30, i, -1, 1);
    for (size_t i = 0; i < EXAMPLES; i++)
        ((int32_t *) labels.data)[i] = (int32_t) (i * 7 % 10);
    ck_assert_int_eq (rg_dataset_new (&r->data, &inputs_of, &labels, NULL, "inputs", "labels", NULL), RG_OK);
    ck_assert_int_eq (rg_network_layout (&r->layout, &network), RG_OK);
    ck_assert_uint_eq (rg_layout_weights (r->layout), 5560);
    ck_assert_int_eq (rg_hyper_new (&r->hyper, r->layout, steps, EXAMPLES, 14), RG_OK);
    for (size_t c = 0; c < (strcmp (dynamics, "adamw") == 0 ? 5 : 4); c++) {
        rg_block_spec spec = rg_block_defaults (roles[c]);
        spec.init = values[c];
        ck_assert_int_eq (rg_hyper_add (r->hyper, &spec, NULL), RG_OK);
    }
    rg_network_loss loss = { network, RG_DOUBLE, RG_INNER, r->data, 0, { RG_ORDER_RANDOM, EXAMPLES, 6, 1 }, 0, r->hyper };
    ck_assert_int_eq (rg_objective_from_network (&r->inner, &loss, NULL), RG_OK);
    loss.part = RG_OUTER;
    ck_assert_int_eq (rg_objective_from_network (&r->outer, &loss, NULL), RG_OK);
    r->problem = (rg_problem) { .hyper = r->hyper, .inner = r->inner, .outer = r->outer,
                                .dynamics = rg_registry_dynamics (dynamics), .run = rg_run_defaults (),
                                .initial = { .scale = .1, .seed = test_seed () } };
    r->problem.run.buffer_kind = buffer;
}

static void
long_run_clear (long_run *r)
{
    rg_objective_free (r->inner);
    rg_objective_free (r->outer);
    rg_hyper_free (r->hyper);
    rg_layout_free (r->layout);
    rg_dataset_free (r->data);
}

static const struct {
    const char *dynamics;
    rg_buffer_kind buffer;
    size_t steps;
} long_runs[] = {
    { "adam", RG_BUFFER_STREAM32, 2000 }, { "adamw", RG_BUFFER_STREAM32, 2000 }, { "adamw", RG_BUFFER_STREAM64, 500 },
    { "adamw", RG_BUFFER_INTEGER, 100 },
};

START_TEST (a_long_run_is_certified_and_keeps_what_the_limit_says)
{
    long_run r;
    rg_report report;
    rg_message message = { "" };
    long_run_init (&r, long_runs[_i].dynamics, long_runs[_i].steps, long_runs[_i].buffer);
    ck_assert_msg (rg_retrace (&r.problem, &(rg_estimator_options) { .check_interval = 50 }, 0, &report, &message) == RG_OK,
                   "%s", message.text);
    ck_assert (report.certified);
    ck_assert_msg (report.bits <= 1.02 * report.bits_limit && report.bits >= .99 * report.bits_limit,
                   "%s: %.6g bits a weight and step, the limit is %.6g", long_runs[_i].dynamics, report.bits,
                   report.bits_limit);
    long_run_clear (&r);
}
END_TEST

/*
 * Small gradients: J = sum s_i log cosh (w_i - c_i (t)), of which s_i is 1e-4, 1e-6 or 0. An addend of the second moment
 * that were rounded to 0, or down, would make steps of rate m / epsilon.
 */
enum { SMALL = 300 };

static double
size_of (size_t i)
{
    static const double sizes[] = { 1e-4, 1e-6, 0 };
    return sizes[i % 3];
}

static double
target (rg_instant at, size_t i)
{
    return sin ((double) (i * 37) + .37 * (double) (at.step % 40)) + .5 * sin ((double) i);
}

static int
small_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    (void) user, (void) lambda;
    *loss = 0;
    for (size_t i = 0; i < SMALL; i++)
        *loss += size_of (i) * log (cosh (w[i] - target (at, i)));
    return 0;
}

static int
small_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    (void) user, (void) lambda;
    for (size_t i = 0; i < SMALL; i++)
        g[i] = size_of (i) * tanh (w[i] - target (at, i));
    return 0;
}

static int
small_tangent (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot,
               const double *lambda_dot, double *g_dot, double *lambda_g_dot)
{
    (void) user, (void) lambda, (void) lambda_dot, (void) lambda_g_dot;
    for (size_t i = 0; i < SMALL; i++) {
        const double t = tanh (w[i] - target (at, i));
        g_dot[i] = size_of (i) * (1 - t * t) * w_dot[i];
    }
    return 0;
}

static const struct {
    const char *dynamics;
    double beta1, beta2, weight_decay;
    size_t steps;
} traps[] = { { "adam", .9, .999, 0, 2000 }, { "adam", .9, .99, 0, 2000 }, { "adamw", .9, .999, .1, 2000 },
              { "adam", .9, .999, 0, 10000 } };

START_TEST (small_gradients_do_not_spring_the_trap)
{
    const rg_array_spec array = { .name = "w", .count = SMALL };
    const double values[] = { 1e-3, traps[_i].beta1, traps[_i].beta2, 1e-8, traps[_i].weight_decay };
    static const rg_role roles[] = { RG_RATE, RG_BETA1, RG_BETA2, RG_EPSILON, RG_WEIGHT_DECAY };
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_message message = { "" };
    double start[SMALL], end[2][SMALL], moved = 0, apart = 0, gradient[5];
    ck_assert_int_eq (rg_layout_new (&layout, 1, &array), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&hyper, layout, traps[_i].steps, 0, 14), RG_OK);
    for (size_t c = 0; c < (traps[_i].weight_decay > 0 ? 5 : 4); c++) {
        rg_block_spec spec = rg_block_defaults (roles[c]);
        spec.init = values[c];
        ck_assert_int_eq (rg_hyper_add (hyper, &spec, NULL), RG_OK);
    }
    const rg_callbacks call = { small_loss, small_gradient, small_tangent, NULL, NULL, 0 };
    ck_assert_int_eq (rg_objective_from_callbacks (&inner, SMALL, &call, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_objective_from_callbacks (&outer, SMALL, &call, NULL, NULL), RG_OK);
    for (size_t i = 0; i < SMALL; i++)
        start[i] = uniform (40, i, -2, 2);
    rg_problem problem = { .hyper = hyper, .inner = inner, .outer = outer,
                           .dynamics = rg_registry_dynamics (traps[_i].dynamics), .run = rg_run_defaults (),
                           .initial = { .values = start } };
    for (int k = 0; k < 2; k++) {
        rg_report report;
        const rg_estimator_options options = { .policy = rg_registry_trajectory (k == 0 ? "reversible" : "stored") };
        problem.run.arithmetic = k == 0 ? RG_EXACT : RG_FLOATING;
        problem.last_weights = end[k];
        ck_assert_msg (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &options, 0, gradient, &report,
                                         &message) == RG_OK, "%s", message.text);
        ck_assert (k == 1 || report.certified);
        for (size_t i = 0; i < rg_hyper_size (hyper); i++)
            ck_assert (isfinite (gradient[i]));
    }
    for (size_t i = 0; i < SMALL; i++) {
        moved = fmax (moved, fabs (end[1][i] - start[i]));
        apart = fmax (apart, fabs (end[0][i] - end[1][i]));
        ck_assert (size_of (i) != 0 || traps[_i].weight_decay > 0 || fabs (end[0][i] - start[i]) < 0x1p-40);
    }
    ck_assert_double_ge (moved, .5);
    ck_assert_msg (apart <= 1e-3, "%s: weights up to %g apart", traps[_i].dynamics, apart);
    rg_objective_free (inner);
    rg_objective_free (outer);
    rg_hyper_free (hyper);
    rg_layout_free (layout);
}
END_TEST

/* ---- refusals and memory -------------------------------------------------------------- */

typedef void change (fixture *f);
static void small_epsilon (fixture *f) { rg_hyper_values (f->hyper)[rg_hyper_block (f->hyper, 3).first + 2] = log (1e-9); }
static void forgetting (fixture *f) { rg_hyper_values (f->hyper)[rg_hyper_block (f->hyper, 1).first] = -1000; }
static void coarse (fixture *f) { f->problem.run.second_bits = 20; }
static void few_bits (fixture *f) { f->problem.run.second_bits = 50; rg_hyper_values (f->hyper)[rg_hyper_block (f->hyper, 3).first] = log (1e-8); }
static void ratio (fixture *f) { f->problem.run.buffer_kind = RG_BUFFER_INTEGER; f->problem.run.ratio = (rg_ratio) { 9, 10 }; }
static void strong_decay (fixture *f) { rg_hyper_values (f->hyper)[rg_hyper_block (f->hyper, 4).first + 1] = log (1000); }
static void momentum (fixture *f) { f->problem.dynamics = rg_registry_dynamics ("momentum"); }
static void without_root (fixture *f) { f->problem.dynamics = rg_registry_dynamics ("momentum"); f->problem.run.epsilon_inside = 1; }

static const struct {
    change *alter;
    rg_status status;
    const char *sentence;
} refusals[] = {
    { small_epsilon, RG_ERANGE, "epsilon: value 2: expected at least 3.73e-09, the root of the resolution of second moments of "
                                "56 fraction bits (second_bits), got 1e-09" },
    { few_bits, RG_ERANGE, "epsilon: value 0: expected at least 2.98e-08, the root of the resolution of second moments of 50 "
                           "fraction bits (second_bits), got 1e-08" },
    { coarse, RG_ERANGE, "second_bits: expected 24 to 61, got 20" },
    { ratio, RG_EUNSUPPORTED, "an exact ratio is that of `decay`, which adamw does not have" },
    { strong_decay, RG_ERANGE, "step 0: 1 - rate * weight_decay cannot be applied exactly: expected a number in (0, 1]" },
    { momentum, RG_EUNSUPPORTED, "momentum needs rate and decay among the hyperparameters" },
    { without_root, RG_EUNSUPPORTED, "momentum has no epsilon to stand inside a root" },
    { forgetting, RG_EUNSUPPORTED, "beta1: a decay of 0 forgets the first moment and cannot be run backwards: expected a number "
                                   "in (0, 1), or floating arithmetic" },
};

START_TEST (what_cannot_be_is_refused_with_a_sentence)
{
    fixture f;
    rg_report report;
    rg_message message = { "" };
    const scenario s = { "refused", "adamw", 5, .02, .9, .05, RG_TANH, 0, 0, RG_PER_ALL, RG_ORDER_CYCLIC, 8, 0, 0, 0, 0 };
    fixture_init (&f, &s, RG_DOUBLE);
    refusals[_i].alter (&f);
    ck_assert_int_eq (rg_hyper_update (f.hyper, &message), RG_OK);
    ck_assert_int_eq (rg_retrace (&f.problem, &(rg_estimator_options) { .check_interval = 1 }, 0, &report, &message),
                      refusals[_i].status);
    ck_assert_str_eq (message.text, refusals[_i].sentence);
    fixture_clear (&f);
}
END_TEST

START_TEST (every_allocation_may_fail)
{
    static const char *const estimators[] = { "reverse", "forward" };
    const scenario s = { "memory", "adamw", 3, .02, .9, .05, RG_TANH, 0, 1, RG_PER_ALL, RG_ORDER_CYCLIC, 8, 0, 0, 0, 0 };
    fixture f;
    fixture_init (&f, &s, RG_DOUBLE);
    double *gradient = calloc (rg_hyper_size (f.hyper), sizeof *gradient);
    const rg_estimator_options options = { .policy = rg_registry_trajectory ("reversible") };
    for (int e = 0; e < 2; e++)
        for (failing_memory memory = failing_first (); memory.failed;)
            FAILING (&memory, rg_hypergradient (&f.problem, rg_registry_estimator (estimators[e]), &options, 0, gradient, NULL,
                                                NULL));
    free (gradient);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("adam");
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
    TCase *whole = tcase_create ("hypergradients");
    tcase_set_timeout (whole, 120);
    tcase_add_loop_test (whole, trajectories_agree_bit_for_bit_and_with_floating_arithmetic, 0, ADAMS);
    tcase_add_loop_test (whole, floating_is_what_central_differences_say, 0, ADAMS);
    tcase_add_loop_test (whole, forward_is_reverse, 0, ADAMS);
    tcase_add_loop_test (whole, single_precision_is_reversible_too, 0, ADAMS);
    tcase_add_loop_test (whole, floating_arithmetic_meets_the_golden_numbers, 0, (int) (sizeof golden / sizeof *golden));
    tcase_add_test (whole, tied_schedules_agree_in_three_estimators);
    suite_add_tcase (suite, whole);
    TCase *runs = tcase_create ("long runs");
    tcase_set_timeout (runs, 120);
    tcase_add_loop_test (runs, a_long_run_is_certified_and_keeps_what_the_limit_says, 0,
                         (int) (sizeof long_runs / sizeof *long_runs));
    tcase_add_loop_test (runs, small_gradients_do_not_spring_the_trap, 0, (int) (sizeof traps / sizeof *traps));
    suite_add_tcase (suite, runs);
    TCase *refused = tcase_create ("refusals and memory");
    tcase_add_loop_test (refused, what_cannot_be_is_refused_with_a_sentence, 0, (int) (sizeof refusals / sizeof *refusals));
    tcase_add_test (refused, every_allocation_may_fail);
    suite_add_tcase (suite, refused);
    return run_suite (suite);
}
