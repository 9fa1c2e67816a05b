/* check_layout.c -- layouts: names, offsets, layers, the segments of a scope. */
#include "testing.h"

#include <string.h>

#include "failing_memory.h"
#include "small_set.h"

#include "hyper/layout.h"

START_TEST (a_layout_knows_names_offsets_and_layers)
{
    rg_layout *layout;
    ck_assert_int_eq (rg_layout_new (&layout, NET_ARRAYS, net), RG_OK);
    ck_assert_uint_eq (rg_layout_weights (layout), NET_WEIGHTS);
    ck_assert_uint_eq (rg_layout_arrays (layout), NET_ARRAYS);
    ck_assert_uint_eq (rg_layout_layers (layout), NET_LAYERS);
    size_t weight = 0;
    for (size_t a = 0; a < NET_ARRAYS; a++) {
        ck_assert_str_eq (rg_layout_name (layout, a), net[a].name);
        ck_assert_uint_eq (rg_layout_offset (layout, a), weight);
        for (size_t i = 0; i < net[a].count; i++)
            ck_assert_uint_eq (rg_layout_array_of (layout, weight++), a);
    }
    rg_layout_free (layout);
    rg_layout_free (NULL);
}
END_TEST

START_TEST (a_layout_is_cut_into_the_segments_of_a_scope)
{
    static const size_t all[] = { 0, 28 }, layers[] = { 0, 15, 23, 28 }, arrays[] = { 0, 12, 15, 21, 23, 28 };
    static const size_t units[] = { 0, 3, 6, 9, 12, 15, 17, 19, 21, 23, 28 };
    rg_layout *layout;
    const size_t *offsets;
    ck_assert_int_eq (rg_layout_new (&layout, NET_ARRAYS, net), RG_OK);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_ALL, &offsets), 1);
    ck_assert_mem_eq (offsets, all, sizeof all);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_LAYER, &offsets), 3);
    ck_assert_mem_eq (offsets, layers, sizeof layers);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_ARRAY, &offsets), 5);
    ck_assert_mem_eq (offsets, arrays, sizeof arrays);
    ck_assert_uint_eq (rg_layout_units (layout), 10);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_UNIT, &offsets), 10);
    ck_assert_mem_eq (offsets, units, sizeof units);
    ck_assert_uint_eq (rg_layout_segments (layout, RG_PER_WEIGHT, &offsets), NET_WEIGHTS);
    ck_assert_ptr_null (offsets);
    rg_layout_free (layout);
}
END_TEST

static const struct {
    const char *label;
    size_t arrays;
    rg_array_spec specs[3];
} refused_layouts[] = {
    { "no array", 0, { { "W", 1, 0, 0 } } },
    { "units of unequal size", 1, { { "W", 10, 0, 4 } } },
    { "an empty array", 2, { { "W", 4, 0, 0 }, { "b", 0, 0, 0 } } },
    { "a first layer that is not 0", 1, { { "W", 4, 1, 0 } } },
    { "a layer left out", 2, { { "W", 4, 0, 0 }, { "V", 4, 2, 0 } } },
    { "more weights than a size holds", 2, { { "W", SIZE_MAX / 2 + 1, 0, 0 }, { "b", SIZE_MAX / 2 + 1, 0, 0 } } },
    { "a layer that comes back", 3, { { "W", 4, 0, 0 }, { "V", 4, 1, 0 }, { "b", 4, 0, 0 } } },
};

START_TEST (a_layout_out_of_order_is_refused)
{
    rg_layout *layout = (rg_layout *) &net;
    ck_assert_msg (rg_layout_new (&layout, refused_layouts[_i].arrays, refused_layouts[_i].specs) == RG_ERANGE, "%s",
                   refused_layouts[_i].label);
    ck_assert_ptr_null (layout);
}
END_TEST

START_TEST (a_long_name_is_cut)
{
    rg_layout *layout;
    const rg_array_spec spec = { "a_name_of_an_array_of_37_characters_..", 3, 0, 0 };
    ck_assert_int_eq (rg_layout_new (&layout, 1, &spec), RG_OK);
    ck_assert_str_eq (rg_layout_name (layout, 0), "a_name_of_an_array_of_3");
    rg_layout_free (layout);
}
END_TEST

START_TEST (every_allocation_of_a_layout_may_fail)
{
    failing_memory memory = failing_first ();
    while (memory.failed) {
        rg_layout *layout;
        FAILING (&memory, rg_layout_new (&layout, NET_ARRAYS, net));
        ck_assert_int_eq (layout == NULL, memory.failed);
        rg_layout_free (layout);
    }
    ck_assert_int_ge (memory.failures, 2);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("layout");
    TCase *layouts = tcase_create ("layouts");
    tcase_add_test (layouts, a_layout_knows_names_offsets_and_layers);
    tcase_add_test (layouts, a_layout_is_cut_into_the_segments_of_a_scope);
    tcase_add_loop_test (layouts, a_layout_out_of_order_is_refused, 0,
                         (int) (sizeof refused_layouts / sizeof *refused_layouts));
    tcase_add_test (layouts, a_long_name_is_cut);
    tcase_add_test (layouts, every_allocation_of_a_layout_may_fail);
    suite_add_tcase (suite, layouts);
    return run_suite (suite);
}
