/* tie.h -- linear maps from the free numbers of a block to the numbers it uses. */
#ifndef RETROGRADE_TIE_H
#define RETROGRADE_TIE_H

#include <stddef.h>

#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A matrix [rows x columns], kept by what is not zero: used = matrix * free, before the block's
 * transform. It is convex where no coefficient is negative and every row sums to 1: then what is
 * used stays between the least and the largest free number.
 */
typedef struct rg_tie rg_tie;

/* One coefficient. */
typedef struct {
    size_t row, column;
    double value;
} rg_tie_entry;

/*
 * Make a tie of its coefficients.
 *   out      [out] ended with rg_tie_free; NULL on failure
 *   rows     used numbers, >= 1
 *   columns  free numbers, >= 1
 *   count    how many entries; those at the same place are added
 *   entries  [count] in any order
 *   message  [out] or NULL
 * Returns RG_OK; RG_ERANGE for a place outside the matrix; RG_ENONFINITE; RG_EINPUT for a free number that
 * nothing uses (its derivative would be a silent zero); RG_ENOMEM.
 */
RG_API rg_status rg_tie_new (rg_tie **out, size_t rows, size_t columns, size_t count, const rg_tie_entry *entries,
                             rg_message *message);

/*
 * Numbers in groups that share one free number each.
 *   group  [rows] 0 ... groups - 1, every group with a member; groups = 1 + the largest
 * Returns as rg_tie_new.
 */
RG_API rg_status rg_tie_groups (rg_tie **out, size_t rows, const size_t *group, rg_message *message);

/*
 * A schedule over the steps: B-splines of `degree` 0 ... 3 with clamped ends and equal intervals (de Boor 1978).
 * Degree 0 is constant in `knots` pieces, the t-th step in piece floor(t knots / steps); degree 1 goes straight from knot
 * to knot, its free numbers being its values there; of degree 3 the free numbers are control points. The basis functions
 * are not negative and sum to 1: a constant is a constant.
 *   steps  rows, >= knots
 *   knots  columns, > degree
 * Returns RG_OK; RG_ERANGE; RG_ENOMEM.
 */
RG_API rg_status rg_tie_spline (rg_tie **out, size_t steps, size_t knots, int degree, rg_message *message);

/*
 * The Kronecker product with the identity: each coefficient of a matrix between rows of `width` numbers.
 *   matrix  [r x c] such as a convex sharing matrix between tasks; the tie is [r width x c width]
 * Returns RG_OK; RG_ENOMEM.
 */
RG_API rg_status rg_tie_of_rows (rg_tie **out, const rg_tie *matrix, size_t width);

RG_API size_t rg_tie_rows (const rg_tie *tie);
RG_API size_t rg_tie_columns (const rg_tie *tie);
RG_API int rg_tie_is_convex (const rg_tie *tie);

/* Copy a tie; free one, NULL is allowed. */
RG_API rg_status rg_tie_copy (rg_tie **out, const rg_tie *tie);
RG_API void rg_tie_free (rg_tie *tie);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_TIE_H */
