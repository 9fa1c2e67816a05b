/* examples.c -- from files to the sets of a study, step by step; see retrograde/examples.h. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/sized.h"
#include "data/dataset.h"
#include "data/examples/part.h"

static rg_status
read_part (const rg_examples_job *job, int part, rg_examples_part parts[RG_PARTS])
{
    const rg_status status = rg_examples_part_open (job, part, &parts[part]);
    if (status != RG_OK)
        return status;
    return part == RG_FURTHER ? rg_examples_further (job, &parts[RG_TRAINING], &parts[part])
                              : rg_examples_part_finish (job, part, &parts[part]);
}

static rg_status
read_parts (const rg_examples_job *job, rg_examples_part parts[RG_PARTS])
{
    rg_status status = RG_OK;
    for (int part = 0; status == RG_OK && part < RG_PARTS; part++)
        if (job->spec->part[part].inputs != NULL)
            status = read_part (job, part, parts);
    return status;
}

static rg_status
cut_parts (const rg_examples_job *job, rg_examples_part parts[RG_PARTS])
{
    rg_status status = RG_OK;
    for (int part = 0; status == RG_OK && part < RG_PARTS; part++)
        if (parts[part].inputs != NULL)
            status = rg_examples_cut (job, part, &parts[part]);
    return status == RG_OK && (job->spec->split[RG_VALIDATION] > 0 || job->spec->split[RG_TESTING] > 0)
        ? rg_examples_split (job, parts)
        : status;
}

static rg_status
apply_labels (const rg_examples_job *job, rg_examples_part parts[RG_PARTS], rg_labels *labels)
{
    if (job->spec->target != RG_TARGET_LABELS)
        return RG_OK;
    rg_status status = rg_labels_name (job, parts[RG_TRAINING].targets, labels);
    for (int part = RG_PARTS; status == RG_OK && part-- > 0;) /* the training part, whose words are the names, at last */
        if (parts[part].targets != NULL && !(part == RG_FURTHER && job->spec->bare))
            status = rg_labels_apply (job, part, parts[part].targets, labels);
    return status;
}

/* ---- From tables to sets --------------------------------------------- */

/* Classes that the file calls -1 and 1, or 1 ... K. */
static rg_status
name_numbers (rg_label_kind kind, rg_dataset *set)
{
    char name[16];
    rg_status status = rg_names_new (&set->class_names, set->classes);
    for (uint32_t k = 0; status == RG_OK && k < set->classes; k++) {
        snprintf (name, sizeof name, "%lld", kind == RG_LABELS_SIGNS ? 2 * (long long) k - 1 : (long long) k + 1);
        status = rg_names_add (set->class_names, name);
    }
    return status;
}

static rg_status
set_names (const rg_examples_job *job, const rg_examples_part *of, const rg_labels *labels, rg_dataset *set)
{
    const rg_table *inputs = of->inputs;
    rg_status status = RG_OK;
    if (inputs->column != NULL && rg_table_column_name (inputs, 0) != NULL && set->features == inputs->columns) {
        status = rg_names_new (&set->feature_names, inputs->columns);
        for (size_t j = 0; status == RG_OK && j < inputs->columns; j++)
            status = rg_names_add (set->feature_names, rg_table_column_name (inputs, j));
    }
    const size_t words = labels->names == NULL ? 0 : labels->kind == RG_LABELS_WORDS ? labels->classes
                                                                                   : labels->names->column[0].words;
    if (status == RG_OK && words > 0 && words == set->classes) {
        status = rg_names_new (&set->class_names, words);
        for (size_t k = 0; status == RG_OK && k < words; k++)
            status = rg_names_add (set->class_names,
                                   rg_table_column_word (labels->names, 0, labels->word == NULL ? k : labels->word[k]));
    }
    if (status == RG_OK && labels->kind != RG_LABELS_AS_THEY_ARE && labels->kind != RG_LABELS_WORDS)
        status = name_numbers (labels->kind, set);
    return status == RG_OK ? RG_OK : rg_fail_memory (job->message, inputs->path);
}

/* Bytes of a table, which need not be pixels, are divided by 255 all the same: say so. */
static void
note_bytes (const rg_examples_job *job, int part, const rg_array *inputs, const char *path)
{
    if (part == RG_TRAINING && job->spec->scale == 0 && inputs->type == RG_UINT8 && inputs->ndim < 3)
        rg_note (job->log, "%s: the inputs are bytes, of which 255 is worth 1 (scale: 1 leaves them as they are)", path);
}

/* The part's tasks, and which rows a split took. */
static rg_status
set_rows (const rg_examples_job *job, int part, rg_examples_part *of, rg_dataset *set)
{
    set->rows = of->rows;
    of->rows = NULL;
    set->had_index = of->inputs->had_index;
    if (of->tasks == NULL)
        return RG_OK;
    const rg_status status = rg_dataset_set_tasks (set, &of->tasks->array, of->tasks->path, job->message);
    set->tasks = status == RG_OK && of->task_count > set->tasks ? of->task_count : set->tasks;
    return rg_examples_fault (job, part, RG_ABOUT_TASKS, status);
}

static rg_status
make_set (const rg_examples_job *job, int part, rg_examples_part *of, const rg_labels *labels, uint32_t classes, rg_dataset **out)
{
    const rg_examples_spec *spec = job->spec;
    const rg_dataset_options options = { .size = sizeof options, .target = spec->target, .classes = classes, .scale = spec->scale, .pool = spec->pool };
    note_bytes (job, part, &of->inputs->array, of->inputs->path);
    char *inputs = rg_strdup (of->inputs->path), *targets = rg_strdup (of->targets->path);
    rg_status status = inputs == NULL || targets == NULL
        ? rg_fail_memory (job->message, of->inputs->path)
        : rg_dataset_new (out, &of->inputs->array, &of->targets->array, &options, inputs, targets, job->message);
    if (status != RG_OK && inputs != NULL) { /* whose sentence begins with which path */
        const int about_targets = spec->part[part].targets != NULL && targets != NULL
                                  && strncmp (job->message->text, targets, strlen (targets)) == 0
                                  && job->message->text[strlen (targets)] == ':';
        status = rg_examples_fault (job, part, about_targets ? RG_ABOUT_TARGETS : RG_ABOUT_INPUTS, status);
    }
    rg_free (inputs);
    rg_free (targets);
    if (status == RG_OK)
        status = set_names (job, of, labels, *out);
    return status == RG_OK ? set_rows (job, part, of, *out) : status;
}

static rg_status
check_features (const rg_examples_job *job, int part, rg_dataset *const sets[RG_PARTS])
{
    if (rg_dataset_features (sets[part]) == rg_dataset_features (sets[RG_TRAINING]))
        return RG_OK;
    return rg_examples_fault (job, part, RG_ABOUT_PART,
                              rg_fail (job->message, RG_ESHAPE, "expected %zu inputs an example as in data.train, got %zu",
                                       rg_dataset_features (sets[RG_TRAINING]), rg_dataset_features (sets[part])));
}

/* Sparse rows end where their last number is: those of a part get the columns that the training part has beyond. */
static rg_status
widen (const rg_examples_job *job, rg_examples_part parts[RG_PARTS])
{
    rg_status status = RG_OK;
    const rg_table *training = parts[RG_TRAINING].inputs;
    for (int part = RG_VALIDATION; status == RG_OK && part < RG_PARTS; part++) {
        rg_table *inputs = parts[part].inputs;
        if (inputs != NULL && inputs->is_sparse && training->is_sparse && inputs->columns < training->columns)
            status = rg_table_widen (inputs, training->columns, job->message);
    }
    return status;
}

/* The training part is the training and the validation examples from now on. */
static rg_status
join (const rg_examples_job *job, rg_dataset *sets[RG_PARTS])
{
    rg_dataset *both;
    const rg_status status = rg_dataset_join (&both, sets[RG_TRAINING], sets[RG_VALIDATION], job->message);
    if (status != RG_OK)
        return rg_examples_fault (job, RG_VALIDATION, RG_ABOUT_PART, status);
    rg_dataset_free (sets[RG_TRAINING]);
    sets[RG_TRAINING] = both;
    return RG_OK;
}

static rg_status
make_sets (const rg_examples_job *job, rg_examples_part parts[RG_PARTS], const rg_labels *labels, rg_dataset *sets[RG_PARTS])
{
    uint32_t classes = labels->classes;
    rg_status status = widen (job, parts);
    for (int part = 0; status == RG_OK && part < RG_PARTS; part++) {
        if (parts[part].inputs == NULL)
            continue;
        status = make_set (job, part, &parts[part], labels, job->spec->grouped && part != RG_TRAINING ? 0 : classes, &sets[part]);
        if (status == RG_OK)
            status = check_features (job, part, sets);
        if (part == RG_TRAINING && status == RG_OK && classes == 0)
            classes = rg_dataset_classes (sets[RG_TRAINING]);
    }
    return status == RG_OK && job->spec->join && sets[RG_VALIDATION] != NULL ? join (job, sets) : status;
}

static rg_status
standardize (const rg_examples_job *job, rg_dataset *sets[RG_PARTS])
{
    rg_status status = RG_OK;
    for (int part = RG_PARTS; status == RG_OK && part-- > 0;) /* the training part, whose numbers are used, at last */
        if (sets[part] != NULL)
            status = rg_examples_fault (job, part, RG_ABOUT_PART,
                                        rg_dataset_standardize (sets[part], sets[RG_TRAINING], job->message));
    return status;
}

/* The classes of the whole training file, where its labels are numbers: a part of it may lack the last ones. */
static rg_status
whole_classes (const rg_examples_job *job, const rg_table *targets, rg_labels *labels)
{
    if (job->spec->target != RG_TARGET_LABELS)
        return RG_OK;
    const rg_status status = rg_labels_decide (job, targets, labels);
    if (status != RG_OK || labels->kind != RG_LABELS_AS_THEY_ARE || labels->classes > 0 || targets->columns != 1)
        return status;
    const double most = rg_table_column_facts (targets, 0).most;
    if (most >= 0 && most < INT32_MAX)
        labels->classes = (uint32_t) most + 1;
    return RG_OK;
}

static rg_status
build (const rg_examples_job *job, rg_examples_part parts[RG_PARTS], rg_labels *labels, rg_dataset *sets[RG_PARTS])
{
    rg_status status = read_parts (job, parts);
    if (status == RG_OK)
        status = whole_classes (job, parts[RG_TRAINING].targets, labels);
    if (status == RG_OK)
        status = cut_parts (job, parts);
    if (status == RG_OK)
        status = rg_examples_fill (job, parts);
    if (status == RG_OK)
        status = apply_labels (job, parts, labels);
    if (status == RG_OK)
        status = make_sets (job, parts, labels, sets);
    if (status == RG_OK && job->spec->standardize)
        status = standardize (job, sets);
    return status == RG_OK && !job->spec->grouped ? rg_examples_note (job, sets) : status; /* classes differ there */
}

rg_status
rg_examples_load (rg_dataset *sets[RG_PARTS], const rg_examples_spec *given, const rg_log *log, rg_fault *fault,
                  rg_message *message)
{
    rg_message unwanted;
    rg_examples_spec own = { .size = sizeof own }, *spec = &own;
    const rg_examples_job job = { spec, log, fault, message == NULL ? &unwanted : message };
    rg_examples_part parts[RG_PARTS] = { { 0 } };
    rg_labels labels = { 0 };
    for (int part = 0; part < RG_PARTS; part++)
        sets[part] = NULL;
    if (fault != NULL)
        *fault = (rg_fault) { RG_TRAINING, RG_ABOUT_PART };
    rg_status status = rg_sized_read (&own, sizeof own, RG_SIZE_TO (rg_examples_spec, scale), given, "rg_examples_spec", job.message);
    if (status == RG_OK)
        status = spec->part[RG_TRAINING].inputs == NULL
            ? rg_fail (job.message, RG_EINPUT, "expected the inputs of a training part")
            : build (&job, parts, &labels, sets);
    rg_labels_clear (&labels);
    for (int part = 0; part < RG_PARTS; part++) {
        rg_examples_part_clear (&parts[part]);
        if (status != RG_OK) {
            rg_dataset_free (sets[part]);
            sets[part] = NULL;
        }
    }
    return status;
}
