/* check_dense.c -- products, sums and elementary functions, in both precisions and at every level. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "uniform.h"

#include "dense/dense.h"
#include "testing.h"

enum { COUNT = 4099 };

/* The table of a precision at a level; NULL when the processor does not reach that level. */
static const rg_dense *
table_at (rg_precision precision, rg_level level)
{
    rg_processor_cap (level);
    const rg_dense *dense = rg_processor_level () == level ? rg_dense_get (precision) : NULL;
    rg_processor_cap (RG_LEVEL_V4);
    return dense;
}

static double
get (const rg_dense *dense, const void *x, size_t i)
{
    return dense->precision == RG_SINGLE ? (double) ((const float *) x)[i] : ((const double *) x)[i];
}

static const rg_precision precisions[] = { RG_SINGLE, RG_DOUBLE };

/* ------------------------------------------------------------------ products */

static const struct {
    const char *label;
    size_t m, n, k;
} product_cases[] = {
    { "one number", 1, 1, 1 },
    { "a row and a column", 1, 1, 7 },
    { "odd sizes", 5, 3, 7 },
    { "wider than a block", 33, 65, 129 },
    { "whole tiles and panels", 16, 48, 200 },
    { "deeper than a block", 9, 50, 203 },
};

static double
product_error (const rg_dense *dense, size_t m, size_t n, size_t k, char form, bool accumulate)
{
    double *a = malloc (m * k * sizeof *a), *b = malloc (k * n * sizeof *b), worst = 0;
    void *ra = malloc (m * k * dense->size), *rb = malloc (k * n * dense->size),
         *c = malloc (m * n * dense->size);
    for (size_t i = 0; i < m * k; i++)
        a[i] = (double) (float) uniform (0, i, -2.385, 2.385);
    for (size_t i = 0; i < k * n; i++)
        b[i] = (double) (float) uniform (0, i + 100000, -2.385, 2.385);
    dense->convert (m * k, a, ra);
    dense->convert (k * n, b, rb);
    dense->fill (m * n, 0.625, c, false);
    rg_product *const of_form[128] = { ['n'] = dense->multiply_nn, ['t'] = dense->multiply_nt, ['T'] = dense->multiply_tn,
                                       ['w'] = dense->wide_nn, ['W'] = dense->wide_tn };
    of_form[(int) form] (m, n, k, ra, rb, c, accumulate);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double expect = accumulate ? 0.625 : 0;
            for (size_t l = 0; l < k; l++)
                expect += (form == 'T' || form == 'W' ? a[l * m + i] : a[i * k + l]) * (form == 't' ? b[j * k + l] : b[l * n + j]);
            worst = fmax (worst, fabs (get (dense, c, i * n + j) - expect));
        }
    free (a);
    free (b);
    free (ra);
    free (rb);
    free (c);
    return worst;
}

START_TEST (products_equal_the_triple_loop)
{
    for (size_t p = 0; p < 2; p++)
        for (const char *form = "ntTwW"; *form != '\0'; form++)
            for (int accumulate = 0; accumulate < 2; accumulate++)
                for (int level = RG_LEVEL_BASE; level <= RG_LEVEL_V4; level++) {
                    const rg_dense *dense = table_at (precisions[p], (rg_level) level);
                    const double error = dense == NULL ? 0 : product_error (dense, product_cases[_i].m, product_cases[_i].n,
                                                                            product_cases[_i].k, *form, accumulate);
                    ck_assert_msg (error < (p == 0 ? 1e-4 : 1e-12), "%s, form %c, level %s: %g", product_cases[_i].label,
                                   *form, rg_level_name ((rg_level) level), error);
                }
}
END_TEST

/* ------------------------------------------------------------------ elementary functions */

static long double
sigmoid_exact (long double x)
{
    return x < 0 ? expl (x) / (1 + expl (x)) : 1 / (1 + expl (-x));
}

static long double
softplus_exact (long double x)
{
    return (x > 0 ? x : 0) + log1pl (expl (-fabsl (x)));
}

static rg_map *
exp_of_table (const rg_dense *dense)
{
    return dense->exp;
}

static rg_map *
log_of_table (const rg_dense *dense)
{
    return dense->log;
}

static rg_map *
tanh_of_table (const rg_dense *dense)
{
    return dense->tanh;
}

static rg_map *
sigmoid_of_table (const rg_dense *dense)
{
    return dense->sigmoid;
}

static rg_map *
softplus_of_table (const rg_dense *dense)
{
    return dense->softplus;
}

static const struct {
    const char *label;
    rg_map *(*map) (const rg_dense *dense);
    long double (*exact) (long double x);
    double low, high;
    double bound; /* units in the last place of the exact value */
} map_cases[] = {
    { "exp, near 0", exp_of_table, expl, -1, 1, 2 },
    { "exp, wide", exp_of_table, expl, -103, 88.7, 2 },
    { "exp, tiny", exp_of_table, expl, -1e-6, 1e-6, 2 },
    { "log, near 1", log_of_table, logl, 1, 2, 2 },
    { "log, wide", log_of_table, logl, 1, 1e6, 2 },
    { "tanh, near the join", tanh_of_table, tanhl, 0.6, 0.65, 2 },
    { "tanh, middle", tanh_of_table, tanhl, -1, 1, 2 },
    { "tanh, wide", tanh_of_table, tanhl, -25, 25, 2 },
    { "tanh, tiny", tanh_of_table, tanhl, -1e-6, 1e-6, 2 },
    { "sigmoid, middle", sigmoid_of_table, sigmoid_exact, -3, 3, 2.5 },
    { "sigmoid, wide", sigmoid_of_table, sigmoid_exact, -103, 40, 2.5 },
    { "softplus, middle", softplus_of_table, softplus_exact, -3, 3, 2 },
    { "softplus, wide", softplus_of_table, softplus_exact, -103, 100, 2 },
};

/* The distance from |exact| to the next number of the precision. */
static long double
unit (rg_precision precision, long double exact)
{
    return precision == RG_SINGLE
        ? (long double) (nextafterf ((float) fabsl (exact), INFINITY) - (float) fabsl (exact))
        : (long double) (nextafter ((double) fabsl (exact), INFINITY) - (double) fabsl (exact));
}

/* What the comparison itself may add, in units: valgrind computes long double in double. */
static double
blur (rg_precision precision)
{
    const volatile long double one = 1, least = LDBL_EPSILON;
    return precision == RG_DOUBLE && one + least == one ? 1.5 : 0;
}

START_TEST (elementary_functions_are_within_their_bound_of_long_double)
{
    static double x[COUNT], rx[COUNT], ry[COUNT];
    for (size_t p = 0; p < 2; p++) {
        const rg_dense *dense = rg_dense_get (precisions[p]);
        const long double bound = (long double) (map_cases[_i].bound + blur (precisions[p]));
        for (size_t i = 0; i < COUNT; i++)
            x[i] = uniform (0, i, map_cases[_i].low, map_cases[_i].high);
        dense->convert (COUNT, x, rx);
        map_cases[_i].map (dense) (COUNT, rx, ry);
        for (size_t i = 0; i < COUNT; i++) {
            const long double exact = map_cases[_i].exact ((long double) get (dense, rx, i));
            const long double error = fabsl ((long double) get (dense, ry, i) - exact) / unit (dense->precision, exact);
            ck_assert_msg (error <= bound, "%s in precision %zu at %.17g: %.2Lf units",
                           map_cases[_i].label, p, get (dense, rx, i), error);
        }
    }
}
END_TEST

static const struct {
    const char *label;
    rg_map *(*map) (const rg_dense *dense);
    double x, y;
} exact_cases[] = {
    { "exp 0", exp_of_table, 0, 1 },
    { "exp -0", exp_of_table, -0.0, 1 },
    { "exp inf", exp_of_table, INFINITY, INFINITY },
    { "exp -inf", exp_of_table, -INFINITY, 0 },
    { "exp huge", exp_of_table, 1e30, INFINITY },
    { "exp -huge", exp_of_table, -1e30, 0 },
    { "exp nan", exp_of_table, NAN, NAN },
    { "log 1", log_of_table, 1, 0 },
    { "log inf", log_of_table, INFINITY, INFINITY },
    { "log nan", log_of_table, NAN, NAN },
    { "tanh 0", tanh_of_table, 0, 0 },
    { "tanh -0", tanh_of_table, -0.0, -0.0 },
    { "tanh tiny", tanh_of_table, 0x1p-126, 0x1p-126 },
    { "tanh saturated", tanh_of_table, 30, 1 },
    { "tanh -saturated", tanh_of_table, -30, -1 },
    { "tanh huge", tanh_of_table, 1e30, 1 },
    { "tanh inf", tanh_of_table, INFINITY, 1 },
    { "tanh -inf", tanh_of_table, -INFINITY, -1 },
    { "tanh nan", tanh_of_table, NAN, NAN },
    { "sigmoid 0", sigmoid_of_table, 0, 0.5 },
    { "sigmoid inf", sigmoid_of_table, INFINITY, 1 },
    { "sigmoid -inf", sigmoid_of_table, -INFINITY, 0 },
    { "sigmoid nan", sigmoid_of_table, NAN, NAN },
    { "softplus huge", softplus_of_table, 0x1p100, 0x1p100 },
    { "softplus inf", softplus_of_table, INFINITY, INFINITY },
    { "softplus -inf", softplus_of_table, -INFINITY, 0 },
    { "softplus nan", softplus_of_table, NAN, NAN },
};

START_TEST (elementary_functions_treat_special_values_like_libm)
{
    for (size_t p = 0; p < 2; p++)
        for (int level = RG_LEVEL_BASE; level <= RG_LEVEL_V4; level++) {
            const rg_dense *dense = table_at (precisions[p], (rg_level) level);
            if (dense == NULL)
                continue;
            double x[1], y[1];
            dense->convert (1, &exact_cases[_i].x, x);
            exact_cases[_i].map (dense) (1, x, y);
            const double got = get (dense, y, 0), expect = exact_cases[_i].y;
            ck_assert_msg (isnan (expect) ? isnan (got) : got == expect && !signbit (got) == !signbit (expect),
                           "%s: %g instead of %g", exact_cases[_i].label, got, expect);
        }
}
END_TEST

START_TEST (slopes_are_the_derivatives)
{
    const rg_dense *dense = rg_dense_get (RG_DOUBLE);
    const struct {
        rg_map *map;
        rg_slope *slope;
    } pairs[] = { { dense->tanh, dense->tanh_slope },
                  { dense->sigmoid, dense->sigmoid_slope },
                  { dense->softplus, dense->softplus_slope },
                  { dense->relu, dense->relu_slope } };
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++)
        for (uint64_t i = 0; i < 100; i++) {
            const double h = 1e-5, x = uniform (0, i, -4, 4), left = x - h, right = x + h;
            double y, below, above, slope;
            pairs[k].map (1, &x, &y);
            pairs[k].map (1, &left, &below);
            pairs[k].map (1, &right, &above);
            pairs[k].slope (1, &x, &y, &slope);
            ck_assert_double_eq_tol (slope, (above - below) / (2 * h), 1e-9);
        }
}
END_TEST

/* ------------------------------------------------------------------ sums */

START_TEST (sums_of_whole_numbers_are_exact_at_every_length)
{
    double x[200], rx[200];
    for (size_t p = 0; p < 2; p++)
        for (size_t n = 0; n <= 200; n++) {
            const rg_dense *dense = rg_dense_get (precisions[p]);
            for (size_t i = 0; i < n; i++)
                x[i] = (double) (i + 1);
            dense->convert (n, x, rx);
            ck_assert_double_eq (dense->sum (n, rx), (double) (n * (n + 1) / 2));
            ck_assert_double_eq (dense->dot (n, rx, rx), (double) (n * (n + 1) * (2 * n + 1) / 6));
        }
    ck_assert_double_eq (rg_sum_blocked (3, (double[]) { 1, 2, 4 }), 7);
    ck_assert_double_eq (rg_dot_blocked (2, (double[]) { 1, 2 }, (double[]) { 3, 4 }), 11);
}
END_TEST

START_TEST (column_sums_and_row_kernels_equal_a_case_by_hand)
{
    const rg_dense *dense = rg_dense_get (RG_DOUBLE);
    const double x[6] = { 1, 2, 3, 4, 5, 6 }, scale[2] = { 10, 100 };
    double out[6] = { 1, 1, 1, 1, 1, 1 };
    dense->column_sums (2, 3, x, out, true);
    ck_assert_double_eq (out[0], 6);
    ck_assert_double_eq (out[2], 10);
    dense->column_sums (2, 3, x, out, false);
    ck_assert_double_eq (out[1], 7);
    dense->scale_rows (2, 3, scale, x, out, false);
    ck_assert_double_eq (out[2], 30);
    ck_assert_double_eq (out[3], 400);
    dense->row_dots (2, 3, 0.5, x, x, out);
    ck_assert_double_eq (out[0], 7);
    ck_assert_double_eq (out[1], 38.5);
}
END_TEST

START_TEST (cross_entropy_equals_a_case_by_hand_and_survives_large_logits)
{
    const rg_dense *dense = rg_dense_get (RG_DOUBLE);
    const double z[6] = { 0.3, 0.3, 1000, 0, -5, -1005 };
    const int32_t labels[3] = { 1, 1, 0 };
    double p[6], loss[3];
    dense->cross_entropy (3, 2, z, labels, p, loss);
    ck_assert_double_eq_tol (loss[0], log (2), 1e-15);
    ck_assert_double_eq_tol (p[1], 0.5, 1e-15);
    ck_assert_double_eq (loss[1], 1000);
    ck_assert_double_eq (loss[2], 0);
    const double bad[2] = { 0, NAN };
    dense->cross_entropy (1, 2, bad, (int32_t[]) { 0 }, p, loss);
    ck_assert (isnan (loss[0]));
}
END_TEST

/* ------------------------------------------------------------------ levels */

/* Run every vector kernel on the same input and gather all results. */
static size_t
run_everything (const rg_dense *dense, size_t rows, size_t cols, double *out)
{
    static double x[COUNT], x2[COUNT], y[COUNT], v[COUNT], s[COUNT], z[COUNT];
    static int32_t labels[COUNT];
    const size_t n = rows * cols;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = uniform (0, i, -8, 8);
        y[i] = uniform (0, i + 5000, 1, 9);
        labels[i] = (int32_t) (i % cols);
    }
    memcpy (x2, x, sizeof x);
    dense->convert (n, x2, x);
    memcpy (x2, y, sizeof y);
    dense->convert (n, x2, y);
    dense->log (n, y, z);
#define KEEP(array, count)                                                                             \
    for (size_t i = 0; i < (count); i++)                                                               \
    out[used++] = get (dense, array, i)
    KEEP (z, n);
    rg_map *const maps[] = { dense->exp, dense->tanh, dense->sigmoid, dense->softplus, dense->relu };
    rg_slope *const slopes[] = { dense->tanh_slope, dense->sigmoid_slope, dense->softplus_slope, dense->relu_slope };
    for (size_t k = 0; k < 5; k++) {
        maps[k](n, x, z);
        KEEP (z, n);
    }
    for (size_t k = 0; k < 4; k++) {
        maps[k + 1](n, x, z);
        slopes[k](n, x, z, s);
        KEEP (s, n);
    }
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        dense->scaled (n, 0.3, x, v, accumulate);
        dense->scaled_product (n, -1.7, x, y, v, true);
        dense->scale_rows (rows, cols, y, x, v, true);
        dense->fill_rows (rows, cols, x, v, true);
        dense->fill (n, 1.1, v, true);
        dense->bend (n, 0.7, -1.9, x, y, x, v);
        KEEP (v, n);
        dense->column_sums (rows, cols, v, s, accumulate);
        KEEP (s, cols);
    }
    dense->cross_entropy (rows, cols, x, labels, v, s);
    KEEP (v, n);
    KEEP (s, rows);
    dense->residual (rows, cols, v, labels, y, z, false);
    KEEP (z, n);
    dense->cross_entropy_tangent (rows, cols, y, labels, v, z, s);
    KEEP (z, n);
    KEEP (s, rows);
    dense->row_dots (rows, cols, 1.3, x, y, s);
    KEEP (s, rows);
#undef KEEP
    out[used++] = dense->sum (n, x);
    out[used++] = dense->dot (n, x, y);
    return used;
}

static const struct {
    const char *label;
    size_t rows, cols;
} level_cases[] = {
    { "one number", 1, 1 },     { "a tail only", 3, 5 },   { "ten classes", 77, 10 },
    { "a long row", 3, 517 },   { "full vectors", 16, 64 }, { "odd", 31, 33 },
};

START_TEST (all_levels_give_the_same_bits)
{
    static double base[32 * COUNT], other[32 * COUNT];
    for (size_t p = 0; p < 2; p++)
        for (int level = RG_LEVEL_V3; level <= RG_LEVEL_V4; level++) {
            const rg_dense *dense = table_at (precisions[p], (rg_level) level);
            if (dense == NULL)
                continue;
            const size_t rows = level_cases[_i].rows, cols = level_cases[_i].cols;
            const size_t used = run_everything (table_at (precisions[p], RG_LEVEL_BASE), rows, cols, base);
            ck_assert_uint_eq (run_everything (dense, rows, cols, other), used);
            ck_assert_msg (memcmp (base, other, used * sizeof *base) == 0, "%s, %s", level_cases[_i].label,
                           rg_level_name ((rg_level) level));
        }
}
END_TEST

#define COUNT_OF(table) ((int) (sizeof (table) / sizeof *(table)))

int
main (void)
{
    Suite *suite = suite_create ("dense");
    TCase *product = tcase_create ("product"), *map = tcase_create ("elementary"), *sum = tcase_create ("sum"),
          *level = tcase_create ("level");
    tcase_add_loop_test (product, products_equal_the_triple_loop, 0, COUNT_OF (product_cases));
    tcase_add_loop_test (map, elementary_functions_are_within_their_bound_of_long_double, 0, COUNT_OF (map_cases));
    tcase_add_loop_test (map, elementary_functions_treat_special_values_like_libm, 0, COUNT_OF (exact_cases));
    tcase_add_test (map, slopes_are_the_derivatives);
    tcase_add_test (sum, sums_of_whole_numbers_are_exact_at_every_length);
    tcase_add_test (sum, column_sums_and_row_kernels_equal_a_case_by_hand);
    tcase_add_test (sum, cross_entropy_equals_a_case_by_hand_and_survives_large_logits);
    tcase_add_loop_test (level, all_levels_give_the_same_bits, 0, COUNT_OF (level_cases));
    suite_add_tcase (suite, product);
    suite_add_tcase (suite, map);
    suite_add_tcase (suite, sum);
    suite_add_tcase (suite, level);
    return run_suite (suite);
}
