/*
 * recurrent.c -- layers that go through a sequence: lstm (Hochreiter, Schmidhuber 1997; Gers, Schmidhuber, Cummins 2000) and gru
 * (Cho et al. 2014), the reset after the product. From h = c = 0, at each step, with z = x W_x + b + h W_h cut into gates:
 *   lstm  i f g o: c <- sigmoid (f) c + sigmoid (i) tanh (g), h <- sigmoid (o) tanh (c)
 *   gru   r z n:   n = tanh (x W_n + b_n + sigmoid (r) (h U_n + b_hn)), h <- n + sigmoid (z) (h - n)
 */
#include "base/memory.h"
#include "model/layer/sequence.h"

typedef struct {
    uint64_t units;
    int output;
} settings;

enum { LAST, SEQUENCE };

/* A layer on its way through the steps. */
typedef struct {
    rg_build *build;
    size_t units, gates;
    rg_tensor w, b; /* W_h; b_hn, or RG_NO_TENSOR */
    rg_tensor h, c; /* what the last step left; RG_NO_TENSOR before the first one: zeros */
} recurrence;

/* One step: it is given x W_x + b, [examples x gates · units], and leaves h and c. */
typedef void step_of (recurrence *r, rg_tensor inputs);

static const rg_option options[] = {
    { "units", RG_OPTION_WHOLE, RG_FIELD (settings, units), RG_POSITIVE, RG_REQUIRED, "numbers that come out of a step" },
    { "output", RG_OPTION_WORD, RG_FIELD (settings, output), NULL, "last", "what goes out: the last step, or all steps",
      .words = "last|sequence" },
    { 0 }
};

static rg_tensor
apply2 (const recurrence *r, const char *name, rg_tensor x, rg_tensor y)
{
    return rg_graph_apply (r->build->graph, name, (rg_tensor[]) { x, y }, 2, NULL);
}

static rg_tensor
apply (const recurrence *r, const char *name, rg_tensor x)
{
    return rg_graph_apply (r->build->graph, name, &x, 1, NULL);
}

static rg_tensor
part (const recurrence *r, rg_tensor z, size_t start, size_t size)
{
    return rg_build_apply (r->build, "slice", z, "start: %zu, size: %zu", start, size);
}

/* One gate of a tensor [examples x gates · units], through a function. */
static rg_tensor
gate_of (const recurrence *r, rg_tensor z, size_t gate, const char *function)
{
    return apply (r, function, part (r, z, gate * r->units, r->units));
}

/* The last step, or all of them. */
static rg_signal
leave (const recurrence *r, const rg_tensor *h, size_t steps, bool all)
{
    if (!all)
        return rg_signal_vector (r->h, r->units);
    const rg_tensor rows = rg_graph_apply (r->build->graph, "concatenate", h, steps, NULL);
    return rg_sequence_signal (rg_build_apply (r->build, "reshape", rows, "shape: [1, %zu, %zu]", steps, r->units), steps, r->units);
}

/* The layer's arrays; returns x W_x + b of all steps, [examples x steps · gates · units]. */
static rg_tensor
begin (recurrence *r, const rg_sequence *x, const char *inner_bias)
{
    rg_build *b = r->build;
    const size_t width = r->gates * r->units;
    const rg_tensor w = rg_build_shared (b, &(rg_array_plan) { "W_x", x->channels, width, RG_FILL_DRAWN });
    r->w = rg_build_shared (b, &(rg_array_plan) { "W_h", r->units, width, RG_FILL_DRAWN });
    const rg_tensor bias = rg_build_shared (b, &(rg_array_plan) { "b", 1, width, RG_FILL_ZEROS });
    if (inner_bias != NULL)
        r->b = rg_build_shared (b, &(rg_array_plan) { inner_bias, 1, r->units, RG_FILL_ZEROS });
    if (b->status != RG_OK)
        return RG_NO_TENSOR;
    return rg_build_apply (b, "reshape", rg_graph_affine (b->graph, x->tensor, w, bias), "shape: [1, %zu]", x->steps * width);
}

static rg_signal
run (rg_build *b, const settings *own, const rg_signal *from, size_t gates, const char *inner_bias, step_of *step)
{
    recurrence r = { .build = b, .gates = gates, .units = own->units, .b = RG_NO_TENSOR, .h = RG_NO_TENSOR, .c = RG_NO_TENSOR };
    const size_t width = gates * r.units;
    rg_sequence x;
    if (!rg_sequence_read (b, from, &x))
        return *from;
    if (own->units > INT32_MAX / gates || width > INT32_MAX / x.steps)
        return rg_build_refuse (b, RG_ERANGE, "expected fewer weights in all");
    const rg_tensor inputs = begin (&r, &x, inner_bias);
    rg_tensor *h = rg_malloc (x.steps, sizeof *h);
    if (h == NULL)
        return rg_build_refuse (b, RG_ENOMEM, "out of memory");
    for (size_t t = 0; t < x.steps && b->status == RG_OK; t++) {
        step (&r, part (&r, inputs, t * width, width));
        h[t] = r.h;
    }
    const rg_signal y = b->status == RG_OK ? leave (&r, h, x.steps, own->output == SEQUENCE) : *from;
    rg_free (h);
    return y;
}

/* ---- lstm ------------------------------------------------------------------------ */

enum { I, F, G, O, LSTM_GATES };

static void
lstm_step (recurrence *r, rg_tensor inputs)
{
    const bool first = r->h == RG_NO_TENSOR;
    const rg_tensor z = first ? inputs : rg_graph_add (r->build->graph, inputs, rg_graph_affine (r->build->graph, r->h, r->w, RG_NO_TENSOR));
    const rg_tensor i = gate_of (r, z, I, "sigmoid"), g = gate_of (r, z, G, "tanh");
    const rg_tensor in = apply2 (r, "multiply", i, g);
    r->c = first ? in : rg_graph_add (r->build->graph, apply2 (r, "multiply", gate_of (r, z, F, "sigmoid"), r->c), in);
    r->h = apply2 (r, "multiply", gate_of (r, z, O, "sigmoid"), apply (r, "tanh", r->c));
}

static rg_signal
lstm_build (rg_build *b, const void *chosen, rg_signal x)
{
    return run (b, chosen, &x, LSTM_GATES, NULL, lstm_step);
}

const rg_layer_kind rg_layer_lstm = { .name = "lstm", .sentence = "long short-term memory over a sequence", .options = options,
                                      .settings = sizeof (settings), .build = lstm_build };

/* ---- gru ------------------------------------------------------------------------- */

enum { R, Z, N, GRU_GATES };

static void
gru_step (recurrence *r, rg_tensor inputs)
{
    rg_graph *graph = r->build->graph;
    const size_t units = r->units;
    const bool first = r->h == RG_NO_TENSOR;
    const rg_tensor product = first ? RG_NO_TENSOR : rg_graph_affine (graph, r->h, r->w, RG_NO_TENSOR);
    const rg_tensor gates = first ? inputs : rg_graph_add (graph, part (r, inputs, 0, 2 * units), part (r, product, 0, 2 * units));
    const rg_tensor reset = gate_of (r, gates, R, "sigmoid"), keep = gate_of (r, gates, Z, "sigmoid");
    rg_tensor inner = apply2 (r, "expand", r->b, reset);
    if (!first)
        inner = rg_graph_add (graph, part (r, product, N * units, units), inner);
    const rg_tensor n = apply (r, "tanh", rg_graph_add (graph, part (r, inputs, N * units, units), apply2 (r, "multiply", reset, inner)));
    const rg_tensor way = first ? n : apply2 (r, "subtract", r->h, n);
    const rg_tensor kept = apply2 (r, "multiply", keep, way);
    r->h = first ? apply2 (r, "subtract", n, kept) : rg_graph_add (graph, n, kept);
}

static rg_signal
gru_build (rg_build *b, const void *chosen, rg_signal x)
{
    return run (b, chosen, &x, GRU_GATES, "b_hn", gru_step);
}

const rg_layer_kind rg_layer_gru = { .name = "gru", .sentence = "gated recurrent units over a sequence", .options = options,
                                     .settings = sizeof (settings), .build = gru_build };
