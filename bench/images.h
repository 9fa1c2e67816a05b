/* images.h -- examples like images, for the benchmarks. */
#ifndef BENCH_IMAGES_H
#define BENCH_IMAGES_H

#include <stdio.h>
#include <stdlib.h>

#include <retrograde.h>

#include "base/random.h"

/* End the benchmark with a sentence where something failed. */
static inline void
must (rg_status status, const rg_message *message)
{
    if (status == RG_OK)
        return;
    fprintf (stderr, "bench: %s\n", message == NULL ? rg_status_text (status) : message->text);
    exit (EXIT_FAILURE);
}

/* Bytes like images: labels depend on them. */
static inline rg_dataset *
random_images (size_t examples, size_t features)
{
    rg_array inputs, labels;
    rg_dataset *data;
    rg_message message;
    const rg_random random = { 7, RG_STREAM_TEST, 0, 0 };
    must (rg_array_new (&inputs, RG_UINT8, 2, (size_t[]) { examples, features }), NULL);
    must (rg_array_new (&labels, RG_INT32, 1, (size_t[]) { examples }), NULL);
    for (size_t i = 0; i < examples; i++) {
        ((int32_t *) labels.data)[i] = (int32_t) (i % 10);
        for (size_t k = 0; k < features; k++)
            ((uint8_t *) inputs.data)[i * features + k]
                = (uint8_t) (rg_random_below (&random, i * features + k, 180) + (k % 10 == i % 10 ? 60 : 0));
    }
    must (rg_dataset_new (&data, &inputs, &labels, NULL, "images", "labels", &message), &message);
    must (rg_dataset_center (data, data, &message), &message);
    return data;
}

#endif /* BENCH_IMAGES_H */
