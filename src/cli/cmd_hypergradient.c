/* cmd_hypergradient.c -- retrograde hypergradient: one hypergradient. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <retrograde/data.h>

#include "cli/cli.h"
#include "cli/job.h"

/* Norm and extremes of one block's part of the gradient. */
typedef struct {
    double norm, min, max;
} extent;

static extent
extent_of (const double *gradient, size_t count)
{
    extent e = { norm_of (gradient, count), INFINITY, -INFINITY };
    for (size_t i = 0; i < count; i++) {
        e.min = fmin (e.min, gradient[i]);
        e.max = fmax (e.max, gradient[i]);
    }
    return e;
}

static int
save (const char *directory, const rg_hyper *hyper, const double *gradient, rg_message *message)
{
    if (mkdir (directory, 0777) != 0 && errno != EEXIST)
        return fail (rg_fail (message, RG_ESYSTEM, "%s: cannot create: %s", directory, strerror (errno)), message);
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block block = rg_hyper_block (hyper, i);
        if (block.fixed)
            continue;
        char path[4096];
        snprintf (path, sizeof path, "%s/%s.npy", directory, block.name);
        rg_array array = { .type = RG_FLOAT64, .data = (void *) (uintptr_t) (gradient + block.first) };
        array.ndim = rg_block_shape (&block, array.shape);
        const rg_status status = rg_npy_write (path, &array, message);
        if (status != RG_OK)
            return fail (status, message);
    }
    return EXIT_DONE;
}

static json_t *
blocks_json (const rg_hyper *hyper, const double *gradient)
{
    json_t *blocks = json_array ();
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (b.fixed)
            continue;
        const extent e = extent_of (gradient + b.first, b.size);
        json_array_append_new (blocks, json_pack ("{s:s, s:I, s:f, s:f, s:f}", "name", b.name, "size", (json_int_t) b.size,
                                                  "norm", e.norm, "min", e.min, "max", e.max));
    }
    return blocks;
}

static void
solve_text (const rg_solve *s)
{
    printf ("residual %.3e after %zu iterations, %zu products with the Hessian\n", s->residual, s->iterations,
            s->products);
    printf ("gradient of the inner loss %.3e, at the start %.3e; a minimum would change the outer loss by %.3e\n",
            s->stationarity, s->stationarity_start, s->outer_change);
}

static int
report_json (const options *o, const rg_setup *setup, const rg_report *r, const double *gradient, const diagnosis *d)
{
    const rg_hyper *hyper = setup->problem.hyper;
    json_t *object = json_pack (
        "{s:s, s:s, s:s, s:s, s:I, s:I, s:{s:o, s:f}, s:o, s:f}", "estimator", setup->estimator_name, "trajectory",
        setup->trajectory_name, "dynamics", setup->dynamics_name, "precision",
        setup->precision == RG_SINGLE ? "single" : "double", "weights",
        (json_int_t) rg_layout_weights (rg_hyper_layout (hyper)), "steps", (json_int_t) rg_hyper_steps (hyper), "loss",
        "inner_last", json_number (r->inner_loss), "outer", r->outer_loss, "blocks", blocks_json (hyper, gradient),
        "hypergradient_norm", norm_of (gradient, rg_hyper_size (hyper)));
    json_object_set_new (object, "seconds",
                         json_pack ("{s:f, s:f, s:f}", "forward", r->forward_seconds, "backward", r->backward_seconds,
                                    "total", seconds_of (r)));
    json_object_set_new (object, "bytes",
                         json_pack ("{s:I, s:I, s:I, s:I, s:I}", "trajectory", (json_int_t) r->trajectory_bytes, "disk",
                                    (json_int_t) r->disk_bytes, "buffer",
                                    (json_int_t) r->buffer_bytes, "stored_equivalent", (json_int_t) r->stored_bytes,
                                    "peak_rss", (json_int_t) peak_rss ()));
    json_object_set_new (object, "recomputed_steps", json_integer ((json_int_t) r->recomputed_steps));
    json_object_set_new (object, "bits_per_weight_step", json_number (r->bits));
    json_object_set_new (object, "bits_limit", json_number (r->bits_limit));
    json_object_set_new (object, "certified", json_boolean (r->certified));
    json_object_set_new (object, "window", json_integer ((json_int_t) r->window));
    json_object_set_new (object, "evaluated_again", json_integer ((json_int_t) r->evaluated_again));
    json_object_set_new (object, "diagnostics", diagnosis_json (o, r, d));
    if (r->adjoint_end > 0)
        json_object_set_new (object, "truncated", json_pack ("{s:f, s:f, s:o}", "adjoint_end", r->adjoint_end, "adjoint_cut",
                                                             r->adjoint_cut, "left_out", json_number (r->left_out)));
    if (r->solve.products > 0)
        json_object_set_new (object, "implicit", solve_json (&r->solve));
    return print_json (object);
}

static int
report_text (const options *o, const rg_setup *setup, const rg_report *r, const double *gradient, const diagnosis *d)
{
    const rg_hyper *hyper = setup->problem.hyper;
    const int none = strcmp (setup->trajectory_name, "none") == 0;
    printf ("%s%s%s, %s, %s precision: %zu weights, %zu steps\n", setup->estimator_name, none ? "" : " over ",
            none ? "" : setup->trajectory_name, setup->dynamics_name, setup->precision == RG_SINGLE ? "single" : "double",
            rg_layout_weights (rg_hyper_layout (hyper)), rg_hyper_steps (hyper));
    printf ("outer loss %.10g, last inner loss %.10g\n\n", r->outer_loss, r->inner_loss);
    printf ("%-16s %10s %14s %14s %14s\n", "block", "size", "norm", "min", "max");
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (b.fixed)
            continue;
        const extent e = extent_of (gradient + b.first, b.size);
        printf ("%-16s %10zu %14.6e %14.6e %14.6e\n", b.name, b.size, e.norm, e.min, e.max);
    }
    printf ("\n%.3f s forward, %.3f s outer loss, %.3f s backward; trajectory %zu bytes (all states stored: %zu)\n", r->forward_seconds,
            r->outer_seconds, r->backward_seconds, r->trajectory_bytes, r->stored_bytes);
    if (r->recomputed_steps == 0 && r->disk_bytes > 0)
        printf ("%zu bytes on disk\n", r->disk_bytes);
    if (r->recomputed_steps > 0)
        printf ("%llu steps taken again; %zu bytes on disk\n", (unsigned long long) r->recomputed_steps, r->disk_bytes);
    if (r->adjoint_end > 0)
        left_out_text (r->adjoint_cut / r->adjoint_end,
                       o->natural ? NAN : r->left_out / norm_of (gradient, rg_hyper_size (hyper)));
    if (r->solve.products > 0)
        solve_text (&r->solve);
    diagnosis_text (o, r, d);
    if (r->window > 0 && !r->certified)
        printf ("retraced, window of %llu: %llu steps had their gradient evaluated again (estimator.window)\n",
                (unsigned long long) r->window, (unsigned long long) r->evaluated_again);
    if (r->certified)
        printf ("certified: %.6f bits a weight and step, the limit is %.6f\n", r->bits, r->bits_limit);
    return EXIT_DONE;
}

static int
hypergradient (const options *o)
{
    int exit_status;
    rg_config *config = load_to_differentiate (o, &exit_status);
    if (config == NULL)
        return exit_status;
    rg_setup *setup = rg_config_setup (config);
    diagnosis found;
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    double *gradient = calloc (rg_hyper_size (setup->problem.hyper) + 1, sizeof *gradient);
    setup->estimator_options->sketch = o->diagnose;
    rg_status status = gradient == NULL ? rg_fail (&message, RG_ENOMEM, "out of memory for the hypergradient")
                                              : rg_hypergradient_mean (&setup->problem, setup->members, setup->others,
                                                                       setup->other_count, setup->estimator,
                                                                       setup->estimator_options, 0, gradient, &report,
                                                                       &message);
    if (status == RG_OK)
        status = diagnose (o, setup, &report, gradient, &found, &message);
    if (status == RG_OK && o->natural)
        rg_hypergradient_natural (setup->problem.hyper, gradient);
    exit_status = status != RG_OK ? fail (status, &message)
        : o->save != NULL && job_speaks () ? save (o->save, setup->problem.hyper, gradient, &message) : EXIT_DONE;
    if (exit_status == EXIT_DONE)
        exit_status = o->json ? report_json (o, setup, &report, gradient, &found)
                              : report_text (o, setup, &report, gradient, &found);
    free (gradient);
    rg_config_free (config);
    return exit_status;
}

const command command_hypergradient = { "hypergradient", "FILE", "compute one hypergradient",
                                        TAKES_FILE | TAKES_SET | TAKES_JSON | TAKES_SAVE | TAKES_NATURAL
                                            | TAKES_DIAGNOSE,
                                        hypergradient };
