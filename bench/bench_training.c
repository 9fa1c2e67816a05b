/*
 * bench_training.c -- what exactness and the way back cost, as ratios of one run.
 *
 * 784-100-100-10, tanh, single precision, one core. Each figure is the median over
 * interleaved repetitions: products alone, plain training, exact training,
 * forward and backward; the same with a window of the steps that 256 MiB hold. Adam and AdamW, all coefficients per step and array, are measured the same way.
 */
#include "bench.h"
#include "dense/blas.h"
#include "dense/dense.h"
#include "machine.h"
#include "workload.h"

enum { EXAMPLES = 10000, REPEATS = 7 };

/* Seconds of the matrix products of one training run: forward, weights' and inputs' gradients. */
static double
products (const rg_dense *dense, size_t batch, size_t steps, float *const buffers[4])
{
    const double start = bench_clock ();
    for (size_t t = 0; t < steps; t++)
        for (size_t layer = 0; layer + 1 < LAYERS; layer++) {
            const size_t in = widths[layer], out = widths[layer + 1];
            dense->multiply_nn (batch, out, in, buffers[0], buffers[1], buffers[2], false);
            dense->multiply_tn (in, out, batch, buffers[0], buffers[2], buffers[3], false);
            if (layer > 0)
                dense->multiply_nt (batch, in, out, buffers[2], buffers[1], buffers[3], false);
        }
    return bench_clock () - start;
}

static void
measure (FILE *results, rg_dataset *data, uint32_t batch, size_t steps)
{
    workload w;
    workload_init (&w, data, EXAMPLES, "momentum-damped", batch, steps);
    float *buffers[4];
    for (int i = 0; i < 4; i++) {
        buffers[i] = aligned_alloc (64, sizeof (float) * FEATURES * 512);
        for (size_t k = 0; k < FEATURES * 512; k++)
            buffers[i][k] = .01f * (float) (k % 101);
    }
    double *gradient = calloc (rg_hyper_size (w.hyper), sizeof *gradient);
    double over_products[REPEATS], extra[REPEATS], over_plain[REPEATS], full[REPEATS], over_stored[REPEATS], window[REPEATS];
    rg_estimation *reversible = estimation_of (&w, "reversible", 0), *stored = estimation_of (&w, "stored", 0),
                  *kept = estimation_of (&w, "reversible", RG_WINDOW_AUTO);
    const double weight_steps = (double) rg_layout_weights (w.layout) * (double) steps;
    const rg_dense *dense = rg_dense_get (RG_SINGLE);
    for (int r = -1; r < REPEATS; r++) { /* the first is a warm-up */
        const double alone = products (dense, batch, steps, buffers), plain = training (&w, RG_FLOATING);
        const double exact = training (&w, RG_EXACT), both = forward_and_backward (reversible, gradient);
        const double with_stored = forward_and_backward (stored, gradient), with_window = forward_and_backward (kept, gradient);
        if (r < 0)
            continue;
        over_products[r] = plain / alone;
        extra[r] = 1e9 * (exact - plain) / weight_steps;
        over_plain[r] = both / plain;
        full[r] = both / alone;
        over_stored[r] = both / with_stored;
        window[r] = with_window / plain;
    }
    char name[80];
#define RESULT(label, values, unit)                                        \
    snprintf (name, sizeof name, "%s.batch%u", label, batch);              \
    bench_result (results, name, bench_median (values, REPEATS), unit)
    RESULT ("step.plain_over_matrix_products", over_products, "ratio");
    RESULT ("step.exact_extra_ns", extra, "ns a weight and step");
    RESULT ("hypergradient.over_plain", over_plain, "ratio");
    RESULT ("hypergradient.window_over_plain", window, "ratio");
    RESULT ("hypergradient.over_matrix_products", full, "ratio");
    RESULT ("hypergradient.reversible_over_stored", over_stored, "ratio");
#undef RESULT
    rg_estimation_free (reversible);
    rg_estimation_free (stored);
    rg_estimation_free (kept);
    free (gradient);
    for (int i = 0; i < 4; i++)
        free (buffers[i]);
    workload_clear (&w);
}

/* What an exact step and the way back cost with another rule, over plain training with it. */
static void
measure_rule (FILE *results, rg_dataset *data, const char *dynamics, uint32_t batch, size_t steps)
{
    workload w;
    workload_init (&w, data, EXAMPLES, dynamics, batch, steps);
    double *gradient = calloc (rg_hyper_size (w.hyper), sizeof *gradient), ratio[REPEATS], extra[REPEATS], whole[REPEATS], window[REPEATS];
    rg_estimation *reversible = estimation_of (&w, "reversible", 0), *kept = estimation_of (&w, "reversible", RG_WINDOW_AUTO);
    const double weight_steps = (double) rg_layout_weights (w.layout) * (double) steps;
    for (int r = -1; r < REPEATS; r++) {
        const double plain = training (&w, RG_FLOATING), exact = training (&w, RG_EXACT);
        const double both = forward_and_backward (reversible, gradient), with_window = forward_and_backward (kept, gradient);
        if (r < 0)
            continue;
        ratio[r] = exact / plain;
        extra[r] = 1e9 * (exact - plain) / weight_steps;
        whole[r] = both / plain;
        window[r] = with_window / plain;
    }
    char name[80];
#define RESULT(label, values, unit)                                     \
    snprintf (name, sizeof name, "%s." label ".batch%u", dynamics, batch); \
    bench_result (results, name, bench_median (values, REPEATS), unit)
    RESULT ("exact_over_plain", ratio, "ratio");
    RESULT ("exact_extra_ns", extra, "ns a weight and step");
    RESULT ("hypergradient_over_plain", whole, "ratio");
    RESULT ("window_over_plain", window, "ratio");
#undef RESULT
    rg_estimation_free (reversible);
    rg_estimation_free (kept);
    free (gradient);
    workload_clear (&w);
}

int
main (int argc, char **argv)
{
    FILE *results = argc > 1 ? fopen (argv[1], "a") : NULL;
    rg_blas_enter ();
    rg_dataset *data = random_images (EXAMPLES, FEATURES);
    bench_machine (results);
    printf ("784-100-100-10, single precision\n");
    measure (results, data, 200, 100);
    measure (results, data, 20, 200);
    measure_rule (results, data, "adam", 200, 100);
    measure_rule (results, data, "adamw", 200, 100);
    rg_dataset_free (data);
    rg_blas_leave ();
    if (results != NULL)
        fclose (results);
    return EXIT_SUCCESS;
}
