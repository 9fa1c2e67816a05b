/* interrupt.c -- see interrupt.h. */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t caught = 0;

static void
catch_signal (int number)
{
    if (caught != 0)
        _exit (128 + number);
    caught = number;
}

void
watch_signals (void)
{
    struct sigaction action = { .sa_handler = catch_signal, .sa_flags = SA_RESTART };
    sigemptyset (&action.sa_mask);
    sigaction (SIGINT, &action, NULL);
    sigaction (SIGTERM, &action, NULL);
}

int
caught_signal (void *user)
{
    (void) user;
    return caught;
}
