/* tied_parts.h -- a tied block from within, for the files that make and evaluate it. */
#ifndef RG_HYPER_TIED_PARTS_H
#define RG_HYPER_TIED_PARTS_H

#include "hyper/scheduled.h"
#include "hyper/tie.h"
#include "hyper/tied.h"

struct rg_tied {
    rg_scheduled *family;          /* NULL: what is used is linear in the free numbers, before the transform */
    rg_tie *steps, *slice;         /* NULL: the identity */
    rg_role role;
    const rg_transform_row *transform;
    size_t rows, columns, used, count; /* used: numbers of a step; count: steps */
    int ratio_bits;                /* 0: nothing is rounded */
    int rounding;                  /* whether it is now; if not, values go on from those at `start` */
    size_t step;                   /* whose values are there; SIZE_MAX: none */
    double *numbers;               /* [rows x columns] free */
    double *former;                /* [rows x columns] the numbers of the last update that succeeded */
    int known;                     /* whether there are such */
    double least;                  /* what is used is not less: what a run can take */
    double *start;                 /* [rows x columns] where rounding stopped; NULL where nothing is rounded */
    double *mixed;                 /* [2 x columns] workspace */
    double *values, *sums;         /* [used] */
};

/* Whether what is used lies between the least and the largest free number. */
static inline int
rg_tie_are_convex (const rg_tie *steps, const rg_tie *slice)
{
    return (steps == NULL || steps->convex) && (slice == NULL || slice->convex);
}

#endif /* RG_HYPER_TIED_PARTS_H */
