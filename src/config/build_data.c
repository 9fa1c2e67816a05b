/* build_data.c -- the sets of examples that a configuration names. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/build.h"
#include "data/format/format.h"
#include "data/format/mnist_files.h"

static const char *const part_keys[RG_PARTS] = { "data.train", "data.valid", "data.test", "data" };

enum { KEY = 64 };

/* What is asked for, and the memory that it points to. */
typedef struct {
    const rg_config *config;
    const rg_data_values *said;
    const rg_part_values *part[RG_PARTS];
    rg_examples_spec spec;
    rg_mnist_files *folder[RG_PARTS]; /* where the files of a part are found in a folder */
    rg_message *message;
} request;

/* ---- Files ----------------------------------------------------------- */

/* The format of a part; NULL: found by content. */
static const rg_format *
format_of (const request *r, int part)
{
    const char *own = r->part[part]->kind.kind.name, *name = own != NULL ? own : r->said->kind.kind.name;
    return name == NULL ? NULL : rg_format_find (name);
}

/* The key that says it. */
static const char *
format_key (const request *r, int part, char key[KEY])
{
    snprintf (key, KEY, "%s.kind", r->part[part]->kind.kind.name != NULL ? part_keys[part] : "data");
    return key;
}

/* The files of a part in data.directory, or where the format's data are installed. */
static rg_status
find_in_folder (request *r, int part, const rg_format *format)
{
    char key[KEY];
    const char *told = r->said->directory, *where = told != NULL ? "data.directory" : format_key (r, part, key);
    const char *folder = told != NULL ? told : format->folder != NULL ? format->folder () : NULL;
    rg_message reason;
    if (folder == NULL && format->folder == NULL)
        return rg_tree_fail (r->config->tree, where, r->message, RG_EINPUT,
                             "%s data need inputs and labels, or data.directory", format->name);
    if (folder == NULL)
        return rg_tree_fail (r->config->tree, where, r->message, RG_EINPUT,
                             "Fashion-MNIST is not installed: apt-get install dataset-fashion-mnist, or give data.directory");
    r->folder[part] = rg_calloc (1, sizeof *r->folder[part]);
    if (r->folder[part] == NULL)
        return rg_tree_fail (r->config->tree, where, r->message, RG_ENOMEM, "out of memory");
    r->spec.part[part].inputs = r->folder[part]->images;
    r->spec.part[part].targets = r->folder[part]->labels;
    const rg_part half = part == RG_TESTING ? RG_PART_TEST : RG_PART_TRAIN;
    const rg_status status = rg_mnist_find (r->folder[part], folder, half, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (r->config, where, status, &reason, r->message);
}

static rg_status
ask_for_part (request *r, int part)
{
    const rg_part_values *said = r->part[part], *training = r->part[RG_TRAINING];
    const rg_texts *columns = said->columns.count > 0 ? &said->columns : &training->columns;
    const rg_format *format = format_of (r, part);
    if (part != RG_TRAINING && !said->given)
        return RG_OK;
    r->spec.part[part] = (rg_part_spec) {
        .inputs = said->inputs, .targets = said->labels, .tasks = said->tasks, .format = format == NULL ? NULL : format->name,
        .header = !said->header_given ? RG_HEADER_FIND : said->header ? RG_HEADER_YES : RG_HEADER_NO,
        .column_count = columns->count, .columns = (const char *const *) columns->values,
        .target = said->target != NULL ? said->target : training->target,
        .first = (size_t) said->first, .count = (size_t) said->count,
    };
    if (format != NULL && format->in_folder && (format->folder != NULL || said->inputs == NULL))
        return find_in_folder (r, part, format);
    if (said->inputs != NULL)
        return RG_OK;
    return rg_tree_fail (r->config->tree, part_keys[part], r->message, RG_EINPUT, "%s%sdata need inputs",
                         format == NULL ? "" : format->name, format == NULL ? "" : " ");
}

/* ---- All parts ------------------------------------------------------- */

static rg_status
ask_for_split (request *r)
{
    const rg_split_values *said = &r->said->split;
    const double sum = said->valid + said->test;
    r->spec.split[RG_VALIDATION] = said->valid;
    r->spec.split[RG_TESTING] = said->test;
    if (!said->given)
        return RG_OK;
    if (rg_config_is_episodic (r->config))
        return rg_tree_fail (r->config->tree, "data.split", r->message, RG_EUNSUPPORTED,
                             "episodes take whole classes: expected valid_classes and test_classes");
    for (int part = RG_VALIDATION; part < RG_FURTHER; part++)
        if (r->part[part]->given)
            return rg_tree_fail (r->config->tree, "data.split", r->message, RG_EUNSUPPORTED,
                                 "stands beside %s: the parts are given, or one is split", part_keys[part]);
    if (sum <= 0 || sum >= 1)
        return rg_tree_fail (r->config->tree, "data.split", r->message, RG_ERANGE,
                             "expected fractions valid and test with a sum above 0 and below 1, got %g", sum);
    return RG_OK;
}

static rg_status
ask_for_all (request *r)
{
    const rg_data_values *said = r->said;
    r->spec.size = sizeof r->spec;
    r->spec.target = said->task == 0 ? RG_TARGET_LABELS : RG_TARGET_REALS;
    r->spec.missing = (rg_missing) said->missing;
    r->spec.seed = (uint64_t) r->config->values.seed;
    r->spec.standardize = said->standardize;
    r->spec.pool = (uint32_t) said->pool;
    r->spec.classes = (uint32_t) said->classes;
    r->spec.scale = said->scale_given ? said->scale : 0;
    r->spec.read = rg_inputs_add;
    r->spec.user = r->config->inputs;
    r->spec.grouped = rg_config_is_episodic (r->config);
    if (said->standardize && said->center)
        return rg_tree_fail (r->config->tree, "data.standardize", r->message, RG_EUNSUPPORTED,
                             "stands beside data.center: inputs are standardised, or centred alone");
    if (said->task != 0 && said->classes > 0)
        return rg_tree_fail (r->config->tree, "data.classes", r->message, RG_EUNSUPPORTED, "real targets have no classes");
    r->spec.bare = r->config->source.bare;
    r->spec.join = r->config->source.join;
    r->spec.part[RG_FURTHER] = (rg_part_spec) { .inputs = r->config->source.examples, .target = said->train.target };
    rg_status status = ask_for_split (r);
    for (int part = 0; status == RG_OK && part < RG_FURTHER; part++)
        status = ask_for_part (r, part);
    return status;
}

/* The key of a part, or of the training part where that is inherited. */
static const char *
key_of (int part, const char *name, int own, char key[KEY])
{
    snprintf (key, KEY, "%s.%s", part_keys[own ? part : RG_TRAINING], name);
    return key;
}

/* The key that a refusal is about. */
static const char *
key_of_fault (const request *r, const rg_fault *fault, char key[KEY])
{
    const int part = fault->part;
    const int in_folder = r->folder[part] != NULL && (fault->about == RG_ABOUT_INPUTS || fault->about == RG_ABOUT_TARGETS);
    if (in_folder)
        return r->said->directory != NULL ? "data.directory" : format_key (r, part, key);
    switch (fault->about) {
    case RG_ABOUT_SPLIT: return "data.split";
    case RG_ABOUT_MISSING: return "data.missing";
    case RG_ABOUT_INPUTS: return key_of (part, "inputs", 1, key);
    case RG_ABOUT_TARGETS: return key_of (part, r->part[part]->labels != NULL ? "labels" : "inputs", 1, key);
    case RG_ABOUT_TASKS: return key_of (part, "tasks", 1, key);
    case RG_ABOUT_COLUMNS: return key_of (part, "columns", r->part[part]->columns.count > 0, key);
    case RG_ABOUT_TARGET: return key_of (part, "target", r->part[part]->target != NULL, key);
    case RG_ABOUT_FIRST: return key_of (part, "first", 1, key);
    case RG_ABOUT_COUNT: return key_of (part, "count", 1, key);
    default: return part_keys[part];
    }
}

/* The part whose mean is subtracted comes last. */
static rg_status
center (const rg_config *config, const rg_sets *sets, rg_message *message)
{
    const int by_train = config->values.data.center_by == 0;
    rg_dataset *by = by_train ? sets->train : sets->valid;
    rg_dataset *const parts[] = { by_train ? sets->valid : NULL, sets->test, sets->further, by };
    if (by == NULL)
        return rg_tree_fail (config->tree, "data.center_by", message, RG_EINPUT, "valid needs data.valid");
    rg_message reason;
    rg_status status = RG_OK;
    for (size_t i = 0; status == RG_OK && i < sizeof parts / sizeof *parts; i++)
        if (parts[i] != NULL)
            status = rg_dataset_center (parts[i], by, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (config, "data.center", status, &reason, message);
}

rg_status
rg_config_build_data (const rg_config *config, rg_sets *out, const rg_log *log, rg_message *message)
{
    const rg_data_values *said = &config->values.data;
    request r = { .config = config, .said = said, .part = { &said->train, &said->valid, &said->test }, .message = message };
    rg_dataset *sets[RG_PARTS] = { NULL };
    rg_fault fault;
    rg_message reason;
    char key[KEY];
    rg_status status = ask_for_all (&r);
    if (status == RG_OK) {
        status = rg_examples_load (sets, &r.spec, log, &fault, &reason);
        if (status != RG_OK && fault.part == RG_FURTHER)
            rg_fail (message, status, "%s", reason.text);
        else if (status != RG_OK)
            status = rg_config_fail (config, key_of_fault (&r, &fault, key), status, &reason, message);
    }
    *out = (rg_sets) { sets[RG_TRAINING], sets[RG_VALIDATION], sets[RG_TESTING], sets[RG_FURTHER] };
    for (int part = 0; part < RG_PARTS; part++)
        rg_free (r.folder[part]);
    return status == RG_OK && said->center ? center (config, out, message) : status;
}

void
rg_sets_clear (rg_sets *sets)
{
    rg_dataset_free (sets->train);
    rg_dataset_free (sets->valid);
    rg_dataset_free (sets->test);
    rg_dataset_free (sets->further);
    *sets = (rg_sets) { 0 };
}
