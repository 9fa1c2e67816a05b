/* processor.h -- which level of kernels this processor runs, and how many there are. */
#ifndef RG_BASE_PROCESSOR_H
#define RG_BASE_PROCESSOR_H

#include <stddef.h>

/* Levels of the x86-64 psABI; other processors are at the base line. */
typedef enum { RG_LEVEL_BASE, RG_LEVEL_V3, RG_LEVEL_V4, RG_LEVELS } rg_level;

/* The level in use: the highest that processor and operating system run, or the one forced. */
rg_level rg_processor_level (void);

/* Use at most this level from now on, for tests and comparisons; not while kernels run. */
void rg_processor_cap (rg_level most);

/* Processors that this process may use, >= 1. */
size_t rg_processor_count (void);

/* "x86-64-v4" ..., for snapshots and reports. */
const char *rg_level_name (rg_level level);

#endif /* RG_BASE_PROCESSOR_H */
