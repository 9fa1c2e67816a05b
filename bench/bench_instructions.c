/*
 * bench_instructions.c -- a run whose instructions are counted; see tools/check-instructions.
 *
 *   bench_instructions DYNAMICS plain|exact|hypergradient|window STEPS
 */
#include "workload.h"

enum { EXAMPLES = 100, BATCH = 20 };

int
main (int argc, char **argv)
{
    if (argc != 4)
        return EXIT_FAILURE;
    workload w;
    rg_dataset *data = random_images (EXAMPLES, FEATURES);
    workload_init (&w, data, EXAMPLES, argv[1], BATCH, strtoul (argv[3], NULL, 10));
    double *gradient = calloc (rg_hyper_size (w.hyper), sizeof *gradient);
    const int window = strcmp (argv[2], "window") == 0; /* of all steps */
    if (window || strcmp (argv[2], "hypergradient") == 0) {
        rg_estimation *e = estimation_of (&w, "reversible", window ? RG_WINDOW_AUTO : 0);
        forward_and_backward (e, gradient);
        rg_estimation_free (e);
    } else
        training (&w, strcmp (argv[2], "exact") == 0 ? RG_EXACT : RG_FLOATING);
    free (gradient);
    workload_clear (&w);
    rg_dataset_free (data);
    return EXIT_SUCCESS;
}
