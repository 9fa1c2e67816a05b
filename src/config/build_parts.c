/* build_parts.c -- what all builders use: refusals at their key, arrays of files. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/build.h"

rg_status
rg_config_fail (const rg_config *config, const char *key, rg_status status, const rg_message *reason,
                rg_message *message)
{
    return rg_tree_fail (config->tree, key, message, status, "%s", reason->text);
}

static void
shape_text (const size_t *shape, int ndim, char out[64])
{
    int at = snprintf (out, 64, "[");
    for (int i = 0; i < ndim && at < 48; i++)
        at += snprintf (out + at, (size_t) (64 - at), "%s%zu", i == 0 ? "" : ", ", shape[i]);
    snprintf (out + at, (size_t) (64 - at), "]");
}

/* Whether a file's array is as it should be; ndim < 0: any shape of `count` numbers. */
static rg_status
check_array (const char *path, const rg_array *array, size_t count, const size_t *shape, int ndim, rg_message *message)
{
    char expected[64], got[64];
    int same = array->ndim == ndim;
    if (ndim < 0)
        return rg_array_count (array) == count
            ? RG_OK : rg_fail (message, RG_ESHAPE, "%s: expected %zu numbers, got %zu", path, count, rg_array_count (array));
    for (int i = 0; same && i < ndim; i++)
        same = array->shape[i] == shape[i];
    if (same)
        return RG_OK;
    shape_text (shape, ndim, expected);
    shape_text (array->shape, array->ndim, got);
    return rg_fail (message, RG_ESHAPE, "%s: expected shape %s, got %s", path, expected, got);
}

/* The numbers of an array, which ends here. */
static rg_status
take (rg_status status, rg_array *array, double **values, rg_message *reason)
{
    if (status == RG_OK && (*values = rg_malloc (rg_array_count (array), sizeof **values)) == NULL)
        status = rg_fail (reason, RG_ENOMEM, "out of memory");
    if (status == RG_OK)
        rg_array_to_double (array, *values);
    rg_array_clear (array);
    return status;
}

rg_status
rg_config_read_array (const rg_config *config, const char *key, const char *path, size_t count, const size_t *shape, int ndim,
                      double **values, rg_message *message)
{
    rg_array array = { 0 };
    rg_message reason = { "out of memory" };
    rg_status status = rg_inputs_read_npy (config->inputs, path, &array, &reason);
    if (status == RG_OK)
        status = check_array (path, &array, count, shape, ndim, &reason);
    status = take (status, &array, values, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (config, key, status, &reason, message);
}

rg_status
rg_config_read_any (const rg_config *config, const char *key, const char *path, size_t shape[2], int *ndim, double **values,
                    rg_message *message)
{
    rg_array array = { 0 };
    rg_message reason = { "out of memory" };
    rg_status status = rg_inputs_read_npy (config->inputs, path, &array, &reason);
    if (status == RG_OK && array.ndim > 2)
        status = rg_fail (&reason, RG_ESHAPE, "%s: expected at most 2 dimensions, got %d", path, array.ndim);
    *ndim = array.ndim;
    for (int i = 0; status == RG_OK && i < array.ndim; i++)
        shape[i] = array.shape[i];
    status = take (status, &array, values, &reason);
    return status == RG_OK ? RG_OK : rg_config_fail (config, key, status, &reason, message);
}

rg_status
rg_config_read_numbers (const rg_config *config, const char *key, const char *path, size_t count, double **values,
                        rg_message *message)
{
    return rg_config_read_array (config, key, path, count, NULL, -1, values, message);
}

const rg_tasks *
rg_config_tasks (const rg_config *config)
{
    return config->tasks.tasks > 0 ? &config->tasks : NULL;
}
