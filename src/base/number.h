/* number.h -- numbers in text, read strictly: the whole text or nothing. */
#ifndef RG_BASE_NUMBER_H
#define RG_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* The largest whole number: every whole number is exact as a double, here and in JSON. */
#define RG_WHOLE_MAX INT64_C (9007199254740991)

/* Each function below leaves *out unchanged where it returns false. */

/* Read a decimal number, as rg_read_real does, whose value is whole: 1000, 1e3 or 1.5e3; |value| <= RG_WHOLE_MAX. */
bool rg_read_whole (const char *text, int64_t *out);

/* Read a place or a part: [+-]digits alone, |value| <= RG_WHOLE_MAX; no leading zero, point, exponent or space. */
bool rg_read_digits (const char *text, int64_t *out);

/*
 * Read a decimal number: [+-], digits with at most one point, at most one exponent
 * (1e3, .01, 20.5). No leading zero before another digit; no hexadecimal, infinity
 * or NaN; nothing that overflows, or that is not 0 and underflows to 0. Does not
 * depend on the locale.
 */
bool rg_read_real (const char *text, double *out);

/* Read n/d with whole n, d >= 1. */
bool rg_read_fraction (const char *text, int64_t *numerator, int64_t *denominator);

/* Read true or false. */
bool rg_read_flag (const char *text, bool *out);

/* Read a size >= 1 in bytes: a whole number, or a decimal number with KiB, MiB or GiB ("1.5GiB", "2 MiB"). */
bool rg_read_bytes (const char *text, uint64_t *out);

#endif /* RG_BASE_NUMBER_H */
