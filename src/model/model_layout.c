/* model_layout.c -- how the flat weights divide into the arrays of a model; see retrograde/model.h. */
#include "base/memory.h"
#include "model/model.h"

static size_t
numbers_of (const rg_model_array *array, const rg_tasks *tasks)
{
    const size_t own = array->rows * array->cols, copies = rg_tasks_copies (tasks, array->layer);
    return copies > SIZE_MAX / sizeof (double) / 16 / own ? 0 : copies * own; /* an array of none is refused */
}

/*
 * The arrays that are adapted; layers without one are left out.
 *   specs  [arrays of the model] [out]
 */
static size_t
describe (const rg_model *model, const rg_tasks *tasks, rg_array_spec *specs)
{
    size_t arrays = 0, layer = 0, last = SIZE_MAX;
    for (size_t a = 0; a < model->arrays; a++) {
        const rg_model_array *array = &model->array[a];
        if (array->shared)
            continue;
        layer += last != SIZE_MAX && array->layer != last;
        last = array->layer;
        const size_t rows = array->rows * rg_tasks_copies (tasks, array->layer);
        const int is_vector = rows == 1 && array->fill != RG_FILL_DRAWN; /* a bias; the rows of a matrix are units */
        specs[arrays++] = (rg_array_spec) { array->name, numbers_of (array, tasks), layer, is_vector ? 0 : rows };
    }
    return arrays;
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
    const size_t arrays = describe (model, tasks, specs);
    const rg_status status = rg_layout_new (out, arrays, specs);
    rg_free (specs);
    return status;
}

rg_status
rg_model_check_layout (const rg_model *model, const rg_tasks *tasks, const rg_layout *layout, rg_message *message)
{
    const size_t arrays = rg_layout_arrays (layout);
    size_t own = 0;
    bool same = true;
    for (size_t a = 0; same && a < model->arrays; a++)
        if (!model->array[a].shared) {
            const size_t end = own + 1 < arrays ? rg_layout_offset (layout, own + 1) : rg_layout_weights (layout);
            same = own < arrays && end - rg_layout_offset (layout, own) == numbers_of (&model->array[a], tasks);
            own++;
        }
    same = same && own == arrays;
    return same ? RG_OK : rg_fail (message, RG_ESHAPE, "the layout of the hyperparameters is not that of the network");
}
