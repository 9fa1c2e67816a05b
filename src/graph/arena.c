/* arena.c -- first fit, in the order given; see arena.h. */
#include "graph/arena.h"

#include <stdint.h>

#include "base/memory.h"

rg_span
rg_arena_span (size_t count, size_t size, long birth, long death)
{
    return (rg_span) { size != 0 && count > SIZE_MAX / 4 / size ? SIZE_MAX : count * size, birth, death, 0 };
}

static size_t
aligned (size_t bytes)
{
    return (bytes + RG_ALIGNMENT - 1) / RG_ALIGNMENT * RG_ALIGNMENT;
}

static bool
meet (const rg_span *a, const rg_span *b)
{
    return (a->death == RG_ALWAYS || b->birth <= a->death) && (b->death == RG_ALWAYS || a->birth <= b->death);
}

/* The end of a span that is in the way of another, which would lie at `at`; 0: none is. */
static size_t
end_of_obstacle (size_t placed, const rg_span *span, const rg_span *next, size_t at)
{
    for (size_t i = 0; i < placed; i++) {
        const rg_span *other = &span[i];
        if (other->bytes != 0 && other->death != RG_ALWAYS && meet (other, next) && at < other->at + other->bytes
            && other->at < at + next->bytes)
            return aligned (other->at + other->bytes);
    }
    return 0;
}

/* Those that live always come first, one after the other; the rest share what follows. */
bool
rg_arena_place (size_t spans, rg_span *span, size_t *bytes)
{
    size_t always = RG_ALIGNMENT, end;
    for (size_t i = 0; i < spans; i++) {
        if (span[i].bytes > SIZE_MAX / 4 - always)
            return false;
        if (span[i].death != RG_ALWAYS)
            continue;
        span[i].at = always;
        always = aligned (always + span[i].bytes);
    }
    end = always;
    for (size_t i = 0; i < spans; i++) {
        if (span[i].death == RG_ALWAYS || span[i].bytes == 0)
            continue;
        span[i].at = always;
        for (size_t after; (after = end_of_obstacle (i, span, &span[i], span[i].at)) != 0;)
            span[i].at = after;
        if (span[i].at + span[i].bytes > SIZE_MAX / 4)
            return false;
        end = span[i].at + span[i].bytes > end ? aligned (span[i].at + span[i].bytes) : end;
    }
    *bytes = end;
    return true;
}
