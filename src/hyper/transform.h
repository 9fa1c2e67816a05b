/* transform.h -- maps from free numbers to natural values, one row each. */
#ifndef RG_HYPER_TRANSFORM_H
#define RG_HYPER_TRANSFORM_H

typedef struct {
    const char *name, *formula; /* of the natural value in the free number x */
    double (*natural) (double free_value);
    double (*free_value) (double natural);  /* the inverse */
    double (*derivative) (double natural);  /* d natural / d free, as a function of the natural value */
    double minimum, maximum;                /* open interval of the natural values */
} rg_transform_row;

/* The row of an rg_transform, or NULL past the last. */
const rg_transform_row *rg_transform_get (int transform);

#endif /* RG_HYPER_TRANSFORM_H */
