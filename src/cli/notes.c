/* notes.c -- see notes.h. */
#include "cli/notes.h"

#include <ctype.h>
#include <pthread.h>
#include <string.h>

#include "cli/complain.h"

enum { KINDS = 16, LENGTH = 160 };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int once;
static size_t kinds;
static struct {
    char beginning[LENGTH]; /* up to the first number */
    unsigned long again;
} kind[KINDS];

/* Copy what stands before the first digit. */
static void
begin_of (const char *sentence, char out[LENGTH])
{
    size_t i = 0;
    for (; i + 1 < LENGTH && sentence[i] != '\0' && !isdigit ((unsigned char) sentence[i]); i++)
        out[i] = sentence[i];
    out[i] = '\0';
}

/* Whether such a note was said before; it is counted. */
static int
is_repeated (const char *sentence)
{
    char beginning[LENGTH];
    begin_of (sentence, beginning);
    for (size_t i = 0; i < kinds; i++)
        if (strcmp (kind[i].beginning, beginning) == 0) {
            kind[i].again++;
            return 1;
        }
    if (kinds < KINDS) {
        memcpy (kind[kinds].beginning, beginning, LENGTH);
        kind[kinds++].again = 0;
    }
    return 0;
}

void
say_note (void *user, const char *sentence)
{
    (void) user;
    pthread_mutex_lock (&turn);
    if (!once || !is_repeated (sentence))
        complain ("%s", sentence);
    pthread_mutex_unlock (&turn);
}

void
say_notes_once (void)
{
    once = 1;
}

void
say_repeated (void)
{
    pthread_mutex_lock (&turn);
    for (size_t i = 0; i < kinds; i++)
        if (kind[i].again > 0)
            complain ("noted %lu times more: %s...", kind[i].again, kind[i].beginning);
    kinds = 0;
    once = 0;
    pthread_mutex_unlock (&turn);
}
