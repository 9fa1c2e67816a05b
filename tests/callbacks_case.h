/* callbacks_case.h -- the callbacks of check_callbacks.c; included once a precision, with REAL and NAME defined. */

static int
NAME (loss) (void *user, rg_instant at, const REAL *w, const double *l, double *out)
{
    (void) user;
    *out = l[1] * (double) w[0];
    for (size_t i = 0; i < WEIGHTS; i++)
        *out += .5 * ((double) (at.shard + 1) + l[0]) * (double) w[i] * (double) w[i];
    return 0;
}

static int
NAME (gradient) (void *user, rg_instant at, const REAL *w, const double *l, REAL *g)
{
    for (size_t i = 0; i < WEIGHTS; i++)
        g[i] = (REAL) (((double) (at.shard + 1) + l[0]) * (double) w[i]);
    g[0] += (REAL) l[1];
    return user == NULL ? 0 : ((const counts *) user)->fails;
}

static int
NAME (lambda_gradient) (void *user, rg_instant at, const REAL *w, const double *l, double *h)
{
    (void) user, (void) at, (void) l;
    h[0] = 0;
    for (size_t i = 0; i < WEIGHTS; i++)
        h[0] += .5 * (double) w[i] * (double) w[i];
    h[1] = (double) w[0];
    return 0;
}

static int
NAME (tangents) (void *user, rg_instant at, size_t width, const REAL *w, const double *l, const REAL *w_dot, const double *l_dot,
                 REAL *g_dot)
{
    (void) user;
    for (size_t i = 0; i < WEIGHTS; i++)
        for (size_t k = 0; k < width; k++)
            g_dot[i * width + k] = (REAL) (((double) (at.shard + 1) + l[0]) * (double) w_dot[i * width + k]
                                           + (l_dot == NULL ? 0 : l_dot[k] * (double) w[i] + (i == 0 ? l_dot[width + k] : 0)));
    return 0;
}

static int
NAME (tangent) (void *user, rg_instant at, const REAL *w, const double *l, const REAL *w_dot, const double *l_dot, REAL *g_dot,
                double *l_g_dot)
{
    if (l_g_dot != NULL) {
        l_g_dot[0] = 0;
        for (size_t i = 0; i < WEIGHTS; i++)
            l_g_dot[0] += (double) w[i] * (double) w_dot[i];
        l_g_dot[1] = (double) w_dot[0];
    }
    return NAME (tangents) (user, at, 1, w, l, w_dot, l_dot, g_dot);
}

static void
NAME (errors) (void *user, rg_instant at, const REAL *w, const double *l, size_t *wrong, size_t *examples)
{
    (void) user, (void) w, (void) l;
    *wrong = at.shard;
    *examples = 4;
}
