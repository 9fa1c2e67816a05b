/* complain.c -- see complain.h. */
#include "cli/complain.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli/interrupt.h"

static int keeps = 0;
static char kept[1024];

void
complain (const char *format, ...)
{
    char sentence[sizeof kept];
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (sentence, sizeof sentence, format, arguments);
    va_end (arguments);
    if (keeps)
        snprintf (kept, sizeof kept, "%s", sentence);
    else
        fprintf (stderr, "retrograde: %s\n", sentence);
}

void
keep_complaints (void)
{
    keeps = 1;
}

const char *
kept_complaint (void)
{
    return kept;
}

int
fail (rg_status status, const rg_message *message)
{
    complain ("%s", message->text[0] != '\0' ? message->text : rg_status_text (status));
    switch (status) {
    case RG_OK:
        return EXIT_DONE;
    case RG_ERANGE:
    case RG_ESHAPE:
    case RG_EINPUT:
    case RG_EUNSUPPORTED:
        return EXIT_USAGE;
    case RG_EOVERFLOW:
    case RG_ENONFINITE:
    case RG_ECALLBACK:
        return EXIT_DIVERGED;
    case RG_EIRREVERSIBLE:
        return EXIT_IRREVERSIBLE;
    case RG_EINTERRUPTED:
        return 128 + (caught_signal (NULL) != 0 ? caught_signal (NULL) : SIGTERM); /* else another rank's signal */
    case RG_ENOMEM:
    case RG_ESYSTEM:
        break;
    }
    return EXIT_SYSTEM;
}

int
fail_unless (rg_status status, const rg_message *message)
{
    return status == RG_OK ? EXIT_DONE : fail (status, message);
}
