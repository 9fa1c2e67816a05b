/* separated.h -- the fields of a text whose rows are lines: RFC 4180, with other separators too. */
#ifndef RG_DATA_FORMAT_SEPARATED_H
#define RG_DATA_FORMAT_SEPARATED_H

#include "data/source.h"

/* What is left of a text. */
typedef struct {
    const unsigned char *at, *end;
    unsigned char separator;  /* a blank stands for any number of blanks and tabs */
    size_t line;              /* of what comes next, from 1 */
} rg_text;

/* A field, without blanks and quotes around it. */
typedef struct {
    const unsigned char *at;
    size_t length, line;
    int last;                 /* of its row */
    int damaged;              /* a quote that does not end, or text after one */
} rg_field;

/* Begin at a text's first line: without byte order mark and empty lines at the end. */
rg_text rg_text_begin (const rg_source *source);

/* Cut off the next field of a text that has not ended. */
rg_field rg_text_next (rg_text *text);

/* Fields of the row that comes next. */
size_t rg_text_count_fields (rg_text text);

/* The separator that a text's first rows agree on: tab, semicolon, comma, blank; a comma where they agree on none. */
unsigned char rg_text_find_separator (rg_text text);

/* Separators and line ends: no fewer fields than there are. */
size_t rg_text_bound_fields (const rg_text *text);

#endif /* RG_DATA_FORMAT_SEPARATED_H */
