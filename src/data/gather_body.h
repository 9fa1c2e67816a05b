/*
 * gather_body.h -- gathering rows in one precision; compiled twice by gather.c,
 * with `real` and NAME (name). Blocks of constant length, so that compilers
 * vectorise them even at -O2; each number is computed on its own, so the
 * blocking does not change a bit.
 */
#define BLOCK 16

static void
NAME (from_bytes) (const uint8_t *restrict x, real scale, const real *restrict mean, size_t count, real *restrict out)
{
    size_t i = 0;
    if (mean == NULL) {
        for (; i + BLOCK <= count; i += BLOCK)
            for (size_t k = 0; k < BLOCK; k++)
                out[i + k] = (real) x[i + k] * scale;
        for (; i < count; i++)
            out[i] = (real) x[i] * scale;
        return;
    }
    for (; i + BLOCK <= count; i += BLOCK)
        for (size_t k = 0; k < BLOCK; k++)
            out[i + k] = (real) x[i + k] * scale - mean[i + k];
    for (; i < count; i++)
        out[i] = (real) x[i] * scale - mean[i];
}

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
    for (size_t i = 0; i < count; i++, out += features) {
        const size_t at = indices[i] * features;
        if (dataset->inputs.type == RG_FLOAT64)
            NAME (from_double) ((const double *) dataset->inputs.data + at, MEAN (dataset), features, out);
        else if (dataset->inputs.type == RG_FLOAT32)
            NAME (from_float) ((const float *) dataset->inputs.data + at, MEAN (dataset), features, out);
        else
            NAME (from_bytes) ((const uint8_t *) dataset->inputs.data + at, (real) dataset->scale, MEAN (dataset),
                               features, out);
    }
}

void
NAME (rg_dataset_gather_targets) (const rg_dataset *dataset, const uint32_t *indices, size_t count, real *out)
{
    const size_t targets = dataset->targets;
    for (size_t i = 0; i < count; i++, out += targets)
        NAME (from_double) (dataset->reals + indices[i] * targets, NULL, targets, out);
}

#undef BLOCK
