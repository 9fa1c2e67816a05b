/* registry.c -- rows by name, and all of them in a list; see retrograde/registry.h. */
#include <retrograde/registry.h>

#include "registry/kinds.h"

const rg_dynamics *
rg_registry_dynamics (const char *name)
{
    return rg_kinds_find (&rg_kinds_dynamics, name).row;
}

const rg_policy *
rg_registry_trajectory (const char *name)
{
    return rg_kinds_find (&rg_kinds_trajectory, name).row;
}

const rg_estimator *
rg_registry_estimator (const char *name)
{
    return rg_kinds_find (&rg_kinds_estimator, name).row;
}

const rg_optimizer *
rg_registry_optimizer (const char *name)
{
    return rg_kinds_find (&rg_kinds_optimizer, name).row;
}

/* Kind i of all tables, and its table's noun. */
static rg_kind
kind_at (size_t i, const char **noun)
{
    const rg_kinds *table;
    for (size_t t = 0; (table = rg_kinds_table (t)) != NULL; t++)
        for (size_t j = 0;; j++) {
            const rg_kind kind = table->at (j);
            if (kind.name == NULL)
                break;
            *noun = table->noun;
            if (i-- == 0)
                return kind;
        }
    return (rg_kind) { 0 };
}

rg_registry_entry
rg_registry_at (size_t i)
{
    const char *noun = NULL;
    const rg_kind kind = kind_at (i, &noun);
    return kind.name == NULL ? (rg_registry_entry) { 0 } : (rg_registry_entry) { noun, kind.name, kind.summary };
}

static rg_registry_option
describe (const rg_option *option)
{
    rg_registry_option out = { option->key, "", option->preset, option->sentence };
    rg_option_expectation (option, out.value, sizeof out.value);
    return out;
}

rg_registry_option
rg_registry_option_at (size_t entry, size_t i)
{
    const char *noun;
    const rg_option *options = kind_at (entry, &noun).options;
    for (; options != NULL && options->key != NULL; options++)
        if (i-- == 0)
            return describe (options);
    return (rg_registry_option) { 0 };
}
