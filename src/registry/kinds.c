/* kinds.c -- the one table of names; see kinds.h. */
#include "registry/kinds.h"

#include <retrograde/data.h>
#include <retrograde/table.h>

#include "data/sampler/sampler.h"
#include "dynamics/dynamics.h"
#include "estimator/estimator.h"
#include "graph/graph.h"
#include "hyper/role.h"
#include "hyper/schedule/schedule.h"
#include "hyper/transform.h"
#include "model/initialiser.h"
#include "model/model_kind.h"
#include "outer/outer.h"
#include "trajectory/trajectory.h"

/* A row of each table, as a member of an array. */
#define DYNAMICS(name) &rg_dynamics_##name,
#define POLICY(name) &rg_policy_##name,
#define ESTIMATOR(name) &rg_estimator_##name,
#define OPTIMIZER(name) &rg_optimizer_##name,

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
    [RG_SHARED_ARRAYS] = "arrays of the model that are not under inner.adapt; no per, init or transform",
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
                       : (rg_kind) { rg_sampler_name (row), rg_sampler_summary (row), row->options, row->settings_bytes, row };
}

static rg_kind
operator (size_t i)
{
    return (rg_kind) { .name = rg_graph_operator_name (i), .summary = rg_graph_operator_formula (i) };
}

static rg_kind
dynamics (size_t i)
{
    static const rg_dynamics *const rows[] = { RG_DYNAMICS_TABLE (DYNAMICS) };
    return i < LENGTH (rows) ? (rg_kind) { .name = rows[i]->name, .summary = rows[i]->formula, .row = rows[i] }
                             : (rg_kind) { 0 };
}

static rg_kind
trajectory (size_t i)
{
    static const rg_policy *const rows[] = { RG_POLICY_TABLE (POLICY) };
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
    static const rg_estimator *const rows[] = { RG_ESTIMATOR_TABLE (ESTIMATOR) };
    return i < LENGTH (rows)
        ? (rg_kind) { rows[i]->name, rows[i]->summary, rows[i]->options, rows[i]->settings_bytes, rows[i] }
        : (rg_kind) { 0 };
}

static rg_kind
optimizer (size_t i)
{
    static const rg_optimizer *const rows[] = { RG_OPTIMIZER_TABLE (OPTIMIZER) };
    return i < LENGTH (rows)
        ? (rg_kind) { rows[i]->name, rows[i]->formula, rows[i]->options, rows[i]->settings_bytes, rows[i] }
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
                                              &rg_kinds_optimizer,  &rg_kinds_transform, &rg_kinds_schedule,
                                              &rg_kinds_hyperparameter };
    return i < LENGTH (tables) ? tables[i] : NULL;
}
