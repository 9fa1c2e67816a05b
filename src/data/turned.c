/* turned.c -- examples turned by quarter turns, as classes of their own; see retrograde/data.h. */
#include <string.h>

#include "base/memory.h"
#include "data/dataset.h"

static rg_status
check (const rg_dataset *dataset, uint32_t turns, rg_message *message)
{
    const rg_array *x = &dataset->inputs;
    if (turns < 1 || turns > 4)
        return rg_fail (message, RG_ERANGE, "expected 1 to 4 turns, got %u", turns);
    if (turns == 1)
        return RG_OK;
    if (dataset->labels == NULL || dataset->upright > 0 || dataset->task != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "turned examples are classes of their own: expected labels, no tasks, and a set that was "
                        "not turned yet");
    if (x->ndim < 3 || x->ndim > 4 || x->shape[1] != x->shape[2])
        return rg_fail (message, RG_ESHAPE, "expected square images to turn");
    return dataset->count > (UINT32_MAX - 1) / turns || dataset->classes > (uint32_t) INT32_MAX / turns
        ? rg_fail (message, RG_ERANGE, "expected fewer examples to turn") : RG_OK;
}

rg_status
rg_dataset_turn (rg_dataset *dataset, uint32_t turns, rg_message *message)
{
    const rg_status status = check (dataset, turns, message);
    if (status != RG_OK || turns == 1)
        return status;
    const uint32_t count = dataset->count;
    int32_t *labels = rg_malloc ((size_t) count * turns, sizeof *labels);
    if (labels == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for turned examples");
    for (uint32_t k = 0; k < turns; k++)
        for (uint32_t i = 0; i < count; i++)
            labels[k * count + i] = dataset->labels[i] + (int32_t) (k * dataset->classes);
    rg_free (dataset->labels);
    dataset->labels = labels;
    dataset->upright = count;
    dataset->count = count * turns;
    dataset->classes *= turns;
    return RG_OK;
}
