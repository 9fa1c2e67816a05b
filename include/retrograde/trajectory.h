/* trajectory.h -- how a state of the training run comes back. */
#ifndef RETROGRADE_TRAJECTORY_H
#define RETROGRADE_TRAJECTORY_H

#ifdef __cplusplus
extern "C" {
#endif

/* A policy: one of those that rg_registry_trajectory knows ("stored", "checkpointed",
 * "reversible"). */
typedef struct rg_policy rg_policy;

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_TRAJECTORY_H */
