/* draw.c -- the initial weights of a model; see retrograde/model.h. */
#include "base/random.h"
#include "model/initialiser.h"

static void
fill (double *out, size_t count, double value)
{
    for (size_t i = 0; i < count; i++)
        out[i] = value;
}

void
rg_model_draw_from (const rg_model *model, const rg_tasks *tasks, const rg_random *random, double *out)
{
    const rg_initialiser_kind *kind = model->init.kind.row;
    const rg_initialiser_settings *settings = model->init.settings;
    size_t at = 0;
    for (size_t a = 0; a < model->arrays; a++) {
        const rg_model_array *array = &model->array[a];
        const size_t count = array->rows * array->cols, copies = rg_tasks_copies (tasks, array->layer);
        for (size_t k = 0; k < copies; k++, at += count)
            if (array->fill == RG_FILL_DRAWN)
                kind->draw (settings->scale, array, random, at, out + at);
            else
                fill (out + at, count, array->fill == RG_FILL_ONES);
    }
}

rg_status
rg_model_draw (const rg_model *model, const rg_tasks *tasks, uint64_t seed, uint32_t iteration, double *out)
{
    const rg_random random = { seed, RG_STREAM_WEIGHTS, iteration, 0 };
    if (model->init.kind.name == NULL)
        return RG_EUNSUPPORTED;
    rg_model_draw_from (model, tasks, &random, out);
    return RG_OK;
}
