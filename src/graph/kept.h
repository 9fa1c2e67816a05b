/* kept.h -- a linearisation in memory of the caller's, where it outlives the next one. */
#ifndef RG_GRAPH_KEPT_H
#define RG_GRAPH_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include <retrograde/graph.h>

/* What is left by a forward pass; and beside it, by a backward pass. */
enum { RG_KEPT_VALUES, RG_KEPT_ADJOINTS, RG_KEPT_PARTS };

/* Bytes of the parts, for the largest number of rows. */
void rg_executor_kept_bytes (const rg_executor *executor, size_t bytes[RG_KEPT_PARTS]);

/*
 * Have all that follows, up to the next call, read and write the parts here. Leaves stay where they are.
 *   part  each on a cache line, of the bytes above; NULL: in the executor's own memory
 */
void rg_executor_keep (rg_executor *executor, void *const part[RG_KEPT_PARTS]);

/*
 * As rg_executor_gradient, at a linearisation that is in the parts: with the same leaves and rows bound, the same bits.
 *   adjoints  whether both parts hold it; else the values alone, and the backward pass is taken
 *   loss      [out] may be NULL: not wanted; else it was wanted when the values were computed
 *   gradient  [weights] [out]; where both parts hold it, not written
 */
void rg_executor_again (rg_executor *executor, bool adjoints, double *loss, void *gradient);

#endif /* RG_GRAPH_KEPT_H */
