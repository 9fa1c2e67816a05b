/* config.h -- a problem from a YAML file. */
#ifndef RETROGRADE_CONFIG_H
#define RETROGRADE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/estimator.h>
#include <retrograde/examples.h>
#include <retrograde/outer.h>
#include <retrograde/status.h>
#include <retrograde/study.h>
#include <retrograde/tune.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A configuration with all that it describes: data, model, hyperparameters, objectives. */
typedef struct rg_config rg_config;

/*
 * What a configuration describes; all belongs to the rg_config. The caller may
 * set the problem's `interrupted`, `user` and `log`, and change the rest before
 * it is used.
 */
typedef struct {
    rg_problem problem;      /* of the library's size */
    rg_precision precision;
    const char *dynamics_name, *estimator_name, *trajectory_name; /* "none" where the estimator goes no way back */
    const rg_estimator *estimator;
    rg_estimator_options *estimator_options;
    const rg_optimizer *optimizer;
    const rg_outer_options *outer;
    uint64_t iterations;     /* meta-iterations */
    uint64_t members;        /* training runs that a hypergradient is the mean of */
    rg_member *others;       /* [other_count] for rg_hypergradient_mean */
    size_t other_count;
    double clip;             /* largest norm of the hypergradient; 0: any */
    rg_monitor monitor;
    const char *monitor_name;
    const char *memory;      /* as in rg_tuning */
    uint64_t keep_going;     /* how often a step whose run diverges is halved; 0: never */
    rg_result result;        /* of tune: the best or the last */
    uint64_t patience;       /* meta-iterations without a new best before tune stops; 0: never */
    const rg_dataset *data[RG_PARTS]; /* training, validation and test set, further examples; NULL where there is none */
    rg_objective *test;      /* loss on data.test; NULL where there are no test examples */
    size_t outputs;          /* what the model puts out for an example */
    rg_objective *further;   /* loss on further examples; NULL where there are none */
    int warm;                /* whether each meta-iteration starts where the one before ended */
    int has_validation;      /* whether a report's validation_loss and wrong are of data.valid */
    int keeps_sweeps;        /* whether a meta-iteration can be saved on its way */
    rg_sweep_options sweeps; /* when */
    const char *text;        /* the configuration as resolved, YAML */
    const rg_input *inputs;  /* [input_count] the files that were read, in order */
    size_t input_count;
    const char *study;       /* directory of the study; NULL: the configuration was a text, and names none */
} rg_setup;

/*
 * Read, check and build.
 *   out        [out] ended with rg_config_free
 *   path       the YAML file
 *   overrides  how many; each "inner.steps=1000"
 *   log        where warnings go; copied; may be NULL
 * Returns RG_OK; RG_EINPUT, RG_ERANGE, RG_ESHAPE, RG_EUNSUPPORTED, RG_ENONFINITE with one
 * sentence "file:line:column: key: ..."; RG_ESYSTEM or RG_ENOMEM.
 */
RG_API rg_status rg_config_load (rg_config **out, const char *path, size_t overrides, const char *const *override,
                                 const rg_log *log, rg_message *message);

/* Where a configuration is, and how it is read: start from { .size = sizeof (rg_config_source) }. */
typedef struct {
    size_t size;
    const char *path; /* the YAML file; or what sentences call the text */
    const char *text; /* [bytes], whose file names are relative to the working directory; NULL: it is in the file */
    size_t bytes;
    int several;      /* for commands that look at more than one estimator or trajectory: `estimator` may have the options of any */
    const char *examples; /* path of further examples (RG_FURTHER of rg_setup.data), read as the training examples are; NULL: none */
    int bare;             /* whether their targets may be missing, and are of no interest */
    int join;             /* whether the validation examples are among the training examples */
} rg_config_source;

/*
 * As rg_config_load. Of a text that names no study, rg_setup.study is NULL.
 * Returns as rg_config_load; RG_EUNSUPPORTED for a source of another version.
 */
RG_API rg_status rg_config_load_source (rg_config **out, const rg_config_source *source, size_t overrides, const char *const *override,
                                        const rg_log *log, rg_message *message);

/*
 * Only its number of inner steps, before anything is built.
 *   steps  [out] 0 on failure
 * Returns as rg_config_load_source where text and keys are wrong.
 */
RG_API rg_status rg_config_steps (const rg_config_source *source, size_t overrides, const char *const *override, uint64_t *steps,
                                  rg_message *message);

/* Free a configuration and all it describes; NULL is allowed. */
RG_API void rg_config_free (rg_config *config);

RG_API rg_setup *rg_config_setup (rg_config *config);

/* A key that a configuration may have. */
typedef struct {
    char path[128];       /* dotted: "hyper.*.init"; * stands for each entry of a list */
    const char *kind;     /* the estimator, trajectory, optimizer ... that takes it; NULL: a fixed key */
    char value[256];      /* what it expects: "a whole number ≥ 1" */
    const char *preset;   /* its value where it is not given; "!": it must be; "{}": a map; NULL: it may be absent */
    const char *sentence; /* what it means */
    int neutral;          /* whether it may be another when a study goes on: what is done until then does not depend on it */
} rg_config_key;

/*
 * The i-th key; a map comes before what is in it.
 *   out  [out]
 * Returns 1, or 0 past the last.
 */
RG_API int rg_config_key_at (size_t i, rg_config_key *out);

/* Whether a key, or the map that it stands in, is neutral: what rg_origin wants to know. */
RG_API int rg_config_is_neutral (const char *key);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_CONFIG_H */
