/* tree_given.h -- the nodes of a tree as options take them. */
#ifndef RG_CONFIG_TREE_GIVEN_H
#define RG_CONFIG_TREE_GIVEN_H

#include "base/given.h"
#include "config/tree.h"

/*
 * A node and all inside it. Texts and keys stay the tree's.
 *   out   [out] ended with rg_given_free, in any case
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_given_of_node (const rg_node *node, rg_given *out);

/* Free what rg_given_of_node made; zeros are allowed. */
void rg_given_free (rg_given *given);

#endif /* RG_CONFIG_TREE_GIVEN_H */
