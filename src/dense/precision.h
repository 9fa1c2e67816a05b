/* precision.h -- sizes of the floating-point formats. */
#ifndef RG_DENSE_PRECISION_H
#define RG_DENSE_PRECISION_H

#include <stddef.h>

#include <retrograde/precision.h>

/* Bytes of one number. */
static inline size_t
rg_precision_size (rg_precision precision)
{
    return precision == RG_SINGLE ? sizeof (float) : sizeof (double);
}

#endif /* RG_DENSE_PRECISION_H */
