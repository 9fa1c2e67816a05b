/* examples.h -- from files to the sets of examples of a study: training, validation and test. */
#ifndef RETROGRADE_EXAMPLES_H
#define RETROGRADE_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/data.h>
#include <retrograde/status.h>
#include <retrograde/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The parts, in the order of the arrays below. Further examples are none of the study's: they are read as the training part is. */
enum { RG_TRAINING, RG_VALIDATION, RG_TESTING, RG_FURTHER, RG_PARTS };

/* What happens to a missing number of the inputs; mean and median are those of its column in the training part. */
typedef enum { RG_MISSING_REFUSE, RG_MISSING_MEAN, RG_MISSING_MEDIAN } rg_missing;

/* Where the examples of a part are; a zeroed struct is a part that there is not. Fixed, as a part of rg_examples_spec. */
typedef struct {
    const char *inputs;          /* a path; NULL: there is no such part */
    const char *targets;         /* a path; NULL: they are in `inputs` */
    const char *tasks;           /* multitask: a path; NULL: none */
    const char *format;          /* a name of the table of formats; NULL: found by content */
    rg_header header;            /* of `inputs`, where it is text */
    size_t column_count;         /* which columns are inputs, by name or number from 1; 0: all but the target */
    const char *const *columns;
    const char *target;          /* the column of the target, in `targets` or else in `inputs`; NULL: the last */
    size_t first, count;         /* the examples [first, first + count); count 0: to the end */
} rg_part_spec;

typedef struct {
    size_t size;                 /* sizeof (rg_examples_spec) */
    rg_part_spec part[RG_PARTS];
    rg_target target;            /* classes (default), or real numbers */
    rg_missing missing;
    double split[RG_PARTS];      /* fractions of the training part that become validation and test part; [RG_TRAINING] is not used */
    uint64_t seed;               /* of the split */
    int standardize;             /* whether inputs, and real targets, get the training part's mean 0 and deviation 1 */
    uint32_t classes, pool;      /* as in rg_dataset_options */
    void (*read) (void *user, const rg_input *input); /* told of each file; NULL: nobody */
    void *user;
    int grouped;                 /* few-shot tasks: without labels, inputs are [class x example x ...]; of real targets without tasks,
                                    inputs and targets are [function x example x ...]. Each part has its own classes */
    double scale;                /* what 1 is worth in the inputs; 0: 1/255 of bytes, 1 of others */
    int bare;                    /* whether the targets of further examples are of no interest, and may be missing: they are 0 then */
    int join;                    /* whether the validation examples are added to the training part, before anything is standardised */
} rg_examples_spec;

/* What a refusal is about, so that a caller can point to it. */
typedef enum {
    RG_ABOUT_PART, RG_ABOUT_INPUTS, RG_ABOUT_TARGETS, RG_ABOUT_TASKS, RG_ABOUT_COLUMNS, RG_ABOUT_TARGET, RG_ABOUT_FIRST,
    RG_ABOUT_COUNT, RG_ABOUT_SPLIT, RG_ABOUT_MISSING
} rg_about;

typedef struct {
    int part;        /* RG_TRAINING ... */
    rg_about about;
} rg_fault;

/*
 * Read the parts, and make them go together:
 *   - the training part is split: examples are drawn by the seed, of each class its share
 *   - missing numbers are filled or refused
 *   - labels become classes 0, 1 ...: texts in their order among the training examples, where each has to occur; -1 and 1; 1 ... K;
 *     others stay as they are
 *   - inputs and real targets are standardised
 *   - of further examples the columns are those with the training part's names, where both have some; else as many, and one for the
 *     target at most
 * Decisions are noted, and classes that a part lacks, inputs that differ in scale by more than 10^3, and examples that
 * two parts share.
 *   sets     [out] [RG_PARTS] each ended with rg_dataset_free; NULL where there is no such part; all NULL on failure
 *   log      NULL: no notes
 *   fault    [out] what a refusal is about; NULL: not wanted
 * Returns RG_OK; what rg_table_read and rg_dataset_new return; RG_EINPUT (no such column, a text or a missing number where
 * a number is needed, a class unseen in training, a first line that may be names); RG_ERANGE (first, count, a split that
 * leaves a part empty); RG_ESHAPE (rows, or inputs of two parts, that do not go together) or RG_ENOMEM.
 */
RG_API rg_status rg_examples_load (rg_dataset *sets[RG_PARTS], const rg_examples_spec *spec, const rg_log *log,
                                   rg_fault *fault, rg_message *message);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_EXAMPLES_H */
