/* transform.c -- identity, log, logit, softplus; see transform.h. */
#include "hyper/transform.h"

#include <math.h>
#include <stddef.h>

#include <retrograde/hyper.h>

static double identity (double x) { return x; }
static double one (double x) { (void) x; return 1; }
static double logistic (double x) { return 1 / (1 + exp (-x)); }
static double logit (double p) { return log (p) - log1p (-p); }
static double logistic_derivative (double p) { return p * (1 - p); }
static double softplus (double x) { return x > 0 ? x + log1p (exp (-x)) : log1p (exp (x)); }
static double softplus_inverse (double y) { return y + log (-expm1 (-y)); }
static double softplus_derivative (double y) { return -expm1 (-y); }

static const rg_transform_row rows[] = {
    [RG_IDENTITY] = { "identity", "x", identity, identity, one, -INFINITY, INFINITY },
    [RG_LOG] = { "log", "exp (x), above 0", exp, log, identity, 0, INFINITY },
    [RG_LOGIT] = { "logit", "1 / (1 + exp (-x)), between 0 and 1", logistic, logit, logistic_derivative, 0, 1 },
    [RG_SOFTPLUS] = { "softplus", "log (1 + exp (x)), above 0", softplus, softplus_inverse, softplus_derivative, 0, INFINITY },
};

const rg_transform_row *
rg_transform_get (int transform)
{
    return transform >= 0 && transform < (int) (sizeof rows / sizeof *rows) ? &rows[transform] : NULL;
}

const char *
rg_transform_name (rg_transform transform)
{
    const rg_transform_row *row = rg_transform_get ((int) transform);
    return row == NULL ? NULL : row->name;
}
