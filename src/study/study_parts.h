/* study_parts.h -- what a study is, for the files that work on it. */
#ifndef RG_STUDY_STUDY_PARTS_H
#define RG_STUDY_STUDY_PARTS_H

#include <retrograde/study.h>

#include "base/entry.h"

enum { RG_STUDY_PATH = 4096 };

/* The study itself and the directories in it. */
typedef enum { RG_IN_STUDY, RG_IN_SNAPSHOTS, RG_IN_HYPER, RG_IN_BEST, RG_IN_LAST } rg_folder;
enum { RG_FOLDERS = 5 };

struct rg_study {
    char *directory;
    int folder[RG_FOLDERS]; /* handles, -1: not open; all files are opened through them */
    int journal;            /* file descriptor, -1: not open */
    int follows;            /* another process writes */
    rg_best best;
    double *best_values;    /* free numbers; NULL before the first best */
    int best_moved;         /* whether DIR/best holds others */
    void *carried;          /* by the snapshot that the study goes on from */
    size_t carried_bytes;
    const void *to_carry;
    size_t to_carry_bytes;
    /* snapshots within a meta-iteration, see sweeps.c */
    rg_keeper keeper;
    char *words;
    rg_sweep_options sweeps;
    uint64_t asked;       /* steps since the last snapshot of a training run */
    double last[RG_KEPT]; /* when the last one was, seconds */
    int kept[RG_KEPT], maybe_kept[RG_KEPT]; /* whether one is there, or may be from another process */
};

/* ---- place.c: the directories ------------------------------------------------ */

/* A file of a folder; its path, for sentences, is written to `path`. */
rg_entry rg_study_entry (const rg_study *study, rg_folder folder, const char *name, char path[RG_STUDY_PATH]);

/* Make the study's directory and those in it; taken back on failure. RG_EINPUT where it exists. */
rg_status rg_study_make_folders (rg_study *study, rg_message *message);

/* Open them. RG_EINPUT where one of those in the study is a link; RG_ESYSTEM. */
rg_status rg_study_open_folders (rg_study *study, rg_message *message);
void rg_study_close_folders (rg_study *study);

/* Refuse what is no regular file with one name in any of them: RG_EINPUT. */
rg_status rg_study_check_folders (const rg_study *study, rg_message *message);

/* Wait until the names of a new study are on the disk, its own included. */
void rg_study_sync_folders (const rg_study *study);

/* Take back what a creation that failed has made. */
void rg_study_remove (rg_study *study);

/* Three names of a snapshot that is replaced safely, the newest first. */
enum { RG_STUDY_NEXT, RG_STUDY_LAST, RG_STUDY_PREVIOUS, RG_STUDY_NAMES };

/*
 * With the new file safe as names[RG_STUDY_NEXT], let the last and the previous one move on. "next" is there
 * only between the two renames: then it is the one to go on from, whatever became of the others.
 */
rg_status rg_study_rotate (const rg_study *study, const char *const names[RG_STUDY_NAMES], rg_message *message);

/* ---- origin.c: what the study was begun with ------------------------------------- */

/* Write config.yaml and inputs. RG_ESYSTEM. */
rg_status rg_origin_write (const rg_study *study, const rg_origin *origin, rg_message *message);

/* Refuse another configuration, but for what may change, and input files of other content, by name: RG_EINPUT. */
rg_status rg_origin_compare (const rg_study *study, const rg_origin *origin, rg_message *message);

/* ---- journal.c ---------------------------------------------------------------------- */

/* Open the journal, or make it, and hold it alone while the study is open: RG_EINPUT where another process does. */
rg_status rg_journal_open (rg_study *study, int anew, rg_message *message);

/* How many whole lines it has; of one that is not open, 0 where it cannot be read. */
uint64_t rg_journal_lines (const rg_study *study);

/* Keep the journal's first `lines` lines; a torn last line goes with the rest. RG_EINPUT: there are fewer. */
rg_status rg_journal_cut (rg_study *study, uint64_t lines, rg_message *message);

/* Wait until what was appended is on the disk. */
rg_status rg_journal_sync (const rg_study *study, rg_message *message);

#endif /* RG_STUDY_STUDY_PARTS_H */
