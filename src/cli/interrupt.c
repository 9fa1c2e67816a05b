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
    struct sigaction at_start;
    if (sigaction (SIGHUP, NULL, &at_start) != 0 || at_start.sa_handler != SIG_IGN) /* nohup ignores it */
        sigaction (SIGHUP, &action, NULL);
}

int
caught_signal (void *user)
{
    (void) user;
    return caught;
}
