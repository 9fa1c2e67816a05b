/* precision.h -- in which floating-point format a graph computes. */
#ifndef RG_DENSE_PRECISION_H
#define RG_DENSE_PRECISION_H

#include <stddef.h>

/* The numbers are those of the file formats: they never change. */
typedef enum { RG_SINGLE = 1, RG_DOUBLE = 2 } rg_precision;

/* Bytes of one number. */
static inline size_t
rg_precision_size (rg_precision precision)
{
    return precision == RG_SINGLE ? sizeof (float) : sizeof (double);
}

#endif /* RG_DENSE_PRECISION_H */
