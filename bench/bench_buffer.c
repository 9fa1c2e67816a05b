/*
 * bench_buffer.c -- time and storage of the entropy buffer, of each kind.
 *
 *   bench_buffer [FILE]   print a table; append JSON lines to FILE
 *
 * 89,610 parameters (an MLP 784-100-100-10 with its biases), values about 2^36,
 * k = 14; medians of 7 runs of damped momentum with noise for a gradient.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <retrograde/exact.h>

#include "machine.h"

enum { COUNT = 89610, RUNS = 7 };

typedef struct {
    double forward_ns, backward_ns, storage_ratio;
} figures;

static double
seconds (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static int
compare (const void *a, const void *b)
{
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static double
median (double *values)
{
    qsort (values, RUNS, sizeof *values, compare);
    return values[RUNS / 2];
}

/* A gradient: noise of +-2^35, a function of step and parameter. */
static int64_t
noise (int step, size_t i)
{
    uint64_t z = ((uint64_t) step << 32 | i) + 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (int64_t) ((z ^ z >> 31) >> 28) - ((int64_t) 1 << 35);
}

/* One step of a run, addend included; returns the seconds of the buffer alone. */
static double
step (rg_buffer *buffer, const rg_decays *decays, int64_t *v, int t, int back)
{
    const double lost = 1 - rg_ratio_value (decays->ratio);
    for (size_t i = 0; back && i < COUNT; i++)
        v[i] += (int64_t) (lost * (double) noise (t, i));
    const double start = seconds ();
    for (size_t range = 0; range < rg_buffer_ranges (buffer); range++) {
        int64_t *c = v + range * RG_BUFFER_RANGE;
        const rg_status status = back ? rg_buffer_divide (buffer, range, decays, c)
                                      : rg_buffer_multiply (buffer, range, decays, c);
        if (status != RG_OK) {
            fprintf (stderr, "bench_buffer: %s\n", rg_status_text (status));
            exit (1);
        }
    }
    const double taken = seconds () - start;
    for (size_t i = 0; !back && i < COUNT; i++)
        v[i] -= (int64_t) (lost * (double) noise (t, i));
    return taken;
}

static figures
measure (rg_buffer_kind kind, double decay, int steps)
{
    static int64_t v[COUNT];
    double forward[RUNS], backward[RUNS], storage = 0;
    rg_decays decays = { { 0, 1 }, NULL, NULL };
    rg_buffer *buffer;
    if (rg_ratio_from_decay (decay, 14, &decays.ratio) != RG_OK || rg_buffer_new (&buffer, kind, COUNT, 14) != RG_OK)
        exit (1);
    for (int run = 0; run < RUNS; run++) {
        forward[run] = backward[run] = 0;
        for (size_t i = 0; i < COUNT; i++)
            v[i] = 2 * noise (-1, i);
        for (int t = 0; t < steps; t++)
            forward[run] += step (buffer, &decays, v, t, 0);
        storage = rg_buffer_bits (buffer) / -log2 (rg_ratio_value (decays.ratio)) / steps / COUNT;
        for (int t = steps; t-- > 0;)
            backward[run] += step (buffer, &decays, v, t, 1);
        if (!rg_buffer_is_start (buffer))
            exit (1);
    }
    rg_buffer_free (buffer);
    return (figures){ median (forward) / steps / COUNT * 1e9, median (backward) / steps / COUNT * 1e9, storage };
}

static void
report (FILE *out, const char *name, const char *what, const char *decay, double value, const char *unit)
{
    if (out != NULL)
        fprintf (out, "{\"name\": \"%s.%s%s\", \"value\": %.6g, \"unit\": \"%s\"}\n", name, what, decay, value, unit);
}

int
main (int argc, char **argv)
{
    static const struct {
        rg_buffer_kind kind;
        const char *name;
        int steps;
    } kinds[] = { { RG_BUFFER_STREAM32, "buffer", 500 },
                  { RG_BUFFER_STREAM64, "buffer64", 500 },
                  { RG_BUFFER_INTEGER, "buffer_integer", 100 } };
    /* The plain names are those of .9. */
    static const struct {
        double decay;
        const char *suffix;
    } decays[] = { { .9, "" }, { .98, "_98" } };
    FILE *out = argc > 1 ? fopen (argv[1], "a") : NULL;
    if (argc > 1 && out == NULL) {
        perror (argv[1]);
        return 1;
    }
    bench_machine (out);
    printf ("%-15s %5s  %12s  %13s  %13s\n", "buffer", "decay", "forward [ns]", "backward [ns]", "storage ratio");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t j = 0; j < sizeof decays / sizeof *decays; j++) {
            const figures got = measure (kinds[i].kind, decays[j].decay, kinds[i].steps);
            printf ("%-15s %5g  %12.2f  %13.2f  %13.4f\n", kinds[i].name, decays[j].decay, got.forward_ns,
                    got.backward_ns, got.storage_ratio);
            report (out, kinds[i].name, "forward_ns", decays[j].suffix, got.forward_ns, "ns");
            report (out, kinds[i].name, "backward_ns", decays[j].suffix, got.backward_ns, "ns");
            report (out, kinds[i].name, "storage_ratio", decays[j].suffix, got.storage_ratio, "1");
        }
    return out != NULL && fclose (out) != 0;
}
