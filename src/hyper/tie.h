/* tie.h -- the matrix of a tie, for the files of this module; see retrograde/tie.h. */
#ifndef RG_HYPER_TIE_H
#define RG_HYPER_TIE_H

#include <retrograde/tie.h>

/* Rows one after the other: coefficient i of row r for start[r] <= i < start[r + 1], columns ascending. */
struct rg_tie {
    size_t rows, columns;
    int convex;
    size_t *start;   /* [rows + 1] */
    size_t *column;  /* [start[rows]] */
    double *value;   /* [start[rows]] */
};

/* The coefficient at a place, 0 where there is none. */
double rg_tie_at (const rg_tie *tie, size_t row, size_t column);

#endif /* RG_HYPER_TIE_H */
