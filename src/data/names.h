/* names.h -- what columns and classes are called. */
#ifndef RG_DATA_NAMES_H
#define RG_DATA_NAMES_H

#include <retrograde/status.h>

typedef struct rg_names rg_names;

/* Room for `most` names, ended with rg_names_free. Returns RG_OK, or RG_ENOMEM with *out = NULL. */
rg_status rg_names_new (rg_names **out, size_t most);
void rg_names_free (rg_names *names); /* NULL is allowed */

/* Add one; copied. Returns RG_OK or RG_ENOMEM. */
rg_status rg_names_add (rg_names *names, const char *name);

/* Name i; NULL past the last, and of NULL. */
const char *rg_names_at (const rg_names *names, size_t i);

/* A copy; NULL of NULL. Sets *failed when out of memory. */
rg_names *rg_names_copy (const rg_names *names, int *failed);

#endif /* RG_DATA_NAMES_H */
