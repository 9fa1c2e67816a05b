/* strided_body.h -- the loops of strided.c; included once a precision, with real, MOVE and ROW defined. */

/* One row: out_j (+)= s Σ over the dimensions that are added up. */
static void
ROW (const loops *l, double s, const real *in, real *out, bool accumulate)
{
    if (l->added == 1 && s == 1) {
        for (size_t j = 0; j < l->row; j++)
            out[j * l->row_out] = accumulate ? out[j * l->row_out] + in[j * l->row_in] : in[j * l->row_in];
        return;
    }
    for (size_t j = 0; j < l->row; j++) {
        double total = 0;
        for (size_t a = 0; a < l->added; a++)
            total += (double) in[j * l->row_in + offset_of (l, a)];
        total *= s;
        out[j * l->row_out] = (real) (accumulate ? (double) out[j * l->row_out] + total : total);
    }
}

static void
MOVE (const loops *l, double s, const void *in, void *out, bool accumulate)
{
    for (size_t r = 0; r < l->rows; r++) {
        size_t from = l->in_at, to = l->out_at, rest = r;
        for (size_t d = l->kept; d-- > 0;) {
            const size_t i = rest % l->dim[d];
            rest /= l->dim[d];
            from += i * l->in[d];
            to += i * l->out[d];
        }
        ROW (l, s, (const real *) in + from, (real *) out + to, accumulate);
    }
}
