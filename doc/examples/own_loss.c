/* own_loss.c -- a loss of one's own, built of operators; its learning rates are tuned without a derivative by hand.
 * A small network fits y = sin (3 x) from data of which some are wrong, by the loss log cosh (z - y), which forgives
 * them. The rate of each of 60 steps is tuned for what the same loss is on clean data.
 *   cc own_loss.c $(pkg-config --cflags --libs retrograde) -lm && ./a.out     (or c++ -std=c++17 -x c++ own_loss.c ...) */
#include <math.h>
#include <retrograde.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 60, ITERATIONS = 40, ROWS = 40, UNITS = 10, WEIGHTS = 3 * UNITS + 1 };

/* Every call returns a status; a message says in a sentence what went wrong, and where. */
static rg_message m;
static void
must (rg_status status)
{
    if (status != RG_OK)
        exit ((fprintf (stderr, "%s: %s\n", rg_status_text (status), m.text), 2));
}

/* A graph and the leaves that its data go to. */
typedef struct {
    rg_graph *graph;
    rg_tensor x, y;
    int clean; /* whether the data have no errors */
} model;

/* log cosh e = log (1 + exp 2e) - e - log 2: what is constant does not matter. The mean over the rows. */
static rg_tensor
log_cosh (rg_graph *graph, rg_tensor e)
{
    const double two = 2, minus = -1, mean = 1.0 / ROWS;
    const rg_tensor bent = rg_graph_softplus (graph, rg_graph_scale (graph, e, rg_graph_constant (graph, 1, 1, &two)));
    const rg_tensor back = rg_graph_scale (graph, e, rg_graph_constant (graph, 1, 1, &minus));
    const rg_tensor losses = rg_graph_add (graph, bent, back);
    return rg_graph_scale (graph, rg_graph_sum (graph, losses), rg_graph_constant (graph, 1, 1, &mean));
}

/* z = tanh (x W + b) V + c, and the loss of z - y. */
static void
build (model *net, int clean)
{
    const double minus = -1;
    must (rg_graph_new (&net->graph, RG_DOUBLE, ROWS, WEIGHTS, 0));
    rg_graph *graph = net->graph;
    net->clean = clean, net->x = rg_graph_batch (graph, 1, 0), net->y = rg_graph_batch (graph, 1, 0);
    const rg_tensor w = rg_graph_weights (graph, 0, 1, UNITS), b = rg_graph_weights (graph, UNITS, 1, UNITS);
    const rg_tensor v = rg_graph_weights (graph, 2 * UNITS, UNITS, 1), c = rg_graph_weights (graph, 3 * UNITS, 1, 1);
    const rg_tensor z = rg_graph_affine (graph, rg_graph_tanh (graph, rg_graph_affine (graph, net->x, w, b)), v, c);
    const rg_tensor y = rg_graph_scale (graph, net->y, rg_graph_constant (graph, 1, 1, &minus));
    must (rg_graph_finish (graph, log_cosh (graph, rg_graph_add (graph, z, y)), &m));
}

/* The rows of a step: here always the same. */
static int
fill (void *user, rg_instant at, size_t first, size_t count, rg_executor *executor)
{
    const model *net = (const model *) user;
    double *x = (double *) rg_executor_leaf (executor, net->x), *y = (double *) rg_executor_leaf (executor, net->y);
    (void) at;
    for (size_t i = 0; i < count; i++) {
        const double row = (double) (first + i);
        x[i] = (2 * row + (net->clean ? 1 : 2)) / ROWS - 1;
        y[i] = sin (3 * x[i]) + (!net->clean && (first + i) % 7 == 0 ? 4 : 0);
    }
    return 0;
}

static rg_objective *
objective_of (model *net)
{
    rg_objective *objective;
    rg_graph_batches batches = { .size = sizeof batches };
    batches.graph = net->graph, batches.rows = ROWS, batches.fill = fill, batches.user = net;
    must (rg_objective_from_graph (&objective, &batches, &m));
    return objective;
}

int
main (void)
{
    rg_layout *layout;
    rg_hyper *hyper; /* a rate for each step, by its logarithm, and a decay of .9 that stays */
    rg_outer *adam;
    rg_array_spec array = { 0 };
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    array.name = "w", array.count = WEIGHTS;
    rate.per_step = decay.fixed = 1, rate.init = .02, decay.init = .9;
    must (rg_layout_new (&layout, 1, &array));
    must (rg_hyper_new (&hyper, layout, STEPS, 0, rg_run_defaults ().ratio_bits));
    must (rg_hyper_add (hyper, &rate, &m)), must (rg_hyper_add (hyper, &decay, &m));
    model train, valid;
    build (&train, 0), build (&valid, 1);
    must (rg_outer_new (&adam, rg_registry_optimizer ("adam"), NULL, rg_hyper_size (hyper), &m));
    double start[WEIGHTS], slopes[STEPS];
    for (int i = 0; i < WEIGHTS; i++)
        start[i] = .7 * sin (2.385 * i + 1);
    rg_problem problem = { 0 };
    problem.size = sizeof problem;
    rg_estimator_options how = { 0 };
    problem.hyper = hyper, problem.inner = objective_of (&train), problem.outer = objective_of (&valid);
    problem.run = rg_run_defaults (), problem.initial.values = start;
    problem.dynamics = rg_registry_dynamics ("momentum");
    how.size = sizeof how, how.policy = rg_registry_trajectory ("reversible");
    rg_report first, last;
    first.size = last.size = sizeof first;
    for (int i = 0; i < ITERATIONS; i++) {
        must (rg_hypergradient (&problem, rg_registry_estimator ("reverse"), &how, 0, slopes, i ? &last : &first, &m));
        must (rg_outer_descend (adam, (i ? last : first).outer_loss, slopes, hyper, &m));
    }
    printf ("loss on clean data: %g with equal rates, %g with tuned ones\n", first.outer_loss, last.outer_loss);
    rg_outer_free (adam), rg_objective_free (problem.inner), rg_objective_free (problem.outer);
    rg_hyper_free (hyper), rg_layout_free (layout), rg_graph_free (train.graph), rg_graph_free (valid.graph);
    return last.outer_loss < first.outer_loss ? 0 : 1;
}
