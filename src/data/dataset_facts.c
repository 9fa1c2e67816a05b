/* dataset_facts.c -- what a set of examples says of itself; see data.h. */
#include "data/dataset.h"

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

const double *
rg_dataset_divisor (const rg_dataset *dataset)
{
    return dataset->divisor;
}

const double *
rg_dataset_target_mean (const rg_dataset *dataset)
{
    return dataset->target_mean;
}

const double *
rg_dataset_target_divisor (const rg_dataset *dataset)
{
    return dataset->target_divisor;
}

const size_t *
rg_dataset_rows (const rg_dataset *dataset)
{
    return dataset->rows;
}

const char *
rg_dataset_feature_name (const rg_dataset *dataset, size_t feature)
{
    return rg_names_at (dataset->feature_names, feature);
}

const char *
rg_dataset_class_name (const rg_dataset *dataset, uint32_t class)
{
    return rg_names_at (dataset->class_names, class);
}

int
rg_dataset_had_index (const rg_dataset *dataset)
{
    return dataset->had_index;
}
