/* names.h -- the words for the values of all enumerations, and the way back. */
#ifndef RETROGRADE_NAMES_H
#define RETROGRADE_NAMES_H

#include <stddef.h>

#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Enumerations are named as their type without rg_: rg_enum_name ("arithmetic", RG_FLOATING) is "floating". A value that a
 * configuration knows has the word that it has there; a status is "RG_ENOMEM" and so on.
 *   value  of the enumeration
 * Returns a static string; NULL where there is no such enumeration, or no such value.
 */
RG_API const char *rg_enum_name (const char *enumeration, int value);

/*
 * The value of a word.
 *   value  [out] unchanged where there is none
 * Returns 1; 0 where there is no such enumeration, or no such word in it.
 */
RG_API int rg_enum_value (const char *enumeration, const char *word, int *value);

/* The enumerations, from 0; NULL past the last. */
RG_API const char *rg_enum_at (size_t index);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_NAMES_H */
