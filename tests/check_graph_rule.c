/*
 * check_graph_rule.c -- rules that graphs give: plain descent as a graph, a small network that is learned, and what is refused.
 */
#include "testing.h"

#include <stdio.h>

#include <retrograde.h>

#include "bowl.h"
#include "failing_memory.h"

enum { HIDDEN = 5, ROWS = 1024 };

/* The columns first ... first + count - 1 of x. */
static rg_tensor
columns (rg_graph *graph, rg_tensor x, size_t first, size_t count)
{
    char options[80];
    snprintf (options, sizeof options, "axis: 1, start: %zu, size: %zu", first, count);
    return rg_graph_apply (graph, "slice", &x, 1, options);
}

static rg_graph *
graph_of (size_t rows, size_t hypers)
{
    rg_graph *graph;
    ck_assert_int_eq (rg_graph_new (&graph, RG_DOUBLE, rows, 0, hypers), RG_OK);
    return graph;
}

/* w+ = w - s a g, s the rule's own number. */
static rg_graph_rule
descent (void)
{
    rg_graph_rule rule = { .size = sizeof rule, .name = "descent", .graph = graph_of (ROWS, 1), .coefficients = 2,
                           .coefficient = { RG_RATE, RG_DECAY } };
    const double minus = -1;
    rule.input = rg_graph_batch (rule.graph, rg_graph_rule_inputs (&rule), 1);
    const rg_tensor ag[] = { columns (rule.graph, rule.input, 1, 1), columns (rule.graph, rule.input, 3, 1) };
    const rg_tensor move = rg_graph_scale (rule.graph, rg_graph_apply (rule.graph, "multiply", ag, 2, NULL),
                                           rg_graph_hyper (rule.graph, 0, 1, 1));
    rule.output = rg_graph_scale (rule.graph, move, rg_graph_constant (rule.graph, 1, 1, &minus));
    return rule;
}

/* A network of one hidden layer for the move and two new arrays, of all there is. */
static rg_graph_rule
network (double preprocess)
{
    rg_graph_rule rule = { .size = sizeof rule, .name = "network", .arrays = 2, .coefficients = 2,
                           .coefficient = { RG_RATE, RG_DECAY }, .needs_loss = 1, .preprocess = preprocess };
    const size_t inputs = rg_graph_rule_inputs (&rule), first = inputs * HIDDEN, second = first + HIDDEN;
    rg_graph *g = rule.graph = graph_of (ROWS, second + HIDDEN * 3);
    rule.input = rg_graph_batch (g, inputs, 1);
    const rg_tensor hidden = rg_graph_tanh (g, rg_graph_affine (g, rule.input, rg_graph_hyper_matrix (g, 0, inputs, HIDDEN, 1),
                                                                rg_graph_hyper_matrix (g, first, 1, HIDDEN, 1)));
    rule.output = rg_graph_affine (g, hidden, rg_graph_hyper_matrix (g, second, HIDDEN, 3, 1), RG_NO_TENSOR);
    return rule;
}

/* A problem of a rule; the graph's hyperparameters are small numbers. */
typedef struct {
    bench bench;
    rg_graph *graph;
    size_t size; /* of a gradient */
} learning;

static void
learning_init (learning *x, const rg_graph_rule *rule, size_t weights)
{
    rg_dynamics *dynamics;
    rg_message message = { "" };
    ck_assert_msg (rg_dynamics_from_graph (&dynamics, rule, &message) == RG_OK, "%s", message.text);
    const size_t count = rg_graph_hyper_count (rule->graph);
    double *own = calloc (count, sizeof *own);
    for (size_t i = 0; i < count; i++)
        own[i] = count == 1 ? 1 : .4 * sin (1.9 * (double) i + .7);
    bench_init (&x->bench, weights, dynamics, own, count);
    x->graph = rule->graph;
    x->size = rg_hyper_size (x->bench.hyper);
    free (own);
}

static void
learning_clear (learning *x)
{
    bench_clear (&x->bench);
    rg_graph_free (x->graph);
}

enum { MOST = 200 };

START_TEST (descent_as_a_graph_is_plain_descent)
{
    learning x;
    double graph[MOST], plain[MOST];
    const rg_graph_rule rule = descent ();
    learning_init (&x, &rule, SMALL);
    good_gradient (&x.bench, "reverse", "stored", graph);
    const rg_block own = rg_hyper_block (x.bench.hyper, 2);
    rg_block_spec fixed = rg_block_defaults (RG_PARAMETER);
    fixed.init = .6;
    fixed.count = 1;
    rg_hyper_free (x.bench.hyper);
    ck_assert_int_eq (rg_hyper_new (&x.bench.hyper, x.bench.layout, STEPS, 0, 0), RG_OK);
    add_block (x.bench.hyper, RG_RATE, .03, NULL, 0, 1);
    add_block (x.bench.hyper, RG_WEIGHTS, 0, x.bench.start, SMALL, 0);
    ck_assert_int_eq (rg_hyper_add (x.bench.hyper, &fixed, NULL), RG_OK);
    x.bench.problem.hyper = x.bench.hyper;
    x.bench.problem.dynamics = rg_registry_dynamics ("gradient-descent");
    good_gradient (&x.bench, "reverse", "stored", plain);
    ck_assert_double_le (relative_difference (graph, plain, STEPS), 1e-14);
    ck_assert_double_le (relative_difference (graph + own.first + 1, plain + STEPS, SMALL + 1), 1e-14);
    double sum = 0; /* the factor of all rates: s dE/ds = sum a dE/da */
    for (int t = 0; t < STEPS; t++)
        sum += .03 * plain[t];
    ck_assert_double_le (fabs (graph[own.first] - sum), 1e-13 * fabs (sum));
    learning_clear (&x);
}
END_TEST

START_TEST (a_network_meets_differences_in_every_block)
{
    learning x;
    double stored[MOST], checkpointed[MOST], forward[MOST], differences[MOST];
    const rg_graph_rule rule = network (0);
    learning_init (&x, &rule, SMALL);
    ck_assert_uint_le (x.size, MOST);
    good_gradient (&x.bench, "reverse", "stored", stored);
    good_gradient (&x.bench, "reverse", "checkpointed", checkpointed);
    good_gradient (&x.bench, "forward", "stored", forward);
    good_gradient (&x.bench, "differences", "stored", differences);
    ck_assert_mem_eq (stored, checkpointed, x.size * sizeof *stored);
    for (size_t k = 0; k < rg_hyper_blocks (x.bench.hyper); k++) {
        const rg_block b = rg_hyper_block (x.bench.hyper, k);
        ck_assert_double_le (relative_difference (forward + b.first, stored + b.first, b.size), 1e-11);
        ck_assert_double_le (relative_difference (stored + b.first, differences + b.first, b.size), 1e-6);
    }
    learning_clear (&x);
}
END_TEST

/* The two numbers of g and of the loss: constants in both modes, and not without effect. */
START_TEST (preprocessed_signals_are_constants)
{
    learning x;
    double reverse[MOST], forward[MOST], differences[MOST];
    const rg_graph_rule rule = network (10);
    ck_assert_uint_eq (rg_graph_rule_inputs (&rule), 11);
    learning_init (&x, &rule, SMALL);
    good_gradient (&x.bench, "reverse", "stored", reverse);
    good_gradient (&x.bench, "forward", "stored", forward);
    good_gradient (&x.bench, "differences", "stored", differences);
    ck_assert_double_le (relative_difference (forward, reverse, x.size), 1e-11);
    ck_assert_double_gt (relative_difference (differences, reverse, x.size), 1e-6);
    learning_clear (&x);
}
END_TEST

START_TEST (threads_do_not_change_a_bit)
{
    learning x;
    rg_message message = { "" };
    const rg_graph_rule rule = network (10);
    learning_init (&x, &rule, LARGE);
    double *one = calloc (x.size, sizeof *one), *many = calloc (x.size, sizeof *many);
    good_gradient (&x.bench, "reverse", "stored", one);
    for (size_t threads = 2; threads <= 3; threads++) {
        ck_assert_msg (rg_team_new (&x.bench.problem.run.team, threads, &message) == RG_OK, "%s", message.text);
        good_gradient (&x.bench, "reverse", "stored", many);
        ck_assert_mem_eq (one, many, x.size * sizeof *one);
        rg_team_free (x.bench.problem.run.team);
    }
    free (one);
    free (many);
    learning_clear (&x);
}
END_TEST

/* A rule that is refused, its status and what is said. */
static void
refused (rg_graph_rule *rule, rg_status status, const char *sentence)
{
    rg_dynamics *dynamics;
    rg_message message = { "" };
    rg_graph *graph = rule->graph;
    ck_assert_int_eq (rg_dynamics_from_graph (&dynamics, rule, &message), status);
    ck_assert_ptr_null (dynamics);
    ck_assert_str_eq (message.text, sentence);
    rg_graph_free (graph);
}

START_TEST (what_is_no_rule_is_refused_with_a_sentence)
{
    rg_graph_rule rule = descent ();
    rg_graph_free (rule.graph);
    rule.graph = NULL;
    refused (&rule, RG_ERANGE, "descent: expected a name and a graph");
    rule = descent ();
    rule.preprocess = NAN;
    refused (&rule, RG_ERANGE, "descent: preprocess: expected a number >= 0, got nan");
    rule = descent ();
    rule.needs_loss = 1;
    refused (&rule, RG_ESHAPE, "descent: expected an input of 5 columns a coordinate");
    rule = descent ();
    rule.output = rule.input;
    refused (&rule, RG_ESHAPE, "descent: expected an output of 1 columns a coordinate");
    rule = descent ();
    rule.size = 0;
    rg_dynamics *dynamics;
    ck_assert_int_eq (rg_dynamics_from_graph (&dynamics, &rule, NULL), RG_EINPUT);
    rg_graph_free (rule.graph);
    rule = (rg_graph_rule) { .size = sizeof rule, .name = "short", .graph = graph_of (ROWS - 1, 0) };
    rule.input = rg_graph_batch (rule.graph, 2, 1);
    rule.output = columns (rule.graph, rule.input, 1, 1);
    refused (&rule, RG_ESHAPE, "short: expected a graph of 1024 rows or more and no weights, got 1023 and 0");
    ck_assert_int_eq (rg_graph_new (&rule.graph, RG_SINGLE, ROWS, 0, 0), RG_OK);
    refused (&rule, RG_EUNSUPPORTED, "short: expected a graph in double precision");
    rule.graph = graph_of (ROWS, 0);
    rule.name = "mixing";
    rule.input = rg_graph_batch (rule.graph, 2, 1);
    const rg_tensor g = columns (rule.graph, rule.input, 1, 1);
    rule.output = rg_graph_apply (rule.graph, "batch_norm", &g, 1, NULL);
    refused (&rule, RG_EUNSUPPORTED, "mixing: batch_norm mixes coordinates, which blocks of them keep apart");
}
END_TEST

START_TEST (failing_allocations_leave_nothing_behind)
{
    learning x;
    double gradient[MOST];
    rg_message message;
    for (failing_memory memory = failing_first (); memory.failed;) {
        const rg_graph_rule rule = network (10);
        rg_dynamics *dynamics;
        FAILING (&memory, rg_dynamics_from_graph (&dynamics, &rule, &message));
        ck_assert_int_eq (dynamics == NULL, memory.failed);
        rg_dynamics_free (dynamics);
        rg_graph_free (rule.graph);
    }
    const rg_graph_rule rule = network (10);
    learning_init (&x, &rule, SMALL);
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, gradient_of (&x.bench, _i ? "forward" : "reverse", "stored", gradient, &message));
    learning_clear (&x);
}
END_TEST

int
main (void)
{
    Suite *s = suite_create ("graph_rule");
    TCase *c = tcase_create ("all");
    tcase_set_timeout (c, 60);
    tcase_add_test (c, descent_as_a_graph_is_plain_descent);
    tcase_add_test (c, a_network_meets_differences_in_every_block);
    tcase_add_test (c, preprocessed_signals_are_constants);
    tcase_add_test (c, threads_do_not_change_a_bit);
    tcase_add_test (c, what_is_no_rule_is_refused_with_a_sentence);
    tcase_add_loop_test (c, failing_allocations_leave_nothing_behind, 0, 2);
    suite_add_tcase (s, c);
    return run_suite (s);
}
