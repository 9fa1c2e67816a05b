/* names.c -- see names.h. */
#include "data/names.h"

#include "base/memory.h"

struct rg_names {
    size_t count, most;
    char **name;
};

rg_status
rg_names_new (rg_names **out, size_t most)
{
    *out = rg_calloc (1, sizeof **out);
    if (*out == NULL)
        return RG_ENOMEM;
    (*out)->most = most;
    (*out)->name = rg_calloc (most, sizeof *(*out)->name);
    if ((*out)->name != NULL)
        return RG_OK;
    rg_free (*out);
    *out = NULL;
    return RG_ENOMEM;
}

void
rg_names_free (rg_names *names)
{
    if (names == NULL)
        return;
    for (size_t i = 0; i < names->count; i++)
        rg_free (names->name[i]);
    rg_free (names->name);
    rg_free (names);
}

rg_status
rg_names_add (rg_names *names, const char *name)
{
    char *copy = rg_strdup (name == NULL ? "" : name);
    if (copy == NULL || names->count == names->most) {
        rg_free (copy);
        return RG_ENOMEM;
    }
    names->name[names->count++] = copy;
    return RG_OK;
}

const char *
rg_names_at (const rg_names *names, size_t i)
{
    return names == NULL || i >= names->count ? NULL : names->name[i];
}

rg_names *
rg_names_copy (const rg_names *names, int *failed)
{
    rg_names *copy = NULL;
    if (names == NULL)
        return NULL;
    rg_status status = rg_names_new (&copy, names->most);
    for (size_t i = 0; status == RG_OK && i < names->count; i++)
        status = rg_names_add (copy, names->name[i]);
    *failed |= status != RG_OK;
    return copy;
}
