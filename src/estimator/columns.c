/* columns.c -- see columns.h. */
#include "estimator/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/team.h"
#include "dense/dense.h"
#include "dynamics/initial.h"
#include "dynamics/run_factors.h"
#include "hyper/coefficient.h"
#include "hyper/lambda.h"

static const size_t default_bytes = (size_t) 1 << 30;

static int
by_begin (const void *a, const void *b)
{
    const rg_column *x = a, *y = b;
    return x->begins != y->begins ? (x->begins > y->begins) - (x->begins < y->begins)
                                  : (x->free > y->free) - (x->free < y->free);
}

/*
 * List the numbers that columns are of: the free numbers that training depends on, but of what the objective takes the
 * used ones; at most so many. Returns how many. out may be NULL.
 */
static size_t
list (const rg_problem *problem, size_t most, rg_column *out)
{
    size_t count = 0, lambda = 0;
    for (size_t k = 0; k < rg_hyper_blocks (problem->hyper); k++) {
        const rg_block b = rg_hyper_block (problem->hyper, k);
        const int is_lambda = rg_lambda_has (problem->hyper, b.role);
        const int reached = !b.fixed && (!is_lambda || problem->inner->lambdas > 0);
        for (size_t i = 0; reached && count < most && i < (is_lambda ? b.slice : b.size); i++, count++)
            if (out != NULL)
                out[count] = (rg_column) { is_lambda ? 0 : rg_coefficient_begins (&b, i), b.first + i,
                                           { b.role, i, is_lambda ? lambda + i : SIZE_MAX } };
        lambda += is_lambda ? b.slice : 0;
    }
    return count;
}

void
rg_columns_clear (rg_columns *c)
{
    rg_free (c->column);
    rg_free (c->number);
    rg_free (c->w_dot);
    rg_free (c->every);
    rg_free (c->value);
    rg_free (c->square);
    for (int m = 0; c->moment_dot != NULL && m < c->arrays; m++)
        rg_free (c->moment_dot[m]);
    rg_free (c->moment_dot);
    for (int m = 0; m < RG_MOMENTS; m++)
        rg_free (c->product_dot[m]);
    for (size_t i = 0; i < c->rooms; i++)
        rg_tangent_room_clear (&c->room[i]);
    rg_free (c->room);
}

/* Products of a moment's decays whose tangents are carried; 0: its bias correction does not depend on what is tuned. */
static size_t
product_slice (const rg_run *run, int moment)
{
    const rg_block *decay = &run->coefficient[run->dynamics->moment[moment].decay];
    return run->dynamics->corrects && !decay->fixed ? decay->slice : 0;
}

size_t
rg_column_bytes (const rg_run *run)
{
    size_t numbers = run->weights * (size_t) (1 + rg_dynamics_arrays (run->dynamics));
    for (int m = 0; m < run->dynamics->moments; m++)
        numbers += product_slice (run, m);
    return numbers * sizeof (double);
}

size_t
rg_columns_most (const rg_run *run, size_t columns, size_t bytes)
{
    const size_t fitting = (bytes == 0 ? default_bytes : bytes) / rg_column_bytes (run) / RG_PANEL * RG_PANEL;
    const size_t allowed = fitting == 0 ? RG_PANEL : fitting;
    return columns < allowed ? columns : allowed;
}

size_t
rg_columns_count (const rg_problem *problem, double *column_steps)
{
    const double steps = (double) rg_hyper_steps (problem->hyper);
    const size_t count = list (problem, SIZE_MAX, NULL);
    *column_steps = (double) count * steps;
    for (size_t k = 0; k < rg_hyper_blocks (problem->hyper); k++) {
        const rg_block b = rg_hyper_block (problem->hyper, k);
        for (size_t i = 0; !b.fixed && b.per_step && !rg_lambda_has (problem->hyper, b.role) && i < b.size; i++)
            *column_steps -= (double) rg_coefficient_begins (&b, i);
    }
    return count;
}

static size_t
panels_of (size_t columns)
{
    return (columns + RG_PANEL - 1) / RG_PANEL;
}

/* Where this rank's column stands among all. */
static size_t
place_of (const rg_columns *c, size_t own)
{
    return (own / RG_PANEL * c->ranks + c->rank) * RG_PANEL + own % RG_PANEL;
}

/* List all columns, at most so many, and this rank's. */
static rg_status
list_all (rg_columns *c, const rg_problem *problem, size_t most)
{
    c->every_count = list (problem, most, NULL);
    c->every = rg_malloc (c->every_count, sizeof *c->every);
    c->column = rg_malloc (c->every_count, sizeof *c->column);
    c->number = rg_malloc (c->every_count, sizeof *c->number);
    c->value = rg_calloc (c->every_count, sizeof *c->value);
    c->square = rg_calloc (RG_SAMPLES * panels_of (c->every_count), sizeof *c->square);
    if (c->every == NULL || c->column == NULL || c->number == NULL || c->value == NULL || c->square == NULL)
        return RG_ENOMEM;
    list (problem, most, c->every);
    qsort (c->every, c->every_count, sizeof *c->every, by_begin);
    while (place_of (c, c->columns) < c->every_count) {
        c->column[c->columns] = c->every[place_of (c, c->columns)];
        c->number[c->columns] = c->column[c->columns].number;
        c->columns++;
    }
    return RG_OK;
}

/* A room for each panel that the threads work on at once; where the objective takes tangents one by one, that is one. */
static rg_status
make_rooms (rg_columns *c, rg_run *run)
{
    const int wide = run->inner->table->tangents != NULL;
    c->width = !wide ? 1 : c->most < RG_PANEL ? c->most : RG_PANEL;
    const size_t threads = wide ? rg_team_threads (run->options.team) : 1, panels = panels_of (c->most);
    const size_t wanted = threads < panels ? threads : panels == 0 ? 1 : panels;
    c->room = rg_calloc (wanted, sizeof *c->room);
    rg_status status = c->room == NULL ? RG_ENOMEM : RG_OK;
    while (status == RG_OK && c->rooms < wanted) {
        status = rg_tangent_room_init (&c->room[c->rooms], run, c->rooms, c->width);
        c->rooms += status == RG_OK;
    }
    return status;
}

/* Of at most so many columns. */
static rg_status
init (rg_columns *c, const rg_problem *problem, rg_run *run, size_t bytes, size_t most, rg_ranks *ranks)
{
    *c = (rg_columns) { .problem = problem, .ranks = rg_ranks_count (ranks), .rank = rg_ranks_index (ranks) };
    if (list_all (c, problem, most) != RG_OK)
        return RG_ENOMEM;
    c->most = rg_columns_most (run, c->columns, bytes);
    c->w_dot = rg_malloc (c->most, run->weights * sizeof (double));
    c->arrays = rg_dynamics_arrays (run->dynamics);
    c->moment_dot = rg_calloc ((size_t) c->arrays, sizeof *c->moment_dot);
    int complete = c->w_dot != NULL && c->moment_dot != NULL;
    for (int m = 0; complete && m < c->arrays; m++)
        complete &= (c->moment_dot[m] = rg_malloc (c->most, run->weights * sizeof (double))) != NULL;
    for (int m = 0; m < run->dynamics->moments; m++)
        if (product_slice (run, m) > 0)
            complete &= (c->product_dot[m] = rg_malloc (c->most, product_slice (run, m) * sizeof (double))) != NULL;
    return complete ? make_rooms (c, run) : RG_ENOMEM;
}

rg_status
rg_columns_share (rg_columns *c, const rg_problem *problem, rg_run *run, size_t bytes)
{
    return init (c, problem, run, bytes, SIZE_MAX, rg_team_ranks (run->options.team));
}

rg_status
rg_columns_init (rg_columns *c, const rg_problem *problem, rg_run *run, size_t bytes)
{
    return init (c, problem, run, bytes, SIZE_MAX, NULL);
}

rg_status
rg_columns_first (rg_columns *c, const rg_problem *problem, rg_run *run)
{
    const rg_status status = init (c, problem, run, 1, RG_PANEL, NULL);
    if (status == RG_OK && c->columns > 0)
        rg_columns_begin (c, run, 0);
    return status;
}

/* The width of the panel that starts at a column. */
static size_t
panel (const rg_columns *c, size_t at)
{
    const size_t left = c->first + c->count - at;
    return left < c->width ? left : c->width;
}

/* Z_0, of the columns first ... first + most - 1. */
void
rg_columns_begin (rg_columns *c, const rg_run *run, size_t first)
{
    const size_t left = c->columns - first;
    c->first = first;
    c->count = left < c->most ? left : c->most;
    const size_t numbers = c->count * run->weights;
    memset (c->w_dot, 0, numbers * sizeof *c->w_dot);
    for (int m = 0; m < c->arrays; m++)
        memset (c->moment_dot[m], 0, numbers * sizeof *c->w_dot);
    for (int m = 0; m < run->dynamics->moments; m++)
        if (c->product_dot[m] != NULL)
            memset (c->product_dot[m], 0, c->count * product_slice (run, m) * sizeof *c->w_dot);
    for (size_t at = c->first, width; at < c->first + c->count; at += width) {
        width = panel (c, at);
        for (size_t k = 0; k < width; k++)
            rg_initial_tangent (&c->problem->initial, c->problem->hyper, run->iteration, c->number[at + k].role,
                                c->number[at + k].index, width, c->w_dot + (at - c->first) * run->weights + k);
    }
}

/* A step of all panels, for the pieces of a team. */
typedef struct {
    rg_columns *columns;
    rg_run *run;
} panels_step;

/* With fewer rooms than panels there is one for each thread, else one for each panel. */
static rg_status
step_panel (void *user, size_t index, size_t thread, rg_message *message)
{
    const panels_step *s = user;
    rg_columns *c = s->columns;
    rg_run *run = s->run;
    const size_t at = c->first + index * c->width, offset = index * c->width * run->weights;
    rg_state_dot dot = { .w = c->w_dot + offset, .moment = c->moment_dot, .offset = offset };
    for (int m = 0; m < run->dynamics->moments; m++)
        if (c->product_dot[m] != NULL)
            dot.product[m] = c->product_dot[m] + index * c->width * product_slice (run, m);
    rg_tangent_room *room = &c->room[c->rooms == 1 ? 0 : c->rooms < panels_of (c->most) ? thread : index];
    return rg_run_tangents (run, panel (c, at), c->number + at, &dot, room, message);
}

/*
 * Z <- A_t Z + B_t, at s_t. Panels that a step has touched are spread over the threads, once the step's coefficients are
 * there: from then on they are only read.
 */
rg_status
rg_columns_step (void *columns, rg_run *run, rg_message *message)
{
    rg_columns *c = columns;
    panels_step all = { c, run };
    size_t moving = 0;
    while (moving * c->width < c->count && c->column[c->first + moving * c->width].begins <= run->step)
        moving++;
    rg_run_coefficients_now (run);
    const rg_status status = rg_dynamics_needs_loss (run->dynamics) ? rg_run_loss_lambda (run, message) : RG_OK;
    return status != RG_OK ? status : rg_team_each (c->rooms > 1 ? run->options.team : NULL, moving, step_panel, &all, message);
}

double
rg_columns_norm (const rg_columns *c, const rg_run *run)
{
    const size_t numbers = c->count * run->weights;
    double sum = rg_dot_blocked (numbers, c->w_dot, c->w_dot);
    for (int m = 0; m < c->arrays; m++)
        sum += rg_dot_blocked (numbers, c->moment_dot[m], c->moment_dot[m]);
    return sqrt (sum);
}

void
rg_columns_sample (rg_columns *c, const rg_run *run, size_t sample)
{
    for (size_t at = c->first, width; at < c->first + c->count; at += width) {
        width = panel (c, at);
        const size_t numbers = width * run->weights, offset = (at - c->first) * run->weights;
        double sum = rg_dot_blocked (numbers, c->w_dot + offset, c->w_dot + offset);
        for (int m = 0; m < c->arrays; m++)
            sum += rg_dot_blocked (numbers, c->moment_dot[m] + offset, c->moment_dot[m] + offset);
        c->square[sample * panels_of (c->every_count) + place_of (c, at) / RG_PANEL] += sum;
    }
}

/* The sums run over blocks of weights. */
void
rg_columns_finish (rg_columns *c, const rg_run *run, const double *dw)
{
    enum { BLOCK = 256 };
    for (size_t at = c->first, width; at < c->first + c->count; at += width) {
        width = panel (c, at);
        const double *w_dot = c->w_dot + (at - c->first) * run->weights;
        double *value = c->value + place_of (c, at);
        for (size_t k = 0; k < width; k++)
            value[k] = 0;
        for (size_t first = 0; first < run->weights; first += BLOCK) {
            const size_t end = run->weights - first < BLOCK ? run->weights : first + BLOCK;
            double sum[RG_PANEL] = { 0 };
            for (size_t i = first; i < end; i++)
                for (size_t k = 0; k < width; k++)
                    sum[k] += dw[i] * w_dot[i * width + k];
            for (size_t k = 0; k < width; k++)
                value[k] += sum[k];
        }
    }
}

rg_status
rg_columns_collect (rg_columns *c, const rg_run *run, double *gradient, double *dlambda, size_t samples, double *norms,
                    rg_message *message)
{
    rg_ranks *ranks = c->ranks > 1 ? rg_team_ranks (run->options.team) : NULL;
    const size_t panels = panels_of (c->every_count);
    rg_status status = rg_ranks_unite (ranks, c->value, c->every_count, message);
    if (status == RG_OK)
        status = rg_ranks_unite (ranks, c->square, RG_SAMPLES * panels, message);
    for (size_t i = 0; status == RG_OK && i < c->every_count; i++) {
        const rg_column *column = &c->every[i];
        *(column->number.lambda != SIZE_MAX ? &dlambda[column->number.lambda] : &gradient[column->free])
            += c->value[i];
    }
    for (size_t s = 0; s < samples; s++) {
        double sum = 0;
        for (size_t p = 0; p < panels; p++)
            sum += c->square[s * panels + p];
        norms[s] = sqrt (sum);
    }
    return status;
}
