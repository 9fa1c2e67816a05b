/* check_graph_executor.c -- executors: their memory, what is computed in place, what they say of a run that failed. */
#include <stdio.h>
#include <string.h>

#include "uniform.h"

#include "graph/arena.h"
#include "graph/linearisation.h"
#include "graph/tangents.h"
#include "testing.h"

/* ------------------------------------------------------------------ the arena */

START_TEST (spans_that_live_together_do_not_meet)
{
    enum { SPANS = 60 };
    rg_span span[SPANS];
    size_t bytes, sum = 0;
    for (size_t i = 0; i < SPANS; i++) {
        const long birth = (long) uniform (7, 10 * i, 0, 100), death = birth + (long) uniform (7, 10 * i + 1, 0, 30);
        span[i] = rg_arena_span ((size_t) uniform (7, 10 * i + 2, 0, 300), 8, birth, i % 9 == 0 ? RG_ALWAYS : death);
        sum += span[i].bytes + 64;
    }
    ck_assert (rg_arena_place (SPANS, span, &bytes));
    ck_assert_uint_lt (bytes, sum / 2);
    for (size_t i = 0; i < SPANS; i++) {
        ck_assert (span[i].bytes == 0 || span[i].at + span[i].bytes <= bytes);
        ck_assert (span[i].bytes == 0 || span[i].at % 64 == 0);
        for (size_t k = 0; k < i; k++) {
            const bool together = (span[i].death == RG_ALWAYS || span[k].birth <= span[i].death)
                && (span[k].death == RG_ALWAYS || span[i].birth <= span[k].death);
            const bool apart = span[i].at + span[i].bytes <= span[k].at || span[k].at + span[k].bytes <= span[i].at;
            const bool always = span[i].death == RG_ALWAYS || span[k].death == RG_ALWAYS;
            ck_assert (apart || (!together && !always) || span[i].bytes == 0 || span[k].bytes == 0);
        }
    }
    span[0] = rg_arena_span (SIZE_MAX / 2, 4, 0, 1);
    ck_assert (!rg_arena_place (SPANS, span, &bytes));
}
END_TEST

/* ------------------------------------------------------------------ a small network */

enum { ROWS = 6, INPUTS = 4, HIDDEN = 5, WEIGHTS = INPUTS * HIDDEN + HIDDEN * HIDDEN + HIDDEN };

typedef struct {
    rg_graph *graph;
    rg_tensor x, before, after, s, y, labels;
} network;

/* Two hidden layers, tanh and relu; labels: cross-entropy instead of the squared error. */
static network
build (rg_precision precision, bool watched, bool labels)
{
    network net;
    ck_assert_int_eq (rg_graph_new (&net.graph, precision, ROWS, WEIGHTS, 1), RG_OK);
    net.x = rg_graph_batch (net.graph, INPUTS, 0);
    net.before = rg_graph_affine (net.graph, net.x, rg_graph_weights (net.graph, 0, INPUTS, HIDDEN), RG_NO_TENSOR);
    net.after = rg_graph_tanh (net.graph, net.before);
    const rg_tensor w = rg_graph_weights (net.graph, INPUTS * HIDDEN, HIDDEN, HIDDEN);
    const rg_tensor b = rg_graph_weights (net.graph, WEIGHTS - HIDDEN, 1, HIDDEN);
    rg_tensor h = rg_graph_relu (net.graph, rg_graph_affine (net.graph, net.after, w, b));
    net.s = rg_graph_hyper (net.graph, 0, 1, 1);
    h = rg_graph_scale (net.graph, h, net.s);
    rg_graph_name (net.graph, h, "logits");
    net.labels = labels ? rg_graph_labels (net.graph, HIDDEN) : RG_NO_TENSOR;
    net.y = rg_graph_batch (net.graph, HIDDEN, 0);
    if (watched)
        rg_graph_watch (net.graph, net.before);
    const rg_tensor loss = labels ? rg_graph_cross_entropy (net.graph, h, net.labels, RG_NO_TENSOR)
                                  : rg_graph_squared_error (net.graph, h, net.y, RG_NO_TENSOR);
    ck_assert_int_eq (rg_graph_finish (net.graph, loss, NULL), RG_OK);
    return net;
}

static const double lambda[1] = { 1.3 };

/* Bind a point; w stays with the caller. */
static void
bind (const network *net, rg_executor *executor, void *w)
{
    double numbers[WEIGHTS];
    for (size_t i = 0; i < WEIGHTS; i++)
        numbers[i] = uniform (3, i, -1, 1);
    executor->dense->convert (WEIGHTS, numbers, w);
    rg_executor_bind_weights (executor, w);
    rg_executor_bind_hyper (executor, lambda);
    executor->dense->convert (ROWS * INPUTS, numbers, rg_executor_leaf (executor, net->x));
    executor->dense->convert (ROWS * HIDDEN, numbers + 1, rg_executor_leaf (executor, net->y));
    for (size_t i = 0; net->labels != RG_NO_TENSOR && i < ROWS; i++)
        ((int32_t *) rg_executor_leaf (executor, net->labels))[i] = (int32_t) (i % HIDDEN);
}

START_TEST (less_use_takes_less_memory_and_gives_the_same_bits)
{
    for (int p = RG_SINGLE; p <= RG_DOUBLE; p++) {
        const network net = build ((rg_precision) p, false, false);
        double w[WEIGHTS], g[3][WEIGHTS], g_dot[WEIGHTS], loss[3];
        size_t bytes[3];
        for (int use = RG_USE_LOSS; use <= RG_USE_TANGENTS; use++) {
            rg_executor *executor;
            bytes[use] = rg_graph_bytes (net.graph, (rg_use) use);
            ck_assert_int_eq (rg_executor_new_for (&executor, net.graph, (rg_use) use), RG_OK);
            ck_assert_uint_eq (bytes[use],
                               executor->bytes + (executor->tangents == NULL ? 0 : executor->tangents->bytes));
            memset (executor->memory, 0xff, executor->bytes);
            bind (&net, executor, w);
            ck_assert_int_eq (rg_executor_loss (executor, &loss[use]), RG_OK);
            if (use == RG_USE_LOSS) {
                rg_executor_free (executor);
                continue;
            }
            ck_assert_int_eq (rg_executor_gradient (executor, &loss[use], g[use]), RG_OK);
            rg_executor_tangent (executor, w, g_dot);
            const double first = rg_real_get (executor->dense, g_dot);
            ck_assert_int_eq (isfinite (first) != 0, use == RG_USE_TANGENTS);
            ck_assert_int_eq (rg_executor_leaf_tangent (executor, net.x) == NULL, 1);
            rg_executor_free (executor);
        }
        ck_assert_uint_lt (bytes[RG_USE_LOSS], bytes[RG_USE_GRADIENT]);
        ck_assert_uint_lt (bytes[RG_USE_GRADIENT], bytes[RG_USE_TANGENTS]);
        ck_assert_double_eq (loss[RG_USE_LOSS], loss[RG_USE_TANGENTS]);
        ck_assert_double_eq (loss[RG_USE_GRADIENT], loss[RG_USE_TANGENTS]);
        ck_assert_mem_eq (g[RG_USE_GRADIENT], g[RG_USE_TANGENTS], WEIGHTS * (p == RG_SINGLE ? 4 : 8));
        rg_graph_free (net.graph);
    }
}
END_TEST

START_TEST (what_is_computed_in_place_is_not_shown_unless_it_is_watched)
{
    double w[WEIGHTS], g[2][2][WEIGHTS], loss[2];
    for (int watched = 0; watched < 2; watched++) {
        const network net = build (RG_DOUBLE, watched != 0, false);
        rg_executor *executor;
        ck_assert_int_eq (rg_executor_new (&executor, net.graph), RG_OK);
        bind (&net, executor, w);
        ck_assert_int_eq (rg_executor_gradient (executor, &loss[watched], g[watched][0]), RG_OK);
        rg_executor_tangent (executor, w, g[watched][1]);
        const double *before = rg_executor_value (executor, net.before),
                     *after = rg_executor_value (executor, net.after);
        ck_assert_int_eq (before != NULL, watched);
        for (size_t i = 0; watched && i < ROWS * HIDDEN; i++)
            ck_assert_double_eq_tol (after[i], tanh (before[i]), 1e-15);
        rg_executor_free (executor);
        rg_graph_free (net.graph);
    }
    ck_assert_double_eq (loss[0], loss[1]);
    ck_assert_mem_eq (g[0], g[1], sizeof g[0]);
}
END_TEST

/* A block of directions that are dense in the hyperparameters, and leaves whose derivatives are not wanted. */
START_TEST (dense_directions_and_a_mask_of_leaves)
{
    enum { WIDTH = 3 };
    const network net = build (RG_DOUBLE, false, true);
    const rg_tensor s = net.s;
    double w[WEIGHTS], w_dot[WEIGHTS * WIDTH], g[WEIGHTS], got[WEIGHTS * WIDTH], one[WEIGHTS], v[WEIGHTS], loss;
    const double directions[WIDTH] = { .7, -.2, 1.1 };
    rg_executor *executor;
    rg_tangents *tangents;
    ck_assert_int_eq (rg_executor_new (&executor, net.graph), RG_OK);
    ck_assert_int_eq (rg_tangents_new (&tangents, net.graph, WIDTH, RG_WANT_ALL), RG_OK);
    ck_assert_uint_eq (tangents->bytes, rg_graph_tangent_bytes (net.graph, WIDTH, RG_WANT_ALL));
    ck_assert_uint_lt (rg_graph_tangent_bytes (net.graph, WIDTH, RG_WANT_WEIGHTS), tangents->bytes);
    bind (&net, executor, w);
    ck_assert_int_eq (rg_executor_gradient (executor, &loss, g), RG_OK);
    for (size_t i = 0; i < WEIGHTS * WIDTH; i++)
        w_dot[i] = uniform (5, i, -1, 1);
    rg_tangents_begin (tangents, executor, WIDTH);
    rg_tangents_seed_hyper (tangents, directions);
    rg_tangents_run (tangents, w_dot, got);
    for (size_t k = 0; k < WIDTH; k++) {
        for (size_t i = 0; i < WEIGHTS; i++)
            v[i] = w_dot[i * WIDTH + k];
        rg_executor_clear_tangents (executor);
        rg_executor_seed_hyper (executor, &directions[k]);
        rg_executor_tangent (executor, v, one);
        for (size_t i = 0; i < WEIGHTS; i++)
            ck_assert_double_eq_tol (got[i * WIDTH + k], one[i], 1e-14);
        ck_assert_double_eq_tol (((const double *) rg_tangents_adjoint (tangents, s))[k],
                                 *(const double *) rg_executor_adjoint_tangent (executor, s), 1e-14);
    }
    rg_tangents_want (tangents, s, 0);
    ck_assert_ptr_null (rg_tangents_adjoint (tangents, s));
    rg_tangents_run (tangents, w_dot, got);
    ck_assert_double_eq_tol (got[WIDTH * (WEIGHTS - 1) + 2], one[WEIGHTS - 1], 1e-14);
    rg_tangents_want (tangents, s, 1);
    ck_assert_ptr_nonnull (rg_tangents_adjoint (tangents, s));
    rg_tangents_free (tangents);
    rg_executor_free (executor);
    rg_graph_free (net.graph);
}
END_TEST

/* ------------------------------------------------------------------ for the reader */

START_TEST (a_run_that_failed_is_explained)
{
    const network net = build (RG_DOUBLE, false, true);
    double w[WEIGHTS], loss;
    rg_message message = { "before" };
    rg_executor *executor;
    ck_assert_int_eq (rg_executor_new (&executor, net.graph), RG_OK);
    bind (&net, executor, w);
    ck_assert_int_eq (rg_executor_loss (executor, &loss), RG_OK);
    rg_executor_explain (executor, &message);
    ck_assert_str_eq (message.text, "before");
    ((int32_t *) rg_executor_leaf (executor, net.labels))[3] = HIDDEN;
    ck_assert_int_eq (rg_executor_loss (executor, &loss), RG_ERANGE);
    rg_executor_explain (executor, &message);
    ck_assert_str_eq (message.text, "node 10 (whole numbers, n x 1): expected whole numbers from 0 to 4");
    bind (&net, executor, w);
    rg_executor_bind_hyper (executor, (double[]) { INFINITY });
    ck_assert_int_eq (rg_executor_loss (executor, &loss), RG_ENONFINITE);
    rg_executor_explain (executor, &message);
    ck_assert_str_eq (message.text, "node 8 (hyperparameters, 1 x 1) is the first that is not finite");
    rg_executor_bind_hyper (executor, (double[]) { 1e308 });
    for (size_t i = 0; i < ROWS * INPUTS; i++)
        ((double *) rg_executor_leaf (executor, net.x))[i] *= 1e300;
    for (size_t i = INPUTS * HIDDEN; i < WEIGHTS; i++)
        w[i] *= 1e3;
    ck_assert_int_eq (rg_executor_loss (executor, &loss), RG_ENONFINITE);
    rg_executor_explain (executor, &message);
    ck_assert_str_eq (message.text, "node 9 (logits: scale, n x 5) is the first that is not finite");
    rg_executor_free (executor);
    rg_graph_free (net.graph);
}
END_TEST

typedef struct {
    int lines;
    bool logits, loss;
    char last[256];
} printed;

static void
write_line (void *user, const char *sentence)
{
    printed *p = user;
    p->lines++;
    p->logits |= strstr (sentence, "logits: scale") != NULL && strstr (sentence, "n x 5") != NULL;
    p->loss |= strstr (sentence, "the loss") != NULL;
    snprintf (p->last, sizeof p->last, "%s", sentence);
}

START_TEST (a_graph_is_printed_with_names_shapes_bytes_and_operations)
{
    const network net = build (RG_SINGLE, true, true);
    printed p = { 0 };
    const rg_log log = { write_line, &p };
    rg_graph_print (net.graph, &log);
    ck_assert_int_eq (p.lines, 13 + 2);
    ck_assert (p.logits && p.loss);
    ck_assert_ptr_nonnull (strstr (p.last, "13 nodes"));
    ck_assert_ptr_nonnull (strstr (p.last, "6 examples"));
    ck_assert_int_eq (rg_graph_name (net.graph, 99, "x"), RG_NO_TENSOR);
    const rg_shape shape = rg_graph_shape (net.graph, net.x);
    ck_assert (shape.dimensions == 2 && shape.dim[0] == 1 && shape.dim[1] == INPUTS && shape.batched);
    ck_assert_uint_eq (rg_graph_shape (net.graph, 99).dimensions, 0);
    rg_graph_free (net.graph);
}
END_TEST

/* The columns of numbers of a line that say what forward and backward took. */
static void
add_times (void *user, const char *sentence)
{
    double *sum = user, bytes, work, out, back;
    const char *at = strstr (sentence, "logits: scale") == NULL ? NULL : strrchr (sentence, 'x');
    if (at != NULL && sscanf (at, "x %*d %*d %*d %lf %lf %lf %lf", &bytes, &work, &out, &back) == 4)
        *sum += out + back;
}

START_TEST (a_profile_tells_the_time_of_each_node_and_keeps_the_bits)
{
    const network net = build (RG_DOUBLE, false, true);
    double w[WEIGHTS], before[WEIGHTS], after[WEIGHTS], loss, again, sum = 0;
    const rg_log log = { add_times, &sum };
    printed p = { 0 };
    rg_message message = { "" };
    rg_executor *executor;
    ck_assert_int_eq (rg_executor_new (&executor, net.graph), RG_OK);
    bind (&net, executor, w);
    ck_assert_int_eq (rg_executor_gradient (executor, &loss, before), RG_OK);
    ck_assert_int_eq (rg_executor_profile (executor, 3, &log, &message), RG_OK);
    ck_assert_int_eq (rg_executor_profile (executor, 1, &(rg_log) { write_line, &p }, &message), RG_OK);
    ck_assert_int_eq (rg_executor_gradient (executor, &again, after), RG_OK);
    ck_assert (sum > 0 && sum < 1e6); /* microseconds */
    ck_assert_int_eq (p.lines, 13 + 2);
    ck_assert_double_eq (loss, again);
    ck_assert_mem_eq (before, after, sizeof before);
    ((int32_t *) rg_executor_leaf (executor, net.labels))[3] = HIDDEN;
    ck_assert_int_eq (rg_executor_profile (executor, 3, &log, &message), RG_ERANGE);
    ck_assert_str_eq (message.text, "node 10 (whole numbers, n x 1): expected whole numbers from 0 to 4");
    rg_executor_free (executor);
    rg_graph_free (net.graph);
}
END_TEST

/* ------------------------------------------------------------------ an operator of one's own */

/* y = x^3, in double precision only where told so. */
static rg_status
cube_shape (void *user, size_t operands, const rg_shape *operand, rg_shape *result)
{
    (void) user;
    *result = operand[0];
    return operands == 1 ? RG_OK : RG_ESHAPE;
}

static size_t
count_of (const rg_own_view *view)
{
    size_t n = 1;
    for (size_t d = 0; d < view->result->dimensions; d++)
        n *= view->result->dim[d];
    return n;
}

static double
get (const rg_own_view *view, const void *x, size_t i)
{
    return view->precision == RG_SINGLE ? (double) ((const float *) x)[i] : ((const double *) x)[i];
}

static void
add (const rg_own_view *view, void *out, size_t i, double value)
{
    if (view->precision == RG_SINGLE)
        ((float *) out)[i] += (float) value;
    else
        ((double *) out)[i] += value;
}

static void
cube_forward (void *user, const rg_own_view *view, void *y)
{
    (void) user;
    for (size_t i = 0; i < count_of (view); i++) {
        const double x = get (view, view->x[0], i);
        if (view->precision == RG_SINGLE)
            ((float *) y)[i] = (float) (x * x * x);
        else
            ((double *) y)[i] = x * x * x;
    }
}

static void
cube_backward (void *user, const rg_own_view *view, void *const *x_bar)
{
    (void) user;
    for (size_t i = 0; i < count_of (view); i++)
        add (view, x_bar[0], i, 3 * get (view, view->x[0], i) * get (view, view->x[0], i) * get (view, view->y_bar, i));
}

static void
cube_tangents (void *user, const rg_own_view *view, void *y_dot)
{
    (void) user;
    for (size_t i = 0; i < count_of (view); i++)
        for (size_t k = 0; k < view->width; k++)
            add (view, y_dot, i * view->width + k,
                 3 * get (view, view->x[0], i) * get (view, view->x[0], i)
                     * get (view, view->x_dot[0], i * view->width + k));
}

static void
cube_adjoint_tangents (void *user, const rg_own_view *view, void *const *x_bar_dot)
{
    const double second = user == NULL ? 6 : *(const double *) user;
    for (size_t i = 0; i < count_of (view); i++)
        for (size_t k = 0; k < view->width; k++) {
            const size_t at = i * view->width + k;
            const double x = get (view, view->x[0], i);
            if (view->y_bar_dot != NULL)
                add (view, x_bar_dot[0], at, 3 * x * x * get (view, view->y_bar_dot, at));
            if (view->x_dot[0] != NULL)
                add (view, x_bar_dot[0], at, second * x * get (view, view->x_dot[0], at) * get (view, view->y_bar, i));
        }
}

static rg_own_operator
cube (int wide)
{
    return (rg_own_operator) { .size = sizeof (rg_own_operator),
                               .name = "cube",
                               .shape = cube_shape,
                               .forward = cube_forward,
                               .backward = cube_backward,
                               .tangents = cube_tangents,
                               .adjoint_tangents = cube_adjoint_tangents,
                               .wide = wide };
}

static rg_tensor
build_own (rg_graph *graph, const rg_tensor *operands, void *user)
{
    return rg_graph_apply_own (graph, user, operands, 1);
}

START_TEST (an_operator_of_ones_own_is_tested_like_any_other)
{
    const rg_operand operand = { { 3, { 1, 2, 3 }, 1 }, 1, 0, 0, 0 };
    double wrong = 5.999;
    rg_message message = { "" };
    rg_operator_gaps gaps;
    for (int wide = 0; wide < 2; wide++) {
        rg_own_operator row = cube (wide);
        ck_assert_msg (rg_graph_check_operator (build_own, &row, 1, &operand, 4, &gaps, &message) == RG_OK, "%s",
                       message.text);
        ck_assert_double_gt (gaps.precision, 1e-9);
        row.user = &wrong;
        ck_assert_int_eq (rg_graph_check_operator (build_own, &row, 1, &operand, 4, &gaps, &message), RG_EINPUT);
        ck_assert_double_gt (gaps.tangent, 1e-5);
        ck_assert_ptr_nonnull (strstr (message.text, "adjoint_tangents"));
    }
}
END_TEST

START_TEST (an_operator_of_ones_own_that_is_not_whole_is_refused)
{
    const rg_operand operand = { { 2, { 1, 3 }, 1 }, 1, 0, 0, 0 };
    rg_message message = { "" };
    rg_own_operator row = cube (0);
    row.backward = NULL;
    ck_assert_int_eq (rg_graph_check_operator (build_own, &row, 1, &operand, 4, NULL, &message), RG_ERANGE);
    ck_assert_ptr_nonnull (strstr (message.text, "cube"));
    row = cube (0);
    row.size = offsetof (rg_own_operator, forward); /* an older program's row: what it does not have is absent */
    ck_assert_int_eq (rg_graph_check_operator (build_own, &row, 1, &operand, 4, NULL, &message), RG_ERANGE);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("graph executor");
    TCase *memory = tcase_create ("memory"), *reader = tcase_create ("for the reader"),
          *own = tcase_create ("own operators");
    tcase_add_test (memory, spans_that_live_together_do_not_meet);
    tcase_add_test (memory, less_use_takes_less_memory_and_gives_the_same_bits);
    tcase_add_test (memory, what_is_computed_in_place_is_not_shown_unless_it_is_watched);
    tcase_add_test (memory, dense_directions_and_a_mask_of_leaves);
    tcase_add_test (reader, a_run_that_failed_is_explained);
    tcase_add_test (reader, a_profile_tells_the_time_of_each_node_and_keeps_the_bits);
    tcase_add_test (reader, a_graph_is_printed_with_names_shapes_bytes_and_operations);
    tcase_add_test (own, an_operator_of_ones_own_is_tested_like_any_other);
    tcase_add_test (own, an_operator_of_ones_own_that_is_not_whole_is_refused);
    suite_add_tcase (suite, memory);
    suite_add_tcase (suite, reader);
    suite_add_tcase (suite, own);
    return run_suite (suite);
}
