/* how.h -- options of estimators, as the suites give them. */
#ifndef TESTS_HOW_H
#define TESTS_HOW_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <retrograde/estimator.h>
#include <retrograde/registry.h>

#include "estimator/estimator.h"

/* Options with these members: HOW (.slots = 3). */
#define HOW(...) ((rg_estimator_options) { .size = sizeof (rg_estimator_options), __VA_ARGS__ })

/* Of "key: value, ..." what an estimator takes; NULL where that is nothing. The text lives until eight more are made. */
static inline const char *
settings_of (const char *estimator, const char *format, ...)
{
    static char texts[8][200];
    static size_t next = 0;
    char all[200], *rest = NULL, *text = texts[next++ % 8];
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (all, sizeof all, format, arguments);
    va_end (arguments);
    text[0] = '\0';
    for (char *one = strtok_r (all, ",", &rest); one != NULL; one = strtok_r (NULL, ",", &rest)) {
        char key[64];
        sscanf (one, " %63[a-z_]", key);
        if (rg_option_find (rg_registry_estimator (estimator)->options, key) != NULL) {
            if (text[0] != '\0')
                strcat (text, ",");
            strcat (text, one);
        }
    }
    return text[0] == '\0' ? NULL : text;
}

#endif /* TESTS_HOW_H */
