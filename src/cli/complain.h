/* complain.h -- what the command says where something failed, and what it ends by. */
#ifndef RG_CLI_COMPLAIN_H
#define RG_CLI_COMPLAIN_H

#include <retrograde/status.h>

/* Exit statuses. An interrupted run ends with 128 + the signal. */
enum { EXIT_DONE = 0, EXIT_CHECK_FAILED = 1, EXIT_USAGE = 2, EXIT_DIVERGED = 3, EXIT_IRREVERSIBLE = 4, EXIT_SYSTEM = 5 };

/* Print "retrograde: sentence" to stderr; or keep the sentence, after keep_complaints. */
void complain (const char *format, ...) RG_PRINTF (1, 2);

/* Complain and turn a status into an exit status. */
int fail (rg_status status, const rg_message *message);

/* From now on complaints are kept instead of printed: another process speaks for this one. */
void keep_complaints (void);

/* The last complaint that was kept; "": none. */
const char *kept_complaint (void);

/* The same where it is a failure; EXIT_DONE where it is none. */
int fail_unless (rg_status status, const rg_message *message);

#endif /* RG_CLI_COMPLAIN_H */
