/* few_shot.c -- few-shot tasks drawn from a set of examples; see retrograde/episodes.h. */
#include <retrograde/episodes.h>

#include <string.h>

#include "base/memory.h"
#include "base/sized.h"
#include "data/dataset.h"
#include "data/sampler/permutation.h"

/* A class or function: its examples are by_group[first ... end - 1]. */
typedef struct {
    uint32_t first, end;
} group;

struct rg_episodes {
    rg_episodes_spec spec;
    const rg_dataset *data;
    uint32_t *by_group; /* [examples] those of group 0, of group 1 ... */
    group *group;       /* [groups] */
    uint32_t groups;
};

/* ---- Groups of examples -------------------------------------------------------- */

/* The group of an example, among so many. */
static uint32_t
group_of (const rg_dataset *data, uint32_t example)
{
    return (uint32_t) (data->labels != NULL ? data->labels[example] : data->task[example]);
}

static uint32_t
all_groups (const rg_dataset *data)
{
    return data->labels != NULL ? data->classes : data->tasks;
}

/* Sort the examples by their groups, empty ones included: group k is first ... end - 1. */
static void
sort_examples (const rg_dataset *data, uint32_t *by_group, group *all)
{
    const uint32_t count = all_groups (data);
    uint32_t placed = 0;
    for (uint32_t i = 0; i < data->count; i++)
        all[group_of (data, i)].end++;
    for (uint32_t k = 0; k < count; k++) {
        const uint32_t size = all[k].end;
        all[k] = (group) { placed, placed };
        placed += size;
    }
    for (uint32_t i = 0; i < data->count; i++)
        by_group[all[group_of (data, i)].end++] = i;
}

/*
 * Keep the groups of the part, turned ones beside their upright one, in the order that the seed gives; empty ones are left out
 * beforehand.
 *   all   [groups of the data]
 *   kept  [the same] [out]
 * Returns how many.
 */
static uint32_t
keep_part (const rg_episodes *e, const group *all, uint32_t *upright, group *kept)
{
    const rg_episodes_spec *spec = &e->spec;
    const uint32_t turns = e->data->upright == 0 ? 1 : e->data->count / e->data->upright, own = all_groups (e->data) / turns;
    const rg_random random = { spec->seed, RG_STREAM_CLASSES, 0, 0 };
    uint32_t there = 0, count = 0;
    for (uint32_t k = 0; k < own; k++)
        if (all[k].end > all[k].first)
            upright[there++] = k;
    if (spec->skip >= there || (spec->take > 0 && spec->take > there - spec->skip))
        return 0;
    rg_permutation order;
    rg_permutation_init (&order, &random, there);
    const uint32_t end = spec->take == 0 ? there : spec->skip + spec->take;
    const int whole = spec->skip == 0 && end == there;
    for (uint32_t t = 0; t < (spec->upright ? 1 : turns); t++)
        for (uint32_t i = spec->skip; i < end; i++)
            kept[count++] = all[t * own + upright[whole ? i : rg_permutation_image (&order, i)]];
    return count;
}

static rg_status
find_groups (rg_episodes *e, rg_message *message)
{
    const uint32_t count = all_groups (e->data);
    group *all = rg_calloc (count, sizeof *all);
    uint32_t *upright = rg_malloc (count, sizeof *upright);
    e->by_group = rg_malloc (e->data->count, sizeof *e->by_group);
    e->group = rg_malloc (count, sizeof *e->group);
    const int complete = all != NULL && upright != NULL && e->by_group != NULL && e->group != NULL;
    if (complete) {
        sort_examples (e->data, e->by_group, all);
        e->groups = keep_part (e, all, upright, e->group);
    }
    rg_free (all);
    rg_free (upright);
    return complete ? RG_OK : rg_fail (message, RG_ENOMEM, "out of memory for episodes");
}

/* ---- Making them ---------------------------------------------------------------- */

static rg_status
check (const rg_episodes_spec *spec, const rg_dataset *data, rg_message *message)
{
    const uint64_t most = (uint64_t) (spec->shot > spec->query ? spec->shot : spec->query) * spec->way;
    if (spec->way == 0 || spec->shot == 0 || spec->query == 0 || most > INT32_MAX)
        return rg_fail (message, RG_ERANGE, "expected a way, a shot and a query of at least 1, got %u, %u and %u", spec->way, spec->shot,
                        spec->query);
    if (data->labels == NULL && data->task == NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "episodes of real targets need tasks: which function an example is of");
    return data->labels != NULL || spec->way == 1
        ? RG_OK : rg_fail (message, RG_ERANGE, "an episode takes one function: expected a way of 1, got %u", spec->way);
}

/* Enough groups, of enough examples each. */
static rg_status
check_groups (const rg_episodes *e, rg_message *message)
{
    const rg_episodes_spec *spec = &e->spec;
    const char *what = e->data->labels != NULL ? "class" : "task";
    if (e->groups == 0)
        return rg_fail (message, RG_ERANGE, "expected a part of the %u %s, got %u from %u on", all_groups (e->data),
                        e->data->labels != NULL ? "classes" : "tasks", spec->take, spec->skip);
    if (e->groups < spec->way)
        return rg_fail (message, RG_ERANGE, "expected at least the %u classes of an episode, got %u", spec->way, e->groups);
    for (uint32_t k = 0; k < e->groups; k++) {
        const group *g = &e->group[k];
        if ((uint64_t) spec->shot + spec->query > g->end - g->first)
            return rg_fail (message, RG_EINPUT, "%s %u has %u examples, an episode takes %u + %u", what,
                            group_of (e->data, e->by_group[g->first]), g->end - g->first, spec->shot, spec->query);
    }
    return RG_OK;
}

rg_status
rg_episodes_new (rg_episodes **out, const rg_dataset *data, const rg_episodes_spec *spec, rg_message *message)
{
    *out = NULL;
    rg_episodes *e = rg_calloc (1, sizeof *e);
    if (e == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for episodes");
    e->data = data;
    rg_status status = rg_sized_read (&e->spec, sizeof e->spec, RG_SIZE_TO (rg_episodes_spec, upright), spec, "rg_episodes_spec", message);
    if (status == RG_OK)
        status = check (&e->spec, data, message);
    if (status == RG_OK)
        status = find_groups (e, message);
    if (status == RG_OK)
        status = check_groups (e, message);
    if (status == RG_OK)
        *out = e;
    else
        rg_episodes_free (e);
    return status;
}

void
rg_episodes_free (rg_episodes *episodes)
{
    if (episodes == NULL)
        return;
    rg_free (episodes->by_group);
    rg_free (episodes->group);
    rg_free (episodes);
}

size_t
rg_episodes_groups (const rg_episodes *episodes)
{
    return episodes->groups;
}

uint64_t
rg_episodes_seed (const rg_episodes *episodes)
{
    return episodes->spec.seed;
}

const rg_dataset *
rg_episodes_data (const rg_episodes *episodes)
{
    return episodes->data;
}

uint32_t
rg_episodes_way (const rg_episodes *episodes)
{
    return episodes->spec.way;
}

/* ---- Drawing from them ------------------------------------------------------------- */

static uint32_t
of_each (const rg_episodes *e, rg_half half)
{
    return half == RG_SUPPORT ? e->spec.shot : e->spec.query;
}

uint32_t
rg_episodes_rows (const rg_episodes *episodes, rg_half half)
{
    return episodes->spec.way * of_each (episodes, half);
}

void
rg_episodes_draw (const rg_episodes *episodes, uint32_t episode, rg_half half, const uint32_t *positions, size_t count,
                  uint32_t *examples)
{
    const uint64_t seed = episodes->spec.seed;
    const uint32_t each = of_each (episodes, half), after = half == RG_SUPPORT ? 0 : episodes->spec.shot;
    rg_permutation classes, inside = { 0 };
    const group *g = NULL;
    uint32_t slot = UINT32_MAX;
    rg_permutation_init (&classes, &(rg_random) { seed, RG_STREAM_EPISODE, episode, 0 }, episodes->groups);
    for (size_t i = 0; i < count; i++) {
        const uint32_t position = positions == NULL ? (uint32_t) i : positions[i];
        if (g == NULL || slot != position / each) {
            slot = position / each;
            g = &episodes->group[rg_permutation_image (&classes, slot)];
            rg_permutation_init (&inside, &(rg_random) { seed, RG_STREAM_EPISODE, episode, slot + 1 }, g->end - g->first);
        }
        examples[i] = episodes->by_group[g->first + rg_permutation_image (&inside, after + position % each)];
    }
}
