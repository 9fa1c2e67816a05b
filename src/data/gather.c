/* gather.c -- converting the examples of a batch; see data.h. */
#include "data/bytes.h"
#include "data/dataset.h"

#define real float
#define NAME(name) name##_single
#define MEAN(dataset) ((dataset)->mean_single)
#include "data/gather_body.h"
#undef real
#undef NAME
#undef MEAN

#define real double
#define NAME(name) name##_double
#define MEAN(dataset) ((dataset)->mean)
#include "data/gather_body.h"
#undef real
#undef NAME
#undef MEAN

void
rg_dataset_gather_labels (const rg_dataset *dataset, const uint32_t *indices, size_t count, int32_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = dataset->labels[indices[i]];
}
