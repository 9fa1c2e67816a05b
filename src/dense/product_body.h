/* product_body.h -- the products of product.h; included once a precision, with NN, NT, TN, NN_APART, TN_APART and GEMM defined. */
#include "dense/product.h"

#include <cblas.h>

void
NN (size_t m, size_t n, size_t k, const void *a, const void *b, void *c, bool accumulate)
{
    GEMM (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) m, (blasint) n, (blasint) k, 1, a,
          (blasint) k, b, (blasint) n, accumulate ? 1 : 0, c, (blasint) n);
}

void
NT (size_t m, size_t n, size_t k, const void *a, const void *b, void *c, bool accumulate)
{
    GEMM (CblasRowMajor, CblasNoTrans, CblasTrans, (blasint) m, (blasint) n, (blasint) k, 1, a,
          (blasint) k, b, (blasint) k, accumulate ? 1 : 0, c, (blasint) n);
}

void
TN (size_t m, size_t n, size_t k, const void *a, const void *b, void *c, bool accumulate)
{
    GEMM (CblasRowMajor, CblasTrans, CblasNoTrans, (blasint) m, (blasint) n, (blasint) k, 1, a,
          (blasint) m, b, (blasint) n, accumulate ? 1 : 0, c, (blasint) n);
}

void
NN_APART (size_t m, size_t n, size_t k, const void *a, const void *b, size_t b_stride, void *c,
          size_t c_stride, bool accumulate)
{
    GEMM (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) m, (blasint) n, (blasint) k, 1, a,
          (blasint) k, b, (blasint) b_stride, accumulate ? 1 : 0, c, (blasint) c_stride);
}

void
TN_APART (size_t m, size_t n, size_t k, const void *a, const void *b, size_t b_stride, void *c,
          size_t c_stride, bool accumulate)
{
    GEMM (CblasRowMajor, CblasTrans, CblasNoTrans, (blasint) m, (blasint) n, (blasint) k, 1, a,
          (blasint) m, b, (blasint) b_stride, accumulate ? 1 : 0, c, (blasint) c_stride);
}
