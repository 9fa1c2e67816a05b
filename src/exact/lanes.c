/* lanes.c -- choose the build of the streaming coder; see lanes.h. */
#include "exact/lanes.h"

#include <stdatomic.h>
#include <string.h>

#include "base/processor.h"

/* By rg_level. */
#ifdef RG_X86_LEVELS
static const rg_lanes *const builds[] = { &rg_lanes_base, &rg_lanes_v3, &rg_lanes_v4 };
#else
static const rg_lanes *const builds[] = { &rg_lanes_base };
#endif

static _Atomic (const rg_lanes *) forced = NULL;

const rg_lanes *
rg_lanes_get (void)
{
    const rg_lanes *lanes = atomic_load_explicit (&forced, memory_order_relaxed);
    return lanes != NULL ? lanes : builds[rg_processor_level ()];
}

int
rg_lanes_force (const char *name)
{
    int level = (int) rg_processor_level ();
    if (name == NULL) {
        atomic_store (&forced, NULL);
        return 1;
    }
    while (level >= 0 && strcmp (builds[level]->name, name) != 0)
        level--;
    if (level < 0)
        return 0;
    atomic_store (&forced, builds[level]);
    return 1;
}
