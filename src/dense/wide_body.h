/* wide_body.h -- the wide kernels of dense.h; included by vector_body.h. */

static void
wide_product (size_t n, size_t width, double scale, const void *x_, const void *y_, void *out_,
              bool accumulate)
{
    const real *x = x_, *restrict y = y_;
    real *restrict out = out_;
    for (size_t i = 0; i < n; i++, y += width, out += width) {
        const real factor = (real) scale * x[i];
        if (accumulate)
            for (size_t k = 0; k < width; k++)
                out[k] += factor * y[k];
        else
            for (size_t k = 0; k < width; k++)
                out[k] = factor * y[k];
    }
}

static void
wide_bend (size_t n, size_t width, double a, double b, const void *v_, const void *x_, const void *y_,
           void *out_)
{
    const real *v = v_, *restrict x = x_, *y = y_;
    real *restrict out = out_;
    for (size_t i = 0; i < n; i++, x += width, out += width) {
        const real factor = ((real) a + (real) b * v[i]) * y[i];
        for (size_t k = 0; k < width; k++)
            out[k] += factor * x[k];
    }
}

/* out_k (+)= s y_k */
static void
wide_row (size_t width, real s, const real *restrict y, real *restrict out, bool accumulate)
{
    if (accumulate)
        for (size_t k = 0; k < width; k++)
            out[k] += s * y[k];
    else
        for (size_t k = 0; k < width; k++)
            out[k] = s * y[k];
}

static void
wide_outer (size_t rows, size_t cols, size_t width, double s, const void *x_, const void *y_,
            void *out_, bool accumulate)
{
    const real *x = x_, *y = y_;
    real *out = out_;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            wide_row (width, (real) s * x[r * cols + c], y + r * width, out + (r * cols + c) * width,
                      accumulate);
}

static void
wide_sums (size_t rows, size_t cols, size_t width, double s, const void *x_, const void *y_,
           void *out_, bool accumulate)
{
    const real *x = x_, *y = y_;
    real *out = out_;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            wide_row (width, (real) s * x[r * cols + c], y + (r * cols + c) * width, out + r * width,
                      accumulate || c > 0);
}

static void
wide_cross_entropy_tangent (size_t rows, size_t cols, size_t width, const void *z_dot_,
                            const int32_t *labels, const void *p_, void *p_dot_, void *loss_dot_)
{
    const real *z_dot = z_dot_, *p = p_;
    real *p_dot = p_dot_, *loss_dot = loss_dot_;
    wide_sums (rows, cols, width, 1, p, z_dot, loss_dot, false); /* the means <p, z_dot> */
    for (size_t r = 0; r < rows; r++, z_dot += cols * width, p_dot += cols * width) {
        real *mean = loss_dot + r * width;
        for (size_t c = 0; c < cols; c++) {
            const real *restrict z = z_dot + c * width, *restrict m = mean;
            real *restrict out = p_dot + c * width;
            for (size_t k = 0; k < width; k++)
                out[k] = p[r * cols + c] * (z[k] - m[k]);
        }
        wide_row (width, -1, z_dot + (size_t) labels[r] * width, mean, true);
    }
}

static void
wide_residual (size_t rows, size_t cols, size_t width, const void *p, const int32_t *labels,
               const void *scale_, void *out_, bool accumulate)
{
    const real *scale = scale_;
    real *out = out_;
    wide_outer (rows, cols, width, 1, p, scale, out, accumulate);
    for (size_t r = 0; r < rows; r++)
        wide_row (width, -1, scale + r * width, out + (r * cols + (size_t) labels[r]) * width, true);
}
