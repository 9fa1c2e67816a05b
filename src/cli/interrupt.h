/* interrupt.h -- signals that ask the command to end. */
#ifndef RG_CLI_INTERRUPT_H
#define RG_CLI_INTERRUPT_H

/* Catch SIGINT and SIGTERM from now on, and SIGHUP unless it is ignored (nohup); a second one ends the process at once. */
void watch_signals (void);

/* The signal that was caught, or 0. Fits rg_problem.interrupted. */
int caught_signal (void *user);

#endif /* RG_CLI_INTERRUPT_H */
