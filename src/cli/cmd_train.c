/* cmd_train.c -- retrograde train: train once, and write the weights. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <retrograde/weights.h>

#include "cli/cli.h"
#include "cli/job.h"

/* What a run has come to. */
typedef struct {
    rg_report run, test;
    uint64_t steps;
    const char *file;
} found;

static int
print_text (const options *o, const rg_setup *setup, const found *f)
{
    const rg_outcome outcome = rg_report_outcome (&f->run), test = rg_report_outcome (&f->test);
    printf ("trained for %llu steps on %u examples\n", (unsigned long long) f->steps, rg_dataset_count (setup->data[RG_TRAINING]));
    printf ("inner loss        %.6f\n", outcome.inner_loss);
    if (setup->has_validation && !o->join)
        printf ("validation loss   %.6f\n", outcome.validation_loss);
    if (setup->has_validation && !o->join && isfinite (outcome.validation_error))
        printf ("validation error  %.2f %%\n", 100 * outcome.validation_error);
    if (setup->test != NULL)
        printf ("test loss         %.6f\n", test.validation_loss);
    if (setup->test != NULL && isfinite (test.validation_error))
        printf ("test error        %.2f %%\n", 100 * test.validation_error);
    fit_text (setup, setup->has_validation && !o->join ? outcome.validation_loss : NAN, setup->test != NULL ? test.validation_loss : NAN);
    printf ("weights           %s\n", f->file);
    return EXIT_DONE;
}

static int
print_object (const options *o, const rg_setup *setup, const found *f)
{
    const rg_outcome outcome = rg_report_outcome (&f->run), test = rg_report_outcome (&f->test);
    const int validates = setup->has_validation && !o->join, tests = setup->test != NULL;
    json_t *object = json_pack ("{s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "weights", f->file, "steps", (json_int_t) f->steps,
                                "examples", (json_int_t) rg_dataset_count (setup->data[RG_TRAINING]), "inner_loss",
                                json_number (outcome.inner_loss), "validation_loss",
                                json_number (validates ? outcome.validation_loss : NAN), "validation_error",
                                json_number (validates ? outcome.validation_error : NAN), "test_loss",
                                json_number (tests ? test.validation_loss : NAN), "test_error",
                                json_number (tests ? test.validation_error : NAN));
    fit_json (object, setup, validates ? outcome.validation_loss : NAN, tests ? test.validation_loss : NAN);
    return print_json (object);
}

static rg_status
run (const options *o, const rg_setup *setup, uint64_t iteration, double *w, found *f, rg_message *message)
{
    rg_problem problem = setup->problem;
    const rg_layout *layout = rg_hyper_layout (problem.hyper);
    problem.run.steps = o->steps;
    f->steps = o->steps > 0 ? o->steps : rg_hyper_steps (problem.hyper);
    rg_status status = rg_train (&problem, iteration, w, &f->run, message);
    if (status == RG_OK && setup->test != NULL)
        status = rg_evaluate (&problem, setup->test, iteration, w, &f->test, message);
    return status == RG_OK && job_speaks () ? rg_weights_write (f->file, layout, w, setup->data[RG_TRAINING], message) : status;
}

static int
train (const options *o)
{
    int exit_status;
    uint64_t iteration = 0;
    rg_message message = { "" };
    found f = { .run = { .size = sizeof f.run }, .test = { .size = sizeof f.test }, .file = o->output != NULL ? o->output : "weights.npz" };
    rg_config *config = is_study (o) ? load_study (o, &iteration, &exit_status) : load (o, &exit_status);
    if (config == NULL)
        return exit_status;
    watch_signals ();
    const rg_setup *setup = rg_config_setup (config);
    double *w = malloc (rg_layout_weights (rg_hyper_layout (setup->problem.hyper)) * sizeof *w);
    if (w == NULL) {
        complain ("out of memory for the weights");
        exit_status = EXIT_SYSTEM;
    } else
        exit_status = fail_unless (run (o, setup, iteration, w, &f, &message), &message);
    if (exit_status == EXIT_DONE)
        exit_status = o->json ? print_object (o, setup, &f) : print_text (o, setup, &f);
    free (w);
    rg_config_free (config);
    return exit_status;
}

const command command_train = { "train", "FILE|STUDY", "train once, with given or tuned hyperparameters, and write the weights",
                                TAKES_FILE | TAKES_SET | TAKES_JSON | TAKES_OUTPUT | TAKES_LAST | TAKES_JOIN | TAKES_STEPS, train };
