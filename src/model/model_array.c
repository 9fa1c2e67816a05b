/* model_array.c -- the arrays that a model turns out to have; see model.h. */
#include <stdio.h>

#include "base/memory.h"
#include "model/model.h"

/* How many layers of a kind there are up to a layer, itself included. */
static size_t
number_of (const rg_model *model, size_t layer)
{
    size_t number = 0;
    for (size_t i = 0; i <= layer; i++)
        number += model->kind[i] == model->kind[layer];
    return number;
}

/* W1, or conv1.W */
static void
name_array (const rg_model *model, const char *name, rg_model_array *out)
{
    if (model->numbered)
        snprintf (out->name, sizeof out->name, "%s%zu", name, out->layer + 1);
    else
        snprintf (out->name, sizeof out->name, "%s%zu.%s", model->kind[out->layer]->name, number_of (model, out->layer), name);
}

/* Room for one more array, and one more layer. */
static rg_status
grow (rg_model *model)
{
    rg_model_array *array = rg_grow (model->array, model->arrays * sizeof *array, model->arrays + 1, sizeof *array);
    if (array == NULL)
        return RG_ENOMEM;
    model->array = array;
    const rg_layer_kind **kind = rg_grow (model->kind, model->array_layers * sizeof *kind, model->array_layers + 1, sizeof *kind);
    if (kind == NULL)
        return RG_ENOMEM;
    model->kind = kind;
    return RG_OK;
}

rg_status
rg_model_note (rg_model *model, const rg_layer_kind *kind, size_t layer, const rg_array_plan *plan)
{
    const size_t most = SIZE_MAX / sizeof (double) / 16 - model->weights;
    if (plan->rows == 0 || plan->cols == 0 || plan->cols > most / plan->rows)
        return RG_ERANGE;
    const rg_status status = grow (model);
    if (status != RG_OK)
        return status;
    if (layer == model->array_layers)
        model->kind[model->array_layers++] = kind;
    rg_model_array *array = &model->array[model->arrays++];
    *array = (rg_model_array) { .layer = layer, .rows = plan->rows, .cols = plan->cols, .fill = plan->fill,
                                .fan_out = plan->fan_out == 0 ? plan->cols : plan->fan_out };
    name_array (model, plan->name, array);
    model->weights += plan->rows * plan->cols;
    return RG_OK;
}
