/* registry.c -- the one table of names; see retrograde/registry.h. */
#include <retrograde/registry.h>

#include <string.h>

#include <retrograde/data.h>

#include "dynamics/dynamics.h"
#include "estimator/estimator.h"
#include "estimator/implicit.h"
#include "graph/graph.h"
#include "hyper/transform.h"
#include "outer/outer.h"
#include "trajectory/trajectory.h"

static const rg_dynamics *const dynamics[] = { &rg_dynamics_momentum_damped, &rg_dynamics_momentum,
                                               &rg_dynamics_adam, &rg_dynamics_adamw,
                                               &rg_dynamics_nesterov, &rg_dynamics_gradient_descent, &rg_dynamics_rmsprop };
static const rg_policy *const trajectories[] = { &rg_policy_reversible, &rg_policy_checkpointed, &rg_policy_stored };
static const rg_estimator *const estimators[] = { &rg_estimator_reverse, &rg_estimator_truncated, &rg_estimator_forward, &rg_estimator_realtime, &rg_estimator_differences,
                                                   &rg_estimator_implicit_cg, &rg_estimator_implicit_neumann,
                                                   &rg_estimator_implicit_fixed_point, &rg_estimator_implicit_dense };
static const rg_optimizer *const optimizers[] = { &rg_optimizer_adam, &rg_optimizer_gradient_descent,
                                                  &rg_optimizer_momentum, &rg_optimizer_rmsprop,
                                                  &rg_optimizer_sign_descent, &rg_optimizer_spectral };

#define LENGTH(table) (sizeof (table) / sizeof *(table))
#define FIND(table, wanted)                                   \
    for (size_t i = 0; i < LENGTH (table); i++)               \
        if (strcmp (table[i]->name, wanted) == 0)             \
            return table[i];                                  \
    return NULL

const rg_dynamics *
rg_registry_dynamics (const char *name)
{
    FIND (dynamics, name);
}

const rg_policy *
rg_registry_trajectory (const char *name)
{
    FIND (trajectories, name);
}

const rg_estimator *
rg_registry_estimator (const char *name)
{
    FIND (estimators, name);
}

const rg_optimizer *
rg_registry_optimizer (const char *name)
{
    FIND (optimizers, name);
}

/* What each hyperparameter block takes, in words: `per` values with what they mean. */
static const char *const scopes[] = {
    [RG_RATE] = "learning rate; per all, layer, array, unit, weight, or a product step*layer ...",
    [RG_DECAY] = "momentum decay; per all, layer, array, unit, weight, or a product step*layer ...",
    [RG_BETA1] = "decay of Adam's first moment; per all, layer, array, unit, weight, or a product step*layer ...",
    [RG_BETA2] = "decay of Adam's second moment; per all, layer, array, unit, weight, or a product step*layer ...",
    [RG_EPSILON] = "added to the root of Adam's second moment; per all, layer, array, unit, weight, or a product step*layer ...",
    [RG_WEIGHT_DECAY] = "decoupled decay of the weights; per all, layer, array, unit, weight, or a product step*layer ...",
    [RG_L2] = "penalty sum l2 w^2; per all, layer, array, unit, weight",
    [RG_EXAMPLE_WEIGHT] = "weight of a training example; per all, example",
    [RG_WEIGHTS] = "initial weights; no per, init or transform",
    [RG_WEIGHT_SCALE] = "standard deviation of the initial weights; per all, layer, array",
    [RG_SHARING] = "of multitask: mixing matrices of the shared layers; no per",
    [RG_INTERACTION] = "of multitask: strength of each pair of tasks, sum C |w_j - w_k|^2; per all: one for all pairs",
    [RG_INPUTS] = "training inputs; no per, init or transform",
    [RG_REPRESENTATION] = "weights of a network between inputs and model (model.representation); no per, init or transform",
    [RG_AUGMENTATION] = "weights of a network that moves the training inputs (model.augmentation); no per, init or transform",
    [RG_WEIGHTING] = "weights of a network that weighs the training examples (model.weighting); no per, init or transform",
};

static rg_registry_entry
model (size_t i)
{
    static const rg_registry_entry models[] = {
        { "model", "mlp", "fully connected layers, one activation" },
        { "model", "multitask", "one such network a task; its layers separate, tied, or shared by matrices" },
    };
    return i < LENGTH (models) ? models[i] : (rg_registry_entry) { 0 };
}

static rg_registry_entry
sampler (size_t i)
{
    const rg_sampler *row = rg_sampler_at (i);
    return row != NULL ? (rg_registry_entry) { "sampler", rg_sampler_name (row), rg_sampler_summary (row) }
                       : (rg_registry_entry) { 0 };
}

static rg_registry_entry
operator (size_t i)
{
    return (rg_registry_entry) { "operator", rg_graph_operator_name (i), rg_graph_operator_formula (i) };
}

static rg_registry_entry
rule (size_t i)
{
    return i < LENGTH (dynamics) ? (rg_registry_entry) { "dynamics", dynamics[i]->name, dynamics[i]->formula }
                                 : (rg_registry_entry) { 0 };
}

static rg_registry_entry
trajectory (size_t i)
{
    return i < LENGTH (trajectories)
        ? (rg_registry_entry) { "trajectory", trajectories[i]->name, trajectories[i]->summary }
        : i == LENGTH (trajectories)
        ? (rg_registry_entry) { "trajectory", "auto", "in a configuration: one of these that fits `memory`, and says why" }
        : (rg_registry_entry) { 0 };
}

static rg_registry_entry
estimator (size_t i)
{
    return i < LENGTH (estimators) ? (rg_registry_entry) { "estimator", estimators[i]->name, estimators[i]->summary }
                                   : (rg_registry_entry) { 0 };
}

static rg_registry_entry
optimizer (size_t i)
{
    return i < LENGTH (optimizers) ? (rg_registry_entry) { "optimizer", optimizers[i]->name, optimizers[i]->formula }
                                   : (rg_registry_entry) { 0 };
}

static rg_registry_entry
transform (size_t i)
{
    const rg_transform_row *row = rg_transform_get ((int) i);
    return row != NULL ? (rg_registry_entry) { "transform", row->name, row->formula } : (rg_registry_entry) { 0 };
}

static rg_registry_entry
hyperparameter (size_t i)
{
    return i < LENGTH (scopes) ? (rg_registry_entry) { "hyperparameter", rg_role_name ((rg_role) i), scopes[i] }
                               : (rg_registry_entry) { 0 };
}

rg_registry_entry
rg_registry_at (size_t i)
{
    static rg_registry_entry (*const kinds[]) (size_t) = { sampler,    model,     operator,  rule,      trajectory,
                                                           estimator, optimizer, transform, hyperparameter };
    for (size_t k = 0; k < LENGTH (kinds); k++)
        for (size_t j = 0;; j++) {
            const rg_registry_entry entry = kinds[k](j);
            if (entry.name == NULL)
                break;
            if (i-- == 0)
                return entry;
        }
    return (rg_registry_entry) { 0 };
}
