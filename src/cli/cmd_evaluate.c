/* cmd_evaluate.c -- retrograde evaluate: losses and errors of a study's result, on its own or on further examples. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

enum { MOST_PARTS = 3 };

/* What is evaluated. */
typedef struct {
    const char *name;
    rg_objective *objective; /* NULL: there is no such part */
    const rg_dataset *data;
    rg_report found;
} part;

static void
list_parts (const options *o, const rg_setup *setup, part parts[MOST_PARTS])
{
    const rg_problem *problem = &setup->problem;
    rg_objective *valid = problem->validation != NULL ? problem->validation : problem->outer;
    const int own = o->examples == NULL;
    parts[0] = (part) { .name = "validation", .objective = own && setup->has_validation && !o->join ? valid : NULL,
                        .data = setup->data[RG_VALIDATION] };
    parts[1] = (part) { .name = "test", .objective = own ? setup->test : NULL, .data = setup->data[RG_TESTING] };
    parts[2] = (part) { .name = "examples", .objective = setup->further, .data = setup->data[RG_FURTHER] };
}

static void
print_part (const part *p)
{
    const rg_outcome found = rg_report_outcome (&p->found);
    printf ("%-17s %u examples: loss %.6f", p->name, rg_dataset_count (p->data), found.validation_loss);
    if (rg_dataset_targets (p->data) > 0) {
        const rg_fit fit = rg_dataset_fit (p->data, found.validation_loss);
        printf (", RMSE %.6g, R2 %.4f", fit.rmse, fit.r2);
    } else
        printf (", error %.2f %%", 100 * found.validation_error);
    putchar ('\n');
}

static json_t *
json_part (const part *p)
{
    const rg_outcome found = rg_report_outcome (&p->found);
    const rg_fit fit = rg_dataset_fit (p->data, found.validation_loss);
    return json_pack ("{s:I, s:o, s:o, s:o, s:o}", "examples", (json_int_t) rg_dataset_count (p->data), "loss",
                      json_number (found.validation_loss), "error", json_number (found.validation_error), "rmse",
                      json_number (fit.rmse), "r2", json_number (fit.r2));
}

static int
print_parts (const options *o, const part parts[MOST_PARTS])
{
    json_t *all = o->json ? json_object () : NULL;
    for (int i = 0; i < MOST_PARTS; i++)
        if (parts[i].objective != NULL && o->json)
            json_object_set_new (all, parts[i].name, json_part (&parts[i]));
        else if (parts[i].objective != NULL)
            print_part (&parts[i]);
    return o->json ? print_json (all) : EXIT_DONE;
}

static int
run (const options *o, rg_config *config, uint64_t iteration)
{
    int exit_status, any = 0;
    rg_message message = { "" };
    rg_status status = RG_OK;
    const rg_setup *setup = rg_config_setup (config);
    part parts[MOST_PARTS];
    list_parts (o, setup, parts);
    for (int i = 0; i < MOST_PARTS; i++)
        parts[i].found = (rg_report) { .size = sizeof (rg_report) };
    double *w = load_weights (o, config, &exit_status);
    if (w == NULL)
        return exit_status;
    for (int i = 0; status == RG_OK && i < MOST_PARTS; i++)
        if (parts[i].objective != NULL) {
            status = rg_evaluate (&setup->problem, parts[i].objective, iteration, w, &parts[i].found, &message);
            any = 1;
        }
    free (w);
    if (status == RG_OK && !any) {
        complain ("%s: the study has neither validation nor test examples: expected a file of some", o->file);
        return EXIT_USAGE;
    }
    exit_status = fail_unless (status, &message);
    return exit_status == EXIT_DONE ? print_parts (o, parts) : exit_status;
}

static int
evaluate (const options *o)
{
    int exit_status;
    uint64_t iteration;
    rg_config *config = load_study (o, &iteration, &exit_status);
    if (config != NULL)
        exit_status = run (o, config, iteration);
    rg_config_free (config);
    return exit_status;
}

const command command_evaluate = { "evaluate", "STUDY [DATA]", "loss and error, or RMSE and R2, of a study's result",
                                   TAKES_FILE | TAKES_EXAMPLES | TAKES_JSON | TAKES_WEIGHTS | TAKES_LAST | TAKES_JOIN, evaluate };
