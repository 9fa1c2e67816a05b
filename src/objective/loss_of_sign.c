/*
 * loss_of_sign.c -- two classes by one output z, the logit of class 1: logistic loss, and labels smoothed by e.
 *
 * With s = -1 for class 1, s = 1 for class 0, and u = s z: log (1 + exp u) is the loss of the label, and
 * (1 - e/2) log (1 + exp u) + e/2 log (1 + exp (-u)) = log (1 + exp u) - e/2 u. The softplus of u, not of z, has no
 * difference of large numbers where the model is sure. Example by hand: z = 0 gives log 2, dz = -1/2 for class 1.
 */
#include "objective/data_loss.h"

static int
is_for (const rg_dataset *data, size_t outputs)
{
    return outputs == 1 && rg_dataset_classes (data) == 2;
}

static rg_status
check (const rg_dataset *data, size_t outputs, rg_message *message)
{
    (void) data, (void) outputs, (void) message;
    return RG_OK;
}

static rg_tensor
leaf (rg_graph *graph, size_t outputs)
{
    return rg_graph_batch (graph, outputs, false);
}

static rg_tensor
build (rg_graph *graph, rg_tensor logits, rg_tensor targets, rg_tensor weight, size_t outputs, double smoothing)
{
    (void) outputs;
    const rg_tensor u = rg_graph_apply (graph, "multiply", (rg_tensor[]) { logits, targets }, 2, NULL);
    rg_tensor lost = rg_graph_softplus (graph, u);
    if (smoothing > 0)
        lost = rg_graph_add (graph, lost, rg_graph_scale (graph, u, rg_loss_constant (graph, -smoothing / 2)));
    return rg_graph_apply (graph, "example_mean", (rg_tensor[]) { lost, weight }, 2, NULL);
}

/* 1 - 2 label */
static void
fill (const rg_rows *rows, rg_precision precision, rg_instant at, const uint32_t *indices, size_t first, size_t count, void *targets)
{
    for (size_t n = 0; n < count; n++) {
        int32_t label;
        rg_dataset_gather_labels (rows->data, &indices[n], 1, &label);
        rg_rows_relabel (rows, at, first + n, 1, &label);
        if (precision == RG_SINGLE)
            ((float *) targets)[n] = (float) (1 - 2 * label);
        else
            ((double *) targets)[n] = 1 - 2 * label;
    }
}

/* An output of 0 is taken for class 0, the first of two that are as sure. */
static int
is_wrong (rg_precision precision, const void *logits, const void *targets, size_t outputs, size_t row)
{
    (void) outputs;
    return (rg_number_at (precision, logits, row) > 0) != (rg_number_at (precision, targets, row) < 0);
}

const rg_data_loss rg_loss_of_sign = { .is_for = is_for, .check = check, .leaf = leaf, .build = build, .fill = fill, .is_wrong = is_wrong };
