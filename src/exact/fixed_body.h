/* fixed_body.h -- the two directions of fixed point for one precision: REAL, FROM_REAL, TO_REAL. */

rg_status
FROM_REAL (size_t count, const REAL *x, int fraction_bits, int64_t *out, size_t *bad)
{
    if (fraction_bits < 0 || fraction_bits > 62)
        return RG_ERANGE;
    const double scale = ldexp (1, fraction_bits);
    int beyond = 0;
    for (size_t i = 0; i < count; i++)
        beyond |= !(fabs ((double) x[i]) * scale < LARGEST); /* true for a NaN */
    if (beyond)
        for (size_t i = 0; i < count; i++)
            if (!(fabs ((double) x[i]) * scale < LARGEST)) {
                if (bad != NULL)
                    *bad = i;
                return isfinite (x[i]) ? RG_EOVERFLOW : RG_ENONFINITE;
            }
    for (size_t i = 0; i < count; i++)
        out[i] = (int64_t) round_to_even ((double) x[i] * scale);
    return RG_OK;
}

void
TO_REAL (size_t count, const int64_t *integers, int fraction_bits, REAL *out)
{
    const double scale = ldexp (1, -fraction_bits);
    for (size_t i = 0; i < count; i++)
        out[i] = (REAL) ((double) integers[i] * scale);
}
