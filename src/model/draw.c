/* draw.c -- the initial weights of a model; see retrograde/model.h. */
#include "base/random.h"
#include "model/initialiser.h"

static void
fill (double *out, size_t count, double value)
{
    for (size_t i = 0; i < count; i++)
        out[i] = value;
}

static void
draw_array (const rg_model *model, const rg_model_array *array, const rg_random *random, size_t at, double *out)
{
    const rg_initialiser_kind *kind = model->init.kind.row;
    const rg_initialiser_settings *settings = model->init.settings;
    if (array->fill == RG_FILL_DRAWN)
        kind->draw (settings->scale, array, random, at, out);
    else
        fill (out, array->rows * array->cols, array->fill == RG_FILL_ONES);
}

/* A number is drawn by its place among all arrays, whichever part it is in. */
static void
draw_part (const rg_model *model, bool shared, const rg_tasks *tasks, const rg_random *random, double *out)
{
    size_t at = 0;
    for (size_t a = 0; a < model->arrays; a++) {
        const rg_model_array *array = &model->array[a];
        const size_t count = array->rows * array->cols, copies = rg_tasks_copies (tasks, array->layer);
        for (size_t k = 0; k < copies; k++, at += count)
            if (array->shared == shared) {
                draw_array (model, array, random, at, out);
                out += count;
            }
    }
}

void
rg_model_draw_from (const rg_model *model, const rg_tasks *tasks, const rg_random *random, double *out)
{
    draw_part (model, false, tasks, random, out);
}

rg_status
rg_model_draw_shared (const rg_model *model, uint64_t seed, uint32_t iteration, double *out)
{
    const rg_random random = { seed, RG_STREAM_WEIGHTS, iteration, 0 };
    if (model->init.kind.name == NULL)
        return RG_EUNSUPPORTED;
    draw_part (model, true, NULL, &random, out);
    return RG_OK;
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
