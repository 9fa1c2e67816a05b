/* build.h -- the parts that a configuration is built of, for the files that build them. */
#ifndef RG_CONFIG_BUILD_H
#define RG_CONFIG_BUILD_H

#include <retrograde/config.h>
#include <retrograde/data.h>
#include <retrograde/episodes.h>
#include <retrograde/examples.h>

#include "base/settings.h"
#include "config/inputs.h"
#include "config/tree.h"
#include "config/value.h"
#include "config/values.h"

/* The examples; valid and test may be NULL. */
typedef struct {
    rg_dataset *train, *valid, *test, *further;
} rg_sets;

struct rg_config {
    rg_tree *tree;
    rg_values values; /* what it says */
    char *text, *study;
    rg_inputs *inputs;
    rg_config_source source; /* what it was read from, and for; texts are used while it is built */
    rg_dataset *train, *valid, *test, *further; /* all but train may be NULL */
    rg_episodes *episodes[RG_PARTS]; /* of data.order episodes: of each part's classes; NULL: there are none */
    rg_layout *layout;
    rg_hyper *hyper;
    rg_member own;   /* the problem's objectives */
    rg_objective *test_loss, *further_loss;
    rg_model *model;
    double *weights; /* of model.weights what is adapted, or NULL */
    double *shared;  /* and what is not, or NULL */
    rg_tasks tasks;         /* tasks is 0 for a model without */
    rg_sharing *sharing;    /* theirs, or NULL */
    rg_model *second[3];    /* second models, in the order of rg_second_role; or NULL */
    rg_team *team;
    rg_settings optimizer_settings, estimator_settings; /* those that `values` has */
    rg_outer_options outer_options;
    rg_estimator_options estimator_options;
    rg_setup setup;
};

/* Add the position of a key to a sentence from below. */
rg_status rg_config_fail (const rg_config *config, const char *key, rg_status status, const rg_message *reason,
                          rg_message *message);

/* The sets of the keys under `data`; *out ends with rg_sets_clear, after a failure, too. */
rg_status rg_config_build_data (const rg_config *config, rg_sets *out, const rg_log *log, rg_message *message);
void rg_sets_clear (rg_sets *sets);

/* The model's tasks, or NULL. */
const rg_tasks *rg_config_tasks (const rg_config *config);

/* setup.problem.initial: how weights start, by the keys under `model`; it needs model and layout. */
rg_status rg_config_build_initial (rg_config *config, rg_message *message);

/* Refuse a model that nobody gave initial weights to; it needs the hyperparameters. */
rg_status rg_config_check_initial (const rg_config *config, rg_message *message);

/* Whether data.order is of few-shot tasks. */
int rg_config_is_episodic (const rg_config *config);

/* The episodes of data.order, of each part that there is; out: [RG_PARTS], each NULL before, ended with rg_episodes_free. */
rg_status rg_config_build_episodes (rg_config *config, rg_episodes **out, rg_message *message);

/* The batches of a loss over the episodes of a part, by data.batch in the inner loss. */
void rg_config_take_episodes (const rg_config *config, rg_part_played part, const rg_dataset *data, rg_model_loss *loss);

/*
 * The tasks of the model, by the keys under `model`; it needs the training examples and the model.
 *   out      [out] of one task: zero
 *   sharing  [out] theirs, ended with rg_free; may be NULL
 */
rg_status rg_config_build_tasks (const rg_config *config, rg_tasks *out, rg_sharing **sharing, rg_message *message);

/*
 * The initial values of the block `sharing` or `interaction` under a key, where it is: a number or a file; sets spec->count.
 *   said    what it says
 *   values  [out] ended with rg_free; NULL: spec->init for all
 */
rg_status rg_config_tasks_values (const rg_config *config, const char *key, const rg_real_or_file *said, rg_block_spec *spec,
                                  double **values, rg_message *message);

/* The model of the keys under `model`, for the training examples; *out ends with rg_model_free. */
rg_status rg_config_build_model (const rg_config *config, rg_model **out, rg_message *message);

/* The second networks of the keys under `model`, in the order of rg_second_role, or NULL; they need data, model and tasks. */
rg_status rg_config_build_second (const rg_config *config, rg_model *out[], rg_message *message);

/* The same as a loss takes them. */
rg_second_models rg_config_second (const rg_config *config);

/*
 * The initial weights of a second network, as the values of the block of its role.
 *   where   the key that wants them
 *   values  [out] ended with rg_free
 */
rg_status rg_config_second_values (const rg_config *config, const char *where, rg_block_spec *spec, double **values,
                                   rg_message *message);

/*
 * The arrays of the model that are not adapted, as the values of their block.
 *   where   the key that wants them
 *   values  [out] ended with rg_free
 */
rg_status rg_config_shared_values (const rg_config *config, const char *where, rg_block_spec *spec, double **values,
                                   rg_message *message);

/* A block of constants for them, where they are not under `hyper`. */
rg_status rg_config_fix_shared (rg_config *config, rg_message *message);

/* Blocks of constants for the second networks that are not under `hyper`; a weighting beside example weights is refused. */
rg_status rg_config_fix_second (rg_config *config, rg_message *message);

/*
 * Read an .npy file.
 *   key          where it is named
 *   shape, ndim  what it must have; ndim < 0: any shape of `count` numbers
 *   values       [out] ended with rg_free
 */
rg_status rg_config_read_array (const rg_config *config, const char *key, const char *path, size_t count, const size_t *shape,
                                int ndim, double **values, rg_message *message);

/* Read an .npy file of so many numbers, of whatever shape; *values ends with rg_free. */
rg_status rg_config_read_numbers (const rg_config *config, const char *key, const char *path, size_t count, double **values,
                                  rg_message *message);

/*
 * Read an .npy file of at most two dimensions.
 *   shape, ndim  [out] what it has
 *   values       [out] ended with rg_free
 */
rg_status rg_config_read_any (const rg_config *config, const char *key, const char *path, size_t shape[2], int *ndim,
                              double **values, rg_message *message);

/*
 * The ties of a block, by the keys under ENTRY.tie.
 *   slice           numbers that a step uses
 *   steps, numbers  [out] ended with rg_tie_free; NULL: not tied
 */
rg_status rg_config_read_tie (const rg_config *config, const char *entry, const rg_tie_values *said, const rg_block_spec *spec,
                              size_t slice, rg_tie **steps, rg_tie **numbers, rg_message *message);

/* config->hyper, by the keys under `hyper`, and the constants; also setup.problem.run. */
rg_status rg_config_build_hyper (rg_config *config, rg_message *message);

/* The blocks of constants, by the keys under `inner`: of each role that is used and not under `hyper`. */
rg_status rg_config_add_constants (rg_config *config, rg_message *message);

/* The trajectory of setup.estimator_options, by the keys under `estimator` and `memory`; the last thing to be built. */
rg_status rg_config_build_trajectory (rg_config *config, rg_message *message);

#endif /* RG_CONFIG_BUILD_H */
