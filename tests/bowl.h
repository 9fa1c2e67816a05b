/* bowl.h -- a problem of shards for rules of one's own: J = sum of h (w - .3)^2 / 2 + lambda w^4 / 20. */
#ifndef TESTS_BOWL_H
#define TESTS_BOWL_H

#include "testing.h"

#include <retrograde.h>

#include "how.h"

enum { STEPS = 12, SMALL = 7, LARGE = 20000, SHARDS = 3 };

typedef struct {
    size_t weights;
    double scale;
} bowl;

static inline double
curvature (const bowl *b, size_t i)
{
    return b->scale * (1 + (double) (i % 7) / 7);
}

static inline int
bowl_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    const bowl *b = user;
    *loss = 0;
    for (size_t i = at.shard; i < b->weights; i += SHARDS)
        *loss += .5 * curvature (b, i) * (w[i] - .3) * (w[i] - .3) + b->scale * .05 * lambda[0] * pow (w[i], 4);
    return 0;
}

static inline int
bowl_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    const bowl *b = user;
    for (size_t i = 0; i < b->weights; i++)
        g[i] = i % SHARDS != at.shard ? 0 : curvature (b, i) * (w[i] - .3) + b->scale * .2 * lambda[0] * pow (w[i], 3);
    return 0;
}

static inline int
bowl_tangent (void *user, rg_instant at, const double *w, const double *lambda, const double *w_dot, const double *lambda_dot,
              double *g_dot, double *lambda_g_dot)
{
    const bowl *b = user;
    double sum = 0;
    for (size_t i = 0; i < b->weights; i++) {
        const int here = i % SHARDS == at.shard;
        g_dot[i] = here ? (curvature (b, i) + b->scale * .6 * lambda[0] * w[i] * w[i]) * w_dot[i] : 0;
        if (here && lambda_dot != NULL)
            g_dot[i] += b->scale * .2 * pow (w[i], 3) * lambda_dot[0];
        sum += here ? b->scale * .2 * pow (w[i], 3) * w_dot[i] : 0;
    }
    if (lambda_g_dot != NULL)
        lambda_g_dot[0] = sum;
    return 0;
}

static inline int
bowl_lambda_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *h)
{
    const bowl *b = user;
    (void) lambda;
    h[0] = 0;
    for (size_t i = at.shard; i < b->weights; i += SHARDS)
        h[0] += b->scale * .05 * pow (w[i], 4);
    return 0;
}

static inline int
end_loss (void *user, rg_instant at, const double *w, const double *lambda, double *loss)
{
    const bowl *b = user;
    (void) at, (void) lambda;
    *loss = 0;
    for (size_t i = 0; i < b->weights; i++)
        *loss += b->scale * .5 * (w[i] + .1) * (w[i] + .1);
    return 0;
}

static inline int
end_gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    const bowl *b = user;
    (void) at, (void) lambda;
    for (size_t i = 0; i < b->weights; i++)
        g[i] = b->scale * (w[i] + .1);
    return 0;
}

/* A problem with all its parts. Blocks: rate per step, decay, rule, weights, parameter. */
typedef struct {
    bowl b;
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_dynamics *dynamics;
    rg_problem problem;
    double *start;
} bench;

static inline void
add_block (rg_hyper *hyper, rg_role role, double init, const double *values, size_t count, int per_step)
{
    rg_block_spec spec = rg_block_defaults (role);
    rg_message message = { "" };
    spec.transform = RG_IDENTITY;
    spec.init = init;
    spec.values = values;
    spec.count = count;
    spec.per_step = per_step;
    ck_assert_msg (rg_hyper_add (hyper, &spec, &message) == RG_OK, "%s", message.text);
}

/* A problem of a rule with its own hyperparameters; takes over the rule. */
static inline void
bench_init (bench *x, size_t weights, rg_dynamics *dynamics, const double *own, size_t owns)
{
    const rg_array_spec arrays[] = { { "v", weights / 2, 0, 0 }, { "z", weights - weights / 2, 1, 0 } };
    rg_message message = { "" };
    *x = (bench) { .b = { weights, weights > 100 ? 20.0 / (double) weights : 1 }, .dynamics = dynamics };
    x->start = calloc (weights, sizeof *x->start);
    for (size_t i = 0; i < weights; i++)
        x->start[i] = sin (1.7 * (double) i + .4);
    ck_assert_int_eq (rg_layout_new (&x->layout, 2, arrays), RG_OK);
    ck_assert_int_eq (rg_hyper_new (&x->hyper, x->layout, STEPS, 0, 0), RG_OK);
    add_block (x->hyper, RG_RATE, .03, NULL, 0, 1);
    add_block (x->hyper, RG_DECAY, .7, NULL, 0, 0);
    add_block (x->hyper, RG_RULE, 0, own, owns, 0);
    add_block (x->hyper, RG_WEIGHTS, 0, x->start, weights, 0);
    add_block (x->hyper, RG_PARAMETER, .6, NULL, 1, 0);
    const rg_callbacks inner = { .size = sizeof (rg_callbacks), .loss = bowl_loss, .gradient = bowl_gradient,
                                 .tangent = bowl_tangent, .lambda_gradient = bowl_lambda_gradient, .user = &x->b, .lambdas = 1,
                                 .shards = SHARDS, .parallel = 1 };
    const rg_callbacks outer = { .size = sizeof (rg_callbacks), .loss = end_loss, .gradient = end_gradient, .user = &x->b };
    ck_assert_msg (rg_objective_from_callbacks (&x->inner, weights, &inner, NULL, &message) == RG_OK, "%s", message.text);
    ck_assert_int_eq (rg_objective_from_callbacks (&x->outer, weights, &outer, NULL, NULL), RG_OK);
    x->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = x->hyper, .inner = x->inner, .outer = x->outer, .dynamics = dynamics,
                                .run = rg_run_defaults () };
    x->problem.run.arithmetic = RG_FLOATING;
}

static inline void
bench_clear (bench *x)
{
    rg_objective_free (x->inner);
    rg_objective_free (x->outer);
    rg_hyper_free (x->hyper);
    rg_layout_free (x->layout);
    rg_dynamics_free (x->dynamics);
    free (x->start);
}

static inline rg_status
gradient_of (const bench *x, const char *estimator, const char *policy, double *gradient, rg_message *message)
{
    const rg_estimator_options options = HOW (.policy = rg_registry_trajectory (policy), .slots = 3);
    return rg_hypergradient (&x->problem, rg_registry_estimator (estimator), &options, 0, gradient, NULL, message);
}

static inline void
good_gradient (const bench *x, const char *estimator, const char *policy, double *gradient)
{
    rg_message message = { "" };
    ck_assert_msg (gradient_of (x, estimator, policy, gradient, &message) == RG_OK, "%s %s: %s", estimator, policy, message.text);
}

#endif /* TESTS_BOWL_H */
