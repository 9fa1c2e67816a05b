/* callbacks.c -- a user's own objective; see retrograde/objective.h. */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/sized.h"
#include "objective/objective.h"

/* One shard's point and workspaces, so that different shards can be worked on by different threads. Reals in the precision. */
typedef struct {
    rg_instant at;                             /* of the last gradient */
    void *w, *near_w, *g_below;                /* [weights] its weights; workspaces of the fallback */
    double *lambda, *near_lambda, *above, *below; /* [lambdas] */
    double *kept;                              /* [lambdas] what the last tangent said of lambda */
    size_t wrong, examples;                    /* at the last loss */
} slot;

typedef struct {
    rg_callbacks real;
    rg_single_callbacks single;                /* zeroed in double precision */
    void *user;
    size_t weights, lambdas, shards;
    rg_precision precision;
    rg_log log;
    int announced;                             /* whether the fallback has been noted */
    slot *slot;                                /* [shards] */
    size_t rooms, width;                       /* of `tangents` */
    double **room;                             /* [rooms][lambdas x width] */
    rg_objective_table table;
    pthread_mutex_t turn;                      /* one call at a time, unless `parallel` */
} callbacks;

static void
free_slot (slot *s)
{
    void *const arrays[] = { s->w, s->near_w, s->g_below, s->lambda, s->near_lambda, s->above, s->below, s->kept };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        rg_free (arrays[i]);
}

static void
free_rooms (callbacks *c)
{
    for (size_t i = 0; c->room != NULL && i < c->rooms; i++)
        rg_free (c->room[i]);
    rg_free (c->room);
    c->room = NULL;
}

static void
callbacks_free (void *self)
{
    callbacks *c = self;
    for (size_t i = 0; c->slot != NULL && i < c->shards; i++)
        free_slot (&c->slot[i]);
    rg_free (c->slot);
    free_rooms (c);
    pthread_mutex_destroy (&c->turn);
    rg_free (c);
}

static void
begin_call (callbacks *c)
{
    if (!c->real.parallel)
        pthread_mutex_lock (&c->turn);
}

static void
end_call (callbacks *c)
{
    if (!c->real.parallel)
        pthread_mutex_unlock (&c->turn);
}

static rg_status
stopped (const char *name, int returned, rg_instant at, rg_message *message)
{
    return rg_fail (message, RG_ECALLBACK, "step %llu: the %s callback returned %d", (unsigned long long) at.step, name, returned);
}

static rg_status
not_finite (const char *name, size_t index, rg_instant at, rg_message *message)
{
    return rg_fail (message, RG_ENONFINITE, "step %llu: the %s callback gave a value that is not finite at %zu",
                    (unsigned long long) at.step, name, index);
}

static rg_status
check_reals (const char *name, int returned, rg_instant at, const double *values, size_t count, rg_message *message)
{
    if (returned != 0)
        return stopped (name, returned, at, message);
    for (size_t i = 0; i < count; i++)
        if (!isfinite (values[i]))
            return not_finite (name, i, at, message);
    return RG_OK;
}

static double
largest_lambda (const double *x, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax (most, fabs (x[i]));
    return most;
}

static void
announce (callbacks *c)
{
    pthread_mutex_lock (&c->turn);
    if (!c->announced)
        rg_note (&c->log, "the objective has no tangent callback: central differences of its gradient are used");
    c->announced = 1;
    pthread_mutex_unlock (&c->turn);
}

static void
lambda_tangent (void *self, size_t index, double *lambda_g_dot)
{
    const callbacks *c = self;
    for (size_t i = 0; i < c->lambdas; i++)
        lambda_g_dot[i] += c->slot[index].kept[i];
}

static void
errors (void *self, size_t index, size_t *wrong, size_t *examples)
{
    const slot *s = &((const callbacks *) self)->slot[index];
    *wrong = s->wrong;
    *examples = s->examples;
}

/* Columns of lambda for so many threads and directions. */
static rg_status
widen (void *self, size_t rooms, size_t width)
{
    callbacks *c = self;
    if (c->lambdas == 0 || (rooms <= c->rooms && width <= c->width))
        return RG_OK;
    free_rooms (c);
    c->rooms = rooms > c->rooms ? rooms : c->rooms;
    c->width = width > c->width ? width : c->width;
    c->room = rg_calloc (c->rooms, sizeof *c->room);
    int complete = c->room != NULL;
    for (size_t i = 0; complete && i < c->rooms; i++)
        complete = (c->room[i] = rg_malloc (c->width, c->lambdas * sizeof (double))) != NULL;
    if (complete)
        return RG_OK;
    free_rooms (c);
    c->rooms = c->width = 0;
    return RG_ENOMEM;
}

#define REAL double
#define FUNCTION(name) name##_double
#define CALL(c) (&(c)->real)
#include "objective/callbacks_body.h"
#undef REAL
#undef FUNCTION
#undef CALL
#define REAL float
#define FUNCTION(name) name##_single
#define CALL(c) (&(c)->single)
#include "objective/callbacks_body.h"
#undef REAL
#undef FUNCTION
#undef CALL

static int
make_slot (const callbacks *c, slot *s)
{
    const size_t real = rg_precision_size (c->precision), lambdas = c->lambdas;
    *s = (slot) { .w = rg_calloc (c->weights, real), .near_w = rg_calloc (c->weights, real), .g_below = rg_calloc (c->weights, real),
                  .lambda = rg_calloc (lambdas, sizeof (double)), .near_lambda = rg_calloc (lambdas, sizeof (double)),
                  .above = rg_calloc (lambdas, sizeof (double)), .below = rg_calloc (lambdas, sizeof (double)),
                  .kept = rg_calloc (lambdas, sizeof (double)) };
    return s->w != NULL && s->near_w != NULL && s->g_below != NULL && s->lambda != NULL && s->near_lambda != NULL
        && s->above != NULL && s->below != NULL && s->kept != NULL;
}

/* What the caller has, of whatever size; own->single becomes `single` where there are such callbacks. */
static rg_status
read_given (rg_callbacks *own, rg_single_callbacks *single, const rg_callbacks *call, rg_message *message)
{
    rg_status status = rg_sized_read (own, sizeof *own, RG_SIZE_TO (rg_callbacks, lambdas), call, "rg_callbacks", message);
    if (status != RG_OK || own->single == NULL)
        return status;
    status = rg_sized_read (single, sizeof *single, RG_SIZE_TO (rg_single_callbacks, lambda_gradient), own->single,
                            "rg_single_callbacks", message);
    own->single = single;
    return status;
}

static rg_status
check_given (size_t weights, const rg_callbacks *call, rg_message *message)
{
    const rg_single_callbacks *single = call->single;
    const int both = single != NULL && (call->loss != NULL || call->gradient != NULL || call->tangent != NULL
                                        || call->tangents != NULL
                                        || call->lambda_gradient != NULL || call->errors != NULL);
    if (both)
        return rg_fail (message, RG_EINPUT, "an objective is of one precision: expected callbacks in single or in double, got both");
    const int complete = single == NULL ? call->loss != NULL && call->gradient != NULL
                                        : single->loss != NULL && single->gradient != NULL;
    if (weights == 0 || !complete)
        return rg_fail (message, RG_ERANGE, "an objective needs at least one weight, a loss and a gradient callback");
    return RG_OK;
}

static callbacks *
make (size_t weights, const rg_callbacks *call, const rg_log *log)
{
    callbacks *c = rg_calloc (1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->real = *call;
    c->single = call->single == NULL ? (rg_single_callbacks) { 0 } : *call->single;
    c->precision = call->single == NULL ? RG_DOUBLE : RG_SINGLE;
    c->user = call->user;
    c->weights = weights;
    c->lambdas = call->lambdas;
    c->shards = call->shards == 0 ? 1 : call->shards;
    c->log = log == NULL ? (rg_log) { NULL } : *log;
    c->table = call->single == NULL ? table_double (c) : table_single (c);
    pthread_mutex_init (&c->turn, NULL);
    c->slot = rg_calloc (c->shards, sizeof *c->slot);
    int complete = c->slot != NULL;
    for (size_t i = 0; complete && i < c->shards; i++)
        complete = make_slot (c, &c->slot[i]);
    if (complete)
        return c;
    callbacks_free (c);
    return NULL;
}

rg_status
rg_objective_from_callbacks (rg_objective **out, size_t weights, const rg_callbacks *call, const rg_log *log,
                             rg_message *message)
{
    *out = NULL;
    rg_callbacks own = { 0 };
    rg_single_callbacks single = { 0 };
    rg_status status = read_given (&own, &single, call, message);
    if (status == RG_OK)
        status = check_given (weights, &own, message);
    if (status != RG_OK)
        return status;
    callbacks *c = make (weights, &own, log);
    if (c == NULL || rg_objective_wrap (out, &c->table, c, weights, c->lambdas, c->shards, c->shards, c->precision) != RG_OK)
        return rg_fail (message, RG_ENOMEM, "out of memory for an objective of %zu weights", weights);
    return RG_OK;
}
