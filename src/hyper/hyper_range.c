/* hyper_range.c -- what a run can use of a role's range, and what an outer step was kept from; see retrograde/hyper.h. */
#include "hyper/hyper_parts.h"
#include "hyper/range.h"

void
rg_hyper_narrow (rg_hyper *hyper, rg_role role, double least)
{
    for (size_t k = 0; k < hyper->count; k++) {
        rg_block_state *b = &hyper->blocks[k];
        if (b->spec.fixed || b->spec.role != role)
            continue;
        b->least = least;
        if (b->tied != NULL)
            rg_tied_narrow (b->tied, least);
    }
}

static void
note (const rg_block_state *b, const rg_log *log)
{
    const double least = rg_block_least (b), largest = rg_block_largest (b);
    if (b->held > 0)
        rg_note (log, "%s: the outer step is shortened: %zu of %zu numbers would leave [%g, %g], which is what this run can use, and "
                 "stay at its end", b->name, b->held, b->size, least, largest);
    const char *range = rg_role_get (b->spec.role)->range, *beyond = "beyond, a step would use a number that is not finite, or not";
    if (b->part < 1 && b->least > -INFINITY)
        rg_note (log, "%s: the outer step is shortened to %g of itself: %s %s and at least %g", b->name, b->part, beyond, range, b->least);
    else if (b->part < 1)
        rg_note (log, "%s: the outer step is shortened to %g of itself: %s %s", b->name, b->part, beyond, range);
}

void
rg_hyper_note_shortened (const rg_hyper *hyper, const rg_log *log)
{
    for (size_t k = 0; k < hyper->count; k++)
        if (!hyper->blocks[k].spec.fixed)
            note (&hyper->blocks[k], log);
}
