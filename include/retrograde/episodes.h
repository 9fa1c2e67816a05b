/* episodes.h -- few-shot tasks that are drawn from one set of examples: support and query. */
#ifndef RETROGRADE_EPISODES_H
#define RETROGRADE_EPISODES_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/data.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Where examples have labels, an episode takes `way` classes, and of each `shot` examples for its support, `query` others for
 * its query; the labels are 0 ... way - 1, by the order in which the classes were drawn. Where they have real targets it takes
 * one of the tasks of rg_dataset_set_tasks, a function that is sampled, and way is 1.
 * An episode is a function of the seed and of rg_instant.iteration, which no two members of a mean share.
 * O. Vinyals et al., Matching networks for one shot learning (2016).
 *
 *     rg_episodes_new (&episodes, characters, &(rg_episodes_spec) { .size = sizeof (rg_episodes_spec), .way = 5, .shot = 1, .query = 15 }, &message);
 *     loss.batches = rg_episodes_batches (episodes, RG_SUPPORT);    // of the inner loss; RG_QUERY of the outer one
 */
typedef struct rg_episodes rg_episodes;

typedef struct {
    size_t size;         /* sizeof (rg_episodes_spec) */
    uint32_t way;        /* classes of an episode, >= 1; of real targets 1 */
    uint32_t shot, query;/* examples of each, >= 1 */
    uint64_t seed;
    uint32_t skip, take; /* of the classes in an order drawn by the seed those [skip, skip + take); take 0: all that are left */
    int upright;         /* whether only classes that rg_dataset_turn has not turned */
} rg_episodes_spec;

/*
 * Make one.
 *   out   [out] ended with rg_episodes_free
 *   data  kept by reference
 * Returns RG_OK; RG_ERANGE (way, shot or query is 0; fewer classes than a way; a way of functions); RG_EINPUT (a class of too few
 * examples, named); RG_EUNSUPPORTED (real targets without tasks); RG_ENOMEM, and what a struct of another size gets.
 */
RG_API rg_status rg_episodes_new (rg_episodes **out, const rg_dataset *data, const rg_episodes_spec *spec, rg_message *message);
RG_API void rg_episodes_free (rg_episodes *episodes);

/* How many classes or functions there are to choose from, and what is chosen. */
RG_API size_t rg_episodes_groups (const rg_episodes *episodes);
RG_API uint32_t rg_episodes_way (const rg_episodes *episodes);
RG_API uint64_t rg_episodes_seed (const rg_episodes *episodes);
RG_API const rg_dataset *rg_episodes_data (const rg_episodes *episodes);

/* Rows of a half: way x shot, or way x query. */
RG_API uint32_t rg_episodes_rows (const rg_episodes *episodes, rg_half half);

/* The batches of a loss that takes all of a half at each step; with a smaller batch the steps of a run go through it in shuffled epochs. */
RG_API rg_batches rg_episodes_batches (const rg_episodes *episodes, rg_half half);

/*
 * Some rows of an episode, class by class.
 *   episode    rg_instant.iteration
 *   positions  [count] which rows of the half; NULL: 0, 1 ...
 *   examples   [count] [out] of the data
 */
RG_API void rg_episodes_draw (const rg_episodes *episodes, uint32_t episode, rg_half half, const uint32_t *positions,
                              size_t count, uint32_t *examples);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_EPISODES_H */
