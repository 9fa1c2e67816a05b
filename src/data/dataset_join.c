/* dataset_join.c -- two sets of examples as one; see data.h. */
#include <string.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "data/source.h"

/* One block behind the other, in place of the first; NULL stays. Sets *failed when out of memory. */
static void *
append (void *block, size_t bytes, const void *more, size_t more_bytes, int *failed)
{
    if (block == NULL || *failed)
        return block;
    void *both = rg_grow (block, bytes, bytes + more_bytes, 1);
    if (both == NULL) {
        *failed = 1;
        return block;
    }
    memcpy ((char *) both + bytes, more, more_bytes);
    return both;
}

static rg_status
check (const rg_dataset *a, const rg_dataset *b, rg_message *message)
{
    if (a->inputs.type != b->inputs.type || a->scale != b->scale)
        return rg_fail (message, RG_EUNSUPPORTED, "one set has inputs of %s, the other of %s", rg_element_name (a->inputs.type),
                        rg_element_name (b->inputs.type));
    if (a->features != b->features || a->targets != b->targets || a->classes != b->classes || (a->task == NULL) != (b->task == NULL)
        || b->count > UINT32_MAX - a->count)
        return rg_fail (message, RG_ESHAPE, "the sets differ in their inputs, targets or tasks");
    if (a->mean != NULL || b->mean != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "the mean was subtracted before");
    return RG_OK;
}

rg_status
rg_dataset_join (rg_dataset **out, const rg_dataset *a, const rg_dataset *b, rg_message *message)
{
    *out = NULL;
    rg_dataset *all;
    int failed = 0;
    rg_status status = check (a, b, message);
    if (status == RG_OK)
        status = rg_dataset_subset (&all, a, 0, a->count, message);
    if (status != RG_OK)
        return status;
    const size_t row = a->features * rg_element_bytes (a->inputs.type), reals = a->targets * sizeof (double);
    const size_t n = a->count, m = b->count;
    all->inputs.owner = all->inputs.data = append (all->inputs.data, n * row, b->inputs.data, m * row, &failed);
    all->labels = append (all->labels, n * sizeof *a->labels, b->labels, m * sizeof *b->labels, &failed);
    all->reals = append (all->reals, n * reals, b->reals, m * reals, &failed);
    all->task = append (all->task, n * sizeof *a->task, b->task, m * sizeof *b->task, &failed);
    if (b->rows == NULL) {
        rg_free (all->rows);
        all->rows = NULL;
    }
    all->rows = append (all->rows, n * sizeof *a->rows, b->rows, m * sizeof *b->rows, &failed);
    if (failed) {
        rg_dataset_free (all);
        return rg_fail_memory (message, "joined examples");
    }
    all->count += b->count;
    all->inputs.shape[0] = all->count;
    all->tasks = a->tasks > b->tasks ? a->tasks : b->tasks;
    *out = all;
    return RG_OK;
}
