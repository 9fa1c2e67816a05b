/*
 * callbacks_body.h -- what an objective of callbacks does, in one precision; included once for each, with REAL, FUNCTION (name) and
 * CALL (c), the callbacks of that precision, defined.
 */

/* Check what a callback returned and wrote: RG_OK; RG_ECALLBACK; RG_ENONFINITE. */
static rg_status
FUNCTION (check) (const char *name, int returned, rg_instant at, const REAL *values, size_t count, rg_message *message)
{
    if (returned != 0)
        return stopped (name, returned, at, message);
    for (size_t i = 0; i < count; i++)
        if (!isfinite (values[i]))
            return not_finite (name, i, at, message);
    return RG_OK;
}

/* Keep the point at which a slot was asked last: tangents are taken there. */
static void
FUNCTION (keep) (callbacks *c, slot *s, rg_instant at, const REAL *w, const double *lambda)
{
    s->at = at;
    memcpy (s->w, w, c->weights * sizeof (REAL));
    if (c->lambdas > 0)
        memcpy (s->lambda, lambda, c->lambdas * sizeof *lambda);
}

/* The loss, and how many examples are classified wrongly there. */
static rg_status
FUNCTION (ask_loss) (callbacks *c, slot *s, rg_instant at, const REAL *w, const double *lambda, double *loss, rg_message *message)
{
    *loss = 0;
    begin_call (c);
    const int returned = CALL (c)->loss (c->user, at, w, lambda, loss);
    if (CALL (c)->errors != NULL && returned == 0)
        CALL (c)->errors (c->user, at, w, lambda, &s->wrong, &s->examples);
    end_call (c);
    return check_reals ("loss", returned, at, loss, 1, message);
}

static rg_status
FUNCTION (ask_gradient) (callbacks *c, rg_instant at, const REAL *w, const double *lambda, REAL *g, rg_message *message)
{
    begin_call (c);
    const int returned = CALL (c)->gradient (c->user, at, w, lambda, g);
    end_call (c);
    return FUNCTION (check) ("gradient", returned, at, g, c->weights, message);
}

/* dJ/dlambda, written to h [lambdas]. */
static rg_status
FUNCTION (ask_lambda) (callbacks *c, rg_instant at, const REAL *w, const double *lambda, double *h, rg_message *message)
{
    memset (h, 0, c->lambdas * sizeof *h);
    begin_call (c);
    const int returned = CALL (c)->lambda_gradient (c->user, at, w, lambda, h);
    end_call (c);
    return check_reals ("lambda_gradient", returned, at, h, c->lambdas, message);
}

static rg_status
FUNCTION (loss) (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda, double *loss,
                 rg_message *message)
{
    at.shard = shard;
    return FUNCTION (ask_loss) (self, &((callbacks *) self)->slot[index], at, w, lambda, loss, message);
}

static rg_status
FUNCTION (gradient) (void *self, size_t index, rg_instant at, size_t shard, const void *w, const double *lambda, double *loss,
                     void *g, rg_message *message)
{
    callbacks *c = self;
    slot *s = &c->slot[index];
    at.shard = shard;
    const rg_status status = loss == NULL ? RG_OK : FUNCTION (ask_loss) (c, s, at, w, lambda, loss, message);
    if (status != RG_OK)
        return status;
    FUNCTION (keep) (c, s, at, w, lambda);
    return FUNCTION (ask_gradient) (c, at, s->w, s->lambda, g, message);
}

static double
FUNCTION (largest) (const REAL *x, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax (most, fabs ((double) x[i]));
    return most;
}

/* One side of the central difference: gradients at (w, lambda) + h (w_dot, lambda_dot). lambda_g is NULL where not wanted. */
static rg_status
FUNCTION (gradients_near) (callbacks *c, slot *s, double h, const REAL *w_dot, const double *lambda_dot, REAL *g, double *lambda_g,
                           rg_message *message)
{
    REAL *near = s->near_w;
    const REAL *w = s->w;
    for (size_t i = 0; i < c->weights; i++)
        near[i] = (REAL) ((double) w[i] + h * (double) w_dot[i]);
    for (size_t i = 0; i < c->lambdas; i++)
        s->near_lambda[i] = s->lambda[i] + (lambda_dot == NULL ? 0 : h * lambda_dot[i]);
    const rg_status status = FUNCTION (ask_gradient) (c, s->at, near, s->near_lambda, g, message);
    return status != RG_OK || lambda_g == NULL ? status
        : FUNCTION (ask_lambda) (c, s->at, near, s->near_lambda, lambda_g, message);
}

/* Central differences of the gradients, where there is no tangent: error about (epsilon of the precision)^(2/3). */
static rg_status
FUNCTION (differences) (callbacks *c, slot *s, const REAL *w_dot, const double *lambda_dot, REAL *g_dot, double *lambda_g_dot,
                        rg_message *message)
{
    announce (c);
    const double moved = lambda_dot == NULL ? 0 : largest_lambda (lambda_dot, c->lambdas);
    const double length = fmax (FUNCTION (largest) (w_dot, c->weights), moved);
    memset (g_dot, 0, c->weights * sizeof *g_dot);
    if (length == 0)
        return RG_OK;
    const double epsilon = sizeof (REAL) == sizeof (float) ? 0x1p-23 : 0x1p-52;
    const double h = cbrt (epsilon) * fmax (1, FUNCTION (largest) (s->w, c->weights)) / length;
    double *const above = lambda_g_dot != NULL && CALL (c)->lambda_gradient != NULL ? s->above : NULL;
    double *const below = above == NULL ? NULL : s->below;
    REAL *const g_below = s->g_below;
    rg_status status = FUNCTION (gradients_near) (c, s, h, w_dot, lambda_dot, g_dot, above, message);
    if (status == RG_OK)
        status = FUNCTION (gradients_near) (c, s, -h, w_dot, lambda_dot, g_below, below, message);
    for (size_t i = 0; status == RG_OK && i < c->weights; i++)
        g_dot[i] = (REAL) (((double) g_dot[i] - (double) g_below[i]) / (2 * h));
    for (size_t i = 0; status == RG_OK && above != NULL && i < c->lambdas; i++)
        lambda_g_dot[i] = (above[i] - below[i]) / (2 * h);
    return status;
}

/* The user's tangent. lambda_g_dot [lambdas] is written; NULL: not wanted. */
static rg_status
FUNCTION (ask_tangent) (callbacks *c, slot *s, const REAL *w_dot, const double *lambda_dot, REAL *g_dot, double *lambda_g_dot,
                        rg_message *message)
{
    begin_call (c);
    const int returned = CALL (c)->tangent (c->user, s->at, s->w, s->lambda, w_dot, lambda_dot, g_dot, lambda_g_dot);
    end_call (c);
    const rg_status status = FUNCTION (check) ("tangent", returned, s->at, g_dot, c->weights, message);
    return status != RG_OK || lambda_g_dot == NULL ? status
        : check_reals ("tangent", 0, s->at, lambda_g_dot, c->lambdas, message);
}

/* Where there are several shards, what a tangent says of lambda is kept for lambda_tangent. */
static rg_status
FUNCTION (tangent) (void *self, size_t index, const void *w_dot, const double *lambda_dot, void *g_dot, double *lambda_g_dot,
                    rg_message *message)
{
    callbacks *c = self;
    slot *s = &c->slot[index];
    const int wanted = c->lambdas > 0 && (lambda_g_dot != NULL || c->shards > 1);
    memset (s->kept, 0, c->lambdas * sizeof *s->kept);
    const rg_status status = (CALL (c)->tangent == NULL ? FUNCTION (differences) : FUNCTION (ask_tangent)) (
        c, s, w_dot, lambda_dot, g_dot, wanted ? s->kept : NULL, message);
    if (status == RG_OK && lambda_g_dot != NULL)
        lambda_tangent (self, index, lambda_g_dot);
    return status;
}

/* Several at once: the one lambda that moves in each direction becomes a column of numbers. */
static rg_status
FUNCTION (tangents) (void *self, size_t index, size_t room, size_t width, const void *w_dot, const size_t *lambda, void *g_dot,
                     rg_message *message)
{
    callbacks *c = self;
    const slot *s = &c->slot[index];
    double *const lambda_dot = c->lambdas == 0 ? NULL : c->room[room];
    if (lambda_dot != NULL)
        memset (lambda_dot, 0, c->lambdas * width * sizeof *lambda_dot);
    for (size_t k = 0; lambda_dot != NULL && k < width; k++)
        if (lambda[k] != SIZE_MAX)
            lambda_dot[lambda[k] * width + k] = 1;
    begin_call (c);
    const int returned = CALL (c)->tangents (c->user, s->at, width, s->w, s->lambda, w_dot, lambda_dot, g_dot);
    end_call (c);
    return FUNCTION (check) ("tangents", returned, s->at, g_dot, c->weights * width, message);
}

static rg_status
FUNCTION (lambda_gradient) (void *self, size_t index, double *h, rg_message *message)
{
    callbacks *c = self;
    slot *s = &c->slot[index];
    if (c->lambdas == 0)
        return RG_OK;
    const rg_status status = FUNCTION (ask_lambda) (c, s->at, s->w, s->lambda, s->above, message);
    for (size_t i = 0; status == RG_OK && i < c->lambdas; i++)
        h[i] += s->above[i];
    return status;
}

/* The table of these callbacks: what the user left out is NULL there, too. */
static rg_objective_table
FUNCTION (table) (const callbacks *c)
{
    return (rg_objective_table) {
        .name = "callbacks",
        .free = callbacks_free,
        .gradient = FUNCTION (gradient),
        .loss = FUNCTION (loss),
        .tangent = FUNCTION (tangent),
        .lambda_tangent = lambda_tangent,
        .tangents = CALL (c)->tangents == NULL ? NULL : FUNCTION (tangents),
        .widen = CALL (c)->tangents == NULL ? NULL : widen,
        .blind = CALL (c)->tangent == NULL && CALL (c)->lambda_gradient == NULL,
        .lambda_gradient = CALL (c)->lambda_gradient == NULL ? NULL : FUNCTION (lambda_gradient),
        .errors = CALL (c)->errors == NULL ? NULL : errors,
    };
}
