/* outer.h -- one outer optimizer a file behind one table. */
#ifndef RG_OUTER_OUTER_H
#define RG_OUTER_OUTER_H

#include <retrograde/outer.h>

#include "base/option.h"

struct rg_optimizer {
    const char *name;
    const char *formula;
    size_t memories; /* vectors kept beside the values */
    size_t scalars;  /* numbers kept beside those */
    const rg_option *options; /* of its settings; NULL: none */
    size_t settings_bytes;    /* of the struct that they are fields of, which the functions get */
    /* Step number `count` (from 1), with this step's rate: memory [memories * size] and values change in place. */
    void (*step) (const void *settings, double rate, size_t count, size_t size, const double *gradient, double *memory,
                  double *values);
    /*
     * The metric of the step just taken, h [size] > 0: the step is rate times a direction over h, so that what is projected by h
     * rests where the constrained minimum is. NULL: 1 each.
     */
    void (*metric) (const void *settings, size_t count, size_t size, const double *gradient, const double *memory, double *h);
    /*
     * In the place of step and metric, of a method that needs the loss: told loss and gradient at the numbers of the set, it
     * changes them, projected, to those that are to be evaluated next. memory [memories * size + scalars] is 0 at first.
     */
    rg_status (*search) (const void *settings, double rate, double loss, size_t size, const double *gradient, double *memory,
                         rg_hyper *hyper, rg_message *message);
};

/* A row each, in the order of `retrograde list`. */
#define RG_OPTIMIZER_TABLE(ROW) \
    ROW (adam)                  \
    ROW (gradient_descent)      \
    ROW (momentum)              \
    ROW (rmsprop)               \
    ROW (sign_descent)          \
    ROW (spectral)              \
    ROW (adagrad)

#define RG_OPTIMIZER_ROW(name) extern const rg_optimizer rg_optimizer_##name;
RG_OPTIMIZER_TABLE (RG_OPTIMIZER_ROW)
#undef RG_OPTIMIZER_ROW

#endif /* RG_OUTER_OUTER_H */
