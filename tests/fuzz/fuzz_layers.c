/* fuzz_layers.c -- any bytes as a list of layers: refused by a sentence, or a model whose arrays, gradient and layout agree. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/parse.h"
#include "config/schema.h"
#include "model/model.h"
#include "model/model_kind.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

enum { LONGEST = 4000, MOST_WEIGHTS = 20000, MOST_BYTES = 1 << 23, ROWS = 3 };

static const char before[] = "data: {kind: csv, train: {inputs: a.csv}}\ninner: {steps: 3, rate: 1, decay: 0.5}\nmodel:\n  input: [6, 6, 2]\n  layers: ";

/* Loss and gradient at small weights, on some rows: nothing is read or written beside its place. */
static void
run (const rg_model *model, const rg_graph *graph, rg_tensor leaf)
{
    rg_executor *executor;
    const size_t weights = rg_model_weights (model);
    double loss, *w = rg_calloc (2 * weights, sizeof *w);
    for (size_t i = 0; w != NULL && i < weights; i++)
        w[i] = .3 * sin (2.3 * (double) i + 1);
    if (w == NULL || rg_executor_new (&executor, graph) != RG_OK)
        abort ();
    const rg_shape shape = rg_graph_shape (graph, leaf);
    size_t bytes = ROWS * (model->tokens > 0 ? sizeof (int32_t) : sizeof (double));
    for (size_t d = 0; d < shape.dimensions; d++)
        bytes *= shape.dim[d];
    memset (rg_executor_leaf (executor, leaf), 0, bytes); /* it is of any bytes at first: not whole numbers in their bounds */
    rg_executor_bind_weights (executor, w);
    const rg_status status = rg_executor_gradient (executor, &loss, w + weights);
    if (status != RG_OK && status != RG_ENONFINITE)
        abort ();
    if (status == RG_OK)
        rg_executor_tangent (executor, w, w + weights);
    rg_executor_free (executor);
    rg_free (w);
}

static void
build (const rg_model *model)
{
    rg_graph *graph;
    rg_tensor y;
    rg_message message;
    rg_source source = rg_source_weights ();
    if (rg_graph_new (&graph, RG_DOUBLE, ROWS, rg_model_weights (model), 0) != RG_OK)
        abort ();
    const rg_tensor leaf = rg_model_leaf (model, graph, false);
    if (rg_model_apply (model, graph, &source, leaf, RG_NO_TENSOR, false, &y) != RG_OK)
        abort ();
    if (rg_graph_finish (graph, rg_graph_sum (graph, y), &message) == RG_OK) {
        const size_t bytes = rg_graph_bytes (graph, RG_USE_TANGENTS);
        if (bytes > 0 && bytes < MOST_BYTES)
            run (model, graph, leaf);
    } else if (message.text[0] == '\0')
        abort ();
    rg_graph_free (graph);
}

static void
check (const rg_model *model)
{
    rg_layout *layout;
    if (rg_model_layout (&layout, model, NULL) != RG_OK)
        return;
    if (rg_layout_weights (layout) != rg_model_weights (model))
        abort ();
    rg_layout_free (layout);
    if (rg_model_weights (model) <= MOST_WEIGHTS)
        build (model);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    char text[sizeof before + LONGEST];
    rg_message message;
    rg_tree *tree;
    rg_values values;
    if (size > LONGEST)
        return 0;
    memcpy (text, before, sizeof before - 1);
    memcpy (text + sizeof before - 1, data, size);
    if (rg_tree_parse (&tree, "fuzz.yaml", text, sizeof before - 1 + size, &message) != RG_OK)
        return 0;
    if (rg_schema_read (tree, 0, &values, &message) == RG_OK) {
        rg_model *model;
        message.text[0] = '\0';
        const rg_status status = rg_model_of_kind (&model, &values.model.kind.kind, values.model.kind.settings, &(rg_model_ends) { 0 }, &message);
        if ((status == RG_OK) != (model != NULL) || (status != RG_OK && message.text[0] == '\0'))
            abort ();
        if (model != NULL)
            check (model);
        rg_model_free (model);
        rg_schema_clear (&values);
    }
    rg_tree_free (tree);
    return 0;
}
