/* identity.c -- see identity.h. */
#include "study/identity.h"

#include <stdio.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "base/processor.h"
#include "dense/blas.h"

void
rg_identity (char out[RG_ARCHIVE_IDENTITY])
{
#ifdef __GLIBC__
    const char *library = gnu_get_libc_version ();
#else
    const char *library = "another";
#endif
    snprintf (out, RG_ARCHIVE_IDENTITY, "OpenBLAS kernels=%.60s\nprocessor level=%.40s\nC library=%.40s\n", rg_blas_core (),
              rg_level_name (rg_processor_level ()), library);
}

rg_status
rg_identity_compare (const char *path, const char *identity, rg_message *message)
{
    char own[RG_ARCHIVE_IDENTITY];
    rg_identity (own);
    const char *a = own, *b = identity;
    for (;;) {
        const int length_a = (int) strcspn (a, "\n"), length_b = (int) strcspn (b, "\n");
        if (length_a != length_b || strncmp (a, b, (size_t) length_a) != 0)
            return rg_fail (message, RG_EUNSUPPORTED,
                            "%s: the snapshot was made with %.*s, this is %.*s: the bits would differ", path, length_b, b,
                            length_a, a);
        if (a[length_a] == '\0' || b[length_b] == '\0')
            return RG_OK;
        a += length_a + 1;
        b += length_b + 1;
    }
}
