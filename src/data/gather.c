/* gather.c -- converting the examples of a batch; see data.h. */
#include "data/bytes.h"
#include "data/dataset.h"

enum { PREFETCH_MOST = 4096 };

/* Rows lie anywhere: ask the memory for the next one while this one is converted. */
static inline void
prefetch_row (const rg_dataset *dataset, uint32_t row)
{
#ifdef __GNUC__
    const size_t bytes = dataset->features * rg_element_bytes (dataset->inputs.type);
    const char *at = (const char *) dataset->inputs.data + row * bytes;
    for (size_t i = 0; i < bytes && i < PREFETCH_MOST; i += 64)
        __builtin_prefetch (at + i);
#else
    (void) dataset, (void) row;
#endif
}

#define real float
#define NAME(name) name##_single
#define MEAN(dataset) ((dataset)->mean_single)
#define DIVISOR(dataset) ((dataset)->divisor_single)
#include "data/gather_body.h"
#undef real
#undef NAME
#undef MEAN
#undef DIVISOR

#define real double
#define NAME(name) name##_double
#define MEAN(dataset) ((dataset)->mean)
#define DIVISOR(dataset) ((dataset)->divisor)
#include "data/gather_body.h"
#undef real
#undef NAME
#undef MEAN
#undef DIVISOR

void
rg_dataset_gather_labels (const rg_dataset *dataset, const uint32_t *indices, size_t count, int32_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = dataset->labels[indices[i]];
}
