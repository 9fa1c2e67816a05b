/* outer.h -- one outer optimizer a file behind one table. */
#ifndef RG_OUTER_OUTER_H
#define RG_OUTER_OUTER_H

#include <retrograde/outer.h>

struct rg_optimizer {
    const char *name;
    const char *formula;
    size_t memories; /* vectors kept beside the values */
    double momentum; /* its default */
    /* Step number `count` (from 1): memory [memories * size] and values change in place. */
    void (*step) (const rg_outer_options *options, size_t count, size_t size, const double *gradient, double *memory,
                  double *values);
};

extern const rg_optimizer rg_optimizer_gradient_descent, rg_optimizer_momentum, rg_optimizer_adam, rg_optimizer_rmsprop,
    rg_optimizer_sign_descent;

#endif /* RG_OUTER_OUTER_H */
