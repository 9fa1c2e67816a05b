/* precision.h -- in which floating-point format objectives compute. */
#ifndef RETROGRADE_PRECISION_H
#define RETROGRADE_PRECISION_H

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are those of the file formats: they never change. */
typedef enum { RG_SINGLE = 1, RG_DOUBLE = 2 } rg_precision;

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_PRECISION_H */
