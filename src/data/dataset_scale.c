/* dataset_scale.c -- sets of examples are centred, or standardised; see data.h. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "data/source.h"

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
    if (dataset->upright > 0 || training->upright > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "expected a set that was not turned yet");
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

/* ---- Mean 0 and deviation 1 ------------------------------------------ */

/* Mean and deviation of columns. */
typedef struct {
    double *mean, *divisor;
} moments;

static void
free_moments (moments *of)
{
    rg_free (of->mean);
    rg_free (of->divisor);
    *of = (moments) { 0 };
}

/* Add what one row has to the sums: of the numbers, then of the squared differences from their means. */
static void
add_row (const double *row, size_t columns, int pass, moments *of)
{
    for (size_t j = 0; j < columns; j++)
        if (pass == 0)
            of->mean[j] += row[j];
        else
            of->divisor[j] += (row[j] - of->mean[j]) * (row[j] - of->mean[j]);
}

static void
finish_pass (size_t rows, size_t columns, int pass, moments *of)
{
    for (size_t j = 0; j < columns; j++)
        if (pass == 0)
            of->mean[j] /= (double) rows;
        else
            of->divisor[j] = sqrt (of->divisor[j] / (double) rows);
}

static rg_status
check_moments (const moments *of, size_t columns, const char *what, rg_message *message)
{
    for (size_t j = 0; j < columns; j++)
        if (!isfinite (of->mean[j]) || !isfinite (of->divisor[j]))
            return rg_fail (message, RG_ENONFINITE, "the deviation of %s %zu is too large", what, j);
    return RG_OK;
}

static rg_status
new_moments (moments *out, size_t columns, rg_message *message)
{
    *out = (moments) { rg_calloc (columns, sizeof (double)), rg_calloc (columns, sizeof (double)) };
    return out->mean != NULL && out->divisor != NULL ? RG_OK : rg_fail_memory (message, "mean");
}

static rg_status
moments_of_inputs (const rg_dataset *training, moments *out, rg_message *message)
{
    double *row = rg_malloc (training->features, sizeof *row);
    rg_status status = new_moments (out, training->features, message);
    if (row == NULL && status == RG_OK)
        status = rg_fail_memory (message, "mean");
    for (int pass = 0; status == RG_OK && pass < 2; pass++) {
        for (uint32_t i = 0; i < training->count; i++) {
            rg_dataset_gather_double (training, &i, 1, row);
            add_row (row, training->features, pass, out);
        }
        finish_pass (training->count, training->features, pass, out);
    }
    rg_free (row);
    return status == RG_OK ? check_moments (out, training->features, "feature", message) : status;
}

static rg_status
moments_of_targets (const rg_dataset *training, moments *out, rg_message *message)
{
    const rg_status status = new_moments (out, training->targets, message);
    if (status != RG_OK)
        return status;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < training->count; i++)
            add_row (training->reals + i * training->targets, training->targets, pass, out);
        finish_pass (training->count, training->targets, pass, out);
    }
    return check_moments (out, training->targets, "target", message);
}

/* A column that is constant is not divided. */
static void
spare_constants (moments *of, size_t columns)
{
    for (size_t j = 0; j < columns; j++)
        of->divisor[j] = of->divisor[j] > 0 ? of->divisor[j] : 1;
}

/* The same numbers, rounded. */
static float *
rounded (const double *numbers, size_t count)
{
    float *out = rg_malloc (count, sizeof *out);
    for (size_t j = 0; out != NULL && j < count; j++)
        out[j] = (float) numbers[j];
    return out;
}

static void
standardize_targets (rg_dataset *dataset, moments *targets)
{
    for (uint32_t i = 0; i < dataset->count; i++)
        for (size_t j = 0; j < dataset->targets; j++) {
            double *real = &dataset->reals[i * dataset->targets + j];
            *real = (*real - targets->mean[j]) / targets->divisor[j];
        }
    dataset->target_mean = targets->mean;
    dataset->target_divisor = targets->divisor;
    *targets = (moments) { 0 };
}

rg_status
rg_dataset_standardize (rg_dataset *dataset, const rg_dataset *training, rg_message *message)
{
    moments inputs = { 0 }, targets = { 0 };
    if (training->features != dataset->features || training->targets != dataset->targets)
        return rg_fail (message, RG_ESHAPE, "expected the deviation of %zu features and %zu targets, got %zu and %zu",
                        dataset->features, dataset->targets, training->features, training->targets);
    if (dataset->mean != NULL || training->mean != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "the mean was subtracted before");
    rg_status status = moments_of_inputs (training, &inputs, message);
    if (status == RG_OK && dataset->targets > 0)
        status = moments_of_targets (training, &targets, message);
    float *mean = NULL, *divisor = NULL;
    if (status == RG_OK) {
        spare_constants (&inputs, dataset->features);
        spare_constants (&targets, dataset->targets);
        mean = rounded (inputs.mean, dataset->features);
        divisor = rounded (inputs.divisor, dataset->features);
        status = mean == NULL || divisor == NULL ? rg_fail_memory (message, "mean") : RG_OK;
    }
    if (status == RG_OK) {
        if (dataset->targets > 0)
            standardize_targets (dataset, &targets);
        dataset->mean = inputs.mean;
        dataset->divisor = inputs.divisor;
        dataset->mean_single = mean;
        dataset->divisor_single = divisor;
        return RG_OK;
    }
    rg_free (mean);
    rg_free (divisor);
    free_moments (&inputs);
    free_moments (&targets);
    return status;
}

rg_status
rg_dataset_find_scales (const rg_dataset *dataset, rg_scales *out, rg_message *message)
{
    moments of = { 0 };
    *out = (rg_scales) { .least = INFINITY, .most = 0 };
    const rg_status status = moments_of_inputs (dataset, &of, message);
    for (size_t j = 0; status == RG_OK && j < dataset->features; j++) {
        const double deviation = of.divisor[j];
        if (deviation > out->most) {
            out->most = deviation;
            out->most_at = j;
        }
        if (deviation > 0 && deviation < out->least) {
            out->least = deviation;
            out->least_at = j;
        }
    }
    free_moments (&of);
    return status;
}
