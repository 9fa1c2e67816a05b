/*
 * dropout.c -- in the inner loss each number is 0 with a probability, else divided by that of the others; nothing in an outer loss.
 * Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014).
 */
#include <stdio.h>

#include "model/build.h"

typedef struct {
    double rate;
} settings;

static const rg_option options[] = {
    { "rate", RG_OPTION_REAL, RG_FIELD (settings, rate), RG_BELOW_ONE, RG_REQUIRED, "the probability of a zero" },
    { 0 }
};

static rg_signal
build (rg_build *b, const void *chosen, rg_signal x)
{
    char text[40];
    rg_build_draws (b);
    snprintf (text, sizeof text, "rate: %.17g", ((const settings *) chosen)->rate);
    x.tensor = rg_graph_apply (b->graph, "dropout", &x.tensor, 1, text);
    return x;
}

const rg_layer_kind rg_layer_dropout = { .name = "dropout", .sentence = "zeros at random while the model trains", .options = options,
                                         .settings = sizeof (settings), .build = build };
