/* header.h -- whether a text begins with the names of its columns. */
#ifndef RG_DATA_FORMAT_HEADER_H
#define RG_DATA_FORMAT_HEADER_H

#include "data/format/separated.h"

typedef enum {
    RG_FIRST_ROW,        /* the first line is a row like others */
    RG_FIRST_NAMES,      /* it holds the names */
    RG_FIRST_COUNTED,    /* the same, and they are 0, 1 ... as pandas writes where there are none */
    RG_FIRST_CLASSES,    /* rows, features, then the names of the classes, as scikit-learn writes */
    RG_FIRST_UNCERTAIN   /* the names or a row: 0, or 0 and 1, or texts above texts */
} rg_first_line;

rg_first_line rg_find_header (rg_text text);

#endif /* RG_DATA_FORMAT_HEADER_H */
