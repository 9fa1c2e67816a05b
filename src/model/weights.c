/* weights.c -- weights in a file; see retrograde/weights.h. */
#include "model/weights.h"

#include <fcntl.h>
#include <math.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "data/npy_write.h"
#include "hyper/layout.h"

enum { OF_EXAMPLES = 7 };

/* The arrays of a file on their way. */
typedef struct {
    rg_npz_member *members;
    rg_array *arrays;       /* [as many] of those that are numbers */
    const char **names;     /* of features, then of classes */
    size_t count;
} contents;

static void
add_numbers (contents *c, const char *name, const double *numbers, int ndim, size_t rows, size_t columns)
{
    if (numbers == NULL)
        return;
    c->arrays[c->count] = (rg_array) { .type = RG_FLOAT64, .ndim = ndim, .shape = { rows, columns }, .data = (void *) (uintptr_t) numbers };
    c->members[c->count] = (rg_npz_member) { .name = name, .array = &c->arrays[c->count] };
    c->count++;
}

static void
add_texts (contents *c, const char *name, const char **texts, size_t count)
{
    if (count > 0 && texts[0] != NULL)
        c->members[c->count++] = (rg_npz_member) { .name = name, .texts = texts, .count = count };
}

static void
add_weights (contents *c, const rg_layout *layout, const double *w)
{
    for (size_t a = 0; a < rg_layout_arrays (layout); a++) {
        const size_t rows = rg_layout_rows (layout, a), count = rg_layout_count (layout, a);
        add_numbers (c, rg_layout_name (layout, a), w + rg_layout_offset (layout, a), rows > 0 ? 2 : 1, rows > 0 ? rows : count,
                     rows > 0 ? count / rows : 0);
    }
}

static void
add_examples (contents *c, const rg_dataset *set)
{
    const size_t features = rg_dataset_features (set), classes = rg_dataset_classes (set);
    const char **of_classes = c->names + features;
    for (size_t j = 0; j < features; j++)
        c->names[j] = rg_dataset_feature_name (set, j);
    for (size_t k = 0; k < classes; k++)
        of_classes[k] = rg_dataset_class_name (set, (uint32_t) k);
    if (set->scale != 1)
        add_numbers (c, "unit", &set->scale, 0, 0, 0);
    add_numbers (c, "mean", rg_dataset_mean (set), 1, features, 0);
    add_numbers (c, "scale", rg_dataset_divisor (set), 1, features, 0);
    add_numbers (c, "target_mean", rg_dataset_target_mean (set), 1, rg_dataset_targets (set), 0);
    add_numbers (c, "target_scale", rg_dataset_target_divisor (set), 1, rg_dataset_targets (set), 0);
    add_texts (c, "columns", c->names, features);
    add_texts (c, "classes", of_classes, classes);
}

rg_status
rg_weights_write_at (const rg_entry *entry, const rg_layout *layout, const double *w, const rg_dataset *training,
                     rg_message *message)
{
    const size_t most = rg_layout_arrays (layout) + OF_EXAMPLES;
    const size_t names = training == NULL ? 1 : rg_dataset_features (training) + rg_dataset_classes (training);
    contents c = { rg_calloc (most, sizeof *c.members), rg_calloc (most, sizeof *c.arrays), rg_calloc (names, sizeof *c.names), 0 };
    rg_status status = RG_ENOMEM;
    if (c.members == NULL || c.arrays == NULL || c.names == NULL)
        rg_fail (message, RG_ENOMEM, "%s: out of memory", entry->path);
    else {
        add_weights (&c, layout, w);
        if (training != NULL)
            add_examples (&c, training);
        status = rg_npz_write_at (entry, c.members, c.count, message);
    }
    rg_free (c.members);
    rg_free (c.arrays);
    rg_free (c.names);
    return status;
}

rg_status
rg_weights_write (const char *path, const rg_layout *layout, const double *w, const rg_dataset *training, rg_message *message)
{
    return rg_weights_write_at (&(rg_entry) { AT_FDCWD, path, path }, layout, w, training, message);
}

static rg_status
read_one (const char *path, const char *name, size_t count, double *out, rg_message *message)
{
    rg_array array;
    rg_status status = rg_npz_read (path, name, &array, message);
    if (status != RG_OK)
        return status;
    if (rg_array_count (&array) != count)
        status = rg_fail (message, RG_ESHAPE, "%s:%s: expected %zu weights, got %zu", path, name, count, rg_array_count (&array));
    else
        rg_array_to_double (&array, out);
    for (size_t i = 0; status == RG_OK && i < count; i++)
        if (!isfinite (out[i]))
            status = rg_fail (message, RG_ENONFINITE, "%s:%s: weight %zu: expected a finite number, got %g", path, name, i, out[i]);
    rg_array_clear (&array);
    return status;
}

rg_status
rg_weights_read (const char *path, const rg_layout *layout, double *w, rg_message *message)
{
    rg_status status = RG_OK;
    for (size_t a = 0; status == RG_OK && a < rg_layout_arrays (layout); a++)
        status = read_one (path, rg_layout_name (layout, a), rg_layout_count (layout, a), w + rg_layout_offset (layout, a), message);
    return status;
}
