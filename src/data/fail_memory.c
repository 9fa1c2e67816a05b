/* fail_memory.c -- see source.h. */
#include "data/source.h"

rg_status
rg_fail_memory (rg_message *message, const char *name)
{
    return rg_fail (message, RG_ENOMEM, "%s: out of memory", name);
}
