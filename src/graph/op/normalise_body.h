/* normalise_body.h -- the loops of normalise.c; included once a precision, with real, TOTAL, SPREAD, TOTALS, PART and COMBINE defined. */

/* Σ (x - middle) (y - middle) over n numbers; y NULL: 1. */
static double
TOTAL (size_t n, const real *x, const real *y, double middle)
{
    double total = 0;
    if (y == NULL)
        for (size_t i = 0; i < n; i++)
            total += (double) x[i] - middle;
    else
        for (size_t i = 0; i < n; i++)
            total += ((double) x[i] - middle) * ((double) y[i] - middle);
    return total;
}

/* out_set += the same of each number, a set of its own. */
static void
SPREAD (size_t n, const real *restrict x, const real *restrict y, const double *restrict mean, double *restrict out)
{
    for (size_t i = 0; i < n; i++) {
        const double middle = mean == NULL ? 0 : mean[i];
        out[i] += ((double) x[i] - middle) * (y == NULL ? 1 : (double) y[i] - middle);
    }
}

/* out_set = Σ (x - mean_set) (y - mean_set) over the first rows; y NULL: 1, mean NULL: 0. */
static void
TOTALS (const cut *c, size_t rows, const void *x_, const void *y_, const double *mean, double *out)
{
    const real *x = x_, *y = y_;
    memset (out, 0, c->sets * sizeof *out);
    for (size_t r = 0; r < rows; r++) {
        const size_t row = r * c->segments * c->length, first = r / c->per * c->across;
        if (c->length == 1) {
            SPREAD (c->segments, x + row, y == NULL ? NULL : y + row, mean, out);
            continue;
        }
        for (size_t g = 0; g < c->segments; g++) {
            const size_t at = row + g * c->length;
            out[first + g] += TOTAL (c->length, x + at, y == NULL ? NULL : y + at, mean == NULL ? 0 : mean[first + g]);
        }
    }
}

/* The numbers of one row, `count` from `first` on: out (+)= k_0 + Σ_t k_t x_t. */
static void
PART (const terms *t, size_t used, size_t at, size_t set, size_t step, size_t count, void *out_, bool accumulate)
{
    double sum[CHUNK];
    real *restrict out = (real *) out_ + at;
    for (size_t i = 0; i < count; i++)
        sum[i] = t->constant == NULL || used < t->count ? 0 : t->constant[set + i * step];
    for (size_t k = 0; k < used; k++) {
        const real *restrict x = (const real *) t->x[k] + at;
        const double *restrict factor = t->factor[k] + set;
        if (step == 0)
            for (size_t i = 0; i < count; i++)
                sum[i] += factor[0] * (double) x[i];
        else
            for (size_t i = 0; i < count; i++)
                sum[i] += factor[i] * (double) x[i];
    }
    for (size_t i = 0; i < count; i++)
        out[i] = (real) (accumulate ? (double) out[i] + sum[i] : sum[i]);
}

/* The same for all rows; those beyond the taken ones have the first `rest` terms only. */
static void
COMBINE (const cut *c, const terms *t, size_t rest, void *out, bool accumulate)
{
    const bool each = c->length == 1; /* a row is of one number a set */
    const size_t runs = each ? 1 : c->segments, length = each ? c->segments : c->length;
    for (size_t r = 0; r < c->rows; r++)
        for (size_t g = 0; g < runs; g++)
            for (size_t i = 0; i < length; i += CHUNK)
                PART (t, r < c->taken ? t->count : rest, r * c->segments * c->length + g * length + i,
                      r / c->per * c->across + g + (each ? i : 0), each, length - i < CHUNK ? length - i : CHUNK, out,
                      accumulate);
}
