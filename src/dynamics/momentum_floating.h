/* momentum_floating.h -- the floating step of momentum.c; included once a precision, with REAL and STEP defined. */
static void
STEP (const rg_floating_block *b, int damped)
{
    const double *restrict rate = b->factors.coefficient[RATE], *restrict decay = b->factors.coefficient[DECAY];
    const REAL *restrict g = b->g;
    REAL *restrict w = b->w, *restrict v = b->moment[0];
    if (damped)
        for (size_t i = 0; i < b->count; i++) {
            v[i] = (REAL) decay[i] * v[i] - (REAL) (1 - decay[i]) * g[i];
            w[i] += (REAL) rate[i] * v[i];
        }
    else
        for (size_t i = 0; i < b->count; i++) {
            v[i] = (REAL) decay[i] * v[i] + g[i];
            w[i] -= (REAL) rate[i] * v[i];
        }
}
