/* from_study.h -- hyper.*.init: {study: DIR, block: NAME, from: best} becomes the file in which DIR has these numbers. */
#ifndef RG_CONFIG_FROM_STUDY_H
#define RG_CONFIG_FROM_STUDY_H

#include "config/tree.h"

/*
 * Replace such maps by files' names, before the schema sees them. Without `block` it is the entry's own name; `from: last` asks
 * for the last numbers also where the study has kept the best.
 * Returns RG_OK, RG_EINPUT (a key that the map does not take, no such study) or RG_ENOMEM.
 */
rg_status rg_config_from_studies (rg_tree *tree, rg_message *message);

/*
 * Whether a study's optimizer and hyperparameters are those of a tree: what outer.memory needs.
 * Returns RG_OK, RG_EINPUT, RG_ESYSTEM or RG_ENOMEM, with a sentence at that key.
 */
rg_status rg_config_check_memory (const rg_tree *tree, const char *study, rg_message *message);

#endif /* RG_CONFIG_FROM_STUDY_H */
