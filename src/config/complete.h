/* complete.h -- defaults and absolute file names, written into a tree by the rows of options. */
#ifndef RG_CONFIG_COMPLETE_H
#define RG_CONFIG_COMPLETE_H

#include "base/option.h"
#include "config/tree.h"

/*
 * Write the presets of a checked tree's maps where nothing is: of the fixed keys and of the kinds that are chosen; not in
 * lists, and not in maps that are absent and have no preset.
 * Returns RG_OK, or RG_ENOMEM with some of them written.
 */
rg_status rg_complete_tree (rg_tree *tree, const rg_option *options);

#endif /* RG_CONFIG_COMPLETE_H */
