/* cmd_predict.c -- retrograde predict: classes and probabilities, or values, of further examples, as CSV. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* A name as a field of CSV. */
static void
put_name (FILE *to, const char *name)
{
    if (strpbrk (name, ",\"\r\n") == NULL) {
        fputs (name, to);
        return;
    }
    putc ('"', to);
    for (; *name != '\0'; name++)
        fputs (*name == '"' ? "\"\"" : (const char[]) { *name, '\0' }, to);
    putc ('"', to);
}

/* The name of a class, or its number. */
static void
put_class (FILE *to, const rg_dataset *training, size_t k)
{
    const char *name = k < rg_dataset_classes (training) ? rg_dataset_class_name (training, (uint32_t) k) : NULL;
    if (name != NULL)
        put_name (to, name);
    else
        fprintf (to, "%zu", k);
}

/* The class, and the softmax of what the model puts out; one output is that of class 1, class 0 having 0. */
static void
put_probabilities (FILE *to, const rg_dataset *training, const double *outputs, size_t count)
{
    const double pair[] = { 0, outputs[0] };
    if (count == 1) {
        put_probabilities (to, training, pair, 2);
        return;
    }
    size_t best = 0;
    double sum = 0;
    for (size_t k = 1; k < count; k++)
        best = outputs[k] > outputs[best] ? k : best;
    for (size_t k = 0; k < count; k++)
        sum += exp (outputs[k] - outputs[best]);
    put_class (to, training, best);
    for (size_t k = 0; k < count; k++)
        fprintf (to, ",%.17g", exp (outputs[k] - outputs[best]) / sum);
    putc ('\n', to);
}

/* Real targets in their own unit. */
static void
put_values (FILE *to, const rg_dataset *training, const double *outputs, size_t count)
{
    const double *mean = rg_dataset_target_mean (training), *scale = rg_dataset_target_divisor (training);
    for (size_t k = 0; k < count; k++)
        fprintf (to, "%s%.17g", k == 0 ? "" : ",", mean == NULL ? outputs[k] : outputs[k] * scale[k] + mean[k]);
    putc ('\n', to);
}

static void
put_header (FILE *to, const rg_dataset *training, size_t count)
{
    const int classes = rg_dataset_classes (training) > 0;
    if (classes)
        fputs ("class", to);
    count = classes && count == 1 ? 2 : count;
    for (size_t k = 0; k < count; k++) {
        fputs (classes || k > 0 ? "," : "", to);
        if (classes)
            put_class (to, training, k);
        else
            fprintf (to, "value%zu", k + 1);
    }
    putc ('\n', to);
}

static void
put_all (FILE *to, const rg_setup *setup, const double *outputs, size_t count)
{
    const rg_dataset *training = setup->data[RG_TRAINING];
    put_header (to, training, count);
    for (uint32_t i = 0; i < rg_dataset_count (setup->data[RG_FURTHER]); i++)
        (rg_dataset_classes (training) > 0 ? put_probabilities : put_values) (to, training, outputs + i * count, count);
}

static int
write_all (const options *o, const rg_setup *setup, const double *outputs, size_t count)
{
    FILE *to = o->output == NULL ? stdout : fopen (o->output, "w");
    if (to != NULL)
        put_all (to, setup, outputs, count);
    if (to == stdout)
        return EXIT_DONE; /* main looks whether all could be written */
    const int failed = to == NULL || ferror (to), error = errno;
    if ((to != NULL && fclose (to) != 0) || failed) {
        complain ("%s: cannot write: %s", o->output, strerror (failed ? error : errno));
        return EXIT_SYSTEM;
    }
    return EXIT_DONE;
}

static int
run (const options *o, rg_config *config)
{
    int exit_status;
    rg_message message = { "" };
    const rg_setup *setup = rg_config_setup (config);
    const size_t rows = rg_dataset_count (setup->data[RG_FURTHER]), count = setup->outputs;
    double *w = load_weights (o, config, &exit_status);
    double *lambda = malloc ((rg_objective_lambdas (setup->further) + 1) * sizeof *lambda);
    double *outputs = malloc (rows * count * sizeof *outputs);
    if (w != NULL && (lambda == NULL || outputs == NULL)) {
        complain ("out of memory for the predictions");
        exit_status = EXIT_SYSTEM;
    } else if (w != NULL) {
        rg_objective_lambda (setup->problem.hyper, lambda);
        exit_status = fail_unless (rg_objective_outputs (setup->further, w, lambda, outputs, &message), &message);
        if (exit_status == EXIT_DONE)
            exit_status = write_all (o, setup, outputs, count);
    }
    free (w);
    free (lambda);
    free (outputs);
    return exit_status;
}

static int
predict (const options *told)
{
    int exit_status;
    uint64_t iteration;
    options o = *told;
    o.bare = 1;
    rg_config *config = load_study (&o, &iteration, &exit_status);
    if (config != NULL)
        exit_status = run (&o, config);
    rg_config_free (config);
    return exit_status;
}

const command command_predict = { "predict", "STUDY DATA", "classes and probabilities, or values, of the examples in DATA",
                                  TAKES_FILE | NEEDS_EXAMPLES | TAKES_OUTPUT | TAKES_WEIGHTS | TAKES_LAST | TAKES_JOIN, predict };
