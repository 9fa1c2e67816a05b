/* model_layout.c -- how the flat weights divide into the arrays of a model; see retrograde/model.h. */
#include "base/memory.h"
#include "model/model.h"

static size_t
numbers_of (const rg_model_array *array, const rg_tasks *tasks)
{
    const size_t own = array->rows * array->cols, copies = rg_tasks_copies (tasks, array->layer);
    return copies > SIZE_MAX / sizeof (double) / 16 / own ? 0 : copies * own; /* an array of none is refused */
}

rg_status
rg_model_layout (rg_layout **out, const rg_model *model, const rg_tasks *tasks)
{
    *out = NULL;
    if (tasks != NULL && tasks->tasks < 2)
        return RG_ERANGE;
    rg_array_spec *specs = rg_calloc (model->arrays, sizeof *specs);
    if (specs == NULL)
        return RG_ENOMEM;
    for (size_t a = 0; a < model->arrays; a++) { /* the rows of a matrix are units; a bias is one */
        const rg_model_array *array = &model->array[a];
        specs[a] = (rg_array_spec) { array->name, numbers_of (array, tasks), array->layer,
                                     array->rows * rg_tasks_copies (tasks, array->layer) };
    }
    const rg_status status = rg_layout_new (out, model->arrays, specs);
    rg_free (specs);
    return status;
}

rg_status
rg_model_check_layout (const rg_model *model, const rg_tasks *tasks, const rg_layout *layout, rg_message *message)
{
    int same = rg_layout_arrays (layout) == model->arrays;
    for (size_t a = 0; same && a < model->arrays; a++) {
        const size_t end = a + 1 < model->arrays ? rg_layout_offset (layout, a + 1) : rg_layout_weights (layout);
        same = end - rg_layout_offset (layout, a) == numbers_of (&model->array[a], tasks);
    }
    return same ? RG_OK : rg_fail (message, RG_ESHAPE, "the layout of the hyperparameters is not that of the network");
}
