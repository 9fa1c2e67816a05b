/* data_loss.h -- what the model's outputs lose against labels or targets: one file and one row a kind. */
#ifndef RG_OBJECTIVE_DATA_LOSS_H
#define RG_OBJECTIVE_DATA_LOSS_H

#include "graph/graph.h"
#include "objective/rows.h"

typedef struct rg_data_loss rg_data_loss;
struct rg_data_loss {
    /* Whether it is that of these examples and so many outputs; the first row that says so is taken. */
    int (*is_for) (const rg_dataset *data, size_t outputs);
    /* Whether outputs and examples go together, where it is: RG_OK or RG_ESHAPE. */
    rg_status (*check) (const rg_dataset *data, size_t outputs, rg_message *message);
    rg_tensor (*leaf) (rg_graph *graph, size_t outputs); /* of the targets */
    int whole;                                           /* whether its numbers are int32_t, one a row; else `outputs` reals a row */
    /*
     * Add the loss.
     *   weight     of each row, or RG_NO_TENSOR
     *   smoothing  the share of a label that all classes share; 0: none
     */
    rg_tensor (*build) (rg_graph *graph, rg_tensor logits, rg_tensor targets, rg_tensor weight, size_t outputs, double smoothing);
    /* Write the targets of the rows first ... of a step. */
    void (*fill) (const rg_rows *rows, rg_precision precision, rg_instant at, const uint32_t *indices, size_t first, size_t count,
                  void *targets);
    /* Whether a row's outputs [outputs] take it for another class than its target says; NULL: there are no classes. */
    int (*is_wrong) (rg_precision precision, const void *logits, const void *targets, size_t outputs, size_t row);
};

extern const rg_data_loss rg_loss_of_sign, rg_loss_of_classes, rg_loss_of_reals;

/* The row of a model's outputs on a set of examples; there is always one. */
const rg_data_loss *rg_data_loss_find (const rg_dataset *data, size_t outputs);

/* A scalar of the graph. */
static inline rg_tensor
rg_loss_constant (rg_graph *graph, double value)
{
    return rg_graph_constant (graph, 1, 1, &value);
}

/* A number of an array in a precision. */
static inline double
rg_number_at (rg_precision precision, const void *in, size_t at)
{
    return precision == RG_SINGLE ? (double) ((const float *) in)[at] : ((const double *) in)[at];
}

#endif /* RG_OBJECTIVE_DATA_LOSS_H */
