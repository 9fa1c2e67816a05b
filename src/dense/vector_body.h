/*
 * vector_body.h -- the kernels of dense.h. Included once a precision, after series_single.h or series_double.h, with these
 * defined: KERNELS (the table), PRECISION, NN, NT, TN, NN_APART, TN_APART (the products); WIDE_NN and WIDE_TN
 * where the level has its own.
 */
#include "dense/dense.h"
#include "dense/elementary.h"

#ifndef WIDE_NN
#define WIDE_NN NN
#define WIDE_TN TN
#endif

enum { LANES = 32 };

static void
convert (size_t n, const double *restrict in, void *out_)
{
    real *restrict out = out_;
    for (size_t i = 0; i < n; i++)
        out[i] = (real) in[i];
}

static void
fill (size_t n, double value, void *out_, bool accumulate)
{
    real *restrict out = out_;
    const real v = (real) value;
    if (accumulate)
        for (size_t i = 0; i < n; i++)
            out[i] += v;
    else
        for (size_t i = 0; i < n; i++)
            out[i] = v;
}

static void
scaled (size_t n, double scale, const void *x_, void *out_, bool accumulate)
{
    const real *restrict x = x_, s = (real) scale;
    real *restrict out = out_;
    if (accumulate)
        for (size_t i = 0; i < n; i++)
            out[i] += s * x[i];
    else
        for (size_t i = 0; i < n; i++)
            out[i] = s * x[i];
}

static void
scaled_product (size_t n, double scale, const void *x_, const void *y_, void *out_, bool accumulate)
{
    const real *restrict x = x_, *restrict y = y_, s = (real) scale;
    real *restrict out = out_;
    if (accumulate)
        for (size_t i = 0; i < n; i++)
            out[i] += s * (x[i] * y[i]);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = s * (x[i] * y[i]);
}

static void
bend (size_t n, double a_, double b_, const void *v_, const void *x_, const void *y_, void *out_)
{
    const real *restrict v = v_, *restrict x = x_, *restrict y = y_, a = (real) a_, b = (real) b_;
    real *restrict out = out_;
    for (size_t i = 0; i < n; i++)
        out[i] += (a + b * v[i]) * (x[i] * y[i]);
}

/* Partial sums, pairwise. */
static double
fold (double lane[LANES])
{
    for (size_t width = LANES / 2; width > 0; width /= 2)
        for (size_t j = 0; j < width; j++)
            lane[j] += lane[j + width];
    return lane[0];
}

static double
sum (size_t n, const void *x_)
{
    const real *restrict x = x_;
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += (double) x[i + j];
    for (size_t j = 0; i + j < n; j++)
        lane[j] += (double) x[i + j];
    return fold (lane);
}

static double
dot (size_t n, const void *x_, const void *y_)
{
    const real *restrict x = x_, *restrict y = y_;
    double lane[LANES] = { 0 };
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += (double) x[i + j] * (double) y[i + j];
    for (size_t j = 0; i + j < n; j++)
        lane[j] += (double) x[i + j] * (double) y[i + j];
    return fold (lane);
}

static void
fill_rows (size_t rows, size_t cols, const void *row, void *out, bool accumulate)
{
    for (size_t r = 0; r < rows; r++)
        scaled (cols, 1, row, (real *) out + r * cols, accumulate);
}

static void
scale_rows (size_t rows, size_t cols, const void *scale, const void *x, void *out, bool accumulate)
{
    for (size_t r = 0; r < rows; r++)
        scaled (cols, (double) ((const real *) scale)[r], (const real *) x + r * cols,
                (real *) out + r * cols, accumulate);
}

static void
column_sums (size_t rows, size_t cols, const void *x, void *out, bool accumulate)
{
    for (size_t r = 0; r < rows; r++)
        scaled (cols, 1, (const real *) x + r * cols, out, accumulate || r > 0);
}

/* Rows are short as a rule: an interleaved sum pays from some length on. */
static real
row_dot (size_t n, const real *restrict x, const real *restrict y)
{
    if (n >= 2 * LANES)
        return (real) dot (n, x, y);
    real total = 0;
    for (size_t c = 0; c < n; c++)
        total += x[c] * y[c];
    return total;
}

static real
row_sum (size_t n, const real *restrict x)
{
    if (n >= 2 * LANES)
        return (real) sum (n, x);
    real total = 0;
    for (size_t c = 0; c < n; c++)
        total += x[c];
    return total;
}

static void
row_dots (size_t rows, size_t cols, double s, const void *x, const void *y, void *out)
{
    for (size_t r = 0; r < rows; r++)
        ((real *) out)[r] = (real) s * row_dot (cols, (const real *) x + r * cols,
                                                (const real *) y + r * cols);
}

static void
exp_map (size_t n, const void *x_, void *y_)
{
    const real *restrict x = x_;
    real *restrict y = y_;
    for (size_t i = 0; i < n; i++)
        y[i] = exp_of (x[i]);
}

static void
log_map (size_t n, const void *x_, void *y_)
{
    const real *restrict x = x_;
    real *restrict y = y_;
    for (size_t i = 0; i < n; i++)
        y[i] = log_of (x[i]);
}

static void
tanh_map (size_t n, const void *x_, void *y_)
{
    const real *restrict x = x_;
    real *restrict y = y_;
    for (size_t i = 0; i < n; i++)
        y[i] = tanh_of (x[i]);
}

static void
sigmoid_map (size_t n, const void *x_, void *y_)
{
    const real *restrict x = x_;
    real *restrict y = y_;
    for (size_t i = 0; i < n; i++)
        y[i] = sigmoid_of (x[i]);
}

static void
softplus_map (size_t n, const void *x_, void *y_)
{
    const real *restrict x = x_;
    real *restrict y = y_;
    for (size_t i = 0; i < n; i++)
        y[i] = softplus_of (x[i]);
}

static void
relu_map (size_t n, const void *x_, void *y_)
{
    const real *restrict x = x_;
    real *restrict y = y_;
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
}

static void
tanh_slope (size_t n, const void *x, const void *y_, void *slope_)
{
    (void) x;
    const real *restrict y = y_;
    real *restrict slope = slope_;
    for (size_t i = 0; i < n; i++)
        slope[i] = 1 - y[i] * y[i];
}

static void
sigmoid_slope (size_t n, const void *x, const void *y_, void *slope_)
{
    (void) x;
    const real *restrict y = y_;
    real *restrict slope = slope_;
    for (size_t i = 0; i < n; i++)
        slope[i] = y[i] * (1 - y[i]);
}

static void
softplus_slope (size_t n, const void *x, const void *y, void *slope)
{
    (void) y;
    sigmoid_map (n, x, slope);
}

static void
relu_slope (size_t n, const void *x_, const void *y, void *slope_)
{
    (void) y;
    const real *restrict x = x_;
    real *restrict slope = slope_;
    for (size_t i = 0; i < n; i++)
        slope[i] = x[i] > 0 ? 1 : 0;
}

/* p = z - max of the row, and loss = -p[label]. A not-a-number anywhere in z stays one in p. */
static void
centre (size_t rows, size_t cols, const real *restrict z, const int32_t *labels, real *restrict p,
        real *restrict loss)
{
    for (size_t r = 0; r < rows; r++, z += cols, p += cols) {
        real most = z[0];
        for (size_t c = 1; c < cols; c++)
            most = z[c] > most ? z[c] : most;
        for (size_t c = 0; c < cols; c++)
            p[c] = z[c] - most;
        loss[r] = -p[labels[r]];
    }
}

/* 32 rows at a time: the sums of their exponentials become logarithms by one vector call. */
static void
cross_entropy (size_t rows, size_t cols, const void *z, const int32_t *labels, void *p_, void *loss_)
{
    real *restrict p = p_, *restrict loss = loss_;
    centre (rows, cols, z, labels, p, loss);
    for (size_t i = 0; i < rows * cols; i++)
        p[i] = exp_of (p[i]);
    for (size_t first = 0; first < rows; first += LANES) {
        real total[LANES], logarithm[LANES];
        const size_t count = rows - first < LANES ? rows - first : LANES;
        for (size_t r = 0; r < count; r++)
            total[r] = row_sum (cols, p + (first + r) * cols);
        log_map (count, total, logarithm);
        for (size_t r = 0; r < count; r++) {
            real *restrict row = p + (first + r) * cols, scale = 1 / total[r];
            loss[first + r] += logarithm[r];
            for (size_t c = 0; c < cols; c++)
                row[c] *= scale;
        }
    }
}

static void
cross_entropy_tangent (size_t rows, size_t cols, const void *z_dot_, const int32_t *labels,
                       const void *p_, void *p_dot_, void *loss_dot_)
{
    const real *restrict z_dot = z_dot_, *restrict p = p_;
    real *restrict p_dot = p_dot_, *restrict loss_dot = loss_dot_;
    for (size_t r = 0; r < rows; r++, z_dot += cols, p += cols, p_dot += cols) {
        const real mean = row_dot (cols, p, z_dot);
        for (size_t c = 0; c < cols; c++)
            p_dot[c] = p[c] * (z_dot[c] - mean);
        loss_dot[r] = mean - z_dot[labels[r]];
    }
}

static void
residual (size_t rows, size_t cols, const void *p, const int32_t *labels, const void *scale_,
          void *out_, bool accumulate)
{
    const real *scale = scale_;
    real *out = out_;
    scale_rows (rows, cols, scale, p, out, accumulate);
    for (size_t r = 0; r < rows; r++)
        out[r * cols + (size_t) labels[r]] -= scale[r];
}

#include "dense/wide_body.h"

const rg_dense KERNELS = {
    .precision = PRECISION,
    .size = sizeof (real),
    .multiply_nn = NN,
    .multiply_nt = NT,
    .multiply_tn = TN,
    .multiply_nn_apart = NN_APART,
    .multiply_tn_apart = TN_APART,
    .wide_nn = WIDE_NN,
    .wide_tn = WIDE_TN,
    .convert = convert,
    .fill = fill,
    .scaled = scaled,
    .scaled_product = scaled_product,
    .bend = bend,
    .sum = sum,
    .dot = dot,
    .fill_rows = fill_rows,
    .scale_rows = scale_rows,
    .column_sums = column_sums,
    .row_dots = row_dots,
    .exp = exp_map,
    .log = log_map,
    .tanh = tanh_map,
    .sigmoid = sigmoid_map,
    .softplus = softplus_map,
    .relu = relu_map,
    .tanh_slope = tanh_slope,
    .sigmoid_slope = sigmoid_slope,
    .softplus_slope = softplus_slope,
    .relu_slope = relu_slope,
    .cross_entropy = cross_entropy,
    .cross_entropy_tangent = cross_entropy_tangent,
    .residual = residual,
    .wide_product = wide_product,
    .wide_bend = wide_bend,
    .wide_outer = wide_outer,
    .wide_sums = wide_sums,
    .wide_cross_entropy_tangent = wide_cross_entropy_tangent,
    .wide_residual = wide_residual,
};
