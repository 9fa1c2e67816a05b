/* schema.h -- a tree against the rows of options: checked, parsed, completed. */
#ifndef RG_CONFIG_SCHEMA_H
#define RG_CONFIG_SCHEMA_H

#include "config/tree.h"
#include "config/values.h"

/*
 * Make every file name of a tree absolute, so that the tree can be written to another directory. What is not as the rows
 * expect is left for rg_schema_read to refuse.
 * Returns RG_OK, RG_ENOMEM or RG_ESYSTEM (no current directory); then some names are absolute
 * and all still mean the same files.
 */
rg_status rg_schema_anchor (rg_tree *tree, rg_message *message);

/*
 * Read a tree into values, and complete it: unknown keys, missing keys, kinds, ranges and a few rules between keys; then the
 * defaults of the fixed keys and of the chosen kinds are written into the tree. What remains for the builders: whether files
 * exist, shapes, and which parts can be combined.
 *   several  whether the map `estimator` may have the options of any estimator and trajectory: for commands that look at more
 *            than the one that is chosen; values->estimator.all has the settings of each then
 *   values   [out] ended with rg_schema_clear; their texts are their own
 *   message  [out] "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got 20.5"
 * Returns RG_OK; RG_EINPUT with the tree unchanged, but for a kind of model that the list of layers says; or RG_ENOMEM with some defaults written, none wrong. After a
 * failure there is nothing to clear.
 */
rg_status rg_schema_read (rg_tree *tree, int several, rg_values *values, rg_message *message);
void rg_schema_clear (rg_values *values);

#endif /* RG_CONFIG_SCHEMA_H */
