/* field.h -- the numbers of a text. */
#ifndef RG_DATA_FORMAT_FIELD_H
#define RG_DATA_FORMAT_FIELD_H

#include <locale.h>
#include <stddef.h>
#ifdef HAVE_XLOCALE_H
#include <xlocale.h>
#endif

typedef enum { RG_FIELD_NUMBER, RG_FIELD_MISSING, RG_FIELD_INFINITE, RG_FIELD_TEXT } rg_field_kind;

/*
 * Read one field as [+-]digits[.digits][e[+-]digits]; nothing, NA, nan, null, ? and their like are missing.
 *   out  [out] the number
 * The thread is in the C locale, between rg_plain_locale_begin and _end.
 */
rg_field_kind rg_field_read (const unsigned char *text, size_t length, double *out);

/* Whether a text is a number but for a decimal comma. */
int rg_field_has_decimal_comma (const char *text);

/* Let this thread read numbers with a point, whatever the locale. Returns 0, or -1 when out of memory. */
typedef struct {
    locale_t plain, before;
} rg_plain_locale;

int rg_plain_locale_begin (rg_plain_locale *out);
void rg_plain_locale_end (const rg_plain_locale *locale);

#endif /* RG_DATA_FORMAT_FIELD_H */
