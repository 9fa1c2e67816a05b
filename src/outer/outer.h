/* outer.h -- one outer optimizer a file behind one table. */
#ifndef RG_OUTER_OUTER_H
#define RG_OUTER_OUTER_H

#include <retrograde/outer.h>

struct rg_optimizer {
    const char *name;
    const char *formula;
    size_t memories; /* vectors kept beside the values */
    double momentum; /* its default */
    /* Step number `count` (from 1): memory [memories * size] and values change in place. options->rate is this step's. */
    void (*step) (const rg_outer_options *options, size_t count, size_t size, const double *gradient, double *memory,
                  double *values);
    /*
     * The metric of the step just taken, h [size] > 0: the step is rate times a direction over h, so that what is projected by h
     * rests where the constrained minimum is. NULL: 1 each.
     */
    void (*metric) (const rg_outer_options *options, size_t count, size_t size, const double *gradient,
                    const double *memory, double *h);
};

extern const rg_optimizer rg_optimizer_gradient_descent, rg_optimizer_momentum, rg_optimizer_adam, rg_optimizer_rmsprop,
    rg_optimizer_sign_descent;

#endif /* RG_OUTER_OUTER_H */
