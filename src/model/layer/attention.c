/*
 * attention.c -- layers in which the steps of a sequence look at each other; Vaswani et al., Attention is all you need (2017). For each
 * head softmax (q k' / sqrt (d)) v, d the channels of a head; a causal one looks at no later step.
 *   pre:  x + attention (norm x), then x + mlp (norm x)      post: norm (x + attention x), then norm (x + mlp x)
 */
#include <math.h>

#include "base/memory.h"
#include "model/layer/sequence.h"

/* [steps x channels] as [heads · examples x steps x channels of a head]; turned: the last two the other way round. */
static rg_tensor
to_heads (rg_build *b, const rg_sequence *x, rg_tensor rows, size_t heads, bool turned)
{
    const size_t d = x->channels / heads;
    const rg_tensor parts = rg_build_apply (b, "reshape", rows, "shape: [1, %zu, %zu, %zu]", x->steps, heads, d);
    const rg_tensor apart = rg_build_apply (b, "transpose", parts, turned ? "order: [0, 2, 3, 1]" : "order: [0, 2, 1, 3]");
    return rg_build_apply (b, "reshape", apart, "shape: [%zu, %zu, %zu]", heads, turned ? d : x->steps, turned ? x->steps : d);
}

/* The scores, with those of later steps so low that their weights are 0. */
static rg_tensor
hide_later (rg_build *b, size_t steps, rg_tensor scores)
{
    double *mask = rg_calloc (steps * steps, sizeof *mask);
    if (mask == NULL)
        return rg_build_refuse (b, RG_ENOMEM, "out of memory").tensor;
    for (size_t i = 0; i < steps; i++)
        for (size_t j = i + 1; j < steps; j++)
            mask[i * steps + j] = -1e30;
    const rg_tensor low = rg_graph_constant (b->graph, steps, steps, mask);
    rg_free (mask);
    return rg_graph_add (b->graph, scores, rg_graph_apply (b->graph, "expand", (rg_tensor[]) { low, scores }, 2, NULL));
}

/* softmax (q k' / sqrt (d)) of each head. */
static rg_tensor
weights_of (rg_build *b, const rg_sequence *x, rg_tensor q, rg_tensor k, size_t heads, bool causal)
{
    const double scale = 1 / sqrt ((double) (x->channels / heads));
    const rg_tensor queries = to_heads (b, x, q, heads, false), keys = to_heads (b, x, k, heads, true);
    if (b->status != RG_OK)
        return RG_NO_TENSOR;
    rg_tensor scores = rg_graph_apply (b->graph, "matmul", (rg_tensor[]) { queries, keys }, 2, NULL);
    scores = rg_graph_scale (b->graph, scores, rg_graph_constant (b->graph, 1, 1, &scale));
    if (causal)
        scores = hide_later (b, x->steps, scores);
    return rg_graph_apply (b->graph, "softmax", &scores, 1, NULL);
}

rg_tensor
rg_build_attention (rg_build *b, const rg_sequence *x, size_t heads, bool causal)
{
    const size_t n = x->channels, d = n / heads;
    if (n % heads != 0)
        return rg_build_refuse (b, RG_ESHAPE, "%zu heads do not divide the %zu channels of %zu x %zu", heads, n, x->steps, n).tensor;
    const rg_tensor q = rg_build_linear (b, x->tensor, n, n, "W_q", "b_q"), k = rg_build_linear (b, x->tensor, n, n, "W_k", "b_k"),
                    v = rg_build_linear (b, x->tensor, n, n, "W_v", "b_v");
    const rg_tensor weights = weights_of (b, x, q, k, heads, causal), values = to_heads (b, x, v, heads, false);
    if (b->status != RG_OK)
        return RG_NO_TENSOR;
    const rg_tensor seen = rg_graph_apply (b->graph, "matmul", (rg_tensor[]) { weights, values }, 2, NULL);
    const rg_tensor apart = rg_build_apply (b, "reshape", seen, "shape: [1, %zu, %zu, %zu]", heads, x->steps, d);
    const rg_tensor together = rg_build_apply (b, "transpose", apart, "order: [0, 2, 1, 3]");
    const rg_tensor rows = rg_build_apply (b, "reshape", together, "shape: [1, %zu, %zu]", x->steps, n);
    return rg_build_linear (b, rows, n, n, "W_o", "b_o");
}

/* ---- attention --------------------------------------------------------------------- */

typedef struct {
    uint64_t heads, hidden;
    int causal, norm;
    double epsilon;
} settings;

#define HEADS { "heads", RG_OPTION_WHOLE, RG_FIELD (settings, heads), RG_POSITIVE, "1", "parts of the channels, each with weights of its own" }
#define CAUSAL { "causal", RG_OPTION_FLAG, RG_FIELD (settings, causal), NULL, "false", "whether a step sees no later one" }

static const rg_option options[] = { HEADS, CAUSAL, { 0 } };

static rg_signal
build (rg_build *b, const void *chosen, rg_signal x)
{
    const settings *own = chosen;
    rg_sequence sequence;
    if (!rg_sequence_read (b, &x, &sequence))
        return x;
    return rg_sequence_signal (rg_build_attention (b, &sequence, own->heads, own->causal), sequence.steps, sequence.channels);
}

const rg_layer_kind rg_layer_attention = { .name = "attention", .sentence = "each step of a sequence looks at the others",
                                           .options = options, .settings = sizeof (settings), .build = build };

/* ---- transformer --------------------------------------------------------------------- */

enum { PRE, POST };

static const rg_option block_options[] = {
    HEADS,
    CAUSAL,
    { "hidden", RG_OPTION_WHOLE, RG_FIELD (settings, hidden), RG_NOT_NEGATIVE, "0",
      "numbers between the two layers of its network; 0: four times the channels" },
    { "norm", RG_OPTION_WORD, RG_FIELD (settings, norm), NULL, "pre", "before or after each part", .words = "pre|post" },
    { "epsilon", RG_OPTION_REAL, RG_FIELD (settings, epsilon), RG_POSITIVE, "1e-5", "added to variances" },
    { 0 }
};

static rg_tensor
network (rg_build *b, const settings *own, const rg_sequence *x)
{
    const size_t hidden = own->hidden > 0 ? own->hidden : 4 * x->channels;
    const rg_tensor y = rg_build_linear (b, x->tensor, x->channels, hidden, "W_1", "b_1");
    return rg_build_linear (b, rg_build_apply (b, "gelu", y, " "), hidden, x->channels, "W_2", "b_2");
}

/* One part of the block and the way around it. */
static void
around (rg_build *b, const settings *own, rg_sequence *x, const char *scale, const char *shift, bool attends)
{
    rg_sequence in = *x, sum = *x;
    if (own->norm == PRE)
        in.tensor = rg_build_normal (b, x, own->epsilon, scale, shift);
    const rg_tensor y = attends ? rg_build_attention (b, &in, own->heads, own->causal) : network (b, own, &in);
    if (b->status != RG_OK)
        return;
    sum.tensor = rg_graph_add (b->graph, x->tensor, y);
    x->tensor = own->norm == PRE ? sum.tensor : rg_build_normal (b, &sum, own->epsilon, scale, shift);
}

static rg_signal
block_build (rg_build *b, const void *chosen, rg_signal x)
{
    const settings *own = chosen;
    rg_sequence sequence;
    if (!rg_sequence_read (b, &x, &sequence))
        return x;
    around (b, own, &sequence, "scale_1", "shift_1", true);
    around (b, own, &sequence, "scale_2", "shift_2", false);
    return rg_sequence_signal (sequence.tensor, sequence.steps, sequence.channels);
}

const rg_layer_kind rg_layer_transformer = { .name = "transformer", .sentence = "attention, then two dense layers with gelu, each with a way around",
                                             .options = block_options, .settings = sizeof (settings), .build = block_build };
