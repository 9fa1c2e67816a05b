/* kinds.c -- the one table of names; see kinds.h. */
#include "registry/kinds.h"

#include <retrograde/data.h>
#include <retrograde/table.h>

#include "dynamics/dynamics.h"
#include "estimator/estimator.h"
#include "estimator/implicit.h"
#include "graph/graph.h"
#include "hyper/role.h"
#include "hyper/transform.h"
#include "model/initialiser.h"
#include "model/model_kind.h"
#include "outer/outer.h"
#include "trajectory/trajectory.h"

#define LENGTH(table) (sizeof (table) / sizeof *(table))

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
    [RG_PROXIMAL] = "pull to the initial weights, 1/2 sum proximal (w - weights)^2; per all, layer, array, unit, weight",
    [RG_WEIGHTING] = "weights of a network that weighs the training examples (model.weighting); no per, init or transform",
};

static rg_kind
format (size_t i)
{
    return (rg_kind) { .name = rg_format_name (i), .summary = rg_format_summary (i) };
}

static rg_kind
sampler (size_t i)
{
    const rg_sampler *row = rg_sampler_at (i);
    return row == NULL ? (rg_kind) { 0 }
                       : (rg_kind) { .name = rg_sampler_name (row), .summary = rg_sampler_summary (row), .row = row };
}

static rg_kind
operator (size_t i)
{
    return (rg_kind) { .name = rg_graph_operator_name (i), .summary = rg_graph_operator_formula (i) };
}

static rg_kind
dynamics (size_t i)
{
    static const rg_dynamics *const rows[] = {
        &rg_dynamics_momentum_damped, &rg_dynamics_momentum, &rg_dynamics_adam, &rg_dynamics_adamw,
        &rg_dynamics_nesterov, &rg_dynamics_gradient_descent, &rg_dynamics_rmsprop,
    };
    return i < LENGTH (rows) ? (rg_kind) { .name = rows[i]->name, .summary = rows[i]->formula, .row = rows[i] }
                             : (rg_kind) { 0 };
}

static rg_kind
trajectory (size_t i)
{
    static const rg_policy *const rows[] = { &rg_policy_reversible, &rg_policy_checkpointed, &rg_policy_stored };
    const size_t bytes = sizeof (rg_trajectory_settings);
    return i < LENGTH (rows)
        ? (rg_kind) { rows[i]->name, rows[i]->summary, rows[i]->options, bytes, rows[i] }
        : i == LENGTH (rows)
        ? (rg_kind) { "auto", "in a configuration: one of these that fits `memory`, and says why", rg_trajectory_any, bytes, NULL }
        : (rg_kind) { 0 };
}

static rg_kind
estimator (size_t i)
{
    static const rg_estimator *const rows[] = {
        &rg_estimator_reverse, &rg_estimator_truncated, &rg_estimator_first_order, &rg_estimator_forward,
        &rg_estimator_realtime, &rg_estimator_differences, &rg_estimator_implicit_cg, &rg_estimator_implicit_neumann,
        &rg_estimator_implicit_fixed_point, &rg_estimator_implicit_dense,
    };
    return i < LENGTH (rows)
        ? (rg_kind) { rows[i]->name, rows[i]->summary, rows[i]->options, sizeof (rg_estimator_options), rows[i] }
        : (rg_kind) { 0 };
}

static rg_kind
optimizer (size_t i)
{
    static const rg_optimizer *const rows[] = { &rg_optimizer_adam, &rg_optimizer_gradient_descent, &rg_optimizer_momentum,
                                                &rg_optimizer_rmsprop, &rg_optimizer_sign_descent, &rg_optimizer_spectral };
    return i < LENGTH (rows)
        ? (rg_kind) { rows[i]->name, rows[i]->formula, rows[i]->options, sizeof (rg_outer_options), rows[i] }
        : (rg_kind) { 0 };
}

static rg_kind
transform (size_t i)
{
    const rg_transform_row *row = rg_transform_get ((int) i);
    return row == NULL ? (rg_kind) { 0 } : (rg_kind) { .name = row->name, .summary = row->formula, .row = row };
}

static rg_kind
hyperparameter (size_t i)
{
    return i < LENGTH (scopes) ? (rg_kind) { .name = rg_role_name ((rg_role) i), .summary = scopes[i], .row = rg_role_get ((rg_role) i) }
                               : (rg_kind) { 0 };
}

rg_role
rg_kinds_role (const rg_kind *kind)
{
    int role = 0;
    while (rg_role_get ((rg_role) role) != kind->row)
        role++;
    return (rg_role) role;
}

const rg_kinds rg_kinds_format = { "format", format }, rg_kinds_sampler = { "sampler", sampler },
               rg_kinds_operator = { "operator", operator }, rg_kinds_dynamics = { "dynamics", dynamics },
               rg_kinds_trajectory = { "trajectory", trajectory }, rg_kinds_estimator = { "estimator", estimator },
               rg_kinds_optimizer = { "optimizer", optimizer }, rg_kinds_transform = { "transform", transform },
               rg_kinds_hyperparameter = { "hyperparameter", hyperparameter };

const rg_kinds *
rg_kinds_table (size_t i)
{
    static const rg_kinds *const tables[] = { &rg_kinds_format,     &rg_kinds_sampler,    &rg_kinds_model,     &rg_layer_kinds,
                                              &rg_initialiser_kinds, &rg_kinds_operator,
                                              &rg_kinds_dynamics,   &rg_kinds_trajectory, &rg_kinds_estimator,
                                              &rg_kinds_optimizer,  &rg_kinds_transform, &rg_kinds_hyperparameter };
    return i < LENGTH (tables) ? tables[i] : NULL;
}
