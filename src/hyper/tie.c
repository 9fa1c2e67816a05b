/* tie.c -- sparse matrices by rows, and the ties that are one; see retrograde/tie.h. */
#include "hyper/tie.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MOST_DEGREE = 3 };

static rg_status
allocate (rg_tie **out, size_t rows, size_t columns, size_t entries)
{
    rg_tie *tie = rg_calloc (1, sizeof *tie);
    *out = tie;
    if (tie == NULL)
        return RG_ENOMEM;
    tie->rows = rows;
    tie->columns = columns;
    tie->start = rows == SIZE_MAX ? NULL : rg_calloc (rows + 1, sizeof *tie->start);
    tie->column = rg_malloc (entries, sizeof *tie->column);
    tie->value = rg_malloc (entries, sizeof *tie->value);
    if (tie->start != NULL && tie->column != NULL && tie->value != NULL)
        return RG_OK;
    rg_tie_free (tie);
    *out = NULL;
    return RG_ENOMEM;
}

void
rg_tie_free (rg_tie *tie)
{
    if (tie == NULL)
        return;
    rg_free (tie->start);
    rg_free (tie->column);
    rg_free (tie->value);
    rg_free (tie);
}

static int
is_convex (const rg_tie *tie)
{
    for (size_t r = 0; r < tie->rows; r++) {
        double sum = 0;
        for (size_t i = tie->start[r]; i < tie->start[r + 1]; i++) {
            if (tie->value[i] < 0)
                return 0;
            sum += tie->value[i];
        }
        if (!(fabs (sum - 1) <= 1e-9))
            return 0;
    }
    return 1;
}

/* Every free number has a coefficient that is not zero. */
static rg_status
check_columns (const rg_tie *tie, rg_message *message)
{
    char *used = rg_calloc (tie->columns, 1);
    if (used == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    for (size_t i = 0; i < tie->start[tie->rows]; i++)
        used[tie->column[i]] |= tie->value[i] != 0;
    rg_status status = RG_OK;
    for (size_t c = 0; status == RG_OK && c < tie->columns; c++)
        if (!used[c])
            status = rg_fail (message, RG_EINPUT, "nothing uses free number %zu of %zu", c, tie->columns);
    rg_free (used);
    return status;
}

static int
by_place (const void *a, const void *b)
{
    const rg_tie_entry *x = a, *y = b;
    return x->row != y->row ? (x->row > y->row) - (x->row < y->row)
                            : (x->column > y->column) - (x->column < y->column);
}

/* Entries sorted by place become rows; those at one place are added. */
static void
fill (rg_tie *tie, size_t count, const rg_tie_entry *entries)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const rg_tie_entry *e = &entries[i];
        if (i > 0 && by_place (e, &entries[i - 1]) == 0) {
            tie->value[n - 1] += e->value;
            continue;
        }
        tie->column[n] = e->column;
        tie->value[n++] = e->value;
        tie->start[e->row + 1]++;
    }
    for (size_t r = 0; r < tie->rows; r++)
        tie->start[r + 1] += tie->start[r];
}

rg_status
rg_tie_new (rg_tie **out, size_t rows, size_t columns, size_t count, const rg_tie_entry *entries, rg_message *message)
{
    *out = NULL;
    if (rows == 0 || columns == 0)
        return rg_fail (message, RG_ERANGE, "expected at least one row and one column, got %zu and %zu", rows, columns);
    for (size_t i = 0; i < count; i++) {
        const rg_tie_entry *e = &entries[i];
        if (e->row >= rows || e->column >= columns)
            return rg_fail (message, RG_ERANGE, "entry %zu is at row %zu, column %zu of a matrix of %zu rows, %zu columns",
                            i, e->row, e->column, rows, columns);
        if (!isfinite (e->value))
            return rg_fail (message, RG_ENONFINITE, "the coefficient at row %zu, column %zu is not finite", e->row,
                            e->column);
    }
    rg_tie *tie;
    rg_tie_entry *sorted = rg_malloc (count, sizeof *sorted);
    rg_status status = sorted == NULL ? RG_ENOMEM : allocate (&tie, rows, columns, count);
    if (status != RG_OK) {
        rg_free (sorted);
        return rg_fail (message, status, "out of memory for a matrix of %zu coefficients", count);
    }
    if (count > 0) {
        memcpy (sorted, entries, count * sizeof *sorted);
        qsort (sorted, count, sizeof *sorted, by_place);
    }
    fill (tie, count, sorted);
    rg_free (sorted);
    status = check_columns (tie, message);
    if (status != RG_OK) {
        rg_tie_free (tie);
        return status;
    }
    tie->convex = is_convex (tie);
    *out = tie;
    return RG_OK;
}

rg_status
rg_tie_groups (rg_tie **out, size_t rows, const size_t *group, rg_message *message)
{
    *out = NULL;
    size_t groups = 0;
    if (rows == 0)
        return rg_fail (message, RG_ERANGE, "expected at least one number");
    for (size_t r = 0; r < rows; r++) {
        if (group[r] >= rows)
            return rg_fail (message, RG_ERANGE, "expected groups 0, 1 ... with a member each, got group %zu for %zu numbers", group[r],
                            rows);
        groups = group[r] + 1 > groups ? group[r] + 1 : groups;
    }
    rg_tie *tie;
    if (allocate (&tie, rows, groups, rows) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory for groups of %zu numbers", rows);
    for (size_t r = 0; r < rows; r++) {
        tie->start[r + 1] = r + 1;
        tie->column[r] = group[r];
        tie->value[r] = 1;
    }
    tie->convex = 1;
    const rg_status status = check_columns (tie, message);
    if (status != RG_OK)
        rg_tie_free (tie);
    else
        *out = tie;
    return status;
}

/*
 * The B-splines of degree d that are not zero at x in [0, knots - d], by their recurrence; the knots are
 * 0 (d + 1 times), 1, 2 ... knots - d (d + 1 times).
 *   basis  [d + 1] [out]
 * Returns the index of the first.
 */
static size_t
spline_basis (double x, size_t knots, int d, double *basis)
{
    const double last = (double) (knots - (size_t) d);
    const size_t first = x >= last ? knots - (size_t) d - 1 : (size_t) x;
    basis[0] = 1;
    for (int degree = 1; degree <= d; degree++) {
        double from_below = 0;
        for (int r = 0; r < degree; r++) {
            const double left = fmax (0, (double) first + r + 1 - degree), right = fmin (last, (double) first + r + 1);
            const double share = basis[r] / (right - left);
            basis[r] = from_below + (right - x) * share;
            from_below = (x - left) * share;
        }
        basis[degree] = from_below;
    }
    return first;
}

rg_status
rg_tie_spline (rg_tie **out, size_t steps, size_t knots, int degree, rg_message *message)
{
    *out = NULL;
    if (degree < 0 || degree > MOST_DEGREE)
        return rg_fail (message, RG_ERANGE, "expected a degree from 0 to %d, got %d", MOST_DEGREE, degree);
    if (knots <= (size_t) degree || knots > steps)
        return rg_fail (message, RG_ERANGE, "expected %d to %zu knots for degree %d and %zu steps, got %zu", degree + 1,
                        steps, degree, steps, knots);
    rg_tie *tie;
    const size_t each = (size_t) degree + 1;
    if (steps > SIZE_MAX / each / 16 || allocate (&tie, steps, knots, steps * each) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory for a spline over %zu steps", steps);
    for (size_t t = 0, n = 0; t < steps; t++) {
        double basis[MOST_DEGREE + 1];
        const double x = degree == 0 ? 0 : (double) t * (double) (knots - (size_t) degree) / (double) (steps - 1);
        const size_t first = degree == 0 ? (size_t) ((double) t * (double) knots / (double) steps)
                                         : spline_basis (x, knots, degree, basis);
        if (degree == 0)
            basis[0] = 1;
        for (size_t i = 0; i < each; i++)
            if (basis[i] != 0) {
                tie->column[n] = first + i;
                tie->value[n++] = basis[i];
            }
        tie->start[t + 1] = n;
    }
    tie->convex = 1;
    *out = tie;
    return RG_OK;
}

rg_status
rg_tie_of_rows (rg_tie **out, const rg_tie *matrix, size_t width)
{
    const size_t entries = matrix->start[matrix->rows];
    *out = NULL;
    if (width == 0 || matrix->rows > SIZE_MAX / width / 16 || matrix->columns > SIZE_MAX / width / 16
        || entries > SIZE_MAX / width / 16)
        return RG_ENOMEM;
    rg_tie *tie;
    if (allocate (&tie, matrix->rows * width, matrix->columns * width, entries * width) != RG_OK)
        return RG_ENOMEM;
    size_t n = 0;
    for (size_t r = 0; r < tie->rows; r++) {
        for (size_t i = matrix->start[r / width]; i < matrix->start[r / width + 1]; i++) {
            tie->column[n] = matrix->column[i] * width + r % width;
            tie->value[n++] = matrix->value[i];
        }
        tie->start[r + 1] = n;
    }
    tie->convex = matrix->convex;
    *out = tie;
    return RG_OK;
}

rg_status
rg_tie_copy (rg_tie **out, const rg_tie *tie)
{
    *out = NULL;
    if (tie == NULL)
        return RG_OK;
    const size_t entries = tie->start[tie->rows];
    rg_tie *copy;
    if (allocate (&copy, tie->rows, tie->columns, entries) != RG_OK)
        return RG_ENOMEM;
    memcpy (copy->start, tie->start, (tie->rows + 1) * sizeof *copy->start);
    memcpy (copy->column, tie->column, entries * sizeof *copy->column);
    memcpy (copy->value, tie->value, entries * sizeof *copy->value);
    copy->convex = tie->convex;
    *out = copy;
    return RG_OK;
}

size_t
rg_tie_rows (const rg_tie *tie)
{
    return tie->rows;
}

size_t
rg_tie_columns (const rg_tie *tie)
{
    return tie->columns;
}

int
rg_tie_is_convex (const rg_tie *tie)
{
    return tie->convex;
}

double
rg_tie_at (const rg_tie *tie, size_t row, size_t column)
{
    for (size_t i = tie->start[row]; i < tie->start[row + 1]; i++)
        if (tie->column[i] == column)
            return tie->value[i];
    return 0;
}
