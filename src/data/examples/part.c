/* part.c -- reading a part: its files, which rows and columns belong to it; see part.h. */
#include "data/examples/part.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

const char *
rg_part_name (int part)
{
    static const char *const names[] = { "training", "validation", "test", "further" };
    return names[part];
}

rg_status
rg_examples_fault (const rg_examples_job *job, int part, rg_about about, rg_status status)
{
    if (status != RG_OK && job->fault != NULL)
        *job->fault = (rg_fault) { part, about };
    return status;
}

void
rg_examples_part_clear (rg_examples_part *part)
{
    rg_table_free (part->inputs);
    rg_table_free (part->targets);
    rg_table_free (part->tasks);
    rg_free (part->rows);
    *part = (rg_examples_part) { 0 };
}

/* Read a file and say so. */
static rg_status
read_file (const rg_examples_job *job, int part, const char *path, const rg_table_options *options, rg_table **out)
{
    const rg_status status = rg_table_read (out, path, options, job->message);
    if (status == RG_OK && job->spec->read != NULL && part != RG_FURTHER)
        job->spec->read (job->spec->user, &(rg_input) { path, rg_table_digest (*out) });
    return status;
}

/* ---- First lines in doubt -------------------------------------------- */

static rg_status
fail_uncertain (const rg_table *table, rg_message *message)
{
    return rg_fail (message, RG_EINPUT, "%s:1: the first line may be an example or the names of the columns: header says which",
                    table->path);
}

/* A file alone: texts above texts are names; 0, or 0 and 1, may be either. */
rg_status
rg_examples_settle (const rg_examples_job *job, int part, rg_table *table)
{
    if (!rg_table_is_uncertain (table))
        return RG_OK;
    if (table->column[0].texts == 0)
        return rg_examples_fault (job, part, RG_ABOUT_INPUTS, fail_uncertain (table, job->message));
    rg_table_settle (table, rg_table_rows (table) - 1, job->log);
    return RG_OK;
}

static rg_status
settle_pair (const rg_examples_job *job, int part, rg_table *inputs, rg_table *targets)
{
    const size_t inputs_rows = rg_table_rows (inputs), targets_rows = rg_table_rows (targets);
    if (rg_table_is_uncertain (inputs) && rg_table_is_uncertain (targets) && inputs_rows == targets_rows)
        return rg_examples_fault (job, part, RG_ABOUT_INPUTS, fail_uncertain (inputs, job->message));
    rg_table_settle (inputs, targets_rows, job->log);
    rg_table_settle (targets, rg_table_rows (inputs), job->log);
    return RG_OK;
}

/* ---- Columns --------------------------------------------------------- */

/* Columns of an array are found by number: give it some. */
static rg_status
number_columns (rg_table *table, rg_message *message)
{
    if (table->column != NULL)
        return RG_OK;
    table->column = rg_calloc (table->columns, sizeof *table->column);
    if (table->column == NULL)
        return rg_fail_memory (message, table->path);
    for (size_t j = 0; j < table->columns; j++)
        table->column[j] = (rg_table_column) { .name = (size_t) -1, .number = j + 1 };
    return RG_OK;
}

/* No column has that name or number: say which there are, as many as there is room for. */
static rg_status
fail_column (const rg_table *table, const char *wanted, rg_message *message)
{
    char names[200] = "";
    for (size_t j = 0; j < table->columns && strlen (names) + RG_LONGEST_WORD + 8 < sizeof names; j++) {
        const char *name = rg_table_column_name (table, j);
        if (name == NULL)
            break;
        strcat (names, j == 0 ? "; it has " : ", ");
        strncat (names, name, RG_LONGEST_WORD);
        if (j + 1 < table->columns && strlen (names) + RG_LONGEST_WORD + 8 >= sizeof names)
            strcat (names, " ...");
    }
    return rg_fail (message, RG_EINPUT, "%s: expected a column '%.*s', by its name or its number from 1 to %zu%s", table->path,
                    RG_LONGEST_WORD, wanted, table->columns, names);
}

static rg_status
keep_wanted (const rg_examples_job *job, int part, rg_table *inputs)
{
    const rg_part_spec *spec = &job->spec->part[part];
    if (spec->column_count == 0)
        return RG_OK;
    size_t *keep = rg_malloc (spec->column_count, sizeof *keep);
    rg_status status = keep == NULL ? rg_fail_memory (job->message, inputs->path) : number_columns (inputs, job->message);
    for (size_t k = 0; status == RG_OK && k < spec->column_count; k++) {
        keep[k] = rg_table_find_column (inputs, spec->columns[k]);
        if (keep[k] == (size_t) -1)
            status = fail_column (inputs, spec->columns[k], job->message);
    }
    if (status == RG_OK)
        status = rg_table_keep_columns (inputs, keep, spec->column_count, job->message);
    rg_free (keep);
    return rg_examples_fault (job, part, RG_ABOUT_COLUMNS, status);
}

/* The column of the target in a table: the one that is named, or the last. */
static rg_status
find_target (const rg_examples_job *job, int part, rg_table *table, size_t *column)
{
    const char *target = job->spec->part[part].target;
    *column = table->columns - 1;
    if (target == NULL)
        return RG_OK;
    rg_status status = number_columns (table, job->message);
    if (status == RG_OK) {
        *column = rg_table_find_column (table, target);
        if (*column == (size_t) -1)
            status = fail_column (table, target, job->message);
    }
    return rg_examples_fault (job, part, RG_ABOUT_TARGET, status);
}

/* ---- Targets --------------------------------------------------------- */

/* Targets that the file itself tells apart become a table of their own. */
static rg_status
take_own_targets (rg_table *inputs, rg_table **out, rg_message *message)
{
    rg_table *targets = *out = rg_table_new (inputs->path);
    const size_t rows = rg_table_rows (inputs);
    if (targets == NULL)
        return rg_fail_memory (message, inputs->path);
    targets->array = inputs->targets;
    inputs->targets = (rg_array) { 0 };
    targets->format = inputs->format;
    targets->has_lines = inputs->has_lines;
    if (targets->array.ndim > 0 && targets->array.shape[0] > 0)
        targets->columns = rg_array_count (&targets->array) / targets->array.shape[0];
    if (inputs->place == NULL)
        return RG_OK;
    targets->place = rg_malloc (rows, sizeof *targets->place);
    if (targets->place == NULL)
        return rg_fail_memory (message, inputs->path);
    memcpy (targets->place, inputs->place, rows * sizeof *targets->place);
    return RG_OK;
}

/* One column of the inputs. */
static rg_status
take_column (const rg_examples_job *job, int part, rg_examples_part *out)
{
    rg_table *inputs = out->inputs;
    size_t column;
    if (job->spec->part[part].target == NULL && strcmp (inputs->format, "csv") != 0)
        return rg_examples_fault (job, part, RG_ABOUT_PART,
                                  rg_fail (job->message, RG_EINPUT, "%s data need labels", inputs->format));
    if (inputs->array.ndim != 2 || inputs->columns < 2)
        return rg_examples_fault (job, part, RG_ABOUT_INPUTS,
                                  rg_fail (job->message, RG_ESHAPE,
                                           "%s: expected at least 2 columns, inputs and a target, got %zu", inputs->path,
                                           inputs->columns));
    rg_status status = rg_examples_settle (job, part, inputs);
    if (status == RG_OK)
        status = find_target (job, part, inputs, &column);
    return status == RG_OK ? rg_table_take_column (inputs, column, &out->targets, job->message) : status;
}

/* A file of targets: all of it, or the column that is named. */
static rg_status
read_targets (const rg_examples_job *job, int part, rg_examples_part *out)
{
    const rg_part_spec *spec = &job->spec->part[part];
    const rg_table_options options = { .size = sizeof options, .format = spec->format, .log = job->log };
    rg_table *all = NULL;
    size_t column;
    rg_status status = read_file (job, part, spec->targets, &options, &all);
    if (status != RG_OK)
        return rg_examples_fault (job, part, RG_ABOUT_TARGETS, status);
    out->targets = all;
    status = settle_pair (job, part, out->inputs, all);
    if (status != RG_OK || spec->target == NULL || all->columns < 2)
        return status;
    status = find_target (job, part, all, &column);
    return status == RG_OK ? rg_examples_fault (job, part, RG_ABOUT_TARGETS,
                                                rg_table_keep_columns (all, &column, 1, job->message)) : status;
}

static rg_status
read_either (const rg_examples_job *job, int part, rg_examples_part *out)
{
    if (out->targets != NULL) /* the classes of an array */
        return RG_OK;
    if (job->spec->part[part].targets != NULL)
        return read_targets (job, part, out);
    if (out->inputs->targets.data != NULL)
        return rg_examples_fault (job, part, RG_ABOUT_INPUTS, take_own_targets (out->inputs, &out->targets, job->message));
    return take_column (job, part, out);
}

/* What a set of examples needs before rows can be told apart. */
static rg_status
check_rows (const rg_examples_job *job, int part, const rg_examples_part *of)
{
    const rg_array *x = &of->inputs->array, *y = &of->targets->array;
    if (x->ndim < 1)
        return rg_examples_fault (job, part, RG_ABOUT_INPUTS,
                                  rg_fail (job->message, RG_ESHAPE, "%s: expected at least 1 dimension, got 0", of->inputs->path));
    if (y->ndim != 1 && y->ndim != 2)
        return rg_examples_fault (job, part, RG_ABOUT_TARGETS,
                                  rg_fail (job->message, RG_ESHAPE, "%s: expected 1 or 2 dimensions, got %d", of->targets->path,
                                           y->ndim));
    if (x->shape[0] != y->shape[0])
        return rg_examples_fault (job, part, RG_ABOUT_TARGETS,
                                  rg_fail (job->message, RG_ESHAPE, "%s: expected targets for the %zu examples of %s, got %zu",
                                           of->targets->path, x->shape[0], of->inputs->path, y->shape[0]));
    return RG_OK;
}

/* Targets that are missing, and texts among numbers, of the whole file. */
static rg_status
check_targets (const rg_examples_job *job, const rg_table *targets)
{
    const int labels = job->spec->target == RG_TARGET_LABELS;
    for (size_t j = 0; targets->column != NULL && j < targets->columns; j++)
        if (targets->column[j].texts > 0 && (!labels || targets->columns > 1 || targets->column[j].is_mixed))
            return rg_table_fail_text (targets, j, job->message);
    for (size_t i = 0; targets->has_lines && i < rg_table_rows (targets); i++)
        for (size_t j = 0; j < targets->columns; j++)
            if (isnan (rg_table_value (targets, i, j))) {
                char cell[sizeof job->message->text];
                rg_table_cell (targets, i, j, cell, sizeof cell);
                return rg_fail (job->message, RG_EINPUT, "%s: the %s is missing", cell, labels ? "label" : "target");
            }
    return RG_OK;
}

/* ---- Tasks ----------------------------------------------------------- */

static rg_status
read_tasks (const rg_examples_job *job, int part, rg_examples_part *out)
{
    const rg_part_spec *spec = &job->spec->part[part];
    if (spec->tasks == NULL)
        return RG_OK;
    const rg_table_options options = { .size = sizeof options, .format = spec->format, .log = job->log };
    const size_t rows = rg_table_rows (out->inputs);
    rg_status status = read_file (job, part, spec->tasks, &options, &out->tasks);
    if (status == RG_OK) {
        rg_table_settle (out->tasks, rows, job->log);
        status = rg_table_check_numbers (out->tasks, job->message);
    }
    if (status == RG_OK && rg_array_count (&out->tasks->array) != rows)
        status = rg_fail (job->message, RG_ESHAPE, "%s: expected one task for each of %zu examples, got %zu", spec->tasks, rows,
                          rg_array_count (&out->tasks->array));
    for (size_t i = 0; status == RG_OK && i < rows; i++) {
        const double task = out->tasks->columns == 1 ? rg_table_value (out->tasks, i, 0) : -1;
        if (task >= out->task_count && task < INT32_MAX)
            out->task_count = (uint32_t) task + 1;
    }
    return rg_examples_fault (job, part, RG_ABOUT_TASKS, status);
}

rg_status
rg_examples_part_open (const rg_examples_job *job, int part, rg_examples_part *out)
{
    const rg_part_spec *spec = &job->spec->part[part];
    const rg_table_options options = { sizeof options, spec->format, spec->header, job->log };
    *out = (rg_examples_part) { 0 };
    rg_status status = rg_examples_fault (job, part, RG_ABOUT_INPUTS, read_file (job, part, spec->inputs, &options, &out->inputs));
    out->grouped = status == RG_OK && rg_examples_are_grouped (job, part, out->inputs);
    return out->grouped ? rg_examples_fault (job, part, RG_ABOUT_INPUTS, rg_examples_ungroup (job, out)) : status;
}

rg_status
rg_examples_part_finish (const rg_examples_job *job, int part, rg_examples_part *out)
{
    rg_status status = out->targets == NULL ? read_either (job, part, out) : RG_OK;
    if (status == RG_OK && out->grouped && out->tasks != NULL)
        status = rg_examples_fault (job, part, RG_ABOUT_TARGETS, rg_examples_ungroup_targets (job, out));
    if (status == RG_OK)
        status = check_rows (job, part, out);
    if (status == RG_OK)
        status = rg_examples_fault (job, part, RG_ABOUT_TARGETS, check_targets (job, out->targets));
    if (status == RG_OK)
        status = keep_wanted (job, part, out->inputs);
    if (status == RG_OK)
        status = rg_examples_fault (job, part, RG_ABOUT_INPUTS, rg_table_check_numbers (out->inputs, job->message));
    return status == RG_OK ? read_tasks (job, part, out) : status;
}

/* ---- Rows ------------------------------------------------------------ */

rg_status
rg_examples_part_rows (const rg_examples_part *of, const size_t *rows, size_t count, rg_examples_part *copy, rg_message *message)
{
    *copy = (rg_examples_part) { .task_count = of->task_count };
    rg_status status = rg_table_rows_of (&copy->inputs, of->inputs, rows, count, message);
    if (status == RG_OK)
        status = rg_table_rows_of (&copy->targets, of->targets, rows, count, message);
    if (status == RG_OK && of->tasks != NULL)
        status = rg_table_rows_of (&copy->tasks, of->tasks, rows, count, message);
    if (status != RG_OK)
        rg_examples_part_clear (copy);
    return status;
}

rg_status
rg_examples_cut (const rg_examples_job *job, int part, rg_examples_part *of)
{
    const size_t available = rg_table_rows (of->inputs), first = job->spec->part[part].first;
    const size_t wanted = job->spec->part[part].count, count = wanted == 0 && first < available ? available - first : wanted;
    if (first == 0 && wanted == 0)
        return RG_OK;
    if (first >= available)
        return rg_examples_fault (job, part, RG_ABOUT_FIRST,
                                  rg_fail (job->message, RG_ERANGE, "expected one of the %zu examples, from 0, got %zu", available,
                                           first));
    if (count > available - first)
        return rg_examples_fault (job, part, RG_ABOUT_COUNT,
                                  rg_fail (job->message, RG_ERANGE, "expected at most %zu examples from %zu on, got %zu",
                                           available - first, first, count));
    size_t *rows = rg_malloc (count, sizeof *rows);
    if (rows == NULL)
        return rg_fail_memory (job->message, of->inputs->path);
    for (size_t i = 0; i < count; i++)
        rows[i] = first + i;
    rg_examples_part copy;
    const rg_status status = rg_examples_part_rows (of, rows, count, &copy, job->message);
    rg_free (rows);
    if (status != RG_OK)
        return status;
    rg_examples_part_clear (of);
    *of = copy;
    return RG_OK;
}
