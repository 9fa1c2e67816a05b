/* available.c -- see available.h. */
#include "base/available.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* A line "NAME: n kB" of a file of /proc, in bytes; INFINITY where it is not there. */
static double
line_of (const char *path, const char *format)
{
    char line[256];
    double kib = INFINITY;
    FILE *file = fopen (path, "re");
    if (file == NULL)
        return INFINITY;
    while (fgets (line, sizeof line, file) != NULL && sscanf (line, format, &kib) != 1)
        continue;
    fclose (file);
    return 1024 * kib;
}

double
rg_memory_available (void)
{
    struct rlimit limit;
    double left = INFINITY;
    const double system = line_of ("/proc/meminfo", "MemAvailable: %lf kB");
    if (getrlimit (RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        const double taken = line_of ("/proc/self/status", "VmSize: %lf kB");
        left = fmax (0, (double) limit.rlim_cur - (isfinite (taken) ? taken : 0));
    }
    return fmin (system, left);
}
