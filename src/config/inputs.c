/* inputs.c -- see inputs.h. */
#include "config/inputs.h"

#include <string.h>

#include "base/memory.h"

/* Make place for one more; 0 without memory. */
static int
grow (rg_inputs *inputs)
{
    if (inputs->count < inputs->place)
        return 1;
    const size_t place = 2 * inputs->place + 8;
    rg_input *grown = rg_malloc (place, sizeof *grown);
    if (grown == NULL)
        return 0;
    if (inputs->count > 0)
        memcpy (grown, inputs->input, inputs->count * sizeof *grown);
    rg_free (inputs->input);
    inputs->input = grown;
    inputs->place = place;
    return 1;
}

void
rg_inputs_add (void *user, const rg_input *input)
{
    rg_inputs *inputs = user;
    char *path = grow (inputs) ? rg_strdup (input->path) : NULL;
    if (path == NULL)
        inputs->lost = 1;
    else
        inputs->input[inputs->count++] = (rg_input) { path, input->digest };
}

void
rg_inputs_clear (rg_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        rg_free ((char *) (uintptr_t) inputs->input[i].path);
    rg_free (inputs->input);
    *inputs = (rg_inputs) { 0 };
}

rg_status
rg_inputs_read_npy (rg_inputs *inputs, const char *path, rg_array *out, rg_message *message)
{
    const rg_status status = rg_npy_read (path, out, message);
    if (status == RG_OK)
        rg_inputs_add (inputs, &(rg_input) { path, out->digest });
    return status;
}
