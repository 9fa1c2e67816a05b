/* machine.h -- which processor, level of kernels and BLAS kernel a benchmark measures. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/processor.h"
#include "dense/blas.h"

/* The processor's own name; "unknown" where the system does not tell it. */
static inline const char *
bench_processor (void)
{
    static char line[256];
    FILE *file = fopen ("/proc/cpuinfo", "r");
    char *name = NULL;
    while (file != NULL && name == NULL && fgets (line, sizeof line, file) != NULL)
        if (strncmp (line, "model name", 10) == 0 && (name = strchr (line, ':')) != NULL)
            name[strcspn (name, "\n")] = '\0';
    if (file != NULL)
        fclose (file);
    return name == NULL || strchr (name, '"') != NULL ? "unknown" : name + 2;
}

/* Use the level that BENCH_LEVEL names (v1, v3, v4), or the processor's; say which, and end where the processor has it not. */
static inline void
bench_machine (FILE *results)
{
    static const char *const names[] = { "v1", "v3", "v4" };
    const char *wanted = getenv ("BENCH_LEVEL");
    int level = RG_LEVEL_BASE;
    while (wanted != NULL && *wanted != '\0' && level < RG_LEVELS && strcmp (wanted, names[level]) != 0)
        level++;
    if (wanted != NULL && *wanted != '\0')
        rg_processor_cap ((rg_level) level);
    if (wanted != NULL && *wanted != '\0' && (int) rg_processor_level () != level) {
        fprintf (stderr, "bench: BENCH_LEVEL: expected v1, v3 or v4, one that this processor has, got %s\n", wanted);
        exit (EXIT_FAILURE);
    }
    const char *processor = bench_processor (), *found = rg_level_name (rg_processor_level ());
    printf ("%s, kernels %s, BLAS kernel %s\n", processor, found, rg_blas_core ());
    if (results != NULL)
        fprintf (results, "{\"name\": \"machine\", \"value\": \"%s\", \"unit\": \"kernels %s, BLAS %s\"}\n", processor, found,
                 rg_blas_core ());
}

#endif /* BENCH_MACHINE_H */
