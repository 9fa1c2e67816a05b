/* layout.h -- segments of the weight vector, for the modules above hyper. */
#ifndef RG_HYPER_LAYOUT_H
#define RG_HYPER_LAYOUT_H

#include <retrograde/hyper.h>

/*
 * The segments of a scope: one number of the scope acts on weights
 * offsets[i] .. offsets[i+1]-1.
 *   offsets  [out] [segments + 1], owned by the layout; NULL where each weight has its own number
 * Returns the number of segments (for RG_PER_WEIGHT the number of weights).
 */
size_t rg_layout_segments (const rg_layout *layout, rg_scope scope, const size_t **offsets);

/* Weights of an array; and the rows of a matrix, 0: it is a vector. */
size_t rg_layout_count (const rg_layout *layout, size_t array);
size_t rg_layout_rows (const rg_layout *layout, size_t array);

/* The array that holds a weight. */
size_t rg_layout_array_of (const rg_layout *layout, size_t weight);

#endif /* RG_HYPER_LAYOUT_H */
