/* dataset.c -- sets of examples: checking, keeping and centring them; see data.h. */
#include "data/dataset.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
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

/* Put into dataset->inputs what is to be kept: a new array, or a copy of the struct. */
static rg_status
set_inputs (rg_dataset *dataset, const rg_array *inputs, const rg_dataset_options *options, const char *name,
            rg_message *message)
{
    dataset->scale = inputs->type != RG_UINT8 ? 1 : options->byte_scale == 0 ? 1 / 255. : options->byte_scale;
    if (!isfinite (dataset->scale))
        return rg_fail (message, RG_ERANGE, "%s: expected a finite scale of bytes", name);
    rg_status status = RG_OK;
    if (options->pool > 1) {
        status = rg_pool_images (inputs, options->pool, dataset->scale, &dataset->inputs, name, message);
        dataset->scale = 1;
    } else if (inputs->type == RG_INT32 || inputs->type == RG_INT64) {
        status = rg_array_new (&dataset->inputs, RG_FLOAT64, inputs->ndim, inputs->shape);
        if (status != RG_OK)
            return rg_fail_memory (message, name);
        rg_array_to_double (inputs, dataset->inputs.data);
    } else {
        dataset->inputs = *inputs;
    }
    dataset->count = (uint32_t) inputs->shape[0];
    dataset->features = status == RG_OK ? rg_array_count (&dataset->inputs) / dataset->count : 0;
    return status;
}

rg_status
rg_dataset_new (rg_dataset **out, rg_array *inputs, rg_array *targets, const rg_dataset_options *options,
                const char *inputs_name, const char *targets_name, rg_message *message)
{
    static const rg_dataset_options defaults;
    options = options == NULL ? &defaults : options;
    inputs_name = inputs_name == NULL ? "inputs" : inputs_name;
    targets_name = targets_name == NULL ? "targets" : targets_name;
    *out = NULL;
    rg_status status = check_inputs (inputs, inputs_name, message);
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
    rg_free (dataset);
}

/* ---- Subsets, centring ----------------------------------------------- */

/* A copy of part of a block; a missing block stays missing. Returns 0, or -1 when out of memory. */
static int
copy_part (void **out, const void *block, size_t skip, size_t bytes)
{
    if (block == NULL)
        return 0;
    *out = rg_malloc (bytes, 1);
    if (*out == NULL)
        return -1;
    memcpy (*out, (const unsigned char *) block + skip, bytes);
    return 0;
}

rg_status
rg_dataset_subset (rg_dataset **out, const rg_dataset *dataset, size_t first, size_t count, rg_message *message)
{
    *out = NULL;
    if (count == 0 || first > dataset->count || count > dataset->count - first)
        return rg_fail (message, RG_ERANGE, "expected a part of the %zu examples, got %zu from %zu on",
                        (size_t) dataset->count, count, first);
    rg_dataset *part = rg_malloc (1, sizeof *part);
    if (part == NULL)
        return rg_fail_memory (message, "subset");
    *part = *dataset;
    part->count = (uint32_t) count;
    part->inputs.shape[0] = count;
    void *labels = NULL, *reals = NULL, *task = NULL, *mean = NULL, *mean_single = NULL;
    const size_t row = dataset->features * rg_element_bytes (dataset->inputs.type);
    const size_t reals_row = dataset->targets * sizeof (double);
    part->inputs.owner = NULL;
    const int failed = copy_part (&part->inputs.owner, dataset->inputs.data, first * row, count * row) != 0
                       || copy_part (&labels, dataset->labels, first * sizeof (int32_t), count * sizeof (int32_t)) != 0
                       || copy_part (&reals, dataset->reals, first * reals_row, count * reals_row) != 0
                       || copy_part (&task, dataset->task, first * sizeof (int32_t), count * sizeof (int32_t)) != 0
                       || copy_part (&mean, dataset->mean, 0, dataset->features * sizeof (double)) != 0
                       || copy_part (&mean_single, dataset->mean_single, 0, dataset->features * sizeof (float)) != 0;
    part->inputs.data = part->inputs.owner;
    part->labels = labels;
    part->reals = reals;
    part->task = task;
    part->mean = mean;
    part->mean_single = mean_single;
    if (failed) {
        rg_dataset_free (part);
        return rg_fail_memory (message, "subset");
    }
    *out = part;
    return RG_OK;
}

/* Add all rows up; bytes add exactly below 2^45 examples. */
static void
sum_rows (const rg_dataset *dataset, double *sum)
{
    const size_t features = dataset->features;
    for (size_t i = 0; i < dataset->count; i++)
        switch (dataset->inputs.type) {
        case RG_FLOAT64:
            for (size_t j = 0; j < features; j++)
                sum[j] += ((const double *) dataset->inputs.data)[i * features + j];
            break;
        case RG_FLOAT32:
            for (size_t j = 0; j < features; j++)
                sum[j] += (double) ((const float *) dataset->inputs.data)[i * features + j];
            break;
        default:
            for (size_t j = 0; j < features; j++)
                sum[j] += ((const uint8_t *) dataset->inputs.data)[i * features + j];
        }
}

rg_status
rg_dataset_center (rg_dataset *dataset, const rg_dataset *training, rg_message *message)
{
    const size_t features = dataset->features;
    if (training->features != features)
        return rg_fail (message, RG_ESHAPE, "expected the mean of %zu features, got %zu", features, training->features);
    double *mean = rg_calloc (features, sizeof *mean);
    float *mean_single = rg_malloc (features, sizeof *mean_single);
    rg_status status = RG_OK;
    if (mean == NULL || mean_single == NULL) {
        status = rg_fail_memory (message, "mean");
        goto done;
    }
    sum_rows (training, mean);
    for (size_t j = 0; j < features && status == RG_OK; j++) {
        mean[j] = mean[j] / training->count * training->scale;
        mean_single[j] = (float) mean[j];
        if (!isfinite (mean[j]))
            status = rg_fail (message, RG_ENONFINITE, "the mean of feature %zu is too large", j);
    }
done:
    if (status == RG_OK) {
        rg_free (dataset->mean);
        rg_free (dataset->mean_single);
        dataset->mean = mean;
        dataset->mean_single = mean_single;
    } else {
        rg_free (mean);
        rg_free (mean_single);
    }
    return status;
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

/* ---- What a set says of itself --------------------------------------- */

uint32_t
rg_dataset_count (const rg_dataset *dataset)
{
    return dataset->count;
}

size_t
rg_dataset_features (const rg_dataset *dataset)
{
    return dataset->features;
}

uint32_t
rg_dataset_classes (const rg_dataset *dataset)
{
    return dataset->classes;
}

size_t
rg_dataset_targets (const rg_dataset *dataset)
{
    return dataset->targets;
}

int
rg_dataset_shape (const rg_dataset *dataset, size_t shape[RG_MAX_DIMENSIONS])
{
    for (int i = 1; i < dataset->inputs.ndim; i++)
        shape[i - 1] = dataset->inputs.shape[i];
    return dataset->inputs.ndim - 1;
}

const double *
rg_dataset_mean (const rg_dataset *dataset)
{
    return dataset->mean;
}

uint32_t
rg_dataset_tasks (const rg_dataset *dataset)
{
    return dataset->tasks;
}

const int32_t *
rg_dataset_task (const rg_dataset *dataset)
{
    return dataset->task;
}

const int32_t *
rg_dataset_labels (const rg_dataset *dataset)
{
    return dataset->labels;
}
