/* small_set.h -- a layout of five arrays in three layers, and a set of hyperparameters over it. */
#ifndef TESTS_SMALL_SET_H
#define TESTS_SMALL_SET_H

#include <retrograde/hyper.h>

#include "testing.h"

static const rg_array_spec net[] = { { "W1", 12, 0, 4 }, { "b1", 3, 0, 1 }, { "W2", 6, 1, 3 }, { "b2", 2, 1, 0 }, { "out", 5, 2, 0 } };
enum { NET_ARRAYS = 5, NET_WEIGHTS = 28, NET_LAYERS = 3, STEPS = 4, EXAMPLES = 7, SCOPES = 7 };

/* A layout and an empty set over it. */
typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
} fixture;

static inline void
fixture_init (fixture *f, int ratio_bits)
{
    ck_assert_int_eq (rg_layout_new (&f->layout, NET_ARRAYS, net), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, STEPS, EXAMPLES, ratio_bits), RG_OK);
}

static inline void
fixture_clear (fixture *f)
{
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
}

#endif /* TESTS_SMALL_SET_H */
