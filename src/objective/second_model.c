/* second_model.c -- models whose weights are hyperparameters; see second_model.h and retrograde/objective.h. */
#include "objective/second_model.h"

#include <stdint.h>

#include "base/random.h"
#include "hyper/lambda.h"
#include "model/model.h"

rg_role
rg_second_role (int i)
{
    static const rg_role roles[RG_SECONDS] = { RG_REPRESENTATION, RG_AUGMENTATION, RG_WEIGHTING };
    return roles[i];
}

int
rg_second_is (rg_role role)
{
    return role == RG_REPRESENTATION || role == RG_AUGMENTATION || role == RG_WEIGHTING;
}

const rg_model *
rg_second_of (const rg_second_models *second, rg_role role)
{
    return role == RG_REPRESENTATION ? second->representation
        : role == RG_AUGMENTATION    ? second->augmentation
                                     : second->weighting;
}

void
rg_second_draw (const rg_model *model, rg_role role, uint64_t seed, double scale, double *out)
{
    const rg_random random = { seed, RG_STREAM_SECOND, 0, (uint32_t) (role - RG_REPRESENTATION) };
    for (size_t i = 0; i < rg_model_weights (model); i++)
        out[i] = scale * rg_random_normal (&random, i);
}

/* What the last layer puts out. */
static rg_status
check_output (const rg_model *model, rg_role role, size_t features, size_t inputs, rg_message *message)
{
    const size_t last = rg_model_outputs (model);
    const char *name = rg_role_name (role);
    if (role == RG_REPRESENTATION && last != inputs)
        return rg_fail (message, RG_ESHAPE, "%s: the last layer has %zu units, the model's first %zu", name, last, inputs);
    if (role == RG_AUGMENTATION && last != features)
        return rg_fail (message, RG_ESHAPE, "%s: the last layer has %zu units, the examples have %zu inputs", name, last,
                        features);
    if (role == RG_WEIGHTING && last != 1)
        return rg_fail (message, RG_ESHAPE, "%s: an example has one weight, the last layer %zu units", name, last);
    if (role == RG_WEIGHTING && !rg_model_last (model)->not_negative)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: a weight is not below 0: expected output sigmoid, softplus or relu, got %s",
                        name, rg_model_last (model)->name);
    return RG_OK;
}

rg_status
rg_second_check_ends (const rg_second_models *second, rg_role role, size_t features, size_t inputs, rg_message *message)
{
    const rg_model *model = rg_second_of (second, role);
    if (model == NULL)
        return RG_OK;
    if (rg_model_inputs (model) != features)
        return rg_fail (message, RG_ESHAPE, "%s: the first layer has %zu units, the examples have %zu inputs", rg_role_name (role),
                        rg_model_inputs (model), features);
    if (role != RG_AUGMENTATION && rg_model_noise (model) > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: noise is for an augmentation", rg_role_name (role));
    if (model->mixes || model->draws || model->tokens > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: batch norm, dropout and embeddings are for the model that is trained", rg_role_name (role));
    return check_output (model, role, features, inputs, message);
}

/* One kind against its block. */
static rg_status
check_block (const rg_model *model, rg_role role, const rg_hyper *hyper, rg_message *message)
{
    rg_block block, weights;
    const int given = rg_hyper_find (hyper, role, &block);
    const char *name = rg_role_name (role);
    if (given && model == NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: the loss has no such network", block.name);
    if (!given && model != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "the network %s needs the hyperparameters %s, tuned or fixed", name, name);
    if (given && block.slice != rg_model_weights (model))
        return rg_fail (message, RG_ESHAPE, "%s: expected the %zu weights of its network, got %zu", block.name,
                        rg_model_weights (model), block.slice);
    if (given && role == RG_WEIGHTING && rg_hyper_find (hyper, RG_EXAMPLE_WEIGHT, &weights))
        return rg_fail (message, RG_EUNSUPPORTED, "%s and %s both say what an example weighs; keep one of the two", name,
                        weights.name);
    return RG_OK;
}

rg_status
rg_second_check (const rg_second_models *second, const rg_hyper *hyper, rg_message *message)
{
    rg_status status = RG_OK;
    for (int i = 0; status == RG_OK && i < RG_SECONDS; i++)
        status = check_block (rg_second_of (second, rg_second_role (i)), rg_second_role (i), hyper, message);
    return status;
}

rg_status
rg_second_apply (rg_graph *graph, const rg_model_loss *loss, rg_role role, rg_tensor x, rg_tensor noise, rg_tensor *out)
{
    rg_block block;
    rg_hyper_find (loss->hyper, role, &block);
    rg_block_source source = rg_source_block (rg_lambda_offset (loss->hyper, role), !block.fixed);
    return rg_model_apply (rg_second_of (&loss->second, role), graph, &source.source, x, noise, loss->part == RG_OUTER, out);
}
