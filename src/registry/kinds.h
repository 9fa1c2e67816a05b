/* kinds.h -- the tables of kinds, as options see them: a name, what it is, its options, and the row itself. */
#ifndef RG_REGISTRY_KINDS_H
#define RG_REGISTRY_KINDS_H

#include <retrograde/hyper.h>

#include "base/option.h"

/* The row of a kind is its rg_sampler, rg_dynamics, rg_policy, rg_estimator, rg_optimizer, rg_transform_row, or below; NULL for the
 * others, and for the trajectory "auto", which a configuration may name. */
extern const rg_kinds rg_kinds_format, rg_kinds_sampler, rg_kinds_operator, rg_kinds_dynamics, rg_kinds_trajectory,
    rg_kinds_estimator, rg_kinds_optimizer, rg_kinds_transform, rg_kinds_hyperparameter;

/* The role of a kind of rg_kinds_hyperparameter. */
rg_role rg_kinds_role (const rg_kind *kind);

/* All tables in the order of `retrograde list`; NULL past the last. */
const rg_kinds *rg_kinds_table (size_t i);

#endif /* RG_REGISTRY_KINDS_H */
