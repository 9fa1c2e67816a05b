/* adam_floating.h -- the floating step of inner_adam.c; included once a precision, with REAL, ROOT and STEP defined. */
static inline void
STEP (const rg_floating_block *b, int decays)
{
    const double *const *c = b->factors.coefficient, *const *correction = b->factors.correction;
    const REAL *restrict g = b->g;
    REAL *restrict w = b->w, *restrict m = b->moment[0], *restrict u = b->moment[1];
    for (size_t i = 0; i < b->count; i++) {
        const REAL epsilon = (REAL) c[EPSILON][i], c2 = (REAL) correction[1][i];
        m[i] = (REAL) c[BETA1][i] * m[i] + (REAL) (1 - c[BETA1][i]) * g[i];
        u[i] = (REAL) c[BETA2][i] * u[i] + (REAL) (1 - c[BETA2][i]) * (g[i] * g[i]);
        const REAL denominator = b->inside ? ROOT (u[i] / c2 + epsilon) : ROOT (u[i] / c2) + epsilon;
        const REAL kept = decays ? (REAL) b->factors.keep[i] * w[i] : w[i];
        w[i] = kept - (REAL) (c[RATE][i] / correction[0][i]) * m[i] / denominator;
    }
}
