/* version.h -- which version of the library a program is built with, and which one it runs with. */
#ifndef RETROGRADE_VERSION_H
#define RETROGRADE_VERSION_H

#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the headers. Programs built with another first number do not fit; while it is 0, neither do those with another second one. */
#define RETROGRADE_VERSION_MAJOR 0
#define RETROGRADE_VERSION_MINOR 1
#define RETROGRADE_VERSION_PATCH 0

/* The same as text, "0.1.0", and as a number that grows: 100 for 0.1.0, 10203 for 1.2.3. */
#define RETROGRADE_VERSION_TEXT_OF(a, b, c) #a "." #b "." #c
#define RETROGRADE_VERSION_TEXT(a, b, c) RETROGRADE_VERSION_TEXT_OF (a, b, c)
#define RETROGRADE_VERSION RETROGRADE_VERSION_TEXT (RETROGRADE_VERSION_MAJOR, RETROGRADE_VERSION_MINOR, RETROGRADE_VERSION_PATCH)
#define RETROGRADE_VERSION_NUMBER \
    (10000 * RETROGRADE_VERSION_MAJOR + 100 * RETROGRADE_VERSION_MINOR + RETROGRADE_VERSION_PATCH)

/* Of the library that is loaded: its text (a static string), and its number. */
RG_API const char *rg_version (void);
RG_API int rg_version_number (void);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_VERSION_H */
