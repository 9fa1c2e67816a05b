/*
 * network.h -- a small network with every kind of hyperparameter, in several scenarios: for the tests of whole
 * hypergradients. The formulas of the problem are those of golden/network.py.
 */
#ifndef TESTS_NETWORK_H
#define TESTS_NETWORK_H

#include <string.h>

#include <retrograde.h>

enum { LAYERS = 4, FEATURES = 9, CLASSES = 4, ARRAYS = 6, WEIGHTS = 134, TRAIN = 50, VALID = 30, BATCH = 20 };
static const size_t widths[LAYERS] = { FEATURES, 7, 5, CLASSES };

/* A problem in a line; what is zero is the plain case. */
typedef struct {
    const char *label, *dynamics;
    size_t steps;
    double rate, decay, swing; /* decays are decay +- swing */
    rg_activation activation;
    int on_training;           /* the outer loss is that of the training set */
    int per_step;              /* of rate and decay, which are per array */
    rg_scope l2;
    const rg_sampler *sampler;
    uint32_t shard;
    int scaled;                /* the standard deviations of the initial weights, instead of the weights */
    int bytes;                 /* examples of bytes, centred, and no inputs among the hyperparameters */
    int constant_l2;           /* l2 is a constant */
    int inside;                /* Adam's epsilon stands inside of the root */
} scenario;

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_dataset *train, *valid;
    rg_objective *inner, *outer;
    const rg_second_networks *second; /* NULL, unless who adds the hyperparameters sets it */
    rg_problem problem;
} fixture;

static double
input (size_t i, size_t k)
{
    return sin (1.3 * (double) i + .7 * (double) k + .29 * (double) i * (double) k);
}

static rg_dataset *
examples (size_t first, size_t count, int bytes)
{
    rg_array inputs, labels;
    rg_dataset *data;
    rg_message message;
    const rg_dataset_options options = { .size = sizeof options, .classes = CLASSES };
    const size_t shape[] = { count, 3, 3 };
    ck_assert_int_eq (rg_array_new (&inputs, bytes ? RG_UINT8 : RG_FLOAT64, 3, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, &count), RG_OK);
    for (size_t i = 0; i < count; i++) {
        const size_t e = first + i;
        ((int32_t *) labels.data)[i] = (int32_t) ((3 * e + e * e / 5) % CLASSES);
        for (size_t k = 0; k < FEATURES; k++)
            if (bytes)
                ((uint8_t *) inputs.data)[i * FEATURES + k] = (uint8_t) (127.5 + 127.4 * input (e, k));
            else
                ((double *) inputs.data)[i * FEATURES + k] = input (e, k);
    }
    ck_assert_msg (rg_dataset_new (&data, &inputs, &labels, &options, "inputs", "labels", &message) == RG_OK, "%s",
                   message.text);
    return data;
}

/* The coefficient of a role at a step and an array, as golden/network.py has it. */
static double
coefficient (const scenario *s, rg_role role, double t, double a)
{
    switch (role) {
    case RG_RATE:
        return s->rate * (1 + .3 * sin (.5 * t + a));
    case RG_BETA2:
        return .99 + .005 * sin (.7 * t + 1.1 * a);
    case RG_EPSILON:
        return 1e-3 * (1 + .5 * sin (.3 * t + a));
    case RG_WEIGHT_DECAY:
        return .5 * (1 + .5 * cos (.4 * t + a));
    default:
        return s->decay + s->swing * sin (.9 * t + 1.7 * a);
    }
}

/*
 * Rates and decays [steps x arrays], or [arrays]. The library rounds the decays to multiples of 2^-14 (beta2: 2^-28),
 * golden/network.py does so itself: both apply the same.
 */
static void
add_schedules (fixture *f, const scenario *s)
{
    static const rg_role momentum[] = { RG_RATE, RG_DECAY };
    static const rg_role adam[] = { RG_RATE, RG_BETA1, RG_BETA2, RG_EPSILON, RG_WEIGHT_DECAY };
    static const rg_role rmsprop[] = { RG_RATE, RG_BETA2, RG_EPSILON };
    const int is_adam = strncmp (s->dynamics, "adam", 4) == 0, is_rms = strcmp (s->dynamics, "rmsprop") == 0;
    const int count = is_rms ? 3 : !is_adam ? 2 : strcmp (s->dynamics, "adam") == 0 ? 4 : 5;
    const rg_role *roles = is_rms ? rmsprop : is_adam ? adam : momentum;
    const size_t slices = s->per_step ? s->steps : 1;
    double *values = calloc (slices * ARRAYS, sizeof *values);
    for (int c = 0; c < count; c++) {
        rg_block_spec spec = rg_block_defaults (roles[c]);
        spec.scope = RG_PER_ARRAY;
        spec.per_step = s->per_step;
        spec.values = values;
        for (size_t i = 0; i < slices * ARRAYS; i++)
            values[i] = coefficient (s, spec.role, (double) (i / ARRAYS), (double) (i % ARRAYS));
        ck_assert_int_eq (rg_hyper_add (f->hyper, &spec, NULL), RG_OK);
    }
    free (values);
}

static void
add_penalties (fixture *f, const scenario *s)
{
    static const size_t counts[] = { [RG_PER_ALL] = 1, [RG_PER_LAYER] = 3, [RG_PER_ARRAY] = 6, [RG_PER_UNIT] = 24, [RG_PER_WEIGHT] = 134 };
    double values[WEIGHTS];
    for (size_t i = 0; i < counts[s->l2]; i++)
        values[i] = .01 * (1 + .5 * sin ((double) i));
    rg_block_spec l2 = rg_block_defaults (RG_L2);
    l2.scope = s->l2;
    l2.values = values;
    l2.fixed = s->constant_l2;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &l2, NULL), RG_OK);
}

/* Example weights, initial weights or their scales, inputs. */
static void
add_the_rest (fixture *f, const scenario *s)
{
    double values[TRAIN * FEATURES];
    uint32_t all[TRAIN];
    for (uint32_t i = 0; i < TRAIN; i++) {
        values[i] = 1 + .3 * cos (i);
        all[i] = i;
    }
    rg_block_spec example_weight = rg_block_defaults (RG_EXAMPLE_WEIGHT);
    example_weight.values = values;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &example_weight, NULL), RG_OK);
    for (size_t i = 0; i < WEIGHTS; i++)
        values[i] = s->scaled ? .4 + .05 * (double) i : .5 * sin (2.1 * (double) i + .4);
    rg_block_spec weights = rg_block_defaults (s->scaled ? RG_WEIGHT_SCALE : RG_WEIGHTS);
    weights.values = values;
    weights.count = WEIGHTS;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &weights, NULL), RG_OK);
    if (s->bytes)
        return;
    rg_dataset_gather_double (f->train, all, TRAIN, values);
    rg_block_spec inputs = rg_block_defaults (RG_INPUTS);
    inputs.values = values;
    inputs.count = TRAIN * FEATURES;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &inputs, NULL), RG_OK);
}

/* All kinds of hyperparameters. */
static inline void
add_all (fixture *f, const scenario *s)
{
    add_schedules (f, s);
    add_penalties (f, s);
    add_the_rest (f, s);
}

/*
 * A problem with the hyperparameters of the caller.
 *   add  adds them to f->hyper; may set f->second
 */
static void
fixture_init_with (fixture *f, const scenario *s, rg_precision precision, void (*add) (fixture *f, const scenario *s))
{
    rg_block inputs;
    rg_message message = { "" };
    const rg_network network = { LAYERS, widths, s->activation };
    *f = (fixture) { 0 };
    f->train = examples (0, TRAIN, s->bytes);
    f->valid = examples (100, VALID, s->bytes);
    if (s->bytes) {
        ck_assert_int_eq (rg_dataset_center (f->valid, f->train, &message), RG_OK);
        ck_assert_int_eq (rg_dataset_center (f->train, f->train, &message), RG_OK);
    }
    ck_assert_int_eq (rg_network_layout (&f->layout, &network), RG_OK);
    ck_assert_uint_eq (rg_layout_weights (f->layout), WEIGHTS);
    ck_assert_int_eq (rg_hyper_new (&f->hyper, f->layout, s->steps, TRAIN, 14), RG_OK);
    add (f, s);
    const int own_inputs = rg_hyper_find (f->hyper, RG_INPUTS, &inputs);
    rg_network_loss loss = { sizeof loss, network, precision, RG_INNER, f->train, own_inputs, { s->sampler, TRAIN, BATCH, 7 },
                             s->shard, f->hyper, f->second };
    ck_assert_msg (rg_objective_from_network (&f->inner, &loss, &message) == RG_OK, "%s", message.text);
    loss.part = RG_OUTER;
    loss.data = s->on_training ? f->train : f->valid;
    loss.own_inputs = s->on_training && own_inputs;
    loss.batches = (rg_batches) { &rg_sampler_cyclic, rg_dataset_count (loss.data), rg_dataset_count (loss.data), 0 };
    loss.shard = 13;
    ck_assert_msg (rg_objective_from_network (&f->outer, &loss, &message) == RG_OK, "%s", message.text);
    f->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = f->hyper, .inner = f->inner, .outer = f->outer,
                                .dynamics = rg_registry_dynamics (s->dynamics), .run = rg_run_defaults (),
                                .initial = { .seed = 3 } };
    f->problem.run.fraction_bits = 44;
    f->problem.run.epsilon_inside = s->inside;
}

static inline void
fixture_init (fixture *f, const scenario *s, rg_precision precision)
{
    fixture_init_with (f, s, precision, add_all);
}

static void
fixture_clear (fixture *f)
{
    rg_objective_free (f->inner);
    rg_objective_free (f->outer);
    rg_hyper_free (f->hyper);
    rg_layout_free (f->layout);
    rg_dataset_free (f->train);
    rg_dataset_free (f->valid);
}

/* Each free block of x is that of y, within a fraction of the block's largest component; none vanishes. */
static inline void
blocks_agree (const char *label, const char *what, const fixture *f, const double *x, const double *y, double tolerance)
{
    for (size_t k = 0; k < rg_hyper_blocks (f->hyper); k++) {
        const rg_block b = rg_hyper_block (f->hyper, k);
        if (b.fixed)
            continue;
        const double difference = relative_difference (x + b.first, y + b.first, b.size);
        double largest = 0;
        for (size_t i = 0; i < b.size; i++)
            largest = fmax (largest, fabs (y[b.first + i]));
        ck_assert_msg (largest > 1e-7, "%s: %s: a largest component of %g proves nothing", label, b.name, largest);
        ck_assert_msg (difference <= tolerance, "%s: %s: %s: %g of the largest component", label, b.name, what,
                       difference);
    }
}

#define DAMPED "momentum-damped"
static const scenario scenarios[] = {
    { "all per step and weight, 100 steps at .5", DAMPED, 100, .3, .5, .1, RG_TANH, 0, 1, RG_PER_WEIGHT,
      &rg_sampler_cyclic, 8, 0, 0, 0, 0 },
    { "all per step and weight, 400 steps at .9", DAMPED, 400, .1, .9, .03, RG_TANH, 0, 1, RG_PER_WEIGHT,
      &rg_sampler_cyclic, 8, 0, 0, 0, 0 },
    { "400 steps at .9, without steps", DAMPED, 400, .1, .9, .03, RG_TANH, 0, 0, RG_PER_LAYER, &rg_sampler_cyclic, 0, 0,
      0, 0, 0 },
    { "training loss, with its direct term", DAMPED, 60, .3, .5, .1, RG_SIGMOID, 1, 0, RG_PER_ALL, &rg_sampler_shuffled,
      7, 0, 0, 0, 0 },
    { "scales of the weights", DAMPED, 100, .3, .5, .1, RG_TANH, 0, 0, RG_PER_ARRAY, &rg_sampler_random, 8, 1, 0, 0, 0 },
    { "bytes and relu", DAMPED, 60, .2, .7, .1, RG_RELU, 0, 0, RG_PER_UNIT, &rg_sampler_shuffled, 8, 1, 1, 0, 0 },
    { "bytes, training loss, softplus", DAMPED, 60, .2, .7, .1, RG_SOFTPLUS_UNITS, 1, 0, RG_PER_WEIGHT,
      &rg_sampler_cyclic, 20, 0, 1, 0, 0 },
    { "classical momentum, constant l2", "momentum", 100, .02, .9, .03, RG_TANH, 0, 0, RG_PER_WEIGHT, &rg_sampler_random,
      8, 0, 0, 1, 0 },
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

#endif /* TESTS_NETWORK_H */
