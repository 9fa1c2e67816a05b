/* model_case.h -- small models, and their losses on a few examples: for the tests of models and of their layers. */
#ifndef TESTS_MODEL_CASE_H
#define TESTS_MODEL_CASE_H

#include <math.h>

#include <check.h>
#include <retrograde.h>

#include "objective/objective.h"

enum { FEATURES = 6, CLASSES = 3, EXAMPLES = 11, MOST = 200 };

/* ---- Models ------------------------------------------------------------------ */

#define DENSE(n) { .kind = "dense", .settings = { { "units", n, NULL } } }
#define LAYER(name) { .kind = name }
#define TEXT(key, text) { key, 0, text }
#define END { .kind = NULL }

static const rg_layer inner[] = { DENSE (5), LAYER ("sigmoid"), END };
static const rg_layer body[] = { DENSE (4), LAYER ("tanh"), { .kind = "residual", .body = inner, .shortcut = inner }, END };
static const rg_layer narrow[] = { { .kind = "dense", .settings = { { "units", 5, NULL }, { "bias", 0, NULL } } }, END };
static const rg_layer plain[] = { DENSE (5), LAYER ("tanh"), DENSE (4), LAYER ("tanh"), DENSE (3), END };
static const rg_layer deep[] = {
    DENSE (4), LAYER ("softplus"), { .kind = "residual", .body = body, .shortcut = narrow }, LAYER ("flatten"), LAYER ("linear"),
    DENSE (3), END
};

static inline rg_model *
model_of (const rg_layer *layers, size_t height, size_t width, size_t channels, const char *init, double scale)
{
    const rg_model_spec spec = { .size = sizeof spec, .input = { height, width, channels }, .layers = layers, .init = init, .init_scale = scale };
    rg_model *model;
    rg_message message = { "" };
    ck_assert_msg (rg_model_new (&model, &spec, &message) == RG_OK, "%s", message.text);
    return model;
}

static inline rg_model *
mlp_of (size_t widths, const size_t *width, rg_activation activation)
{
    rg_model *model;
    ck_assert_int_eq (rg_model_mlp (&model, &(rg_network) { widths, width, activation }, RG_LINEAR, 0, NULL), RG_OK);
    return model;
}

/* ---- Objectives ---------------------------------------------------------------- */

typedef struct {
    rg_dataset *data;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *objective;
    uint32_t batch; /* of examples a step, 4 a shard; of tasks all */
} problem;

static inline rg_dataset *
examples (int with_tasks)
{
    rg_array inputs, labels, tasks;
    rg_dataset *data;
    const size_t shape[] = { EXAMPLES, FEATURES }, count = EXAMPLES;
    const rg_dataset_options options = { .size = sizeof options, .classes = CLASSES };
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    ck_assert_int_eq (rg_array_new (&tasks, RG_INT32, 1, &count), RG_OK);
    for (size_t i = 0; i < EXAMPLES; i++) {
        ((int32_t *) labels.data)[i] = (int32_t) (i * i % CLASSES);
        ((int32_t *) tasks.data)[i] = (int32_t) (i % 2);
        for (size_t k = 0; k < FEATURES; k++)
            ((double *) inputs.data)[i * FEATURES + k] = sin (2.385 * (double) i + .7 * (double) (k * k));
    }
    ck_assert_int_eq (rg_dataset_new (&data, &inputs, &labels, &options, "inputs", "labels", NULL), RG_OK);
    if (with_tasks)
        ck_assert_int_eq (rg_dataset_set_tasks (data, &tasks, NULL, NULL), RG_OK);
    rg_array_clear (&tasks);
    return data;
}

static inline rg_model_loss
loss_of (const problem *p, const rg_model *model, const rg_tasks *tasks)
{
    return (rg_model_loss) { .size = sizeof (rg_model_loss), .model = model, .tasks = tasks, .precision = RG_DOUBLE, .part = RG_INNER, .data = p->data,
                             .batches = { &rg_sampler_cyclic, EXAMPLES, tasks == NULL ? p->batch : 0, 0 }, .shard = 4,
                             .hyper = p->hyper };
}

static inline problem
problem_on (rg_dataset *data, const rg_model *model, const rg_tasks *tasks, uint32_t batch)
{
    problem p = { .data = data, .batch = batch };
    rg_message message = { "" };
    ck_assert_int_eq (rg_model_layout (&p.layout, model, tasks), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&p.hyper, p.layout, 5, EXAMPLES, 14), RG_OK);
    rg_block_spec l2 = rg_block_defaults (RG_L2);
    l2.init = .01;
    ck_assert_int_eq (rg_hyper_add (p.hyper, &l2, NULL), RG_OK);
    const rg_model_loss loss = loss_of (&p, model, tasks);
    ck_assert_msg (rg_objective_from_model (&p.objective, &loss, &message) == RG_OK, "%s", message.text);
    return p;
}

static inline problem
problem_with (const rg_model *model, const rg_tasks *tasks, uint32_t batch)
{
    return problem_on (examples (tasks != NULL), model, tasks, batch);
}

static inline problem
problem_of (const rg_model *model, const rg_tasks *tasks)
{
    return problem_with (model, tasks, EXAMPLES);
}

static inline void
problem_clear (problem *p)
{
    rg_objective_free (p->objective);
    rg_hyper_free (p->hyper);
    rg_layout_free (p->layout);
    rg_dataset_free (p->data);
}

/* Weights of a problem. */
static inline size_t
start (const problem *p, double *w)
{
    const size_t count = rg_layout_weights (p->layout);
    ck_assert_uint_le (count, MOST);
    for (size_t i = 0; i < count; i++)
        w[i] = .6 * sin (2.1 * (double) i + .4);
    return count;
}

static inline double
total (const problem *p, const double *w, double *g)
{
    static const double lambda = .01;
    rg_evaluation found;
    ck_assert_int_eq (rg_objective_total (p->objective, NULL, (rg_instant) { 0 }, w, &lambda, &found, g, NULL, NULL), RG_OK);
    return found.loss;
}

#endif /* TESTS_MODEL_CASE_H */
