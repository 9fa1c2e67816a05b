/* part.h -- a part on its way to a set of examples: tables of inputs, targets and tasks, of as many rows. */
#ifndef RG_DATA_EXAMPLES_PART_H
#define RG_DATA_EXAMPLES_PART_H

#include <retrograde/examples.h>

#include "data/table/table.h"

typedef struct {
    rg_table *inputs, *targets, *tasks;   /* tasks may be NULL */
    uint32_t task_count;                  /* the largest task of the file and 1 */
    int grouped;           /* whether the inputs were [group x example x ...] */
    size_t *rows;                         /* [examples] which rows of the file a split took; NULL: no split */
} rg_examples_part;

/* What all steps share. */
typedef struct {
    const rg_examples_spec *spec;
    const rg_log *log;
    rg_fault *fault;
    rg_message *message;
} rg_examples_job;

/* "training", "validation", "test" */
const char *rg_part_name (int part);

/* Say what a refusal is about. Returns status. */
rg_status rg_examples_fault (const rg_examples_job *job, int part, rg_about about, rg_status status);

/* Read the inputs' file of a part that there is. On failure the part is to be cleared all the same, like after the others. */
rg_status rg_examples_part_open (const rg_examples_job *job, int part, rg_examples_part *out);

/* The same and all the rest: targets, unless they are there, columns, tasks. */
rg_status rg_examples_part_finish (const rg_examples_job *job, int part, rg_examples_part *out);

/* The rest of further examples, by what the training part is like. */
rg_status rg_examples_further (const rg_examples_job *job, const rg_examples_part *training, rg_examples_part *out);

/* A first line that may be an example or names is settled, or refused. */
rg_status rg_examples_settle (const rg_examples_job *job, int part, rg_table *table);

/* Keep some rows of all its tables; `copy` is then ended with rg_examples_part_clear like the one it is of. */
rg_status rg_examples_part_rows (const rg_examples_part *of, const size_t *rows, size_t count, rg_examples_part *copy,
                                 rg_message *message);

void rg_examples_part_clear (rg_examples_part *part);

/* Whether the inputs of a part, which are read, are [group x example x ...]. */
int rg_examples_are_grouped (const rg_examples_job *job, int part, const rg_table *inputs);

/* Make examples of such inputs, with their classes as targets or their functions as tasks; and of the real targets beside them. */
rg_status rg_examples_ungroup (const rg_examples_job *job, rg_examples_part *of);
rg_status rg_examples_ungroup_targets (const rg_examples_job *job, rg_examples_part *of);

/* The rows that first and count leave; the part is replaced. */
rg_status rg_examples_cut (const rg_examples_job *job, int part, rg_examples_part *of);

/* Split parts[RG_TRAINING] by spec->split, by class where the targets are labels. */
rg_status rg_examples_split (const rg_examples_job *job, rg_examples_part parts[RG_PARTS]);

/* Refuse or fill what is missing in the inputs of all parts. */
rg_status rg_examples_fill (const rg_examples_job *job, rg_examples_part parts[RG_PARTS]);

/* How labels become classes. */
typedef enum { RG_LABELS_AS_THEY_ARE, RG_LABELS_SIGNS, RG_LABELS_FROM_ONE, RG_LABELS_WORDS } rg_label_kind;

typedef struct {
    rg_label_kind kind;
    uint32_t classes;      /* as in rg_dataset_options: 0 where the labels say it */
    const rg_table *names; /* column 0's words are the names of the classes; NULL: they have none */
    size_t *word;          /* [classes] of RG_LABELS_WORDS: each class's word there, in their order */
} rg_labels;

/* Decide by the labels of the training file, before it is cut or split. */
rg_status rg_labels_decide (const rg_examples_job *job, const rg_table *targets, rg_labels *out);

/* For words: those that occur in the training part are the classes. `targets` stays in use. */
rg_status rg_labels_name (const rg_examples_job *job, const rg_table *targets, rg_labels *labels);

/* Put classes for the labels of a part. */
rg_status rg_labels_apply (const rg_examples_job *job, int part, rg_table *targets, const rg_labels *labels);

void rg_labels_clear (rg_labels *labels);

/* Note classes that a part lacks, inputs of different scales, and examples that stand in two parts. Returns RG_OK or RG_ENOMEM. */
rg_status rg_examples_note (const rg_examples_job *job, rg_dataset *const sets[RG_PARTS]);

#endif /* RG_DATA_EXAMPLES_PART_H */
