/* processor.c -- asks the processor once; see processor.h. */
#include "base/processor.h"

#include <stdatomic.h>
#ifdef HAVE_SCHED_GETAFFINITY
#include <sched.h>
#endif
#include <unistd.h>

static atomic_int cap = RG_LEVEL_V4, known = -1; /* the level that was found; -1: not asked yet */

static rg_level
detect (void)
{
#ifdef RG_X86_LEVELS
    __builtin_cpu_init ();
    const int v3 = __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma")
        && __builtin_cpu_supports ("bmi") && __builtin_cpu_supports ("bmi2");
    if (v3 && __builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw")
        && __builtin_cpu_supports ("avx512cd") && __builtin_cpu_supports ("avx512dq")
        && __builtin_cpu_supports ("avx512vl"))
        return RG_LEVEL_V4;
    if (v3)
        return RG_LEVEL_V3;
#endif
    return RG_LEVEL_BASE;
}

rg_level
rg_processor_level (void)
{
    int found = atomic_load_explicit (&known, memory_order_relaxed);
    const int most = atomic_load_explicit (&cap, memory_order_relaxed);
    if (found < 0)
        atomic_store_explicit (&known, found = (int) detect (), memory_order_relaxed);
    return (rg_level) (found < most ? found : most);
}

void
rg_processor_cap (rg_level most)
{
    atomic_store (&cap, (int) most);
}

size_t
rg_processor_count (void)
{
#ifdef HAVE_SCHED_GETAFFINITY
    cpu_set_t set;
    if (sched_getaffinity (0, sizeof set, &set) == 0)
        return (size_t) CPU_COUNT (&set);
#endif
    const long online = sysconf (_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : (size_t) online;
}

const char *
rg_level_name (rg_level level)
{
    static const char *const names[] = { "base", "x86-64-v3", "x86-64-v4" };
    return names[level];
}
