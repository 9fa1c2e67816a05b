/* inference.c -- a trained model on one example; the running statistics of its batch norms. See retrograde/inference.h. */
#include <retrograde/inference.h>

#include <string.h>

#include "base/memory.h"
#include "graph/graph.h"
#include "model/model.h"

/* A model on a graph, and who runs it. */
typedef struct {
    rg_graph *graph;
    rg_executor *executor;
    rg_tensor x, y;
} running;

struct rg_inference {
    const rg_model *model;
    running one; /* of one row */
    double *w, *statistics;
};

static void
running_clear (running *r)
{
    rg_executor_free (r->executor);
    rg_graph_free (r->graph);
}

static rg_status
build (running *r, const rg_model *model, rg_norms *norms, rg_message *message)
{
    rg_source source = rg_source_weights ();
    r->x = rg_model_leaf (model, r->graph, false);
    const rg_status status = rg_model_apply_after (model, r->graph, &source, r->x, norms, &r->y);
    if (status != RG_OK)
        return status;
    rg_graph_watch (r->graph, r->y);
    return rg_graph_finish (r->graph, rg_graph_sum (r->graph, r->y), message);
}

/* The model for so many rows; what was made is there after a failure, too. */
static rg_status
running_new (running *r, const rg_model *model, const double *w, size_t rows, rg_norms *norms, rg_message *message)
{
    rg_status status = rg_graph_new (&r->graph, RG_DOUBLE, rows, model->weights, norms->known ? model->statistics : 0);
    if (status == RG_OK)
        status = build (r, model, norms, message);
    if (status == RG_OK)
        status = rg_executor_new_for (&r->executor, r->graph, RG_USE_LOSS);
    if (status == RG_OK)
        rg_executor_bind_weights (r->executor, w);
    return status == RG_ENOMEM ? rg_fail (message, status, "out of memory for the model") : status;
}

/* Write inputs to the leaf, as the model takes them. */
static rg_status
fill (running *r, const rg_model *model, size_t count, const double *x, rg_message *message)
{
    void *leaf = rg_executor_leaf (r->executor, r->x);
    if (model->tokens == 0)
        memcpy (leaf, x, count * sizeof *x);
    for (size_t i = 0; model->tokens > 0 && i < count; i++) {
        const bool whole = x[i] >= 0 && x[i] < (double) model->tokens && x[i] == (double) (int32_t) x[i];
        if (!whole)
            return rg_fail (message, RG_ERANGE, "expected whole numbers from 0 to %zu, got %g", model->tokens - 1, x[i]);
        ((int32_t *) leaf)[i] = (int32_t) x[i];
    }
    return RG_OK;
}

/* What comes out; the sum over it stands for a loss, which says whether it is finite. */
static rg_status
run (running *r, const rg_model *model, size_t rows, const double *x, rg_message *message)
{
    double sum;
    rg_status status = fill (r, model, rows * rg_model_inputs (model), x, message);
    if (status != RG_OK)
        return status;
    status = rg_executor_loss (r->executor, &sum);
    if (status != RG_OK) {
        rg_fail (message, status, "%s", rg_status_text (status));
        rg_executor_explain (r->executor, message);
    }
    return status;
}

/* ---- Running statistics -------------------------------------------------------- */

/* Add mean and unbiased variance of each channel of `count` rows of x [count x channels] to out, each times the factor. */
static void
add_moments (size_t count, size_t channels, const double *x, double factor, double *out)
{
    for (size_t c = 0; c < channels; c++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < count; i++)
            sum += x[i * channels + c];
        const double mean = sum / (double) count;
        for (size_t i = 0; i < count; i++)
            squares += (x[i * channels + c] - mean) * (x[i * channels + c] - mean);
        out[c] += factor * mean;
        out[channels + c] += factor * squares / (double) (count - 1);
    }
}

/* The statistics of one part, of all norms. */
static void
add_part (const running *r, const rg_norms *norms, size_t rows, double factor, double *out)
{
    for (size_t k = 0; k < norms->count; k++) {
        const rg_shape shape = rg_graph_shape (r->graph, norms->input[k]);
        const size_t channels = shape.dim[shape.dimensions - 1];
        size_t pixels = 1;
        for (size_t d = 1; d + 1 < shape.dimensions; d++)
            pixels *= shape.dim[d];
        add_moments (rows * pixels, channels, rg_executor_value (r->executor, norms->input[k]), factor, out);
        out += 2 * channels;
    }
}

/* The examples, part by part; workspaces: numbers [batch x inputs], indices [batch]. */
static rg_status
go_through (rg_inference *p, running *r, const rg_norms *norms, const rg_dataset *train, uint32_t batch, double *x, uint32_t *indices,
            rg_message *message)
{
    const uint32_t parts = rg_dataset_count (train) / batch;
    rg_status status = RG_OK;
    for (uint32_t part = 0; status == RG_OK && part < parts; part++) {
        for (uint32_t i = 0; i < batch; i++)
            indices[i] = part * batch + i;
        rg_dataset_gather_double (train, indices, batch, x);
        status = run (r, p->model, batch, x, message);
        if (status == RG_OK)
            add_part (r, norms, batch, 1.0 / parts, p->statistics);
    }
    return status;
}

static rg_status
find_statistics (rg_inference *p, const rg_dataset *train, uint32_t batch, rg_message *message)
{
    running r = { 0 };
    rg_norms norms = { .input = rg_malloc (p->model->norms, sizeof *norms.input) };
    double *x = rg_malloc (batch * rg_model_inputs (p->model), sizeof *x);
    uint32_t *indices = rg_malloc (batch, sizeof *indices);
    rg_status status = norms.input == NULL || x == NULL || indices == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for the model")
                                                                           : running_new (&r, p->model, p->w, batch, &norms, message);
    if (status == RG_OK)
        status = go_through (p, &r, &norms, train, batch, x, indices, message);
    running_clear (&r);
    rg_free (norms.input);
    rg_free (x);
    rg_free (indices);
    return status;
}

/* ---- An inference ----------------------------------------------------------------- */

static rg_status
check (const rg_model *model, const rg_dataset *train, uint32_t batch, rg_message *message)
{
    if (model->noise > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "a model that takes noise predicts nothing by itself");
    if (model->norms == 0)
        return RG_OK;
    if (train == NULL)
        return rg_fail (message, RG_EINPUT, "a batch norm needs training examples for its running mean and variance");
    if (rg_dataset_features (train) != rg_model_inputs (model))
        return rg_fail (message, RG_ESHAPE, "the model takes %zu inputs, the examples have %zu", rg_model_inputs (model),
                        rg_dataset_features (train));
    if (batch < model->least_rows || batch > rg_dataset_count (train))
        return rg_fail (message, RG_ERANGE, "expected parts of %zu to %u examples, got %u", model->least_rows, rg_dataset_count (train),
                        batch);
    return RG_OK;
}

/* Numbers of 0, or those given; never an empty block. */
static double *
numbers (size_t count, const double *values)
{
    double *out = rg_calloc (count + 1, sizeof *out);
    if (out != NULL && values != NULL)
        memcpy (out, values, count * sizeof *out);
    return out;
}

static rg_status
prepare (rg_inference *p, const double *w, const rg_dataset *train, uint32_t batch, rg_message *message)
{
    rg_norms norms = { .known = true };
    p->w = numbers (p->model->weights, w);
    p->statistics = numbers (p->model->statistics, NULL);
    if (p->w == NULL || p->statistics == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the model");
    rg_status status = p->model->norms == 0 ? RG_OK : find_statistics (p, train, batch, message);
    if (status == RG_OK)
        status = running_new (&p->one, p->model, p->w, 1, &norms, message);
    if (status == RG_OK)
        rg_executor_bind_hyper (p->one.executor, p->statistics);
    return status;
}

rg_status
rg_inference_new (rg_inference **out, const rg_model *model, const double *w, const rg_dataset *train, uint32_t batch,
                  rg_message *message)
{
    *out = NULL;
    rg_status status = check (model, train, batch, message);
    if (status != RG_OK)
        return status;
    rg_inference *p = rg_calloc (1, sizeof *p);
    if (p == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the model");
    p->model = model;
    status = prepare (p, w, train, batch, message);
    if (status == RG_OK)
        *out = p;
    else
        rg_inference_free (p);
    return status;
}

void
rg_inference_free (rg_inference *p)
{
    if (p == NULL)
        return;
    running_clear (&p->one);
    rg_free (p->w);
    rg_free (p->statistics);
    rg_free (p);
}

size_t
rg_inference_statistics (const rg_inference *p, const double **values)
{
    if (values != NULL)
        *values = p->statistics;
    return p->model->statistics;
}

rg_status
rg_infer (rg_inference *p, const double *x, double *out, rg_message *message)
{
    const rg_status status = run (&p->one, p->model, 1, x, message);
    if (status == RG_OK)
        memcpy (out, rg_executor_value (p->one.executor, p->one.y), rg_model_outputs (p->model) * sizeof *out);
    return status;
}
