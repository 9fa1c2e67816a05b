/* panel_single.c -- products with a wide factor in single precision, for x86-64-v4; see panel_product.h. */
#include <immintrin.h>

typedef float real;
typedef __m512 vec;
#define LOAD(p) _mm512_loadu_ps (p)
#define STORE(p, x) _mm512_storeu_ps (p, x)
#define SET1(x) _mm512_set1_ps (x)
#define FMA(x, y, z) _mm512_fmadd_ps (x, y, z)
#define PANEL_NN rg_panel_nn_single
#define PANEL_TN rg_panel_tn_single
#include "dense/panel_product.h"
