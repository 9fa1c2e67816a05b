/* registry.h -- the one table of names: dynamics, trajectories, estimators, optimizers ... */
#ifndef RETROGRADE_REGISTRY_H
#define RETROGRADE_REGISTRY_H

#include <stddef.h>

#include <retrograde/dynamics.h>
#include <retrograde/estimator.h>
#include <retrograde/outer.h>
#include <retrograde/status.h>
#include <retrograde/trajectory.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Find by name; NULL where the name is unknown. The objects are constant and live for ever. */
RG_API const rg_dynamics *rg_registry_dynamics (const char *name);
RG_API const rg_policy *rg_registry_trajectory (const char *name);
RG_API const rg_estimator *rg_registry_estimator (const char *name);
RG_API const rg_optimizer *rg_registry_optimizer (const char *name);

/* A line of `retrograde list`. */
typedef struct {
    const char *kind;    /* "format", "sampler", "model", "operator", "dynamics", "trajectory", "estimator", "optimizer", "transform",
                            "schedule", "hyperparameter" */
    const char *name;
    const char *summary;
} rg_registry_entry;

/* The i-th entry, grouped by kind; name is NULL past the last. */
RG_API rg_registry_entry rg_registry_at (size_t i);

/* An option of a kind: what a configuration or a program may say beside its name. */
typedef struct {
    const char *key;      /* NULL: past the last */
    char value[192];      /* what it expects: "a whole number ≥ 1" */
    const char *preset;   /* its value where it is not given; NULL: none */
    const char *sentence; /* what it means */
} rg_registry_option;

/* The i-th option of an entry of rg_registry_at. */
RG_API rg_registry_option rg_registry_option_at (size_t entry, size_t i);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_REGISTRY_H */
