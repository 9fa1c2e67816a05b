/* identity.h -- what the bits of a computation depend on beside its problem. */
#ifndef RG_STUDY_IDENTITY_H
#define RG_STUDY_IDENTITY_H

#include "base/archive.h"

/* "name=value" for each of them, separated by newlines: kernels of OpenBLAS, our own, the C library. */
void rg_identity (char out[RG_ARCHIVE_IDENTITY]);

/*
 * Whether a snapshot was made where the bits are the same.
 * Returns RG_OK, or RG_EUNSUPPORTED with the first difference.
 */
rg_status rg_identity_compare (const char *path, const char *identity, rg_message *message);

#endif /* RG_STUDY_IDENTITY_H */
