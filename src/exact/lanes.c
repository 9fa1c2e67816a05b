/* lanes.c -- choose the build of the streaming coder, once; see lanes.h. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "exact/lanes.h"

#include <stdatomic.h>
#include <string.h>

static _Atomic (const rg_lanes *) chosen = NULL;

/* The builds that this processor can run, the best first; returns how many. */
static int
list_usable (const rg_lanes *usable[3])
{
    int count = 0;
#ifdef RG_X86_LEVELS
    __builtin_cpu_init ();
    const int v3 = __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma")
                   && __builtin_cpu_supports ("bmi") && __builtin_cpu_supports ("bmi2");
    if (v3 && __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
        && __builtin_cpu_supports ("avx512cd") && __builtin_cpu_supports ("avx512dq")
        && __builtin_cpu_supports ("avx512vl"))
        usable[count++] = &rg_lanes_v4;
    if (v3)
        usable[count++] = &rg_lanes_v3;
#endif
    usable[count++] = &rg_lanes_base;
    return count;
}

const rg_lanes *
rg_lanes_get (void)
{
    const rg_lanes *lanes = atomic_load_explicit (&chosen, memory_order_acquire);
    if (lanes == NULL) {
        rg_lanes_force (NULL);
        lanes = atomic_load_explicit (&chosen, memory_order_acquire);
    }
    return lanes;
}

int
rg_lanes_force (const char *name)
{
    const rg_lanes *usable[3];
    const int count = list_usable (usable);
    for (int i = 0; i < count; i++)
        if (name == NULL || strcmp (name, usable[i]->name) == 0) {
            atomic_store_explicit (&chosen, usable[i], memory_order_release);
            return 1;
        }
    return 0;
}
