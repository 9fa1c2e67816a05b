/* rmsprop_floating.h -- the floating step of inner_rmsprop.c; included once a precision, with REAL, ROOT and STEP defined. */
static void
STEP (const rg_floating_block *b)
{
    const double *restrict rate = b->factors.coefficient[RATE], *restrict beta2 = b->factors.coefficient[BETA2];
    const double *restrict epsilon = b->factors.coefficient[EPSILON];
    const REAL *restrict g = b->g;
    REAL *restrict w = b->w, *restrict u = b->moment[0];
    const int inside = b->inside;
    for (size_t i = 0; i < b->count; i++) {
        u[i] = (REAL) beta2[i] * u[i] + (REAL) (1 - beta2[i]) * (g[i] * g[i]);
        w[i] -= (REAL) rate[i] * g[i] / (inside ? ROOT (u[i] + (REAL) epsilon[i]) : ROOT (u[i]) + (REAL) epsilon[i]);
    }
}
