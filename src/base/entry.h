/* entry.h -- a name in an open directory, opened without following a link. */
#ifndef RG_BASE_ENTRY_H
#define RG_BASE_ENTRY_H

#include <retrograde/status.h>

typedef struct {
    int directory;    /* its handle, or AT_FDCWD */
    const char *name; /* in it; no '/', unless the directory is AT_FDCWD */
    const char *path; /* the same for sentences */
} rg_entry;

/*
 * Open a regular file that has one name only.
 *   flags  as for open (2); with O_CREAT it need not be there
 *   file   [out] -1 on failure
 * Returns RG_OK; RG_EINPUT for a link, a directory, a device, or a file with several names; RG_ESYSTEM, errno set, where it
 * cannot be opened or is not there.
 */
rg_status rg_entry_open (int *file, const rg_entry *entry, int flags, rg_message *message);

/* Make a new file, to be read and written; what was left there under that name goes first. Returns RG_OK or RG_ESYSTEM. */
rg_status rg_entry_create (int *file, const rg_entry *entry, rg_message *message);

/* Open a directory that is no link. Returns RG_OK; RG_EINPUT for a link or anything else; RG_ESYSTEM. */
rg_status rg_entry_open_directory (int *handle, const rg_entry *entry, rg_message *message);

/*
 * Whether a name of ours can be a file's: 1 to 200 bytes, no '/', none of the control characters, and no '.' at its start.
 */
int rg_entry_names_file (const char *name);

/* Whether there is anything of that name. */
int rg_entry_is_there (const rg_entry *entry);

/* RG_OK for a regular file that has one name only; else RG_EINPUT, saying what is there instead, or RG_ESYSTEM. */
rg_status rg_entry_check (const rg_entry *entry, rg_message *message);

/* RG_ESYSTEM: "path: cannot WHAT: " and what errno says; errno stays. */
rg_status rg_entry_fails (rg_message *message, const char *what, const char *path);

#endif /* RG_BASE_ENTRY_H */
