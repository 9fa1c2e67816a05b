/* build.c -- from a checked tree to the objects of a problem; see retrograde/config.h. */
#include "config/build.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <retrograde/registry.h>

#include "base/memory.h"
#include "base/sized.h"
#include "config/emit.h"
#include "config/from_study.h"
#include "config/parse.h"
#include "config/schema.h"
#include "data/sampler/sampler.h"
#include "estimator/estimator.h"
#include "model/model.h"

/* Examples of an outer loss that are evaluated together: enough for wide products, few enough for the cache. */
enum { OUTER_SHARD = 500 };

/* The sets of examples. */
static rg_status
build_data (rg_config *config, const rg_log *log, rg_message *message)
{
    rg_sets sets;
    const rg_status status = rg_config_build_data (config, &sets, log, message);
    config->train = sets.train;
    config->valid = sets.valid;
    config->test = sets.test;
    config->further = sets.further;
    return status == RG_OK ? rg_config_build_episodes (config, config->episodes, message) : status;
}

/* The model, what stands beside it, and the layout. */
static rg_status
build_model (rg_config *config, rg_message *message)
{
    const rg_tree *tree = config->tree;
    rg_status status = rg_config_build_model (config, &config->model, message);
    if (status == RG_OK)
        status = rg_config_build_tasks (config, &config->tasks, &config->sharing, message);
    if (status == RG_OK)
        status = rg_config_build_second (config, config->second, message);
    if (status != RG_OK)
        return status;
    status = rg_model_layout (&config->layout, config->model, rg_config_tasks (config));
    return status == RG_OK ? RG_OK
                           : rg_tree_fail (tree, "model.layers", message, status, "%s", rg_status_text (status));
}

/* The key that an objective's refusal is about: the examples as such, the batch, or how model and examples go together. */
static const char *
refused_key (const rg_config *config, const rg_dataset *data, const rg_message *reason)
{
    if (strcmp (reason->subject, "data") == 0)
        return data == config->train ? "data.train" : data == config->valid ? "data.valid" : data == config->test ? "data.test" : "data";
    if (strcmp (reason->subject, "smoothing") == 0)
        return "inner.smoothing";
    if (strcmp (reason->subject, "distortion") == 0)
        return config->values.data.crop > 0 ? "data.crop" : config->values.data.shift > 0 ? "data.shift" : "data.flip";
    return strcmp (reason->subject, "batch") == 0 && config->values.data.batch > 0 ? "data.batch" : "model.layers";
}

/* Whether each step takes all examples. */
static int
is_whole (const rg_data_values *data)
{
    const rg_sampler *sampler = data->order.kind.row;
    return (sampler->fixed || sampler->episodic) && data->batch == 0;
}

/* What an objective is of. */
static rg_model_loss
describe (const rg_config *config, rg_part_played part, const rg_dataset *data)
{
    const rg_values *values = &config->values;
    rg_block inputs;
    rg_model_loss loss = { .size = sizeof loss, .model = config->model, .tasks = rg_config_tasks (config),
                           .precision = config->setup.precision, .part = part,
                           .data = data, .hyper = config->hyper, .second = rg_config_second (config) };
    loss.reference = config->train;
    loss.own_inputs = data == config->train && rg_hyper_find (config->hyper, RG_INPUTS, &inputs);
    loss.batches = (rg_batches) { &rg_sampler_cyclic, rg_dataset_count (data), rg_dataset_count (data), 0 };
    loss.shard = OUTER_SHARD;
    if (part == RG_INNER) {
        loss.smoothing = values->inner.smoothing;
        loss.batches.sampler = values->data.order.kind.row;
        loss.batches.batch = values->data.batch > 0 ? (uint32_t) values->data.batch : rg_dataset_count (data);
        loss.batches.seed = (uint64_t) values->seed;
        loss.shard = (uint32_t) values->inner.shard;
        loss.distortion = (rg_distortion) { (uint32_t) values->data.crop, (uint32_t) values->data.shift, values->data.flip };
    }
    if (config->episodes[RG_TRAINING] != NULL)
        rg_config_take_episodes (config, part, data, &loss);
    if (loss.tasks != NULL && (part == RG_OUTER || is_whole (&values->data))) /* tasks may have different numbers of examples */
        loss.batches.batch = 0;
    return loss;
}

static rg_status
build_objective (const rg_config *config, rg_part_played part, const rg_dataset *data, rg_objective **out, rg_message *message)
{
    const rg_model_loss loss = describe (config, part, data);
    rg_message reason;
    const rg_status status = rg_objective_from_model (out, &loss, &reason);
    return status == RG_OK ? RG_OK
                           : rg_config_fail (config, refused_key (config, data, &reason), status, &reason, message);
}

/* The inner loss over estimator.batch examples; NULL where that is the one of training. */
static rg_status
build_whole (const rg_config *config, rg_objective **out, rg_message *message)
{
    const rg_values *values = &config->values;
    const rg_wholes *batch = &values->estimator.batch;
    const int all = batch->count == 0;
    rg_model_loss loss = describe (config, RG_INNER, config->train);
    if (all ? is_whole (&values->data) : batch->values[0] == values->data.batch)
        return RG_OK;
    if (!all && batch->values[0] > (int64_t) rg_dataset_count (config->train))
        return rg_tree_fail (config->tree, "estimator.batch", message, RG_ERANGE, "expected all, or at most the %u training examples, "
                             "got %lld", rg_dataset_count (config->train), (long long) batch->values[0]);
    if (all && config->episodes[RG_TRAINING] != NULL)
        loss.batches = rg_episodes_batches (config->episodes[RG_TRAINING], RG_SUPPORT);
    else if (all) {
        loss.batches = (rg_batches) { &rg_sampler_cyclic, rg_dataset_count (config->train), rg_dataset_count (config->train), 0 };
        loss.batches.batch *= loss.tasks == NULL;
        if (loss.shard == 0) /* batch norm's statistics are those of a step of training */
            loss.shard = config->model->mixes && values->data.batch > 0 ? (uint32_t) values->data.batch : OUTER_SHARD;
    } else
        loss.batches.batch = (uint32_t) batch->values[0];
    rg_message reason;
    const rg_status status = rg_objective_from_model (out, &loss, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (config, "estimator.batch", status, &reason, message);
}

/* The same where an estimator takes derivatives of it; a command of several may do without. */
static rg_status
build_whole_wanted (const rg_config *config, rg_objective **out, const rg_log *log, rg_message *message)
{
    const rg_estimator *estimator = config->values.estimator.kind.kind.row;
    const int several = config->values.estimator.all.count > 0;
    rg_message reason = { "" };
    if (!estimator->over_whole && !several)
        return config->values.estimator.batch.count == 0 && config->values.estimator.batch.word == 0
            ? RG_OK
            : rg_tree_fail_at_key (config->tree, "estimator.batch", message, RG_EINPUT,
                                   "%s takes no batch; the implicit estimators take it", estimator->name);
    const rg_status status = build_whole (config, out, &reason);
    if (status == RG_OK || status == RG_ENOMEM || estimator->over_whole)
        return status == RG_OK ? RG_OK : rg_fail (message, status, "%s", reason.text);
    rg_note (log, "implicit estimators are over the last step's batch: %s", reason.text);
    return RG_OK;
}

/* The inner and the outer objective, that on validation data where it is another, and the whole one where it is wanted. */
static rg_status
build_own (const rg_config *config, rg_member *own, const rg_log *log, rg_message *message)
{
    const int on_validation = config->values.outer.on_validation && config->episodes[RG_TRAINING] == NULL;
    const rg_dataset *data = on_validation ? config->valid : config->train;
    rg_status status = build_objective (config, RG_INNER, config->train, &own->inner, message);
    if (status == RG_OK)
        status = build_objective (config, RG_OUTER, data, &own->outer, message);
    if (status == RG_OK && config->valid != NULL && !on_validation && config->episodes[RG_TRAINING] == NULL)
        status = build_objective (config, RG_OUTER, config->valid, &own->validation, message);
    return status == RG_OK ? build_whole_wanted (config, &own->whole, log, message) : status;
}

static void
free_member (rg_member *own)
{
    rg_objective_free (own->inner);
    rg_objective_free (own->outer);
    rg_objective_free (own->validation);
    rg_objective_free (own->whole);
    *own = (rg_member) { 0 };
}

static rg_status
build_objectives (rg_config *config, const rg_log *log, rg_message *message)
{
    const int on_validation = config->values.outer.on_validation, episodic = config->episodes[RG_TRAINING] != NULL;
    if (on_validation && config->valid == NULL && !episodic)
        return rg_tree_fail (config->tree, "outer.loss", message, RG_EINPUT, "validation needs data.valid");
    if (config->values.data.batch > (int64_t) rg_dataset_count (config->train) && !episodic)
        return rg_tree_fail (config->tree, "data.batch", message, RG_ERANGE,
                             "expected at most the %u training examples, got %lld", rg_dataset_count (config->train),
                             (long long) config->values.data.batch);
    rg_status status = build_own (config, &config->own, log, message);
    if (status == RG_OK && config->test != NULL && !episodic)
        status = build_objective (config, RG_OUTER, config->test, &config->test_loss, message);
    if (status == RG_OK && config->further != NULL)
        status = build_objective (config, RG_OUTER, config->further, &config->further_loss, message);
    return status;
}

/* What the machine is asked for: threads, and a trajectory that fits. */
static rg_status
build_resources (rg_config *config, rg_message *message)
{
    rg_message reason;
    rg_status status = rg_team_new (&config->team, (size_t) config->values.threads, &reason);
    if (status != RG_OK)
        return rg_config_fail (config, "threads", status, &reason, message);
    config->setup.problem.run.team = config->team;
    status = rg_config_build_trajectory (config, message);
    if (!rg_estimator_needs_policy (config->setup.estimator, &config->setup.problem))
        config->setup.trajectory_name = "none";
    return status;
}

/* A hypergradient that is a mean: one more set of objectives for each thread beside the first. */
static rg_status
build_members (rg_config *config, rg_message *message)
{
    const rg_tree *tree = config->tree;
    rg_setup *setup = &config->setup;
    const rg_average_values *average = &config->values.outer.average;
    setup->members = average->given ? (uint64_t) average->initialisations : 1;
    if (setup->members == 1)
        return RG_OK;
    if (!setup->problem.initial.fresh && config->episodes[RG_TRAINING] == NULL)
        return rg_tree_fail (tree, "outer.average.initialisations", message, RG_EUNSUPPORTED,
                             "needs inner.restart fresh: else all runs start alike");
    if (setup->estimator->lasts != NULL)
        return rg_tree_fail (tree, "outer.average.initialisations", message, RG_EUNSUPPORTED,
                             "real-time tunes one training run");
    const uint64_t threads = (uint64_t) config->values.threads;
    const size_t wanted = (size_t) (threads < setup->members ? threads : setup->members) - 1;
    setup->others = rg_calloc (wanted, sizeof *setup->others);
    rg_status status = setup->others == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for a mean") : RG_OK;
    for (; status == RG_OK && setup->other_count < wanted; setup->other_count++) {
        rg_member *own = &setup->others[setup->other_count];
        status = build_own (config, own, NULL, message);
        if (status != RG_OK)
            free_member (own);
    }
    return status;
}

/* A step whose run diverges is halved and the run taken again, where that can be. */
static rg_status
build_keep_going (const rg_config *config, rg_setup *setup, rg_message *message)
{
    setup->keep_going = (uint64_t) config->values.outer.keep_going;
    const char *why = setup->estimator->lasts != NULL ? "real-time has one training run, which cannot be taken again"
        : rg_optimizer_searches (setup->optimizer) ? "the optimizer finds the length of its steps itself" : NULL;
    return setup->keep_going == 0 || why == NULL
        ? RG_OK : rg_tree_fail (config->tree, "outer.keep_going", message, RG_EUNSUPPORTED, "expected 0: %s", why);
}

/* What is monitored, and when tune stops early. */
static rg_status
build_monitor (const rg_config *config, rg_setup *setup, rg_message *message)
{
    const rg_tree *tree = config->tree;
    setup->monitor_name = rg_tree_text (tree, "outer.monitor");
    setup->monitor = (rg_monitor) config->values.outer.monitor;
    if (setup->monitor != RG_MONITOR_OUTER_LOSS && config->valid == NULL)
        return rg_tree_fail (tree, "outer.monitor", message, RG_EINPUT, "%s needs data.valid", setup->monitor_name);
    setup->patience = (uint64_t) config->values.outer.patience;
    setup->result = (rg_result) config->values.outer.result;
    return setup->estimator->lasts == NULL || setup->patience == 0
        ? RG_OK
        : rg_tree_fail (tree, "outer.patience", message, RG_EUNSUPPORTED,
                        "real-time tunes one training run, which an early stop would leave unfinished");
}

/* A search compares losses of different meta-iterations: nothing but the hyperparameters may differ between them. */
static rg_status
check_search (const rg_config *config, rg_message *message)
{
    const rg_tree *tree = config->tree;
    const rg_values *values = &config->values;
    const char *name = values->outer.optimizer.kind.name;
    if (!rg_optimizer_searches (values->outer.optimizer.kind.row))
        return RG_OK;
    if (values->inner.restart != RG_RESTART_SAME)
        return rg_tree_fail (tree, "inner.restart", message, RG_EUNSUPPORTED,
                             "expected same: %s compares meta-iterations, which must not differ in their initial weights", name);
    if (!((const rg_sampler *) values->data.order.kind.row)->fixed)
        return rg_tree_fail (tree, "data.order", message, RG_EUNSUPPORTED,
                             "expected cyclic: %s compares meta-iterations, which must not differ in their batches", name);
    const rg_model *augmentation = rg_config_second (config).augmentation;
    if (augmentation != NULL && rg_model_noise (augmentation) > 0)
        return rg_tree_fail (tree, "model.augmentation.noise", message, RG_EUNSUPPORTED,
                             "expected 0: %s compares meta-iterations, which must not differ in their noise", name);
    if (config->setup.estimator->lasts != NULL)
        return rg_tree_fail (tree, "outer.optimizer", message, RG_EUNSUPPORTED,
                             "%s compares training runs: real-time has one", name);
    return values->outer.clip > 0
        ? rg_tree_fail (tree, "outer.clip", message, RG_EUNSUPPORTED, "%s needs the hypergradient as it is", name) : RG_OK;
}

/* The settings of the outer optimizer. */
static rg_outer_options
outer_options (const rg_outer_values *outer, const rg_settings *known)
{
    rg_outer_options options = rg_outer_defaults ();
    options.rate = outer->rate;
    options.decay = outer->decay;
    options.decay_power = outer->decay_power;
    options.known = known;
    return options;
}

/* Names that the schema let through are in the registry. */
static rg_status
build_setup (rg_config *config, const rg_log *log, rg_message *message)
{
    rg_setup *setup = &config->setup;
    const rg_values *values = &config->values;
    setup->dynamics_name = values->inner.dynamics.kind.name;
    setup->estimator_name = values->estimator.kind.kind.name;
    setup->trajectory_name = values->estimator.trajectory.kind.name;
    setup->estimator = values->estimator.kind.kind.row;
    config->estimator_settings = values->estimator.all.count > 0
        ? (rg_settings) { values->estimator.all.count, values->estimator.all.values } : (rg_settings) { 1, &values->estimator.kind };
    config->estimator_options = (rg_estimator_options) { .size = sizeof (rg_estimator_options), .known = &config->estimator_settings };
    setup->estimator_options = &config->estimator_options;
    setup->optimizer = values->outer.optimizer.kind.row;
    setup->iterations = (uint64_t) values->outer.iterations;
    setup->has_validation = config->valid != NULL && config->episodes[RG_TRAINING] == NULL;
    setup->problem.hyper = config->hyper;
    setup->problem.inner = config->own.inner;
    setup->problem.outer = config->own.outer;
    setup->problem.validation = config->own.validation;
    setup->problem.whole = config->own.whole;
    setup->test = config->test_loss;
    setup->outputs = rg_model_outputs (config->model);
    setup->further = config->further_loss;
    setup->data[RG_TRAINING] = config->train;
    setup->data[RG_VALIDATION] = config->valid;
    setup->data[RG_TESTING] = config->test;
    setup->data[RG_FURTHER] = config->further;
    setup->warm = values->inner.restart == RG_RESTART_WARM;
    setup->problem.dynamics = values->inner.dynamics.kind.row;
    setup->problem.penalty = values->outer.penalty;
    setup->problem.penalty_natural = values->outer.penalty_natural;
    setup->text = config->text;
    setup->study = config->study;
    if (log != NULL)
        setup->problem.log = *log;
    setup->clip = values->outer.clip;
    config->optimizer_settings = (rg_settings) { 1, &values->outer.optimizer };
    config->outer_options = outer_options (&values->outer, &config->optimizer_settings);
    setup->outer = &config->outer_options;
    rg_status status = check_search (config, message);
    if (status == RG_OK)
        status = build_monitor (config, setup, message);
    if (status == RG_OK)
        status = build_keep_going (config, setup, message);
    setup->memory = values->outer.memory;
    if (status == RG_OK && setup->memory != NULL)
        status = rg_config_check_memory (config->tree, setup->memory, message);
    if (status == RG_OK)
        status = build_resources (config, message);
    return status == RG_OK ? build_members (config, message) : status;
}

/* The study's directory where none is given: the config's name without its ending. */
static char *
study_of (const char *file)
{
    const char *dot = strrchr (file, '.');
    const int yaml = dot != NULL && (strcmp (dot, ".yaml") == 0 || strcmp (dot, ".yml") == 0);
    const size_t length = yaml ? (size_t) (dot - file) : strlen (file);
    char *study = rg_malloc (length + sizeof ".study", 1);
    if (study != NULL)
        snprintf (study, length + sizeof ".study", "%.*s%s", (int) length, file, yaml ? "" : ".study");
    return study;
}

/* The resolved text, and the study's directory: a text has no name to make one of. */
static rg_status
build_texts (rg_config *config, const rg_config_source *source, rg_message *message)
{
    size_t bytes;
    const char *given = config->values.study;
    const rg_status status = rg_tree_emit (config->tree, &config->text, &bytes);
    if (status == RG_OK && given == NULL && source->text != NULL)
        return RG_OK;
    config->study = status != RG_OK ? NULL : given != NULL ? rg_strdup (given) : study_of (rg_tree_file (config->tree));
    return config->study == NULL ? rg_fail (message, RG_ENOMEM, "out of memory") : RG_OK;
}

/* Text, overrides and keys. */
static rg_status
read_values (rg_tree **tree, rg_values *values, const rg_config_source *source, size_t overrides, const char *const *override,
             rg_message *message)
{
    rg_status status = source->text == NULL ? rg_tree_read (tree, source->path, message)
                                            : rg_tree_parse (tree, source->path, source->text, source->bytes, message);
    for (size_t i = 0; status == RG_OK && i < overrides; i++)
        status = rg_tree_set (*tree, override[i], message);
    if (status == RG_OK)
        status = rg_config_from_studies (*tree, message);
    if (status == RG_OK)
        status = rg_schema_anchor (*tree, message);
    return status == RG_OK ? rg_schema_read (*tree, source->several, values, message) : status;
}

/* A caller's source, as far as it goes. */
static rg_status
take_source (rg_config_source *own, const rg_config_source *given, rg_message *message)
{
    *own = (rg_config_source) { 0 };
    return rg_sized_read (own, sizeof *own, RG_SIZE_TO (rg_config_source, several), given, "rg_config_source", message);
}

rg_status
rg_config_steps (const rg_config_source *given, size_t overrides, const char *const *override, uint64_t *steps, rg_message *message)
{
    rg_tree *tree = NULL;
    rg_values values = { 0 };
    rg_config_source source;
    rg_status status = take_source (&source, given, message);
    source.several = 1;
    if (status == RG_OK)
        status = read_values (&tree, &values, &source, overrides, override, message);
    *steps = status == RG_OK ? (uint64_t) rg_tree_whole (tree, "inner.steps") : 0;
    rg_schema_clear (&values);
    rg_tree_free (tree);
    return status;
}

/* All of it, in the order in which the parts need each other. */
static rg_status
build_all (rg_config *config, const rg_config_source *source, const rg_log *log, rg_message *message)
{
    config->setup.problem.size = sizeof config->setup.problem;
    config->setup.precision = config->values.precision == 0 ? RG_SINGLE : RG_DOUBLE;
    rg_status status = build_texts (config, source, message);
    if (status == RG_OK)
        status = build_data (config, log, message);
    if (status == RG_OK)
        status = build_model (config, message);
    if (status == RG_OK)
        status = rg_config_build_initial (config, message);
    if (status == RG_OK)
        status = rg_config_build_hyper (config, message);
    if (status == RG_OK)
        status = rg_config_check_initial (config, message);
    if (status == RG_OK)
        status = build_objectives (config, log, message);
    if (status == RG_OK)
        status = build_setup (config, log, message);
    return status == RG_OK && config->inputs->lost ? rg_fail (message, RG_ENOMEM, "%s: out of memory", source->path) : status;
}

rg_status
rg_config_load_source (rg_config **out, const rg_config_source *given, size_t overrides, const char *const *override, const rg_log *log,
                       rg_message *message)
{
    rg_config_source source;
    *out = NULL;
    rg_status status = take_source (&source, given, message);
    if (status != RG_OK)
        return status;
    rg_config *config = rg_calloc (1, sizeof *config);
    if (config == NULL)
        return rg_fail (message, RG_ENOMEM, "%s: out of memory", source.path);
    config->source = source;
    config->inputs = rg_calloc (1, sizeof *config->inputs);
    status = config->inputs == NULL ? rg_fail (message, RG_ENOMEM, "%s: out of memory", source.path)
                                    : read_values (&config->tree, &config->values, &source, overrides, override, message);
    if (status == RG_OK)
        status = build_all (config, &source, log, message);
    if (status != RG_OK) {
        rg_config_free (config);
        return status;
    }
    config->setup.inputs = config->inputs->input;
    config->setup.input_count = config->inputs->count;
    *out = config;
    return RG_OK;
}

rg_status
rg_config_load (rg_config **out, const char *path, size_t overrides, const char *const *override, const rg_log *log,
                rg_message *message)
{
    return rg_config_load_source (out, &(rg_config_source) { .size = sizeof (rg_config_source), .path = path }, overrides, override, log,
                                  message);
}

void
rg_config_free (rg_config *config)
{
    if (config == NULL)
        return;
    free_member (&config->own);
    rg_objective_free (config->test_loss);
    rg_objective_free (config->further_loss);
    for (size_t i = 0; i < config->setup.other_count; i++)
        free_member (&config->setup.others[i]);
    rg_free (config->setup.others);
    rg_hyper_free (config->hyper);
    rg_layout_free (config->layout);
    rg_dataset_free (config->train);
    rg_dataset_free (config->valid);
    rg_dataset_free (config->test);
    rg_dataset_free (config->further);
    rg_model_free (config->model);
    rg_free (config->sharing);
    for (size_t i = 0; i < sizeof config->second / sizeof *config->second; i++)
        rg_model_free (config->second[i]);
    for (int part = 0; part < RG_PARTS; part++)
        rg_episodes_free (config->episodes[part]);
    rg_free (config->weights);
    rg_free (config->shared);
    rg_free (config->text);
    rg_free (config->study);
    rg_team_free (config->team);
    if (config->inputs != NULL)
        rg_inputs_clear (config->inputs);
    rg_free (config->inputs);
    rg_schema_clear (&config->values);
    rg_tree_free (config->tree);
    rg_free (config);
}

rg_setup *
rg_config_setup (rg_config *config)
{
    return &config->setup;
}
