/* memory.c -- aligned allocation whose failures can be rehearsed; see memory.h. */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_long countdown = -1;
static atomic_int failed = 0;

static int
failure_is_due (void)
{
    if (atomic_load_explicit (&countdown, memory_order_relaxed) < 0)
        return 0;
    if (atomic_fetch_sub (&countdown, 1) != 0)
        return 0;
    atomic_store (&failed, 1);
    return 1;
}

void *
rg_malloc (size_t count, size_t size)
{
    if (failure_is_due () || (size != 0 && count > (SIZE_MAX - RG_ALIGNMENT) / size))
        return NULL;
    const size_t bytes = count * size == 0 ? 1 : count * size;
    return aligned_alloc (RG_ALIGNMENT, (bytes + RG_ALIGNMENT - 1) / RG_ALIGNMENT * RG_ALIGNMENT);
}

void *
rg_calloc (size_t count, size_t size)
{
    void *block = rg_malloc (count, size);
    if (block != NULL)
        memset (block, 0, count * size);
    return block;
}

void *
rg_grow (void *block, size_t used, size_t count, size_t size)
{
    void *larger = rg_malloc (count, size);
    if (larger == NULL)
        return NULL;
    if (used != 0)
        memcpy (larger, block, used);
    rg_free (block);
    return larger;
}

char *
rg_strdup (const char *text)
{
    if (text == NULL)
        return NULL;
    const size_t bytes = strlen (text) + 1;
    char *copy = rg_malloc (bytes, 1);
    if (copy != NULL)
        memcpy (copy, text, bytes);
    return copy;
}

void
rg_free (void *block)
{
    free (block);
}

void
rg_memory_fail_at (long k)
{
    atomic_store (&failed, 0);
    atomic_store (&countdown, k);
}

int
rg_memory_failed (void)
{
    return atomic_load (&failed);
}
