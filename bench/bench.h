/* bench.h -- what the benchmarks share: clock, medians, results. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double
bench_clock (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static inline int
bench_compare (const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

/* The median; sorts its argument. */
static inline double
bench_median (double *values, size_t count)
{
    qsort (values, count, sizeof *values, bench_compare);
    return count % 2 != 0 ? values[count / 2] : .5 * (values[count / 2 - 1] + values[count / 2]);
}

/* Print one figure, and append it to the file of results where there is one. */
static inline void
bench_result (FILE *results, const char *name, double value, const char *unit)
{
    printf ("%-44s %12.4f %s\n", name, value, unit);
    fflush (stdout);
    if (results != NULL)
        fprintf (results, "{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name, value, unit);
}

#endif /* BENCH_BENCH_H */
