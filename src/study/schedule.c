/*
 * schedule.c -- the hyperparameters of the dynamics as a table, a line a step: natural values, as they are applied; see result.h.
 *
 * A column is a hyperparameter, or one of its arrays where it has several numbers a step: "step,rate W1,rate b1,decay".
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/replace.h"
#include "hyper/role.h"
#include "study/result.h"
#include "study/study_parts.h"

enum { LONGEST_NUMBER = 32 };

/* A table on its way. */
typedef struct {
    char *text;
    size_t used;
} table;

/* Whether a block may differ from step to step, and has one number an array at most. */
static int
is_shown (const rg_block *block)
{
    return rg_role_get (block->role)->per_step && (block->scope == RG_PER_ALL || block->scope == RG_PER_LAYER || block->scope == RG_PER_ARRAY);
}

/* The columns of a block: one, or one an array. */
static size_t
columns_of (const rg_hyper *hyper, const rg_block *block)
{
    return block->scope == RG_PER_ALL ? 1 : rg_layout_arrays (rg_hyper_layout (hyper));
}

/* The number of a step that is an array's: that of the segment which holds its first weight. */
static double
value_of (const rg_hyper *hyper, const rg_block *block, size_t t, size_t array)
{
    const size_t first = block->scope == RG_PER_ALL ? 0 : rg_layout_offset (rg_hyper_layout (hyper), array);
    size_t i = 0;
    while (i + 1 < block->slice && block->offsets[i + 1] <= first)
        i++;
    return rg_block_values (block, t)[i];
}

static void
put_names (table *out, const rg_hyper *hyper)
{
    out->used += (size_t) sprintf (out->text + out->used, "step");
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block block = rg_hyper_block (hyper, i);
        for (size_t a = 0; is_shown (&block) && a < columns_of (hyper, &block); a++)
            out->used += (size_t) sprintf (out->text + out->used, block.scope == RG_PER_ALL ? ",%s" : ",%s %s", block.name,
                                           rg_layout_name (rg_hyper_layout (hyper), a));
    }
}

static void
put_step (table *out, const rg_hyper *hyper, size_t t)
{
    out->used += (size_t) sprintf (out->text + out->used, "\n%zu", t);
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block block = rg_hyper_block (hyper, i);
        for (size_t a = 0; is_shown (&block) && a < columns_of (hyper, &block); a++)
            out->used += (size_t) sprintf (out->text + out->used, ",%.17g", value_of (hyper, &block, t, a));
    }
}

/* Bytes of a line at most; 0 where no block has a number a step. */
static size_t
line_of (const rg_hyper *hyper, size_t *names)
{
    size_t bytes = LONGEST_NUMBER;
    int varies = 0;
    *names = LONGEST_NUMBER;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block block = rg_hyper_block (hyper, i);
        const size_t columns = is_shown (&block) ? columns_of (hyper, &block) : 0;
        varies |= columns > 0 && block.per_step;
        bytes += columns * LONGEST_NUMBER;
        *names += columns * (strlen (block.name) + LONGEST_NUMBER);
    }
    return varies ? bytes : 0;
}

rg_status
rg_result_write_schedule (const rg_entry *entry, const rg_hyper *hyper, rg_message *message)
{
    size_t names;
    const size_t steps = rg_hyper_steps (hyper), line = line_of (hyper, &names);
    if (line == 0 || steps > RG_LARGEST_SCHEDULE / line)
        return RG_OK;
    table out = { .text = rg_malloc (names + steps * line + 1, 1) };
    if (out.text == NULL)
        return rg_fail (message, RG_ENOMEM, "%s: out of memory", entry->path);
    put_names (&out, hyper);
    for (size_t t = 0; t < steps; t++)
        put_step (&out, hyper, t);
    out.text[out.used++] = '\n';
    const rg_status status = rg_replace (entry, &(rg_piece) { out.text, out.used }, 1, message);
    rg_free (out.text);
    return status;
}
