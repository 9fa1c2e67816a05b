/* study_parts.h -- what a study is, for the files that work on it. */
#ifndef RG_STUDY_STUDY_PARTS_H
#define RG_STUDY_STUDY_PARTS_H

#include <retrograde/study.h>

enum { RG_STUDY_PATH = 4096 };

struct rg_study {
    char *directory;
    int journal;         /* file descriptor, -1: not open */
    int follows;         /* another process writes */
    rg_best best;
    double *best_values; /* free numbers; NULL before the first best */
    void *carried;       /* by the snapshot that the study goes on from */
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

/* directory/name; cut paths are refused when the directory is made. */
const char *rg_study_path (char out[RG_STUDY_PATH], const rg_study *study, const char *name);

/* RG_ESYSTEM: "path: cannot WHAT: " and what errno says. */
rg_status rg_study_fails (rg_message *message, const char *what, const char *path);

/* Open the journal, flags as for open (2), and hold it alone while the study is open: RG_EINPUT where another process does. */
rg_status rg_journal_open (rg_study *study, int flags, rg_message *message);

/* Keep the journal's first `lines` lines; a torn last line goes with the rest. RG_EINPUT: there are fewer. */
rg_status rg_journal_cut (rg_study *study, uint64_t lines, rg_message *message);

/* Three names of a file that is replaced safely, the newest first. */
enum { RG_STUDY_NEXT, RG_STUDY_LAST, RG_STUDY_PREVIOUS, RG_STUDY_NAMES };

/*
 * With the new file safe as names[RG_STUDY_NEXT], let the last and the previous one move on. "next" is there
 * only between the two renames: then it is the one to go on from, whatever became of the others.
 */
rg_status rg_study_rotate (const rg_study *study, const char *const names[RG_STUDY_NAMES], rg_message *message);

/* Drop the snapshots within a meta-iteration: it is over, or begins anew. */
void rg_study_drop (rg_study *study);

#endif /* RG_STUDY_STUDY_PARTS_H */
