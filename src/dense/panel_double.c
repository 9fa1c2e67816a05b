/* panel_double.c -- products with a wide factor in double precision, for x86-64-v4; see panel_product.h. */
#include <immintrin.h>

typedef double real;
typedef __m512d vec;
#define LOAD(p) _mm512_loadu_pd (p)
#define STORE(p, x) _mm512_storeu_pd (p, x)
#define SET1(x) _mm512_set1_pd (x)
#define FMA(x, y, z) _mm512_fmadd_pd (x, y, z)
#define PANEL_NN rg_panel_nn_double
#define PANEL_TN rg_panel_tn_double
#include "dense/panel_product.h"
