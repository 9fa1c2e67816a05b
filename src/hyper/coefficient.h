/* coefficient.h -- a coefficient of the dynamics as a function of the weight. */
#ifndef RG_HYPER_COEFFICIENT_H
#define RG_HYPER_COEFFICIENT_H

#include <retrograde/hyper.h>

/* The values of one step: one a segment of the weight vector, or (offsets NULL) one a weight. */
typedef struct {
    const double *values;   /* [segments] */
    size_t segments;
    const size_t *offsets;  /* [segments + 1] first weights, or NULL */
} rg_coefficient;

/* The slice of a block of scope all, layer, array or weight that step t uses. */
rg_coefficient rg_coefficient_at (const rg_block *block, size_t t);

/* Write the value of each of the weights first .. first+count-1. */
void rg_coefficient_expand (const rg_coefficient *coefficient, size_t first, size_t count, double *out);

/*
 * The same where they lie, if each weight has a number of its own; else written to out, unless out holds them already.
 *   filled  [in and out] how many leading entries of out share the value of the first; 0: none
 * Returns the values of those weights [count].
 */
const double *rg_coefficient_refill (const rg_coefficient *coefficient, size_t first, size_t count, double *out,
                                     size_t *filled);

/*
 * The transpose: add what each weight contributes to the numbers of the slice,
 * in an order that depends on nothing but first and count.
 *   gradient  [segments] added to
 */
void rg_coefficient_gather (const rg_coefficient *coefficient, size_t first, size_t count,
                            const double *contributions, double *gradient);

/*
 * The same, block by block: the sums over a block of weights of what they contribute to the segments they are in.
 * Blocks may be worked on in any order, by any thread.
 *   block    number of the block
 *   partial  [blocks + segments] [out] the block's part of it; unused where there is one value a weight
 *   gradient [segments] added to where there is one value a weight, else untouched
 */
void rg_coefficient_gather_block (const rg_coefficient *coefficient, size_t block, size_t first, size_t count,
                                  const double *contributions, double *partial, double *gradient);

/*
 * Then all that the blocks left, in their order.
 *   weights, size  of all, and of a block (the last may be shorter)
 *   gradient       [segments] added to
 */
void rg_coefficient_collect (const rg_coefficient *coefficient, size_t weights, size_t size, const double *partial,
                             double *gradient);

/*
 * Where derivatives in the slice of step t are gathered, and what is done with them when all are there: of a block that is
 * not tied that is a part of the gradient itself, and nothing is left to do.
 *   gradient  [size] the block's part of the gradient
 */
double *rg_coefficient_room (const rg_block *block, size_t t, double *gradient);
void rg_coefficient_pull (const rg_block *block, size_t t, const double *room, double *gradient);

/*
 * The derivative of number s of step t's slice in the index-th number that the block's derivatives are taken in: of a block
 * that is not tied its natural values, of a tied one its free numbers.
 */
double rg_coefficient_slope (const rg_block *block, size_t t, size_t s, size_t index);

/* The first step that such a number acts on. */
size_t rg_coefficient_begins (const rg_block *block, size_t index);

/* Whether all of these weights share one value; then *value is it. */
int rg_coefficient_uniform (const rg_coefficient *coefficient, size_t first, size_t count, double *value);

#endif /* RG_HYPER_COEFFICIENT_H */
