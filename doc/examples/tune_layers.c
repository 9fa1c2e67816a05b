/* tune_layers.c -- tune the learning rate of each step and layer of a small residual convolutional network, which tells four
 * patterns in noisy images apart after 40 steps of momentum. cc tune_layers.c $(pkg-config --cflags --libs retrograde) -lm && ./a.out */
#include <math.h>
#include <retrograde.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 8, CLASSES = 4, IMAGES = 80, STEPS = 40, ITERATIONS = 20 };
#define CONV { "conv", { { "filters", 6 }, { "kernel", 3 }, { "pad", 1 } } }
static const rg_layer body[] = { { "batch-norm" }, { "relu" }, CONV, { NULL } };
static const rg_layer layers[] = { CONV, { "residual", .body = body }, { "relu" }, { "global-average-pool" },
                                   { "dense", { { "units", CLASSES } } }, { NULL } };
static rg_message m; /* a sentence: what went wrong, and where */
static void
must (rg_status status)
{
    if (status != RG_OK)
        exit ((fprintf (stderr, "%s: %s\n", rg_status_text (status), m.text), 2));
}

static rg_dataset *
images (int first) /* stripes across, along and diagonal, and squares; the noise is a function of `first` */
{
    rg_array pixels, labels;
    rg_dataset *set;
    must (rg_array_new (&pixels, RG_FLOAT64, 3, (size_t[]) { IMAGES, SIDE, SIDE })), must (rg_array_new (&labels, RG_INT32, 1, (size_t[]) { IMAGES }));
    for (int i = 0; i < IMAGES * SIDE * SIDE; i++) {
        const int n = i / SIDE / SIDE, y = i / SIDE % SIDE + n / CLASSES, x = i % SIDE + n / CLASSES;
        const int pattern[CLASSES] = { y, x, x + y, x / 2 + y / 2 };
        ((int32_t *) labels.data)[n] = n % CLASSES;
        ((double *) pixels.data)[i] = pattern[n % CLASSES] % 2 - .5 + sin (1e4 * (i + first));
    }
    must (rg_dataset_new (&set, &pixels, &labels, NULL, "images", "labels", &m));
    return set;
}

int
main (void)
{
    rg_model *model;
    rg_layout *layout;
    rg_problem p = { .size = sizeof p, .run = rg_run_defaults (), .dynamics = rg_registry_dynamics ("momentum") };
    rg_tuning t = { .size = sizeof t, .problem = &p, .estimator = rg_registry_estimator ("reverse"), .optimizer = rg_registry_optimizer ("adam"), .iterations = ITERATIONS };
    rg_summary s = { .size = sizeof s };
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY);
    rate.per_step = decay.fixed = 1, rate.scope = RG_PER_LAYER, rate.init = .02, decay.init = .9; /* a decay that stays */
    must (rg_model_new (&model, &(rg_model_spec) { sizeof (rg_model_spec), .input = { SIDE, SIDE, 1 }, .layers = layers, .init = "he" }, &m));
    must (rg_model_layout (&layout, model, NULL)), must (rg_hyper_new (&p.hyper, layout, STEPS, 0, rg_run_defaults ().ratio_bits));
    must (rg_hyper_add (p.hyper, &rate, &m)), must (rg_hyper_add (p.hyper, &decay, &m));
    p.initial.model = model, t.estimator_options = &(rg_estimator_options) { sizeof (rg_estimator_options), .policy = rg_registry_trajectory ("reversible") };
    rg_model_loss train = { sizeof train, .model = model, .precision = RG_DOUBLE, .part = RG_INNER, .data = images (0), .hyper = p.hyper,
                            .batches = { .examples = IMAGES, .batch = IMAGES / 2 } }, valid = train;
    valid.part = RG_OUTER, valid.data = images (1 << 16), valid.batches.batch = IMAGES;
    must (rg_objective_from_model (&p.inner, &train, &m)), must (rg_objective_from_model (&p.outer, &valid, &m));
    must (rg_tune (&t, NULL, NULL, &s, &m)); /* the training run goes back over its own steps: nothing of it is stored */
    rg_objective_free (p.inner), rg_objective_free (p.outer), rg_hyper_free (p.hyper), rg_layout_free (layout), rg_model_free (model);
    rg_dataset_free ((rg_dataset *) train.data), rg_dataset_free ((rg_dataset *) valid.data);
    printf ("loss on other images: %g with equal rates, %g with tuned ones\n", s.before.outer_loss, s.after.outer_loss);
    return s.after.outer_loss < s.before.outer_loss ? 0 : 1;
}
