/* study.c -- a study that is used again; see cli.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <retrograde/weights.h>

#include "cli/cli.h"
#include "cli/tuning.h"

enum { PATH_SIZE = 4096 };

int
is_study (const options *o)
{
    struct stat about;
    return stat (o->file, &about) == 0 && S_ISDIR (about.st_mode);
}

int
is_own_file (const char *path)
{
    struct stat about;
    if (lstat (path, &about) != 0 || (S_ISREG (about.st_mode) && about.st_nlink == 1))
        return 1;
    complain ("%s: expected a regular file with one name, got %s", path,
              S_ISLNK (about.st_mode) ? "a link" : S_ISREG (about.st_mode) ? "one with several" : "something else");
    return 0;
}

/* A number for each training example is none for validation examples. */
static int
can_join (const options *o, const rg_setup *setup)
{
    for (size_t i = 0; o->join && i < rg_hyper_blocks (setup->problem.hyper); i++) {
        const rg_block block = rg_hyper_block (setup->problem.hyper, i);
        if (!block.fixed && (block.scope == RG_PER_EXAMPLE || block.role == RG_INPUTS)) {
            complain ("--with-valid: %s has numbers of the training examples alone", block.name);
            return 0;
        }
    }
    return 1;
}

rg_config *
load_study (const options *o, uint64_t *iteration, int *exit_status)
{
    char path[PATH_SIZE];
    options own = *o;
    rg_message message = { "" };
    own.file = path;
    *exit_status = EXIT_USAGE;
    if (!is_study (o) || snprintf (path, sizeof path, "%s/config.yaml", o->file) >= PATH_SIZE) {
        complain ("%s: expected the directory of a study", o->file);
        return NULL;
    }
    rg_config *config = is_own_file (path) ? load (&own, exit_status) : NULL;
    if (config == NULL)
        return NULL;
    rg_setup *setup = rg_config_setup (config);
    setup->study = o->file;
    const rg_tuning tuning = tuning_of (&own, setup);
    const int last = o->last || setup->warm || setup->result == RG_RESULT_LAST;
    *exit_status = !can_join (o, setup)
        ? EXIT_USAGE : fail_unless (rg_tune_recall (&tuning, last ? RG_RESULT_LAST : RG_RESULT_BEST, iteration, &message), &message);
    if (*exit_status == EXIT_DONE)
        return config;
    rg_config_free (config);
    return NULL;
}

/* Whether a file has the same numbers under a name; numbers NULL: nothing is asked. */
static int
has_same (const char *path, const char *name, const double *numbers, size_t count)
{
    rg_array array;
    rg_message message = { "" };
    if (numbers == NULL)
        return 1;
    if (rg_npz_read (path, name, &array, &message) != RG_OK) {
        complain ("%s", message.text);
        return 0;
    }
    const int same = array.type == RG_FLOAT64 && rg_array_count (&array) == count
        && memcmp (array.data, numbers, count * sizeof *numbers) == 0;
    rg_array_clear (&array);
    if (!same)
        complain ("%s:%s: expected that of the training examples (of training and validation examples: --with-valid)", path, name);
    return same;
}

double *
load_weights (const options *o, rg_config *config, int *exit_status)
{
    const rg_setup *setup = rg_config_setup (config);
    const rg_dataset *training = setup->data[RG_TRAINING];
    const rg_layout *layout = rg_hyper_layout (setup->problem.hyper);
    const int last = o->last || setup->warm || setup->result == RG_RESULT_LAST;
    char path[PATH_SIZE];
    rg_message message = { "" };
    double *w = malloc (rg_layout_weights (layout) * sizeof *w);
    *exit_status = EXIT_SYSTEM;
    if (w == NULL) {
        complain ("out of memory for the weights");
        return NULL;
    }
    snprintf (path, sizeof path, "%s/%s/weights.npz", setup->study, last ? "last" : "best");
    const char *file = o->weights != NULL ? o->weights : path;
    *exit_status = fail_unless (rg_weights_read (file, layout, w, &message), &message);
    if (*exit_status == EXIT_DONE
        && (!has_same (file, "mean", rg_dataset_mean (training), rg_dataset_features (training))
            || !has_same (file, "scale", rg_dataset_divisor (training), rg_dataset_features (training))))
        *exit_status = EXIT_USAGE;
    if (*exit_status == EXIT_DONE)
        return w;
    free (w);
    return NULL;
}
