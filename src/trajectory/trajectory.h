/* trajectory.h -- one policy a file behind one table. */
#ifndef RG_TRAJECTORY_TRAJECTORY_H
#define RG_TRAJECTORY_TRAJECTORY_H

#include <retrograde/keeper.h>
#include <retrograde/trajectory.h>

#include "base/option.h"
#include "dynamics/run.h"
#include "trajectory/kept_bits.h"

/* What a policy may be told. */
typedef struct {
    uint64_t steps;        /* T; 0, to the checkpointed policy only: not known beforehand */
    uint64_t first;        /* no state before s_first is asked for again: it need not be kept */
    uint64_t interval;     /* steps between two digests of the state; 0: the policy's choice */
    size_t slots;          /* states that the checkpointed policy keeps; 0: the root of T, or 32 */
    size_t memory_slots;   /* how many of them in memory, the others on disk; 0: all */
    size_t memory;         /* of the reversible policy, buffers included: words beyond it go to a file; 0: no limit */
    const char *slot_directory, *spill_directory; /* of the files for states, and for words; NULL: the system's for temporary files */
    const char *words;     /* the file of the reversible policy's words, kept, so that it can be saved; NULL: it cannot */
    int (*interrupted) (void *user); /* as rg_problem's, asked before each step taken again; NULL: nobody */
    void *user;
} rg_trajectory_options;

/* What a configuration may say of a trajectory. */
typedef struct {
    size_t slots;                            /* 0: not said */
    char *slot_directory, *spill_directory;  /* or NULL */
} rg_trajectory_settings;

/* The options of the checkpointed policy and of the reversible one, and of any: in rg_trajectory_settings. */
#define RG_SLOT_OPTIONS                                                                                            \
    { "slots", RG_OPTION_WHOLE, RG_FIELD (rg_trajectory_settings, slots), RG_COUNT, NULL,                         \
      "states kept; default: what fits memory, or the root of the steps" },                                       \
    { "slot_directory", RG_OPTION_FILE, RG_FIELD (rg_trajectory_settings, slot_directory), NULL, NULL,            \
      "where kept states go that do not fit memory", .neutral = 1 }
#define RG_SPILL_OPTIONS                                                                                           \
    { "spill_directory", RG_OPTION_FILE, RG_FIELD (rg_trajectory_settings, spill_directory), NULL, NULL,          \
      "where the entropy buffer goes that does not fit memory; default: the study's directory in tune, else that for temporary files", \
      .neutral = 1 }
extern const rg_option rg_trajectory_any[];

/* The slots that the checkpointed policy will use: 1 ... T. */
size_t rg_trajectory_slots (const rg_trajectory_options *options);

/* What a policy will take. */
typedef struct {
    size_t slots, memory_slots;  /* of the checkpointed one */
    double bytes, disk_bytes;    /* at most */
    uint64_t recomputed;         /* steps taken again */
} rg_trajectory_forecast;

/*
 * A policy. Used in this order: new; record at s_0, s_1 ... s_{T-1}, each before
 * the step is taken; rewind to any strictly falling sequence of steps; certify at s_0; free.
 */
struct rg_policy {
    const char *name;
    const char *summary;
    const rg_option *options;   /* in rg_trajectory_settings; NULL: none */
    int exact_only;             /* whether steps must be taken in fixed point, as they are undone */
    int copies;                 /* of a state to or from memory that is new, a step out and back */
    /* What it will take of a run that is at its start, whose buffers will have kept so many bits; *out is zeroed before. */
    void (*forecast) (const rg_run *run, const rg_trajectory_options *options, const rg_kept_bits *bits,
                      rg_trajectory_forecast *out);
    rg_status (*create) (void **self, const rg_run *run, const rg_trajectory_options *options);
    void (*free) (void *self);
    rg_status (*record) (void *self, const rg_run *run, rg_message *message);
    /* Bring the run back to s_t and evaluate the gradient there, as rg_run_gradient does. */
    rg_status (*rewind) (void *self, rg_run *run, uint64_t t, rg_message *message);
    /* At s_0: whether the way back ended where the way out began. */
    rg_status (*certify) (void *self, const rg_run *run, rg_message *message);
    /* Memory, the entropy buffer's included; at most so far where it can shrink. */
    size_t (*bytes) (const void *self, const rg_run *run);
    size_t (*disk_bytes) (const void *self);    /* NULL: none */
    uint64_t (*recomputed) (const void *self);  /* steps taken again so far; NULL: none */
    /*
     * NULL in a policy that cannot be saved. `keep` readies it and the run's buffers for a snapshot; `parts` lists what the
     * snapshot must hold beside the run's arrays (out [RG_POLICY_PARTS], returns how many, none where the options
     * gave no file for words); after they were read back, `resume` takes them over, and may find them damaged: RG_EINPUT.
     * Where there is nothing to take over, `open` comes first; RG_EUNSUPPORTED: it cannot be saved after all. Ranks that share a
     * run call these together, and all get the same parts.
     */
    rg_status (*open) (void *self, const rg_run *run, rg_message *message);
    rg_status (*keep) (void *self, const rg_run *run, rg_message *message);
    size_t (*parts) (void *self, rg_span *out);
    rg_status (*resume) (void *self, const rg_run *run, rg_message *message);
};

enum { RG_POLICY_PARTS = 8 };

/* A row each, in the order of `retrograde list`. */
#define RG_POLICY_TABLE(ROW) \
    ROW (reversible)         \
    ROW (checkpointed)       \
    ROW (stored)

#define RG_POLICY_ROW(name) extern const rg_policy rg_policy_##name;
RG_POLICY_TABLE (RG_POLICY_ROW)
#undef RG_POLICY_ROW

#endif /* RG_TRAJECTORY_TRAJECTORY_H */
