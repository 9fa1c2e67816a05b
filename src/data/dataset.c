/* dataset.c -- sets of examples: checking and keeping them; see data.h. */
#include "data/dataset.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/sized.h"
#include "data/source.h"

size_t
rg_find_nonfinite (const rg_array *array, int single)
{
    const size_t count = rg_array_count (array);
    if (array->type == RG_FLOAT32) {
        const float *x = array->data;
        for (size_t i = 0; i < count; i++)
            if (!isfinite (x[i]))
                return i;
    } else if (array->type == RG_FLOAT64) {
        const double *x = array->data;
        for (size_t i = 0; i < count; i++)
            if (single ? !isfinite ((float) x[i]) : !isfinite (x[i]))
                return i;
    }
    return (size_t) -1;
}

static rg_status
check_finite (const rg_array *array, const char *name, const char *what, rg_message *message)
{
    const size_t at = rg_find_nonfinite (array, 0);
    if (at == (size_t) -1)
        return RG_OK;
    const size_t width = rg_array_count (array) / array->shape[0];
    const double bad = array->type == RG_FLOAT32 ? (double) ((const float *) array->data)[at]
                                                 : ((const double *) array->data)[at];
    return rg_fail (message, RG_ENONFINITE, "%s: example %zu, %s %zu: expected a finite number, got %s", name, at / width,
                    what, at % width, isnan (bad) ? "nan" : bad > 0 ? "inf" : "-inf");
}

/* ---- Targets --------------------------------------------------------- */

/*
 * Take over one whole number an example, checking each.
 *   what    "label" or "task"
 *   number  [in and out] how many there are to be, 0: the largest and 1
 */
static rg_status
take_whole (const rg_dataset *dataset, const double *values, const char *what, int32_t *out, uint32_t *number,
            const char *name, rg_message *message)
{
    const double limit = *number == 0 ? (double) INT32_MAX : (double) *number;
    int32_t largest = 0;
    for (size_t i = 0; i < dataset->count; i++) {
        const double value = values[i];
        if (!(floor (value) == value)) /* NaN too */
            return rg_fail (message, RG_EINPUT, "%s: example %zu: expected a whole number as %s, got %.17g", name, i,
                            what, value);
        if (value < 0 || value >= limit)
            return rg_fail (message, RG_ERANGE, "%s: example %zu: expected a %s of 0 to %.0f, got %.17g", name, i, what,
                            limit - 1, value);
        out[i] = (int32_t) value;
        largest = out[i] > largest ? out[i] : largest;
    }
    if (*number == 0)
        *number = (uint32_t) largest + 1;
    return RG_OK;
}

/* The same from an array; *out is allocated. */
static rg_status
set_whole (const rg_dataset *dataset, const rg_array *from, const char *what, int32_t **out, uint32_t *number,
           const char *name, rg_message *message)
{
    if (rg_array_count (from) != dataset->count)
        return rg_fail (message, RG_ESHAPE, "%s: expected one %s for each of %zu examples, got %zu", name, what,
                        (size_t) dataset->count, rg_array_count (from));
    double *values = rg_malloc (dataset->count, sizeof *values);
    *out = rg_malloc (dataset->count, sizeof **out);
    rg_status status;
    if (values == NULL || *out == NULL) {
        status = rg_fail_memory (message, name);
    } else {
        rg_array_to_double (from, values);
        status = take_whole (dataset, values, what, *out, number, name, message);
    }
    rg_free (values);
    return status;
}

static rg_status
set_labels (rg_dataset *dataset, const rg_array *targets, uint32_t classes, const char *name, rg_message *message)
{
    if (rg_array_count (targets) != dataset->count)
        return rg_fail (message, RG_ESHAPE, "%s: expected one label for each example, got %zu", name,
                        rg_array_count (targets) / dataset->count);
    dataset->classes = classes;
    return set_whole (dataset, targets, "label", &dataset->labels, &dataset->classes, name, message);
}

rg_status
rg_dataset_set_tasks (rg_dataset *dataset, const rg_array *tasks, const char *name, rg_message *message)
{
    int32_t *task = NULL;
    uint32_t number = 0;
    const rg_status status = set_whole (dataset, tasks, "task", &task, &number, name == NULL ? "tasks" : name, message);
    if (status != RG_OK) {
        rg_free (task);
        return status;
    }
    rg_free (dataset->task);
    dataset->task = task;
    dataset->tasks = number;
    return RG_OK;
}

static rg_status
set_reals (rg_dataset *dataset, const rg_array *targets, const char *name, rg_message *message)
{
    dataset->targets = rg_array_count (targets) / dataset->count;
    if (dataset->targets == 0)
        return rg_fail (message, RG_ESHAPE, "%s: expected at least one target for each example, got none", name);
    const rg_status status = check_finite (targets, name, "target", message);
    if (status != RG_OK)
        return status;
    dataset->reals = rg_malloc (rg_array_count (targets), sizeof *dataset->reals);
    if (dataset->reals == NULL)
        return rg_fail_memory (message, name);
    rg_array_to_double (targets, dataset->reals);
    return RG_OK;
}

static rg_status
set_targets (rg_dataset *dataset, const rg_array *targets, const rg_dataset_options *options, const char *name,
             const char *inputs_name, rg_message *message)
{
    if (targets->ndim != 1 && targets->ndim != 2)
        return rg_fail (message, RG_ESHAPE, "%s: expected 1 or 2 dimensions, got %d", name, targets->ndim);
    if (targets->shape[0] != dataset->count)
        return rg_fail (message, RG_ESHAPE, "%s: expected targets for the %zu examples of %s, got %zu", name,
                        (size_t) dataset->count, inputs_name, targets->shape[0]);
    return options->target == RG_TARGET_LABELS ? set_labels (dataset, targets, options->classes, name, message)
                                               : set_reals (dataset, targets, name, message);
}

/* ---- Inputs ---------------------------------------------------------- */

static rg_status
check_inputs (const rg_array *inputs, const char *name, rg_message *message)
{
    if (inputs->ndim < 1)
        return rg_fail (message, RG_ESHAPE, "%s: expected at least 1 dimension, got 0", name);
    if (inputs->shape[0] == 0 || inputs->shape[0] >= UINT32_MAX)
        return rg_fail (message, RG_EINPUT, "%s: expected 1 to %zu examples, got %zu", name, (size_t) UINT32_MAX - 1,
                        inputs->shape[0]);
    if (rg_array_count (inputs) == 0)
        return rg_fail (message, RG_ESHAPE, "%s: expected inputs of at least one number, got none", name);
    return check_finite (inputs, name, "feature", message);
}

/* Numbers that are no bytes as float64, each times `scale`. */
static rg_status
scaled_copy (const rg_array *inputs, double scale, rg_array *out, const char *name, rg_message *message)
{
    if (rg_array_new (out, RG_FLOAT64, inputs->ndim, inputs->shape) != RG_OK)
        return rg_fail_memory (message, name);
    double *numbers = out->data;
    rg_array_to_double (inputs, numbers);
    for (size_t i = 0; scale != 1 && i < rg_array_count (out); i++)
        numbers[i] *= scale;
    return check_finite (out, name, "feature", message);
}

/* Put into dataset->inputs what is to be kept: a new array, or a copy of the struct. */
static rg_status
set_inputs (rg_dataset *dataset, const rg_array *inputs, const rg_dataset_options *options, const char *name,
            rg_message *message)
{
    const int bytes = inputs->type == RG_UINT8 || inputs->type == RG_BOOL;
    dataset->scale = options->scale != 0 ? options->scale : inputs->type == RG_UINT8 ? 1 / 255. : 1;
    if (!isfinite (dataset->scale))
        return rg_fail (message, RG_ERANGE, "%s: expected a finite scale", name);
    rg_status status = RG_OK;
    if (options->pool > 1) {
        status = rg_pool_images (inputs, options->pool, dataset->scale, &dataset->inputs, name, message);
        dataset->scale = 1;
    } else if (!bytes && (dataset->scale != 1 || inputs->type == RG_INT32 || inputs->type == RG_INT64)) {
        status = scaled_copy (inputs, dataset->scale, &dataset->inputs, name, message);
        dataset->scale = 1;
    } else {
        dataset->inputs = *inputs;
    }
    dataset->count = (uint32_t) inputs->shape[0];
    dataset->features = status == RG_OK ? rg_array_count (&dataset->inputs) / dataset->count : 0;
    return status;
}

rg_status
rg_dataset_options_read (rg_dataset_options *own, const rg_dataset_options *given, rg_message *message)
{
    *own = (rg_dataset_options) { .size = sizeof *own };
    const size_t least = RG_SIZE_TO (rg_dataset_options, user);
    return given == NULL ? RG_OK : rg_sized_read (own, sizeof *own, least, given, "rg_dataset_options", message);
}

rg_status
rg_dataset_new (rg_dataset **out, rg_array *inputs, rg_array *targets, const rg_dataset_options *given,
                const char *inputs_name, const char *targets_name, rg_message *message)
{
    rg_dataset_options own, *options = &own;
    inputs_name = inputs_name == NULL ? "inputs" : inputs_name;
    targets_name = targets_name == NULL ? "targets" : targets_name;
    *out = NULL;
    rg_status status = rg_dataset_options_read (options, given, message);
    if (status == RG_OK)
        status = check_inputs (inputs, inputs_name, message);
    if (status != RG_OK)
        return status;
    rg_dataset *dataset = rg_calloc (1, sizeof *dataset);
    if (dataset == NULL)
        return rg_fail_memory (message, inputs_name);
    status = set_inputs (dataset, inputs, options, inputs_name, message);
    if (status == RG_OK)
        status = rg_set_subject (message, set_targets (dataset, targets, options, targets_name, inputs_name, message), "labels");

    const int kept = dataset->inputs.owner == inputs->owner;
    if (status == RG_OK) {
        if (kept)
            *inputs = (rg_array) { 0 };
        rg_array_clear (inputs);
        rg_array_clear (targets);
        *out = dataset;
    } else {
        if (kept)
            dataset->inputs = (rg_array) { 0 };
        rg_dataset_free (dataset);
    }
    return status;
}

void
rg_dataset_free (rg_dataset *dataset)
{
    if (dataset == NULL)
        return;
    rg_array_clear (&dataset->inputs);
    rg_free (dataset->labels);
    rg_free (dataset->reals);
    rg_free (dataset->task);
    rg_free (dataset->mean);
    rg_free (dataset->mean_single);
    rg_free (dataset->divisor);
    rg_free (dataset->divisor_single);
    rg_free (dataset->target_mean);
    rg_free (dataset->target_divisor);
    rg_free (dataset->rows);
    rg_names_free (dataset->feature_names);
    rg_names_free (dataset->class_names);
    rg_free (dataset);
}

/* ---- Subsets --------------------------------------------------------- */

/* A copy of part of a block; NULL of a missing one. Sets *failed when out of memory. */
static void *
copy_part (const void *block, size_t skip, size_t bytes, int *failed)
{
    if (block == NULL)
        return NULL;
    void *copy = rg_malloc (bytes, 1);
    if (copy == NULL)
        *failed = 1;
    else
        memcpy (copy, (const unsigned char *) block + skip, bytes);
    return copy;
}

rg_status
rg_dataset_subset (rg_dataset **out, const rg_dataset *dataset, size_t first, size_t count, rg_message *message)
{
    *out = NULL;
    if (count == 0 || first > dataset->count || count > dataset->count - first)
        return rg_fail (message, RG_ERANGE, "expected a part of the %zu examples, got %zu from %zu on",
                        (size_t) dataset->count, count, first);
    if (dataset->upright > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "expected a set that was not turned, to take a part of it");
    rg_dataset *part = rg_malloc (1, sizeof *part);
    if (part == NULL)
        return rg_fail_memory (message, "subset");
    *part = *dataset;
    part->count = (uint32_t) count;
    part->inputs.shape[0] = count;
    part->inputs.owner = NULL;
    const size_t row = dataset->features * rg_element_bytes (dataset->inputs.type);
    const size_t reals = dataset->targets * sizeof (double), features = dataset->features;
    int failed = 0;
    part->inputs.owner = part->inputs.data = copy_part (dataset->inputs.data, first * row, count * row, &failed);
    part->labels = copy_part (dataset->labels, first * sizeof (int32_t), count * sizeof (int32_t), &failed);
    part->reals = copy_part (dataset->reals, first * reals, count * reals, &failed);
    part->task = copy_part (dataset->task, first * sizeof (int32_t), count * sizeof (int32_t), &failed);
    part->rows = copy_part (dataset->rows, first * sizeof (size_t), count * sizeof (size_t), &failed);
    part->mean = copy_part (dataset->mean, 0, features * sizeof (double), &failed);
    part->mean_single = copy_part (dataset->mean_single, 0, features * sizeof (float), &failed);
    part->divisor = copy_part (dataset->divisor, 0, features * sizeof (double), &failed);
    part->divisor_single = copy_part (dataset->divisor_single, 0, features * sizeof (float), &failed);
    part->target_mean = copy_part (dataset->target_mean, 0, reals, &failed);
    part->target_divisor = copy_part (dataset->target_divisor, 0, reals, &failed);
    part->feature_names = rg_names_copy (dataset->feature_names, &failed);
    part->class_names = rg_names_copy (dataset->class_names, &failed);
    if (failed) {
        rg_dataset_free (part);
        return rg_fail_memory (message, "subset");
    }
    *out = part;
    return RG_OK;
}

rg_status
rg_dataset_fits_single (const rg_dataset *dataset, rg_message *message)
{
    const rg_array reals = { .type = RG_FLOAT64, .ndim = 2, .shape = { dataset->count, dataset->targets },
                             .data = dataset->reals };
    const size_t feature = rg_find_nonfinite (&dataset->inputs, 1);
    const size_t target = dataset->reals == NULL ? (size_t) -1 : rg_find_nonfinite (&reals, 1);
    if (feature != (size_t) -1)
        return rg_fail_about (message, RG_ENONFINITE, "data", "example %zu, feature %zu: too large for single precision",
                        feature / dataset->features, feature % dataset->features);
    if (target != (size_t) -1)
        return rg_fail_about (message, RG_ENONFINITE, "data", "example %zu, target %zu: too large for single precision",
                        target / dataset->targets, target % dataset->targets);
    return RG_OK;
}
