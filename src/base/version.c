/* version.c -- the version that the library was built as; see retrograde/version.h. */
#include <retrograde/version.h>

const char *
rg_version (void)
{
    return RETROGRADE_VERSION;
}

int
rg_version_number (void)
{
    return RETROGRADE_VERSION_NUMBER;
}
