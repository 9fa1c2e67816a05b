/*
 * objective_check.c -- an objective against itself: bits twice, derivatives against central differences, symmetry, the other precision;
 * see retrograde/check.h.
 *
 * With h = epsilon^(1/3) a central difference has a relative error of about epsilon^(2/3): 4e-11 in double, 2e-5 in single precision,
 * times the ratio of third to first derivatives.
 */
#include <retrograde/check.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/sized.h"
#include "objective/objective.h"

/* A point with directions u and v, and what comes of them; numbers of w first, then of lambda. */
typedef struct {
    rg_objective *objective;
    rg_instant at;
    size_t weights, lambdas, size;
    double *point, *u, *v, *near;    /* [size] */
    double *g, *again, *product, *other; /* [size] */
    double tolerance;
    rg_check_report *report;
    rg_message *message;
} check;

static double
dot (const double *x, const double *y, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

static double
length (const double *x, size_t count)
{
    return sqrt (dot (x, x, count));
}

/* Of the difference, relative to the larger one. */
static double
relative (const double *x, const double *y, size_t count)
{
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += (x[i] - y[i]) * (x[i] - y[i]);
    const double scale = fmax (length (x, count), length (y, count));
    return scale == 0 ? 0 : sqrt (square) / scale;
}

/* Loss and gradients at a point [size]; g [size] may be NULL. */
static rg_status
evaluate (const check *c, rg_objective *objective, const double *point, double *loss, double *g)
{
    rg_evaluation found;
    const rg_status status = rg_objective_evaluate (objective, c->at, point, point + c->weights, &found, g,
                                                    g == NULL ? NULL : g + c->weights, c->message);
    *loss = found.loss;
    return status;
}

static rg_status
multiply (const check *c, rg_objective *objective, const double *direction, double *product)
{
    return rg_objective_product (objective, c->at, c->point, c->point + c->weights, direction, direction + c->weights, product,
                                 product + c->weights, c->message);
}

static const double *
moved (const check *c, double h, const double *direction)
{
    for (size_t i = 0; i < c->size; i++)
        c->near[i] = c->point[i] + h * direction[i];
    return c->near;
}

/* A step along a direction of length 1: the size of the point times epsilon^(1/3). */
static double
step_of (const check *c)
{
    const double epsilon = c->objective->precision == RG_SINGLE ? 0x1p-23 : 0x1p-52;
    return cbrt (epsilon) * fmax (1, length (c->point, c->size) / sqrt ((double) c->size));
}

/* A random direction of length 1, in w alone, in lambda alone or in both. */
static void
draw (const check *c, uint64_t seed, uint32_t number, int in_w, int in_lambda, double *out)
{
    const rg_random random = { seed, RG_STREAM_TEST, number, 0 };
    for (size_t i = 0; i < c->size; i++)
        out[i] = (i < c->weights ? in_w : in_lambda) ? rg_random_normal (&random, i) : 0;
    const double norm = length (out, c->size);
    for (size_t i = 0; norm > 0 && i < c->size; i++)
        out[i] /= norm;
}

static rg_status
judge (const check *c, const char *what, double error, double tolerance)
{
    if (error <= tolerance)
        return RG_OK;
    return rg_fail (c->message, RG_EINPUT, "the objective's %s: a relative error of %.2g, more than %.2g", what, error, tolerance);
}

static rg_status
check_bits (const check *c)
{
    double loss;
    rg_status status = evaluate (c, c->objective, c->point, &loss, c->g);
    if (status == RG_OK)
        status = evaluate (c, c->objective, moved (c, .125, c->u), &loss, c->again);
    if (status == RG_OK)
        status = evaluate (c, c->objective, c->point, &loss, c->again);
    if (status != RG_OK)
        return status;
    c->report->same_bits = memcmp (c->g, c->again, c->size * sizeof *c->g) == 0;
    return c->report->same_bits ? RG_OK
                                : rg_fail (c->message, RG_EIRREVERSIBLE, "the objective's gradient is not the same bits twice");
}

/* The slope of the loss along u, by differences and by the gradient; relative to the gradient's part that u can meet. */
static rg_status
check_slope (const check *c, const char *what, size_t first, size_t count, double *error)
{
    const double h = step_of (c), norm = length (c->g + first, count);
    double above, below;
    rg_status status = evaluate (c, c->objective, moved (c, h, c->u), &above, NULL);
    if (status == RG_OK)
        status = evaluate (c, c->objective, moved (c, -h, c->u), &below, NULL);
    if (status != RG_OK)
        return status;
    const double slope = (above - below) / (2 * h), scale = fmax (norm, fabs (slope));
    const double found = scale == 0 ? 0 : fabs (slope - dot (c->u, c->g, c->size)) / scale;
    *error = fmax (*error, found);
    return judge (c, what, found, c->tolerance);
}

/* The product along u against differences of the gradients. */
static rg_status
check_product (const check *c)
{
    const double h = step_of (c);
    double loss;
    rg_status status = multiply (c, c->objective, c->u, c->product);
    if (status == RG_OK)
        status = evaluate (c, c->objective, moved (c, h, c->u), &loss, c->other);
    if (status == RG_OK)
        status = evaluate (c, c->objective, moved (c, -h, c->u), &loss, c->again);
    if (status != RG_OK)
        return status;
    for (size_t i = 0; i < c->size; i++)
        c->other[i] = (c->other[i] - c->again[i]) / (2 * h);
    const double found = relative (c->product, c->other, c->size);
    c->report->product_error = fmax (c->report->product_error, found);
    return judge (c, "product", found, c->tolerance);
}

/* u' H v = v' H u, the product along u being at hand. */
static rg_status
check_symmetry (const check *c)
{
    const rg_status status = multiply (c, c->objective, c->v, c->other);
    if (status != RG_OK)
        return status;
    const double one = dot (c->v, c->product, c->size), two = dot (c->u, c->other, c->size);
    const double scale = fmax (length (c->product, c->size), length (c->other, c->size));
    const double found = scale == 0 ? 0 : fabs (one - two) / scale;
    c->report->symmetry_error = fmax (c->report->symmetry_error, found);
    return judge (c, "product is not symmetric", found, c->tolerance);
}

static rg_status
check_other (const check *c, rg_objective *other, double tolerance)
{
    double loss;
    rg_status status = evaluate (c, other, c->point, &loss, c->other);
    if (status != RG_OK)
        return status;
    double found = relative (c->g, c->other, c->size);
    status = multiply (c, other, c->u, c->other);
    if (status != RG_OK)
        return status;
    found = fmax (found, relative (c->product, c->other, c->size));
    c->report->precision_error = fmax (c->report->precision_error, found);
    return judge (c, "two precisions", found, tolerance);
}

static rg_status
check_direction (const check *c, rg_objective *other, const rg_check_options *o, uint32_t k)
{
    draw (c, o->seed, 4 * k, 1, 0, c->u);
    rg_status status = check_slope (c, "gradient", 0, c->weights, &c->report->gradient_error);
    if (status == RG_OK && c->lambdas > 0) {
        draw (c, o->seed, 4 * k + 1, 0, 1, c->u);
        status = check_slope (c, "derivative in lambda", c->weights, c->lambdas, &c->report->lambda_error);
    }
    draw (c, o->seed, 4 * k + 2, 1, 1, c->u);
    draw (c, o->seed, 4 * k + 3, 1, 1, c->v);
    if (status == RG_OK)
        status = check_product (c);
    if (status == RG_OK)
        status = check_symmetry (c);
    return status == RG_OK && other != NULL ? check_other (c, other, o->precision_tolerance) : status;
}

static rg_status
complete (rg_check_options *o, const rg_check_options *given, const rg_objective *objective, rg_message *message)
{
    *o = (rg_check_options) { 0 };
    const size_t least = RG_SIZE_TO (rg_check_options, precision_tolerance);
    const rg_status status = given == NULL ? RG_OK : rg_sized_read (o, sizeof *o, least, given, "rg_check_options", message);
    o->directions = o->directions == 0 ? 3 : o->directions;
    o->tolerance = o->tolerance == 0 ? objective->precision == RG_SINGLE ? 2e-2 : 1e-5 : o->tolerance;
    o->precision_tolerance = o->precision_tolerance == 0 ? 1e-3 : o->precision_tolerance;
    return status;
}

static rg_status
check_pair (const rg_objective *objective, const rg_objective *other, rg_message *message)
{
    if (other == NULL)
        return RG_OK;
    if (other->weights != objective->weights || other->lambdas != objective->lambdas)
        return rg_fail (message, RG_ESHAPE, "the two objectives have %zu and %zu weights, %zu and %zu lambdas", objective->weights,
                        other->weights, objective->lambdas, other->lambdas);
    if (other->precision == objective->precision)
        return rg_fail (message, RG_ESHAPE, "the two objectives are of one precision: expected one in single and one in double");
    return RG_OK;
}

/* All checks, with workspaces of their own. */
static rg_status
check_all (const check *with, rg_objective *other, const double *w, const double *lambda, const rg_check_options *o)
{
    enum { ARRAYS = 8 };
    check c = *with;
    double *all = rg_calloc (ARRAYS * c.size, sizeof *all);
    if (all == NULL)
        return rg_fail (c.message, RG_ENOMEM, "out of memory to check an objective of %zu weights", c.weights);
    double **const arrays[ARRAYS] = { &c.point, &c.u, &c.v, &c.near, &c.g, &c.again, &c.product, &c.other };
    for (size_t i = 0; i < ARRAYS; i++)
        *arrays[i] = all + i * c.size;
    memcpy (c.point, w, c.weights * sizeof *w);
    if (c.lambdas > 0)
        memcpy (c.point + c.weights, lambda, c.lambdas * sizeof *lambda);
    draw (&c, o->seed, UINT32_MAX, 1, 1, c.u);
    rg_status status = check_bits (&c);
    for (uint32_t k = 0; status == RG_OK && k < o->directions; k++)
        status = check_direction (&c, other, o, k);
    rg_free (all);
    return status;
}

rg_status
rg_check_objective (rg_objective *objective, rg_objective *other, rg_instant at, const double *w, const double *lambda,
                    const rg_check_options *options, rg_check_report *report, rg_message *message)
{
    rg_check_options o;
    rg_check_report own = { 0 };
    rg_status status = rg_sized_read (&own, sizeof own, RG_SIZE_TO (rg_check_report, same_bits), report, "rg_check_report", message);
    if (status == RG_OK)
        status = complete (&o, options, objective, message);
    if (status == RG_OK)
        status = check_pair (objective, other, message);
    if (status != RG_OK)
        return status;
    own = (rg_check_report) { .lambda_error = objective->lambdas == 0 ? (double) NAN : 0,
                              .precision_error = other == NULL ? (double) NAN : 0 };
    const check c = { .objective = objective, .at = at, .weights = objective->weights, .lambdas = objective->lambdas,
                      .size = objective->weights + objective->lambdas, .tolerance = o.tolerance, .report = &own,
                      .message = message };
    status = check_all (&c, other, w, lambda, &o);
    rg_sized_write (report, report->size, &own, sizeof own);
    return status;
}
