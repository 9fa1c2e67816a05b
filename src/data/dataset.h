/* dataset.h -- the members of a set of examples; see retrograde/data.h. */
#ifndef RG_DATA_DATASET_H
#define RG_DATA_DATASET_H

#include <retrograde/data.h>

#include "data/names.h"

struct rg_dataset {
    rg_array inputs;     /* [count x ...], RG_UINT8, RG_BOOL, RG_FLOAT32 or RG_FLOAT64, all finite */
    uint32_t count;
    size_t features;
    double scale;        /* what a byte of 1 is worth; 1 for floats */
    int32_t *labels;     /* [count], or NULL with real targets */
    uint32_t classes;    /* 0 with real targets */
    double *reals;       /* [count x targets], or NULL with labels */
    size_t targets;      /* 0 with labels */
    int32_t *task;       /* [count], or NULL */
    uint32_t tasks;      /* 0 without */
    double *mean;        /* [features] to subtract, or NULL */
    float *mean_single;  /* the same, rounded */
    double *divisor;     /* [features] to divide by after that, or NULL */
    float *divisor_single;
    double *target_mean, *target_divisor; /* [targets] what the reals were standardised by, or NULL */
    size_t *rows;        /* [count] which rows of its file a split took, or NULL */
    uint32_t upright;    /* examples e and e + k upright are one, turned k times; 0: none is turned */
    int had_index;       /* an index column of its file was left out */
    rg_names *feature_names, *class_names; /* or NULL */
};

/* Take over a caller's options, by their size; NULL: the defaults. */
rg_status rg_dataset_options_read (rg_dataset_options *own, const rg_dataset_options *given, rg_message *message);

/* The row of the inputs that an example is, turned or not. */
static inline uint32_t
rg_dataset_row (const rg_dataset *dataset, uint32_t example)
{
    return dataset->upright == 0 ? example : example % dataset->upright;
}

/* Whether the inputs are bytes. */
static inline int
rg_dataset_has_bytes (const rg_dataset *dataset)
{
    return dataset->inputs.type == RG_UINT8 || dataset->inputs.type == RG_BOOL;
}

/* The largest and the smallest deviation of a feature, constant ones left out, and whose they are. */
typedef struct {
    double least, most;
    size_t least_at, most_at;
} rg_scales;

/* Returns RG_OK, RG_ENONFINITE or RG_ENOMEM. Cost: two passes over the inputs. */
rg_status rg_dataset_find_scales (const rg_dataset *dataset, rg_scales *out, rg_message *message);

/* Position of the first number that is not finite (`single`: not as a float32 either); (size_t) -1 when there is none. */
size_t rg_find_nonfinite (const rg_array *array, int single);

/*
 * Average blocks of pool x pool pixels of images [count x rows x columns], bytes scaled.
 *   out   [out] [count x rows/pool x columns/pool], float32 for float32, else float64
 * Returns RG_OK, RG_ESHAPE or RG_ENOMEM.
 */
rg_status rg_pool_images (const rg_array *images, size_t pool, double scale, rg_array *out, const char *name,
                          rg_message *message);

#endif /* RG_DATA_DATASET_H */
