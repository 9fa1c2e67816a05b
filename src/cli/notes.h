/* notes.h -- what the library notes, on standard error. */
#ifndef RG_CLI_NOTES_H
#define RG_CLI_NOTES_H

/* An rg_log's function: say it; from several threads, too. */
void say_note (void *user, const char *sentence);

/*
 * From now on notes that differ in their numbers alone are said once: those of a long study are the same again and again.
 * say_repeated tells how often each came again, and begins anew.
 */
void say_notes_once (void);
void say_repeated (void);

#endif /* RG_CLI_NOTES_H */
