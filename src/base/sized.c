/* sized.c -- see sized.h. */
#include "base/sized.h"

#include <string.h>

static int
is_zero (const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != 0)
            return 0;
    return 1;
}

rg_status
rg_sized_check (const void *given, size_t least, const char *name, rg_message *message)
{
    size_t size;
    memcpy (&size, given, sizeof size);
    return size >= least ? RG_OK : rg_fail (message, RG_EINPUT, "%s: expected a struct whose size is set, to %zu bytes or more, got "
                                            "%zu", name, least, size);
}

rg_status
rg_sized_read (void *own, size_t size, size_t least, const void *given, const char *name, rg_message *message)
{
    size_t given_size;
    memcpy (&given_size, given, sizeof given_size);
    const rg_status status = rg_sized_check (given, least, name, message);
    if (status != RG_OK)
        return status;
    if (given_size > size && !is_zero ((const char *) given + size, given_size - size))
        return rg_fail (message, RG_EUNSUPPORTED, "%s: the caller asks for what a newer version of the library has", name);
    memcpy (own, given, given_size < size ? given_size : size);
    memcpy (own, &size, sizeof size);
    return RG_OK;
}

void
rg_sized_write (void *given, size_t given_size, const void *own, size_t size)
{
    memcpy (given, own, given_size < size ? given_size : size);
    memcpy (given, &given_size, sizeof given_size);
}
