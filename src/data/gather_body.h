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

/* A square image [side x side x channels], a quarter turn counter-clockwise: four pixels go round at a time. */
static void
NAME (turn) (size_t side, size_t channels, real *x)
{
#define PIXEL(i, j) x[((i) * side + (j)) * channels + c]
    for (size_t i = 0; i < side / 2; i++)
        for (size_t j = 0; j < (side + 1) / 2; j++)
            for (size_t c = 0; c < channels; c++) {
                const real first = PIXEL (i, j);
                PIXEL (i, j) = PIXEL (j, side - 1 - i);
                PIXEL (j, side - 1 - i) = PIXEL (side - 1 - i, side - 1 - j);
                PIXEL (side - 1 - i, side - 1 - j) = PIXEL (side - 1 - j, i);
                PIXEL (side - 1 - j, i) = first;
            }
#undef PIXEL
}

void
NAME (rg_dataset_gather) (const rg_dataset *dataset, const uint32_t *indices, size_t count, real *out)
{
    const size_t features = dataset->features;
    const rg_bytes *kernels = rg_kernels_here ()->bytes;
    for (size_t i = 0; i < count; i++, out += features) {
        const size_t at = rg_dataset_row (dataset, indices[i]) * features;
        if (i + 1 < count)
            prefetch_row (dataset, rg_dataset_row (dataset, indices[i + 1]));
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
        for (uint32_t k = 0; dataset->upright > 0 && k < indices[i] / dataset->upright; k++)
            NAME (turn) (dataset->inputs.shape[1], features / (dataset->inputs.shape[1] * dataset->inputs.shape[1]), out);
    }
}

void
NAME (rg_dataset_gather_targets) (const rg_dataset *dataset, const uint32_t *indices, size_t count, real *out)
{
    const size_t targets = dataset->targets;
    for (size_t i = 0; i < count; i++, out += targets)
        NAME (from_double) (dataset->reals + indices[i] * targets, NULL, targets, out);
}
