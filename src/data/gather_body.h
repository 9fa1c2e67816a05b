/*
 * gather_body.h -- gathering rows in one precision; compiled twice by gather.c,
 * with `real` and NAME (name). Bytes are the case on the path of every step.
 */
static void
NAME (from_float) (const float *restrict x, const real *restrict mean, size_t count, real *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (real) x[i];
    if (mean != NULL)
        for (size_t i = 0; i < count; i++)
            out[i] -= mean[i];
}

static void
NAME (from_double) (const double *restrict x, const real *restrict mean, size_t count, real *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (real) x[i];
    if (mean != NULL)
        for (size_t i = 0; i < count; i++)
            out[i] -= mean[i];
}

void
NAME (rg_dataset_gather) (const rg_dataset *dataset, const uint32_t *indices, size_t count, real *out)
{
    const size_t features = dataset->features;
    const rg_bytes *kernels = rg_kernels_here ()->bytes;
    for (size_t i = 0; i < count; i++, out += features) {
        const size_t at = indices[i] * features;
        if (i + 1 < count)
            prefetch_row (dataset, indices[i + 1]);
        if (dataset->inputs.type == RG_FLOAT64)
            NAME (from_double) ((const double *) dataset->inputs.data + at, MEAN (dataset), features, out);
        else if (dataset->inputs.type == RG_FLOAT32)
            NAME (from_float) ((const float *) dataset->inputs.data + at, MEAN (dataset), features, out);
        else
            kernels->NAME (to) ((const uint8_t *) dataset->inputs.data + at, (real) dataset->scale, MEAN (dataset),
                                features, out);
        if (DIVISOR (dataset) != NULL)
            for (size_t j = 0; j < features; j++)
                out[j] /= DIVISOR (dataset)[j];
    }
}

void
NAME (rg_dataset_gather_targets) (const rg_dataset *dataset, const uint32_t *indices, size_t count, real *out)
{
    const size_t targets = dataset->targets;
    for (size_t i = 0; i < count; i++, out += targets)
        NAME (from_double) (dataset->reals + indices[i] * targets, NULL, targets, out);
}
