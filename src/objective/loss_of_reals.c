/* loss_of_reals.c -- real targets: the mean squared error over the outputs. */
#include "objective/data_loss.h"

static int
is_for (const rg_dataset *data, size_t outputs)
{
    (void) data, (void) outputs;
    return 1;
}

static rg_status
check (const rg_dataset *data, size_t outputs, rg_message *message)
{
    const size_t targets = rg_dataset_targets (data);
    return targets == outputs ? RG_OK : rg_fail (message, RG_ESHAPE, "the last layer has %zu units, an example has %zu targets", outputs,
                                                 targets);
}

static rg_tensor
leaf (rg_graph *graph, size_t outputs)
{
    return rg_graph_batch (graph, outputs, false);
}

static rg_tensor
build (rg_graph *graph, rg_tensor logits, rg_tensor targets, rg_tensor weight, size_t outputs, double smoothing)
{
    (void) outputs, (void) smoothing;
    return rg_graph_squared_error (graph, logits, targets, weight);
}

static void
fill (const rg_rows *rows, rg_precision precision, rg_instant at, const uint32_t *indices, size_t first, size_t count, void *targets)
{
    (void) first, (void) at;
    if (precision == RG_SINGLE)
        rg_dataset_gather_targets_single (rows->data, indices, count, targets);
    else
        rg_dataset_gather_targets_double (rows->data, indices, count, targets);
}

const rg_data_loss rg_loss_of_reals = { .is_for = is_for, .check = check, .leaf = leaf, .build = build, .fill = fill };
