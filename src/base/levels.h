/*
 * levels.h -- names of what is built once for each processor level; see processor.h.
 *
 * A levelled source is compiled with RG_LEVEL defined as 1 (the base line of the processor's kind), 3 or 4 (those of the
 * x86-64 psABI). What it defines under RG_AT_LEVEL (name) is name_v1, name_v3, name_v4; all give the same bits.
 */
#ifndef RG_BASE_LEVELS_H
#define RG_BASE_LEVELS_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#define RG_LEVEL_JOIN(name, level) name##_v##level
#define RG_LEVEL_NAME(name, level) RG_LEVEL_JOIN (name, level)
#define RG_AT_LEVEL(name) RG_LEVEL_NAME (name, RG_LEVEL)

/* The declarations of all levels of a table, and their addresses by rg_level. */
#ifdef RG_X86_LEVELS
#define RG_DECLARE_LEVELS(type, name) extern const type name##_v1, name##_v3, name##_v4
#define RG_ALL_LEVELS(name) { &name##_v1, &name##_v3, &name##_v4 }
#else
#define RG_DECLARE_LEVELS(type, name) extern const type name##_v1
#define RG_ALL_LEVELS(name) { &name##_v1 }
#endif

#endif /* RG_BASE_LEVELS_H */
