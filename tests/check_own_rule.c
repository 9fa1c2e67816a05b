/*
 * check_own_rule.c -- a rule of one's own, which comes in as a C user's would: three arrays per weight, the loss of the step, three
 * hyperparameters of its own, and steps that are not linear in the gradient.
 *
 *   m+ = b m + tanh (l0 g);  u+ = l1 u + (1 - l1) g^2;  c+ = c + l2 J g
 *   w+ = w - a m+ / sqrt (u+ + .01) - .01 sin (c+) - .01 l2 w
 */
#include "testing.h"

#include <stddef.h>
#include <stdio.h>

#include <retrograde.h>

#include "bowl.h"
#include "failing_memory.h"
#include "sweep_study.h"

enum { OWN = 3 };

/* ---- the rule ----------------------------------------------------------------- */

/* What a test may make of it. */
typedef struct {
    long spoilt_at; /* the step at which an array becomes infinite; < 0: none */
    int refuses;    /* what the step returns */
    int released;
} habits;

/* A coordinate of a step: from (w, m, u, c), g and L. */
typedef struct {
    double a, slope, m, u, c, q;
} inside;

static inside
look_inside (const rg_rule_view *at, size_t i, double m, double u, double c)
{
    const double g = at->g[i], a = tanh (at->lambda[0] * g), u_next = at->lambda[1] * u + (1 - at->lambda[1]) * g * g;
    return (inside) { .a = a, .slope = 1 - a * a, .m = at->coefficient[1][i] * m + a, .u = u_next,
                      .c = c + at->lambda[2] * at->loss * g, .q = 1 / sqrt (u_next + .01) };
}

static int
rule_step (void *user, const rg_rule_view *at, double *w, double *const *array)
{
    const habits *h = user;
    for (size_t i = 0; i < at->count; i++) {
        const inside x = look_inside (at, i, array[0][i], array[1][i], array[2][i]);
        array[0][i] = x.m;
        array[1][i] = x.u;
        array[2][i] = x.c;
        w[i] += -at->coefficient[0][i] * x.m * x.q - .01 * sin (x.c) - .01 * at->lambda[2] * w[i];
    }
    if (h->spoilt_at == (long) at->step)
        array[1][0] = INFINITY;
    return h->refuses;
}

static int
rule_adjoint (void *user, const rg_rule_view *at, const double *w, const double *const *array, const rg_rule_adjoint *d)
{
    (void) user;
    const double *l = at->lambda;
    double *kept = at->workspace; /* the new moment, as a rule with a graph would keep its values */
    for (size_t i = 0; i < at->count; i++) {
        const inside x = look_inside (at, i, array[0][i], array[1][i], array[2][i]);
        const double p = d->dw[i], g = at->g[i], a = at->coefficient[0][i];
        kept[i] = x.m;
        const double dc = d->darray[2][i] - .01 * cos (x.c) * p;
        const double du = d->darray[1][i] + a * kept[i] * p * .5 * x.q * x.q * x.q;
        const double dm = d->darray[0][i] - a * x.q * p;
        d->dcoefficient[0][i] = -kept[i] * x.q * p;
        d->dcoefficient[1][i] = array[0][i] * dm;
        d->dw[i] = p * (1 - .01 * l[2]);
        d->darray[0][i] = at->coefficient[1][i] * dm;
        d->darray[1][i] = l[1] * du;
        d->darray[2][i] = dc;
        d->dg[i] = l[0] * x.slope * dm + 2 * (1 - l[1]) * g * du + l[2] * at->loss * dc;
        d->dlambda[0] += g * x.slope * dm;
        d->dlambda[1] += (array[1][i] - g * g) * du;
        d->dlambda[2] += at->loss * g * dc - .01 * w[i] * p;
        *d->dloss += l[2] * g * dc;
    }
    return 0;
}

static int
rule_tangent (void *user, const rg_rule_view *at, const double *w, const double *const *array, const rg_rule_tangent *dot)
{
    (void) user;
    const double *l = at->lambda, *l_dot = dot->lambda_dot;
    for (size_t i = 0; i < at->count; i++) {
        const inside x = look_inside (at, i, array[0][i], array[1][i], array[2][i]);
        const double g = at->g[i], g_dot = dot->g_dot[i], a = at->coefficient[0][i];
        const double m = at->coefficient[1][i] * dot->array_dot[0][i] + dot->coefficient_dot[1][i] * array[0][i]
            + x.slope * (l[0] * g_dot + l_dot[0] * g);
        const double u = l[1] * dot->array_dot[1][i] + l_dot[1] * (array[1][i] - g * g) + 2 * (1 - l[1]) * g * g_dot;
        const double c = dot->array_dot[2][i] + l_dot[2] * at->loss * g + l[2] * (dot->loss_dot * g + at->loss * g_dot);
        dot->w_dot[i] += -dot->coefficient_dot[0][i] * x.m * x.q - a * m * x.q + a * x.m * .5 * x.q * x.q * x.q * u
            - .01 * cos (x.c) * c - .01 * (l_dot[2] * w[i] + l[2] * dot->w_dot[i]);
        dot->array_dot[0][i] = m;
        dot->array_dot[1][i] = u;
        dot->array_dot[2][i] = c;
    }
    return 0;
}

static void
rule_release (void *user)
{
    ((habits *) user)->released++;
}

static rg_own_rule
rule_of (habits *h)
{
    return (rg_own_rule) { .size = sizeof (rg_own_rule), .name = "tanh-rule", .user = h, .arrays = 3, .coefficients = 2,
                           .coefficient = { RG_RATE, RG_DECAY }, .lambdas = OWN, .needs_loss = 1,
                           .workspace = 1024 * sizeof (double), .step = rule_step, .adjoint = rule_adjoint,
                           .tangent = rule_tangent, .release = rule_release };
}

static rg_dynamics *
made (const rg_own_rule *rule)
{
    rg_dynamics *dynamics;
    rg_message message = { "" };
    ck_assert_msg (rg_dynamics_from_rule (&dynamics, rule, &message) == RG_OK, "%s", message.text);
    return dynamics;
}

/* ---- with the rule ------------------------------------------------------------- */

static habits h;

/* Another rule than ours may be given. */
static void
tanh_init (bench *x, size_t weights, const rg_own_rule *other)
{
    const double own[OWN] = { weights > 100 ? 300 : 1.5, .8, .3 };
    h = (habits) { -1, 0, 0 };
    const rg_own_rule rule = other != NULL ? *other : rule_of (&h);
    bench_init (x, weights, made (&rule), own, OWN);
}

/* ---- derivatives --------------------------------------------------------------- */

enum { SIZE = STEPS + 1 + OWN + SMALL + 1 };

START_TEST (reverse_and_forward_meet_differences_in_every_block)
{
    bench x;
    double stored[SIZE], checkpointed[SIZE], forward[SIZE], differences[SIZE];
    tanh_init (&x, SMALL, NULL);
    ck_assert_uint_eq (rg_hyper_size (x.hyper), SIZE);
    good_gradient (&x, "reverse", "stored", stored);
    good_gradient (&x, "reverse", "checkpointed", checkpointed);
    good_gradient (&x, "forward", "stored", forward);
    good_gradient (&x, "differences", "stored", differences);
    ck_assert_mem_eq (stored, checkpointed, sizeof stored);
    for (size_t k = 0; k < rg_hyper_blocks (x.hyper); k++) {
        const rg_block b = rg_hyper_block (x.hyper, k);
        double largest = 0;
        for (size_t i = 0; i < b.size; i++)
            largest = fmax (largest, fabs (stored[b.first + i]));
        ck_assert_msg (largest > 1e-4, "%s: the largest derivative is %g", b.name, largest);
        ck_assert_double_le (relative_difference (forward + b.first, stored + b.first, b.size), 1e-12);
        ck_assert_double_le (relative_difference (stored + b.first, differences + b.first, b.size), 1e-7);
    }
    bench_clear (&x);
    ck_assert_int_eq (h.released, 1);
}
END_TEST

/* First order takes gradients and losses as constants: so does a problem whose loss is linear. */
START_TEST (first_order_goes_back_through_the_rule)
{
    bench x;
    double first[SIZE], reverse[SIZE];
    rg_message message = { "" };
    tanh_init (&x, SMALL, NULL);
    ck_assert_int_eq (gradient_of (&x, "first-order", "stored", first, &message), RG_EUNSUPPORTED); /* the parameter */
    bench_clear (&x);
    tanh_init (&x, SMALL, NULL);
    rg_hyper_free (x.hyper);
    const double own[OWN] = { 1.5, .8, .3 };
    ck_assert_int_eq (rg_hyper_new (&x.hyper, x.layout, 1, 0, 0), RG_OK);
    add_block (x.hyper, RG_RATE, .03, NULL, 0, 0);
    add_block (x.hyper, RG_DECAY, .7, NULL, 0, 0);
    add_block (x.hyper, RG_RULE, 0, own, OWN, 0);
    rg_block_spec parameter = rg_block_defaults (RG_PARAMETER);
    parameter.count = 1;
    parameter.init = .6;
    parameter.fixed = 1;
    ck_assert_int_eq (rg_hyper_add (x.hyper, &parameter, NULL), RG_OK);
    x.problem.hyper = x.hyper;
    x.problem.initial.values = x.start;
    good_gradient (&x, "first-order", "stored", first); /* of one step: the first gradient depends on nothing that is tuned */
    good_gradient (&x, "reverse", "stored", reverse);
    ck_assert_mem_eq (first, reverse, (2 + OWN) * sizeof *first);
    bench_clear (&x);
}
END_TEST

START_TEST (threads_do_not_change_a_bit)
{
    bench x;
    rg_message message = { "" };
    const size_t size = STEPS + 1 + OWN + LARGE + 1;
    double *one = calloc (size, sizeof *one), *many = calloc (size, sizeof *many);
    tanh_init (&x, LARGE, NULL);
    good_gradient (&x, "reverse", "stored", one);
    ck_assert_double_gt (fabs (one[STEPS + 1]), 1e-9);
    for (size_t threads = 2; threads <= 3; threads++) {
        ck_assert_int_eq (rg_team_new (&x.problem.run.team, threads, &message), RG_OK);
        good_gradient (&x, "reverse", threads == 2 ? "stored" : "checkpointed", many);
        ck_assert_mem_eq (one, many, size * sizeof *one);
        rg_team_free (x.problem.run.team);
    }
    free (one);
    free (many);
    bench_clear (&x);
}
END_TEST

/* ---- a network, in both precisions; snapshots --------------------------------------- */

static void
with_rule (trial *t, rg_dynamics *dynamics)
{
    const double own[OWN] = { 1.5, .8, .3 };
    add_block (t->f.hyper, RG_RULE, 0, own, OWN, 0);
    t->f.problem.dynamics = dynamics;
    t->f.problem.run.arithmetic = RG_FLOATING;
}

START_TEST (single_precision_is_near_double)
{
    double gradient[2][MOST], checkpointed[MOST];
    h = (habits) { -1, 0, 0 };
    const rg_own_rule rule = rule_of (&h);
    rg_dynamics *dynamics = made (&rule);
    for (int single = 0; single < 2; single++) {
        trial t;
        rg_report report = { .size = sizeof report };
        trial_init (&t, &runs[1], single ? RG_SINGLE : RG_DOUBLE, 0);
        with_rule (&t, dynamics);
        t.options.policy = rg_registry_trajectory ("checkpointed");
        undisturbed (&t, checkpointed, &report);
        t.options.policy = rg_registry_trajectory ("stored");
        undisturbed (&t, gradient[single], &report);
        ck_assert_mem_eq (checkpointed, gradient[single], rg_hyper_size (t.f.hyper) * sizeof **gradient);
        for (size_t k = 0; single && k < rg_hyper_blocks (t.f.hyper); k++) {
            const rg_block b = rg_hyper_block (t.f.hyper, k);
            ck_assert_msg (relative_difference (gradient[1] + b.first, gradient[0] + b.first, b.size) < 1e-3, "%s: %g", b.name,
                           relative_difference (gradient[1] + b.first, gradient[0] + b.first, b.size));
        }
        trial_clear (&t);
    }
    rg_dynamics_free (dynamics);
}
END_TEST

/* The l2 penalty and the example weights reach the rule through the loss, too. */
START_TEST (a_network_agrees_with_forward_mode)
{
    trial t;
    rg_report report = { .size = sizeof report };
    double reverse[MOST], forward[MOST];
    h = (habits) { -1, 0, 0 };
    const rg_own_rule rule = rule_of (&h);
    rg_dynamics *dynamics = made (&rule);
    rg_message message = { "" };
    trial_init (&t, &runs[_i], RG_DOUBLE, 0);
    with_rule (&t, dynamics);
    t.options.policy = rg_registry_trajectory ("stored");
    undisturbed (&t, reverse, &report);
    t.options.keeper = NULL;
    t.left = 1 << 20;
    ck_assert_msg (rg_hypergradient (&t.f.problem, rg_registry_estimator ("forward"), &t.options, 5, forward, NULL, &message)
                   == RG_OK, "%s", message.text);
    for (size_t k = 0; k < rg_hyper_blocks (t.f.hyper); k++) {
        const rg_block b = rg_hyper_block (t.f.hyper, k);
        ck_assert_msg (relative_difference (forward + b.first, reverse + b.first, b.size) < 1e-9, "%s: %g", b.name,
                       relative_difference (forward + b.first, reverse + b.first, b.size));
    }
    trial_clear (&t);
    rg_dynamics_free (dynamics);
}
END_TEST

START_TEST (a_sweep_goes_on_from_a_snapshot_to_the_same_bits)
{
    static const char *const policies[] = { "stored", "checkpointed" };
    trial t;
    double expected[MOST], gradient[MOST];
    rg_report whole = { .size = sizeof whole }, report = { .size = sizeof report };
    h = (habits) { -1, 0, 0 };
    const rg_own_rule rule = rule_of (&h);
    rg_dynamics *dynamics = made (&rule);
    rg_message message = { "" };
    trial_init (&t, &runs[0], RG_DOUBLE, 0);
    with_rule (&t, dynamics);
    t.options.policy = rg_registry_trajectory (policies[_i]);
    t.options.slots = 3;
    undisturbed (&t, expected, &whole);
    const long all = (1 << 20) - t.left;
    int snapshots = 0;
    for (long at = 0; at < all; at += 5) {
        ck_assert_int_eq (run (&t, at, gradient, &report, &message), RG_EINTERRUPTED);
        snapshots += rg_study_kept_sweep (t.study);
        reopen (&t, 0);
        finish (&t, expected, &whole, policies[_i], at);
        rg_study_drop_sweeps (t.study);
    }
    ck_assert_int_gt (snapshots, 2);
    trial_clear (&t);
    rg_dynamics_free (dynamics);
}
END_TEST

/* A run that is tuned as it goes, saved in its middle. */
START_TEST (real_time_goes_on_to_the_same_bits)
{
    bench x;
    double one[SIZE], again[SIZE];
    rg_realtime *rt, *other;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    tanh_init (&x, SMALL, NULL);
    rg_hyper_free (x.hyper);
    const double own[OWN] = { 1.5, .8, .3 };
    ck_assert_int_eq (rg_hyper_new (&x.hyper, x.layout, STEPS, 0, 0), RG_OK);
    add_block (x.hyper, RG_RATE, .03, NULL, 0, 0);
    add_block (x.hyper, RG_DECAY, .7, NULL, 0, 0);
    add_block (x.hyper, RG_RULE, 0, own, OWN, 0);
    add_block (x.hyper, RG_PARAMETER, .6, NULL, 1, 0);
    x.problem.hyper = x.hyper;
    x.problem.initial.values = x.start;
    ck_assert_msg (rg_realtime_new (&rt, &x.problem, 0, 0, &message) == RG_OK, "%s", message.text);
    ck_assert_int_eq (rg_realtime_new (&other, &x.problem, 0, 0, NULL), RG_OK);
    ck_assert_int_eq (rg_realtime_advance (rt, 5, one, &report, NULL), RG_OK);
    const size_t bytes = rg_realtime_bytes (rt);
    void *block = malloc (bytes);
    rg_realtime_save (rt, block);
    ck_assert_int_eq (rg_realtime_advance (rt, 100, one, &report, NULL), RG_OK);
    ck_assert_int_eq (rg_realtime_load (other, block, bytes), RG_OK);
    ck_assert_int_eq (rg_realtime_advance (other, 100, again, &report, NULL), RG_OK);
    ck_assert_mem_eq (one, again, rg_hyper_size (x.hyper) * sizeof *one);
    ck_assert_double_gt (fabs (one[2]), 1e-6);
    free (block);
    rg_realtime_free (rt);
    rg_realtime_free (other);
    bench_clear (&x);
}
END_TEST

/* ---- what is refused ------------------------------------------------------------ */

START_TEST (a_rule_must_be_one)
{
    h = (habits) { -1, 0, 0 };
    rg_dynamics *dynamics;
    rg_message message = { "" };
    const rg_own_rule good = rule_of (&h);
    rg_own_rule rule = good;
    struct {
        rg_own_rule known;
        char more[16];
    } newer = { good, { 1 } };
    rule.step = NULL;
    ck_assert_int_eq (rg_dynamics_from_rule (&dynamics, &rule, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "tanh-rule: expected a name and a step");
    ck_assert_ptr_null (dynamics);
    rule = good;
    rule.name = NULL;
    ck_assert_int_eq (rg_dynamics_from_rule (&dynamics, &rule, NULL), RG_ERANGE);
    rule = good;
    rule.coefficient[1] = RG_RATE;
    ck_assert_int_eq (rg_dynamics_from_rule (&dynamics, &rule, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "tanh-rule: rate is there twice");
    rule.coefficient[1] = RG_L2;
    ck_assert_int_eq (rg_dynamics_from_rule (&dynamics, &rule, NULL), RG_ERANGE);
    rule.coefficients = RG_OWN_COEFFICIENTS + 1;
    ck_assert_int_eq (rg_dynamics_from_rule (&dynamics, &rule, NULL), RG_ERANGE);
    rule = good;
    rule.size = 0;
    ck_assert_int_eq (rg_dynamics_from_rule (&dynamics, &rule, NULL), RG_EINPUT);
    newer.known.size = sizeof newer;
    ck_assert_int_eq (rg_dynamics_from_rule (&dynamics, &newer.known, NULL), RG_EUNSUPPORTED);
    ck_assert_int_eq (h.released, 0);
    rg_dynamics_free (NULL);
}
END_TEST

START_TEST (what_it_cannot_do_is_refused_with_a_sentence)
{
    bench x;
    double gradient[SIZE];
    rg_message message = { "" };
    tanh_init (&x, SMALL, NULL);
    x.problem.run.arithmetic = RG_EXACT;
    ck_assert_int_eq (gradient_of (&x, "reverse", "stored", gradient, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "tanh-rule takes its steps in floating arithmetic only: it is a rule of one's own");
    ck_assert_int_eq (gradient_of (&x, "reverse", "reversible", gradient, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "tanh-rule cannot be run backwards: a rule of one's own is not undone; a stored or checkpointed "
                                    "trajectory takes it");
    x.problem.run.arithmetic = RG_FLOATING;
    x.problem.run.epsilon_inside = 1;
    ck_assert_int_eq (gradient_of (&x, "reverse", "stored", gradient, &message), RG_EUNSUPPORTED);
    x.problem.run.epsilon_inside = 0;
    h.refuses = 5;
    ck_assert_int_eq (gradient_of (&x, "reverse", "stored", gradient, &message), RG_ECALLBACK);
    ck_assert_str_eq (message.text, "step 0: the step of tanh-rule returned 5");
    x.problem.dynamics = rg_registry_dynamics ("momentum");
    ck_assert_int_eq (gradient_of (&x, "reverse", "stored", gradient, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "momentum cannot tune `rule`: it takes rate and decay");
    bench_clear (&x);
}
END_TEST

START_TEST (without_adjoint_or_tangent_the_other_mode_is_told)
{
    bench x;
    double gradient[SIZE], other[SIZE];
    rg_message message = { "" };
    h = (habits) { -1, 0, 0 };
    rg_own_rule rule = rule_of (&h);
    const rg_own_rule good = rule;
    rule.adjoint = NULL;
    tanh_init (&x, SMALL, &rule);
    ck_assert_int_eq (gradient_of (&x, "reverse", "stored", gradient, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "tanh-rule has no adjoint, and cannot be differentiated in reverse; forward mode takes its tangent");
    good_gradient (&x, "forward", "stored", gradient);
    bench_clear (&x);
    rule = good;
    rule.size = offsetof (rg_own_rule, tangent); /* an older program's */
    tanh_init (&x, SMALL, &rule);
    ck_assert_int_eq (gradient_of (&x, "forward", "stored", other, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "tanh-rule has no tangent, and cannot be differentiated forward; reverse takes its adjoint");
    good_gradient (&x, "reverse", "stored", other);
    ck_assert_double_le (relative_difference (gradient, other, SIZE), 1e-12);
    bench_clear (&x);
    rule = good;
    rule.lambdas = 2;
    tanh_init (&x, SMALL, &rule);
    ck_assert_int_eq (gradient_of (&x, "reverse", "stored", other, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "tanh-rule needs a block of the role `rule` among the hyperparameters, of 2 numbers");
    bench_clear (&x);
}
END_TEST

START_TEST (a_loss_that_says_nothing_of_lambda_is_refused)
{
    bench x;
    double gradient[SIZE];
    rg_message message = { "" };
    tanh_init (&x, SMALL, NULL);
    rg_objective_free (x.inner);
    const rg_callbacks inner = { .size = sizeof (rg_callbacks), .loss = bowl_loss, .gradient = bowl_gradient,
                                 .tangent = bowl_tangent, .user = &x.b, .lambdas = 1, .shards = SHARDS };
    ck_assert_int_eq (rg_objective_from_callbacks (&x.inner, SMALL, &inner, NULL, NULL), RG_OK);
    x.problem.inner = x.inner;
    ck_assert_int_eq (gradient_of (&x, _i ? "forward" : "reverse", "stored", gradient, &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "tanh-rule uses the loss of the step, and the callbacks of the inner objective do not tell how that "
                                    "depends on its hyperparameters: give them lambda_gradient");
    bench_clear (&x);
}
END_TEST

START_TEST (a_state_that_is_not_finite_is_named)
{
    bench x;
    double gradient[SIZE];
    rg_message message = { "" };
    tanh_init (&x, SMALL, NULL);
    h.spoilt_at = 4;
    ck_assert_int_eq (gradient_of (&x, "reverse", "stored", gradient, &message), RG_ENONFINITE);
    ck_assert_str_eq (message.text, "step 4: the state 1 of array v is not finite");
    bench_clear (&x);
}
END_TEST

START_TEST (failing_allocations_leave_nothing_behind)
{
    bench x;
    double gradient[SIZE];
    rg_dynamics *dynamics;
    rg_message message;
    tanh_init (&x, SMALL, NULL);
    for (failing_memory memory = failing_first (); memory.failed;) {
        const rg_own_rule rule = rule_of (&h);
        FAILING (&memory, rg_dynamics_from_rule (&dynamics, &rule, &message));
        ck_assert_int_eq (dynamics == NULL, memory.failed);
        rg_dynamics_free (dynamics);
    }
    ck_assert_int_eq (h.released, 1);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, gradient_of (&x, "reverse", _i ? "checkpointed" : "stored", gradient, &message));
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, gradient_of (&x, "forward", "stored", gradient, &message));
    bench_clear (&x);
}
END_TEST

int
main (void)
{
    Suite *s = suite_create ("own_rule");
    TCase *c = tcase_create ("derivatives");
    tcase_add_test (c, reverse_and_forward_meet_differences_in_every_block);
    tcase_add_test (c, first_order_goes_back_through_the_rule);
    tcase_add_test (c, threads_do_not_change_a_bit);
    suite_add_tcase (s, c);
    c = tcase_create ("networks");
    tcase_set_timeout (c, 60);
    tcase_add_unchecked_fixture (c, scratch_make, scratch_remove);
    tcase_add_test (c, single_precision_is_near_double);
    tcase_add_loop_test (c, a_network_agrees_with_forward_mode, 0, 2);
    tcase_add_loop_test (c, a_sweep_goes_on_from_a_snapshot_to_the_same_bits, 0, 2);
    suite_add_tcase (s, c);
    c = tcase_create ("what is refused");
    tcase_add_test (c, real_time_goes_on_to_the_same_bits);
    tcase_add_test (c, a_rule_must_be_one);
    tcase_add_test (c, what_it_cannot_do_is_refused_with_a_sentence);
    tcase_add_test (c, without_adjoint_or_tangent_the_other_mode_is_told);
    tcase_add_loop_test (c, a_loss_that_says_nothing_of_lambda_is_refused, 0, 2);
    tcase_add_test (c, a_state_that_is_not_finite_is_named);
    tcase_add_loop_test (c, failing_allocations_leave_nothing_behind, 0, 2);
    suite_add_tcase (s, c);
    return run_suite (s);
}
