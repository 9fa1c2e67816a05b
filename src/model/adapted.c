/* adapted.c -- which arrays of a model the inner problem adapts; see retrograde/model.h. */
#include <fnmatch.h>
#include <string.h>

#include "model/model.h"

/* Mark the arrays that a pattern fits; returns how many. */
static size_t
mark (rg_model *model, const char *pattern)
{
    size_t found = 0;
    for (size_t a = 0; a < model->arrays; a++)
        if (fnmatch (pattern, model->array[a].name, 0) == 0) {
            model->array[a].shared = false;
            found++;
        }
    return found;
}

static void
share (rg_model *model, bool shared)
{
    for (size_t a = 0; a < model->arrays; a++)
        model->array[a].shared = shared;
}

static size_t
count_shared (const rg_model *model)
{
    size_t count = 0;
    for (size_t a = 0; a < model->arrays; a++)
        count += model->array[a].shared ? model->array[a].rows * model->array[a].cols : 0;
    return count;
}

rg_status
rg_model_adapt (rg_model *model, size_t count, const char *const *patterns, rg_message *message)
{
    rg_status status = count > 0 ? RG_OK : rg_fail (message, RG_EINPUT, "expected at least one array to adapt");
    share (model, count > 0);
    for (size_t i = 0; status == RG_OK && i < count; i++)
        if (mark (model, patterns[i]) == 0)
            status = rg_fail (message, RG_EINPUT, "%s: the model has no such array; it has %s ... %s", patterns[i],
                              model->array[0].name, model->array[model->arrays - 1].name);
    if (status != RG_OK)
        share (model, false);
    model->shared = count_shared (model);
    return status;
}

size_t
rg_model_shared (const rg_model *model)
{
    return model->shared;
}

void
rg_model_part (const rg_model *model, bool shared, const double *all, double *out)
{
    for (size_t a = 0; a < model->arrays; a++) {
        const size_t count = model->array[a].rows * model->array[a].cols;
        if (model->array[a].shared == shared) {
            memcpy (out, all, count * sizeof *out);
            out += count;
        }
        all += count;
    }
}
