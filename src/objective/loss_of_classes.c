/*
 * loss_of_classes.c -- classes by an output each: softmax cross-entropy, and labels smoothed by e:
 * the label counts 1 - e, and each of the C classes e / C. Szegedy, Vanhoucke, Ioffe, Shlens, Wojna (2016).
 */
#include "objective/data_loss.h"

static int
is_for (const rg_dataset *data, size_t outputs)
{
    (void) outputs;
    return rg_dataset_classes (data) > 0;
}

static rg_status
check (const rg_dataset *data, size_t outputs, rg_message *message)
{
    const uint32_t classes = rg_dataset_classes (data);
    return classes <= outputs ? RG_OK : rg_fail (message, RG_ESHAPE, "the last layer has %zu units, the labels have %u classes", outputs,
                                                 classes);
}

static rg_tensor
leaf (rg_graph *graph, size_t outputs)
{
    return rg_graph_labels (graph, outputs);
}

/* (1 - e) cross-entropy - e mean_c log p_c */
static rg_tensor
build (rg_graph *graph, rg_tensor logits, rg_tensor targets, rg_tensor weight, size_t outputs, double smoothing)
{
    (void) outputs;
    const rg_tensor entropy = rg_graph_cross_entropy (graph, logits, targets, weight);
    if (smoothing <= 0)
        return entropy;
    const rg_tensor logs = rg_graph_apply (graph, "log_softmax", &logits, 1, NULL);
    const rg_tensor mean = rg_graph_apply (graph, "example_mean", (rg_tensor[]) { logs, weight }, 2, NULL);
    return rg_graph_add (graph, rg_graph_scale (graph, entropy, rg_loss_constant (graph, 1 - smoothing)),
                         rg_graph_scale (graph, mean, rg_loss_constant (graph, -smoothing)));
}

static void
fill (const rg_rows *rows, rg_precision precision, rg_instant at, const uint32_t *indices, size_t first, size_t count, void *targets)
{
    (void) precision;
    rg_dataset_gather_labels (rows->data, indices, count, targets);
    rg_rows_relabel (rows, at, first, count, targets);
}

/* The first of the largest numbers of a row. */
static int
is_wrong (rg_precision precision, const void *logits, const void *targets, size_t outputs, size_t row)
{
    size_t best = 0;
    for (size_t c = 1; c < outputs; c++)
        if (rg_number_at (precision, logits, row * outputs + c) > rg_number_at (precision, logits, row * outputs + best))
            best = c;
    return best != (size_t) ((const int32_t *) targets)[row];
}

const rg_data_loss rg_loss_of_classes = { .is_for = is_for, .check = check, .leaf = leaf, .whole = 1, .build = build, .fill = fill,
                                          .is_wrong = is_wrong };
