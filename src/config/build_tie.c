/* build_tie.c -- the ties of a block of hyperparameters, by the keys under its `tie`. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/build.h"

enum { PATH = 160 };

/* Where the keys are, and what they are about. */
typedef struct {
    const rg_config *config;
    const rg_tie_values *said;
    const rg_block_spec *spec;
    size_t slice;
    char path[PATH];         /* of `tie` */
    rg_message *message;
} place;

/* The path of a key under `tie`. */
static const char *
path_of (const place *at, const char *key, char path[PATH])
{
    snprintf (path, PATH, "%.100s.%s", at->path, key);
    return path;
}

static rg_status
relay (const place *at, const char *path, rg_status status, const rg_message *reason)
{
    return status == RG_OK ? status : rg_config_fail (at->config, path, status, reason, at->message);
}

/* The names that groups are made of: arrays, or layers 1, 2 ... */
static int
find_number (const place *at, const char *name, size_t *number)
{
    const rg_layout *layout = at->config->layout;
    for (size_t i = 0; i < at->slice; i++) {
        char layer[24];
        snprintf (layer, sizeof layer, "%zu", i + 1);
        if (strcmp (name, at->spec->scope == RG_PER_LAYER ? layer : rg_layout_name (layout, i)) == 0) {
            *number = i;
            return 1;
        }
    }
    return 0;
}

/* One list of names: what is in group `index`. */
static rg_status
read_group (const place *at, const char *path, const rg_texts *names, size_t index, size_t *group)
{
    const rg_tree *tree = at->config->tree;
    for (size_t i = 0; i < names->count; i++) {
        char entry[PATH + 32];
        size_t number;
        snprintf (entry, sizeof entry, "%.150s.%zu", path, i);
        const char *name = names->values[i];
        if (!find_number (at, name, &number))
            return rg_tree_fail (tree, entry, at->message, RG_EINPUT, "expected the name of %s, got %s",
                                 at->spec->scope == RG_PER_LAYER ? "a layer, 1 being the first" : "an array such as W1", name);
        if (group[number] != SIZE_MAX)
            return rg_tree_fail (tree, entry, at->message, RG_EINPUT, "%s is in two groups", name);
        group[number] = index;
    }
    return RG_OK;
}

static rg_status
read_named_groups (const place *at, const char *path, size_t *group)
{
    const rg_tree *tree = at->config->tree;
    rg_status status = RG_OK;
    if (at->spec->scope != RG_PER_LAYER && at->spec->scope != RG_PER_ARRAY)
        return rg_tree_fail (tree, path, at->message, RG_EUNSUPPORTED,
                             "groups by name are of layers or arrays; others are an .npy file of group numbers");
    for (size_t i = 0; i < at->slice; i++)
        group[i] = SIZE_MAX;
    for (size_t g = 0; status == RG_OK && g < at->said->groups.count; g++) {
        char list[PATH + 24];
        snprintf (list, sizeof list, "%.150s.%zu", path, g);
        status = read_group (at, list, &at->said->groups.values[g], g, group);
    }
    for (size_t i = 0; status == RG_OK && i < at->slice; i++)
        if (group[i] == SIZE_MAX)
            status = at->spec->scope == RG_PER_LAYER
                ? rg_tree_fail (tree, path, at->message, RG_EINPUT, "layer %zu is in no group", i + 1)
                : rg_tree_fail (tree, path, at->message, RG_EINPUT, "%s is in no group",
                                rg_layout_name (at->config->layout, i));
    return status;
}

static rg_status
read_numbered_groups (const place *at, const char *path, size_t *group)
{
    double *numbers = NULL;
    rg_status status = rg_config_read_numbers (at->config, path, at->said->groups.file, at->slice, &numbers, at->message);
    for (size_t i = 0; status == RG_OK && i < at->slice; i++) {
        if (!(numbers[i] >= 0 && numbers[i] < (double) at->slice && numbers[i] == floor (numbers[i])))
            status = rg_tree_fail (at->config->tree, path, at->message, RG_ERANGE,
                                   "expected group numbers 0, 1 ... below %zu, got %g at %zu", at->slice, numbers[i], i);
        else
            group[i] = (size_t) numbers[i];
    }
    rg_free (numbers);
    return status;
}

static rg_status
read_groups (const place *at, const char *path, rg_tie **out)
{
    rg_message reason = { "out of memory" };
    size_t *group = rg_malloc (at->slice, sizeof *group);
    if (group == NULL)
        return relay (at, path, RG_ENOMEM, &reason);
    rg_status status = at->said->groups.file == NULL ? read_named_groups (at, path, group)
                                                     : read_numbered_groups (at, path, group);
    if (status == RG_OK)
        status = relay (at, path, rg_tie_groups (out, at->slice, group, &reason), &reason);
    rg_free (group);
    return status;
}

/* A table of an .npy file, [rows x columns]; *values ends with rg_free. */
static rg_status
read_table (const place *at, const char *path, const char *file, size_t *rows, size_t *columns, double **values)
{
    size_t shape[2] = { 0, 0 };
    int ndim = 0;
    rg_status status = rg_config_read_any (at->config, path, file, shape, &ndim, values, at->message);
    if (status == RG_OK && ndim != 2)
        status = rg_tree_fail (at->config->tree, path, at->message, RG_ESHAPE, "%s: expected 2 dimensions, got %d", file, ndim);
    *rows = shape[0];
    *columns = shape[1];
    return status;
}

/* The coefficients of a dense table, zeros left out; entries [rows x columns]; returns how many. */
static size_t
entries_of (const double *values, size_t rows, size_t columns, rg_tie_entry *entries)
{
    size_t count = 0;
    for (size_t i = 0; i < rows * columns; i++)
        if (values[i] != 0)
            entries[count++] = (rg_tie_entry) { i / columns, i % columns, values[i] };
    return count;
}

/* A matrix of a file, [used x free]. */
static rg_status
read_dense (const place *at, const char *path, const char *file, size_t used, rg_tie **out)
{
    size_t rows = 0, columns = 0;
    double *values = NULL;
    rg_tie_entry *entries = NULL;
    rg_message reason = { "out of memory" };
    rg_status status = read_table (at, path, file, &rows, &columns, &values);
    if (status == RG_OK && rows != used)
        status = rg_tree_fail (at->config->tree, path, at->message, RG_ESHAPE,
                               "expected a row for each of %zu numbers, got %zu", used, rows);
    if (status == RG_OK) {
        entries = rg_malloc (rows * columns, sizeof *entries);
        status = entries == NULL ? RG_ENOMEM
                                 : rg_tie_new (out, rows, columns, entries_of (values, rows, columns, entries), entries, &reason);
        status = relay (at, path, status, &reason);
    }
    rg_free (entries);
    rg_free (values);
    return status;
}

static rg_status
read_matrix (const place *at, const char *path, rg_tie **out)
{
    return read_dense (at, path, at->said->matrix, at->slice, out);
}

/* A place in a table of places: a whole number that a double holds. */
static int
is_place (double x)
{
    return x >= 0 && x < 0x1p53 && x == floor (x);
}

/* `entries`: [n x 3], each row the number used, the free number and the coefficient. */
static rg_status
read_entries (const place *at, const char *path, rg_tie **out)
{
    size_t rows = 0, columns = 0, most = 0;
    double *values = NULL;
    rg_tie_entry *entries = NULL;
    rg_message reason = { "out of memory" };
    rg_status status = read_table (at, path, at->said->entries, &rows, &columns, &values);
    if (status == RG_OK && columns != 3)
        status = rg_tree_fail (at->config->tree, path, at->message, RG_ESHAPE,
                               "expected 3 columns (used number, free number, coefficient), got %zu", columns);
    if (status == RG_OK && (entries = rg_malloc (rows, sizeof *entries)) == NULL)
        status = relay (at, path, RG_ENOMEM, &reason);
    for (size_t i = 0; status == RG_OK && i < rows; i++) {
        const double *row = values + 3 * i;
        if (!is_place (row[0]) || !is_place (row[1]))
            status = rg_tree_fail (at->config->tree, path, at->message, RG_ERANGE,
                                   "expected whole numbers in the first two columns of row %zu, got %g and %g", i, row[0], row[1]);
        else
            entries[i] = (rg_tie_entry) { (size_t) row[0], (size_t) row[1], row[2] };
        if (status == RG_OK && entries[i].column + 1 > most)
            most = entries[i].column + 1;
    }
    if (status == RG_OK)
        status = relay (at, path, rg_tie_new (out, at->slice, most, rows, entries, &reason), &reason);
    rg_free (entries);
    rg_free (values);
    return status;
}

/* `sharing`: convex, [r x c] between r equal parts of what a step uses. */
static rg_status
read_sharing (const place *at, const char *path, rg_tie **out)
{
    const rg_tree *tree = at->config->tree;
    size_t rows = 0, columns = 0;
    double *values = NULL;
    rg_tie_entry *entries = NULL;
    rg_tie *matrix = NULL;
    rg_message reason = { "out of memory" };
    rg_status status = read_table (at, path, at->said->sharing, &rows, &columns, &values);
    if (status == RG_OK && (rows == 0 || at->slice % rows != 0))
        status = rg_tree_fail (tree, path, at->message, RG_ESHAPE, "%zu rows do not divide %zu numbers", rows, at->slice);
    if (status == RG_OK) {
        entries = rg_malloc (rows * columns, sizeof *entries);
        status = entries == NULL ? RG_ENOMEM : rg_tie_new (&matrix, rows, columns,
                                                           entries_of (values, rows, columns, entries), entries, &reason);
        status = relay (at, path, status, &reason);
    }
    if (status == RG_OK && !rg_tie_is_convex (matrix))
        status = rg_tree_fail (tree, path, at->message, RG_EINPUT,
                               "expected a convex matrix: no coefficient below 0, each row summing to 1");
    if (status == RG_OK)
        status = relay (at, path, rg_tie_of_rows (out, matrix, at->slice / rows), &reason);
    rg_tie_free (matrix);
    rg_free (entries);
    rg_free (values);
    return status;
}

/* `pieces`, `knots` and `degree`, or `steps`: a map over the steps. */
static rg_status
read_schedule (const place *at, rg_tie **out)
{
    const rg_tree *tree = at->config->tree;
    const rg_tie_values *said = at->said;
    char path[PATH];
    rg_message reason = { "out of memory" };
    if (said->degree_given && said->knots == 0)
        return rg_tree_fail_at_key (tree, path_of (at, "degree", path), at->message, RG_EINPUT, "a degree needs knots");
    if ((said->pieces > 0) + (said->knots > 0) + (said->steps != NULL) > 1)
        return rg_tree_fail_at_key (tree, path_of (at, said->knots > 0 ? "knots" : "steps", path), at->message, RG_EINPUT,
                                    "%s say how the steps are tied already", said->pieces > 0 ? "pieces" : "other keys");
    if (said->pieces == 0 && said->knots == 0 && said->steps == NULL)
        return RG_OK;
    path_of (at, said->pieces > 0 ? "pieces" : said->knots > 0 ? "knots" : "steps", path);
    if (!at->spec->per_step)
        return rg_tree_fail_at_key (tree, path, at->message, RG_EUNSUPPORTED, "a schedule needs per: step, or a product with it");
    if (said->steps != NULL)
        return read_dense (at, path, said->steps, (size_t) at->config->values.inner.steps, out);
    const size_t count = (size_t) (said->pieces > 0 ? said->pieces : said->knots), steps = (size_t) at->config->values.inner.steps;
    const int degree = said->pieces > 0 ? 0 : said->degree_given ? said->degree : 3;
    if (degree > 3)
        path_of (at, "degree", path);
    return relay (at, path, rg_tie_spline (out, steps, count, degree, &reason), &reason);
}

/* One of the ways to tie the numbers of a step, where it is said. */
typedef struct {
    const char *key;
    int said;
    rg_status (*read) (const place *at, const char *path, rg_tie **out);
} way;

static rg_status
read_numbers (const place *at, rg_tie **numbers)
{
    const rg_tie_values *said = at->said;
    const way ways[] = { { "groups", said->groups.count > 0 || said->groups.file != NULL, read_groups },
                         { "matrix", said->matrix != NULL, read_matrix },
                         { "entries", said->entries != NULL, read_entries },
                         { "sharing", said->sharing != NULL, read_sharing } };
    rg_status status = RG_OK;
    for (size_t k = 0; status == RG_OK && k < sizeof ways / sizeof *ways; k++) {
        char path[PATH];
        if (!ways[k].said)
            continue;
        path_of (at, ways[k].key, path);
        status = *numbers == NULL ? ways[k].read (at, path, numbers)
                                  : rg_tree_fail_at_key (at->config->tree, path, at->message, RG_EINPUT,
                                                         "one of groups, matrix, entries and sharing says how numbers are tied");
    }
    return status;
}

/*
 * Where a step uses one number, per: step, what is tied are the numbers of the steps: the same keys are a map over the steps.
 *   steps  [in and out] what read_schedule has found
 */
static rg_status
read_over_steps (place *at, rg_tie **steps)
{
    rg_tie *found = NULL;
    at->slice = (size_t) at->config->values.inner.steps;
    const rg_status status = read_numbers (at, &found);
    if (status != RG_OK || found == NULL || *steps == NULL) {
        *steps = found != NULL ? found : *steps;
        return status;
    }
    rg_tie_free (found);
    return rg_tree_fail (at->config->tree, at->path, at->message, RG_EINPUT,
                         "one of pieces, knots, steps, groups, matrix, entries and sharing says how the steps are tied");
}

rg_status
rg_config_read_tie (const rg_config *config, const char *entry, const rg_tie_values *said, const rg_block_spec *spec, size_t slice,
                    rg_tie **steps, rg_tie **numbers, rg_message *message)
{
    place at = { .config = config, .said = said, .spec = spec, .slice = slice, .message = message };
    *steps = *numbers = NULL;
    snprintf (at.path, sizeof at.path, "%.100s.tie", entry);
    if (!said->given)
        return RG_OK;
    rg_status status = read_schedule (&at, steps);
    if (status == RG_OK)
        status = spec->per_step && spec->scope == RG_PER_ALL ? read_over_steps (&at, steps) : read_numbers (&at, numbers);
    if (status == RG_OK && *steps == NULL && *numbers == NULL)
        status = rg_tree_fail (config->tree, at.path, message, RG_EINPUT,
                               "expected pieces, knots, steps, groups, matrix, entries or sharing");
    if (status != RG_OK) {
        rg_tie_free (*steps);
        rg_tie_free (*numbers);
        *steps = *numbers = NULL;
    }
    return status;
}
