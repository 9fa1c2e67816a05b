/* cli.h -- what the commands share. */
#ifndef RG_CLI_CLI_H
#define RG_CLI_CLI_H

#include <jansson.h>

#include <retrograde/config.h>
#include <retrograde/status.h>

#include "cli/complain.h"
#include "cli/interrupt.h"

/* Options, as bits: which a command takes. */
enum {
    TAKES_FILE = 1, TAKES_SET = 2, TAKES_JSON = 4, TAKES_STUDY = 8, TAKES_RESUME = 16, TAKES_ESTIMATORS = 32,
    TAKES_TOLERANCE = 64, TAKES_SAVE = 128, TAKES_NATURAL = 256, TAKES_DIAGNOSE = 512, TAKES_KIND = 1024,
    TAKES_DATA = 2048, /* the file is one of examples */
    TAKES_EXAMPLES = 4096, NEEDS_EXAMPLES = 8192, /* after the file another, of examples, that may or must be there */
    TAKES_OUTPUT = 16384, TAKES_WEIGHTS = 32768, TAKES_LAST = 65536, TAKES_JOIN = 131072, TAKES_STEPS = 262144,
    TAKES_KEEP_GOING = 524288
};

enum { MOST_SETS = 256 };

typedef struct {
    const char *file, *study, *estimators, *save;
    const char *text; /* [text_bytes] the configuration, where FILE is `-`; else NULL */
    size_t text_bytes;
    const char *kind; /* of what is listed; NULL: all */
    const char *sets[MOST_SETS];
    size_t set_count;
    double tolerance;
    const char *examples, *output, *weights;
    uint64_t steps; /* 0: as the configuration says */
    int last, join; /* the last run instead of the best; the validation examples are training examples, too */
    int bare;       /* targets of the examples may be missing */
    int json, resume, natural, diagnose;
    int quiet; /* no warnings and notes */
    int several; /* `estimator` may have the options of any: rg_config_source */
} options;

/* One subcommand: its name, its line in the help, the options it takes, its function. */
typedef struct {
    const char *name, *arguments, *summary;
    unsigned takes;
    int (*run) (const options *options);
} command;

extern const command command_tune, command_hypergradient, command_compare, command_verify, command_plan, command_data, command_list,
                     command_train, command_predict, command_evaluate;

/* Load the configuration; on failure complains, sets *exit_status and returns NULL. */
rg_config *load (const options *o, int *exit_status);

/* Whether the file is a directory: a study. */
int is_study (const options *o);

/* Whether a study's own configuration is a file of its own: a pipe would be waited for, a link followed. */
int is_own_file (const char *path);

/*
 * Load the configuration of the study o->file, and put the hyperparameters of its result in force.
 *   iteration  [out] of its run
 */
rg_config *load_study (const options *o, uint64_t *iteration, int *exit_status);

/* The weights of a study's result, or those that --weights names, [weights], to be ended with free; as load. */
double *load_weights (const options *o, rg_config *config, int *exit_status);

/* The same for a command that differentiates: there must be something to differentiate by. Signals are caught from now on. */
rg_config *load_to_differentiate (const options *o, int *exit_status);

/* Where its configuration is. */
rg_config_source source_of (const options *o);

/* Where FILE is `-`: read standard input, once for all that is made of it. Returns 0, or an exit status; free_text ends it. */
int take_standard_input (options *o);
void free_text (options *o);

/* The greatest resident size of the process so far, in bytes. */
size_t peak_rss (void);

/* Print an object with a newline on stdout; ends the reference. Returns EXIT_DONE, or EXIT_SYSTEM without memory. */
int print_json (json_t *object);

/* Write out what is left of stdout; complains and returns EXIT_SYSTEM where some could not be written. */
int finish_output (void);

/* A number, or null where it is not finite. */
json_t *json_number (double value);

/* The fit to real targets, RMSE and R2, of validation and test part, where there are such; losses may be NaN. */
void fit_text (const rg_setup *setup, double validation_loss, double test_loss);
void fit_json (json_t *object, const rg_setup *setup, double validation_loss, double test_loss);

/* What a truncated way back left out: the adjoint at the cut over that at the end, NaN: nothing is cut; and of the hypergradient's norm. */
void left_out_text (double adjoint, double hypergradient);

/* What an implicit estimator says of its solution. */
json_t *solve_json (const rg_solve *solve);

/* What --diagnose found. */
typedef struct {
    double exponent;             /* Lyapunov; not a number: not asked for */
    double difference;           /* of the hypergradient, single against double precision, relative; NaN: unknown */
    size_t samples;              /* of the adjoint, at the steps of the report */
    double adjoint_difference[RG_SAMPLES];
    int is_eaten;                /* whether rounding has left nothing of the adjoint */
    uint64_t eaten_step;         /* and at which step, on the way back */
    rg_message failure;          /* why there is no other precision; empty: there is */
} diagnosis;

/*
 * Where --diagnose was given: iterate a tangent, and compute the hypergradient again in the other precision.
 *   gradient  in the free numbers, as the report tells of it
 */
rg_status diagnose (const options *o, const rg_setup *setup, const rg_report *report, const double *gradient, diagnosis *out,
                    rg_message *message);
json_t *diagnosis_json (const options *o, const rg_report *report, const diagnosis *found);
void diagnosis_text (const options *o, const rg_report *report, const diagnosis *found);

/* Seconds of all that a report tells of. */
double seconds_of (const rg_report *report);

/* Euclidean norm. */
double norm_of (const double *x, size_t count);

#endif /* RG_CLI_CLI_H */
