/* optimizers.h -- one row for each outer optimizer that steps by the gradient alone. */
#ifndef RG_TESTS_OPTIMIZERS_H
#define RG_TESTS_OPTIMIZERS_H

#include "outer/outer.h"

static const struct method {
    const rg_optimizer *optimizer;
    /* A quadratic: this rate, in so many steps, ends so near the minimum. Steps that do not fall with the gradient end within a few of them. */
    double rate;
    int steps;
    double within;
    /* Constrained problems: the rate and its decay with which it rests within 1e-3 of each minimum. */
    double constrained_rate, constrained_decay;
    /* From 0, with the presets and a rate of .1, after the gradients 1 and then 1, -2: by hand. */
    double after_one, after_two;
} methods[] = {
    { &rg_optimizer_gradient_descent, .02, 2000, 1e-6, .1, 0, -.1, .1 },
    { &rg_optimizer_momentum, .02, 2000, 1e-6, .02, 0, -.1, .01 }, /* v = 1, -1.1 */
    { &rg_optimizer_adam, .05, 2000, 1e-6, .05, 0, -.0999999990, -.0633896465 }, /* see adam_by_hand */
    { &rg_optimizer_rmsprop, 1e-3, 5000, 2e-3, .01, 0, -.9999999, -.1046769780 }, /* u = .01, .0499 */
    { &rg_optimizer_adagrad, .5, 2000, 1e-6, .5, 0, -.09999999999, -.0105572809 }, /* u = 1, 5 */
    { &rg_optimizer_sign_descent, 1e-3, 5000, 2e-3, 2, 1, -.1, 0 },
};
enum { METHODS = sizeof methods / sizeof *methods };

#endif /* RG_TESTS_OPTIMIZERS_H */
