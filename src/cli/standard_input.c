/* standard_input.c -- a configuration that comes through a pipe. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/job.h"

enum { BLOCK = 1 << 16, LARGEST = 16 << 20 /* bytes; the configuration's own limit is lower, and has a sentence */ };

static int
refuse (const char *sentence)
{
    complain ("standard input: %s", sentence);
    return EXIT_SYSTEM;
}

/* All that comes; the text is the options' from the start, so that free_text ends it whatever happens. */
static int
read_all (options *o)
{
    char *text = NULL;
    size_t used = 0, got = BLOCK;
    while (got == BLOCK && used < LARGEST) {
        char *longer = realloc (text, used + BLOCK);
        if (longer == NULL)
            return refuse ("out of memory");
        o->text = text = longer;
        errno = 0;
        got = fread (text + used, 1, BLOCK, stdin);
        used += got;
    }
    o->text_bytes = used;
    return ferror (stdin) ? refuse (strerror (errno)) : EXIT_DONE;
}

int
take_standard_input (options *o)
{
    if (strcmp (o->file, "-") != 0)
        return EXIT_DONE;
    o->file = "standard input";
    if (rg_ranks_count (job_ranks ()) > 1) { /* mpirun gives it to the first alone */
        complain ("standard input: with several ranks the configuration must be a file");
        return EXIT_USAGE;
    }
    return read_all (o);
}

void
free_text (options *o)
{
    free ((void *) o->text);
}
