/*
 * sized.h -- structs that a caller fills and that may grow: their first member is their size where the caller was compiled.
 *
 * An older caller's struct is shorter: what it does not have keeps the library's defaults, and nothing is read or written beyond it.
 * A newer caller's struct is longer: it is served as long as all that this library does not know is zero.
 */
#ifndef RG_BASE_SIZED_H
#define RG_BASE_SIZED_H

#include <stddef.h>

#include <retrograde/status.h>

/* Bytes of a struct up to a member, this one included: the least that a caller must have. */
#define RG_SIZE_TO(type, member) (offsetof (type, member) + sizeof ((const type *) 0)->member)

/*
 * Take over what a caller has given.
 *   own    the library's struct, filled with its defaults; its first member becomes `size`
 *   size   of the library's struct
 *   least  of what a caller must have
 *   given  the caller's struct, which begins with a size_t, its size
 *   name   of the type, for the sentence
 * Returns RG_OK; RG_EINPUT where the caller's size is too small, as that of a struct whose size was not set;
 * RG_EUNSUPPORTED where the caller asks for what this library does not know. Then own is as it was.
 */
rg_status rg_sized_read (void *own, size_t size, size_t least, const void *given, const char *name, rg_message *message);

/* Refuse a caller's struct that will be written, of a size below `least`: RG_EINPUT. */
rg_status rg_sized_check (const void *given, size_t least, const char *name, rg_message *message);

/* Write a struct of the library to a caller's, of `given_size` bytes, the first member of which is set to that. */
void rg_sized_write (void *given, size_t given_size, const void *own, size_t size);

#endif /* RG_BASE_SIZED_H */
