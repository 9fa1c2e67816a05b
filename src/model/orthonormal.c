/*
 * orthonormal.c -- an orthonormal basis of a matrix's columns or rows by Gram-Schmidt, twice ("twice is enough": Giraud, Langou,
 * Rozloznik, van den Eshof 2005). The signs are those of the numbers it begins with, so that the result is uniform over all of them.
 */
#include <math.h>

#include "model/initialiser.h"

/* Vectors of a matrix: the k-th starts at k * step, its numbers are stride apart. */
typedef struct {
    size_t vectors, length, step, stride;
    double *matrix;
} basis;

static double
dot (const basis *b, size_t j, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < b->length; i++)
        sum += b->matrix[j * b->step + i * b->stride] * b->matrix[k * b->step + i * b->stride];
    return sum;
}

/* Take what lies in the direction of an earlier vector from the k-th. */
static void
subtract (const basis *b, size_t j, size_t k)
{
    const double part = dot (b, j, k);
    for (size_t i = 0; i < b->length; i++)
        b->matrix[k * b->step + i * b->stride] -= part * b->matrix[j * b->step + i * b->stride];
}

void
rg_orthonormalise (size_t rows, size_t cols, double *matrix)
{
    const basis b = rows >= cols ? (basis) { cols, rows, 1, cols, matrix } : (basis) { rows, cols, cols, 1, matrix };
    for (size_t k = 0; k < b.vectors; k++) {
        for (int pass = 0; pass < 2; pass++)
            for (size_t j = 0; j < k; j++)
                subtract (&b, j, k);
        const double norm = sqrt (dot (&b, k, k));
        for (size_t i = 0; i < b.length; i++)
            b.matrix[k * b.step + i * b.stride] /= norm;
    }
}
