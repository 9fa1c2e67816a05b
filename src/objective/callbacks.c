/* callbacks.c -- a user's own objective; see retrograde/objective.h. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "objective/objective.h"

typedef struct {
    rg_callbacks call;
    size_t weights;
    rg_log log;
    int announced;          /* whether the fallback has been noted */
    rg_instant at;          /* of the last gradient */
    double *w, *lambda;     /* the point of the last gradient: the tangent is taken there */
    double *near_w, *near_lambda, *above, *below; /* workspaces of the fallback */
} callbacks;

static void
callbacks_free (void *self)
{
    callbacks *c = self;
    double *const arrays[] = { c->w, c->lambda, c->near_w, c->near_lambda, c->above, c->below };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        rg_free (arrays[i]);
    rg_free (c);
}

/* The sentence for a callback that stopped the run, and for one that returned nonsense. */
static rg_status
check (const char *name, int returned, rg_instant at, const double *values, size_t count, rg_message *message)
{
    if (returned != 0)
        return rg_fail (message, RG_ECALLBACK, "step %llu: the %s callback returned %d",
                        (unsigned long long) at.step, name, returned);
    for (size_t i = 0; i < count; i++)
        if (!isfinite (values[i]))
            return rg_fail (message, RG_ENONFINITE, "step %llu: the %s callback gave a value that is not finite at %zu",
                            (unsigned long long) at.step, name, i);
    return RG_OK;
}

static rg_status
callbacks_loss (void *self, size_t slot, rg_instant at, size_t shard, const void *w, const double *lambda,
                double *loss, rg_message *message)
{
    (void) slot, (void) shard;
    callbacks *c = self;
    *loss = 0;
    const int returned = c->call.loss (c->call.user, at, w, lambda, loss);
    return check ("loss", returned, at, loss, 1, message);
}

static rg_status
callbacks_gradient (void *self, size_t slot, rg_instant at, size_t shard, const void *w, const double *lambda,
                    double *loss, void *g, rg_message *message)
{
    callbacks *c = self;
    rg_status status = loss == NULL ? RG_OK : callbacks_loss (self, slot, at, shard, w, lambda, loss, message);
    if (status != RG_OK)
        return status;
    c->at = at;
    memcpy (c->w, w, c->weights * sizeof *c->w);
    if (c->call.lambdas > 0)
        memcpy (c->lambda, lambda, c->call.lambdas * sizeof *c->lambda);
    const int returned = c->call.gradient (c->call.user, at, c->w, c->lambda, g);
    return check ("gradient", returned, at, g, c->weights, message);
}

static double
largest (const double *x, size_t count)
{
    double most = 0;
    for (size_t i = 0; x != NULL && i < count; i++)
        most = fmax (most, fabs (x[i]));
    return most;
}

/* One side of the central difference: gradients at (w, lambda) + h (w_dot, lambda_dot). */
static rg_status
gradients_near (callbacks *c, double h, const double *w_dot, const double *lambda_dot, double *g, double *lambda_g,
                rg_message *message)
{
    for (size_t i = 0; i < c->weights; i++)
        c->near_w[i] = c->w[i] + h * w_dot[i];
    for (size_t i = 0; i < c->call.lambdas; i++)
        c->near_lambda[i] = c->lambda[i] + (lambda_dot == NULL ? 0 : h * lambda_dot[i]);
    int returned = c->call.gradient (c->call.user, c->at, c->near_w, c->near_lambda, g);
    rg_status status = check ("gradient", returned, c->at, g, c->weights, message);
    if (status == RG_OK && lambda_g != NULL) {
        returned = c->call.lambda_gradient (c->call.user, c->at, c->near_w, c->near_lambda, lambda_g);
        status = check ("lambda_gradient", returned, c->at, lambda_g, c->call.lambdas, message);
    }
    return status;
}

/* Central differences of the gradients: error about (machine epsilon)^(2/3). */
static rg_status
difference_tangent (callbacks *c, const double *w_dot, const double *lambda_dot, double *g_dot,
                    double *lambda_g_dot, rg_message *message)
{
    const size_t lambdas = c->call.lambda_gradient == NULL ? 0 : c->call.lambdas;
    if (!c->announced)
        rg_note (&c->log, "the objective has no tangent callback: central differences of its gradient are used");
    c->announced = 1;
    const double length = fmax (largest (w_dot, c->weights), largest (lambda_dot, c->call.lambdas));
    memset (g_dot, 0, c->weights * sizeof *g_dot);
    if (length == 0)
        return RG_OK;
    const double h = cbrt (0x1p-52) * fmax (1, largest (c->w, c->weights)) / length;
    double *lambda_above = lambdas > 0 && lambda_g_dot != NULL ? c->above : NULL;
    double *lambda_below = lambda_above != NULL ? c->below : NULL;
    rg_status status = gradients_near (c, h, w_dot, lambda_dot, g_dot, lambda_above, message);
    if (status != RG_OK)
        return status;
    double *g_below = c->below + lambdas;
    status = gradients_near (c, -h, w_dot, lambda_dot, g_below, lambda_below, message);
    if (status != RG_OK)
        return status;
    for (size_t i = 0; i < c->weights; i++)
        g_dot[i] = (g_dot[i] - g_below[i]) / (2 * h);
    for (size_t i = 0; lambda_above != NULL && i < lambdas; i++)
        lambda_g_dot[i] += (lambda_above[i] - lambda_below[i]) / (2 * h);
    return RG_OK;
}

static rg_status
callbacks_tangent (void *self, size_t slot, const void *w_dot, const double *lambda_dot, void *g_dot,
                   double *lambda_g_dot, rg_message *message)
{
    (void) slot;
    callbacks *c = self;
    if (c->call.tangent == NULL)
        return difference_tangent (c, w_dot, lambda_dot, g_dot, lambda_g_dot, message);
    double *written = lambda_g_dot == NULL || c->call.lambdas == 0 ? NULL : c->above;
    if (written != NULL)
        memset (written, 0, c->call.lambdas * sizeof *written);
    const int returned = c->call.tangent (c->call.user, c->at, c->w, c->lambda, w_dot, lambda_dot, g_dot, written);
    rg_status status = check ("tangent", returned, c->at, g_dot, c->weights, message);
    if (status == RG_OK && written != NULL)
        status = check ("tangent", 0, c->at, written, c->call.lambdas, message);
    for (size_t i = 0; status == RG_OK && written != NULL && i < c->call.lambdas; i++)
        lambda_g_dot[i] += written[i];
    return status;
}

static rg_status
callbacks_lambda_gradient (void *self, size_t slot, double *h, rg_message *message)
{
    (void) slot;
    callbacks *c = self;
    if (c->call.lambda_gradient == NULL || c->call.lambdas == 0)
        return RG_OK;
    memset (c->above, 0, c->call.lambdas * sizeof *c->above);
    const int returned = c->call.lambda_gradient (c->call.user, c->at, c->w, c->lambda, c->above);
    const rg_status status = check ("lambda_gradient", returned, c->at, c->above, c->call.lambdas, message);
    for (size_t i = 0; status == RG_OK && i < c->call.lambdas; i++)
        h[i] += c->above[i];
    return status;
}

static const rg_objective_table callbacks_table = {
    .name = "callbacks",
    .free = callbacks_free,
    .gradient = callbacks_gradient,
    .loss = callbacks_loss,
    .tangent = callbacks_tangent,
    .lambda_gradient = callbacks_lambda_gradient,
};

rg_status
rg_objective_from_callbacks (rg_objective **out, size_t weights, const rg_callbacks *call, const rg_log *log,
                             rg_message *message)
{
    *out = NULL;
    if (weights == 0 || call->loss == NULL || call->gradient == NULL)
        return rg_fail (message, RG_ERANGE, "an objective needs at least one weight, a loss and a gradient callback");
    callbacks *c = rg_calloc (1, sizeof *c);
    if (c == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    c->call = *call;
    c->weights = weights;
    if (log != NULL)
        c->log = *log;
    c->w = rg_calloc (weights, sizeof (double));
    c->near_w = rg_calloc (weights, sizeof (double));
    c->lambda = rg_calloc (call->lambdas, sizeof (double));
    c->near_lambda = rg_calloc (call->lambdas, sizeof (double));
    c->above = rg_calloc (call->lambdas, sizeof (double));
    c->below = rg_calloc (call->lambdas + weights, sizeof (double));
    if (c->w == NULL || c->near_w == NULL || c->lambda == NULL || c->near_lambda == NULL || c->above == NULL
        || c->below == NULL) {
        callbacks_free (c);
        return rg_fail (message, RG_ENOMEM, "out of memory");
    }
    if (rg_objective_wrap (out, &callbacks_table, c, weights, call->lambdas, 1, 1, RG_DOUBLE) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory");
    return RG_OK;
}
