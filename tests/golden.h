/* golden.h -- numbers that a program of golden/ printed, and what meets them. */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include <math.h>

#include <retrograde.h>

#include "testing.h"

/* A block of a hypergradient. */
typedef struct {
    const char *name;
    double norm, component[3]; /* those at 1/7 and 1/2 of the block, and the last */
} golden_block;

static inline void
meets (const char *label, const char *what, double got, double expected, double scale)
{
    ck_assert_msg (fabs (got - expected) <= 1e-9 * scale, "%s: %s: %.17g, expected %.17g", label, what, got, expected);
}

/*
 * A block's norm and components to 1e-9 of their own size.
 *   least  components are not asked for more than 1e-9 of this fraction of the norm
 */
static inline void
block_meets (const char *label, const rg_block *b, const double *gradient, const golden_block *expected, double least)
{
    const size_t at[3] = { b->size / 7, b->size / 2, b->size - 1 };
    double norm = 0;
    ck_assert_str_eq (b->name, expected->name);
    for (size_t i = 0; i < b->size; i++)
        norm = hypot (norm, gradient[b->first + i]);
    meets (label, expected->name, norm, expected->norm, expected->norm);
    for (int c = 0; c < 3; c++)
        meets (label, expected->name, gradient[b->first + at[c]], expected->component[c],
               fmax (fabs (expected->component[c]), least * expected->norm));
}

#endif /* TESTS_GOLDEN_H */
