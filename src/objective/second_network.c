/* second_network.c -- a network whose weights are hyperparameters; see second_network.h and retrograde/objective.h. */
#include "objective/second_network.h"

#include <stdint.h>

#include "base/random.h"
#include "hyper/lambda.h"
#include "objective/network_parts.h"

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

const rg_second_network *
rg_second_of (const rg_second_networks *second, rg_role role)
{
    return role == RG_REPRESENTATION ? &second->representation
        : role == RG_AUGMENTATION    ? &second->augmentation
                                     : &second->weighting;
}

/* Rows of a layer's matrix: what it takes. */
static size_t
rows_of (const rg_second_network *second, size_t layer)
{
    return second->network.width[layer] + (layer == 0 ? second->noise : 0);
}

size_t
rg_second_network_size (const rg_second_network *second)
{
    const rg_network *net = &second->network;
    const size_t most = SIZE_MAX / sizeof (double) / 16;
    size_t size = 0;
    for (size_t layer = 0; layer + 1 < net->widths; layer++) {
        const size_t rows = rows_of (second, layer), cols = net->width[layer + 1];
        if (net->width[layer] == 0 || cols == 0 || rows < second->noise || rows >= most || cols > (most - size) / (rows + 1))
            return 0;
        size += (rows + 1) * cols;
    }
    return size;
}

void
rg_second_network_draw (const rg_second_network *second, rg_role role, uint64_t seed, double scale, double *out)
{
    const rg_random random = { seed, RG_STREAM_SECOND, 0, (uint32_t) (role - RG_REPRESENTATION) };
    const size_t size = rg_second_network_size (second);
    for (size_t i = 0; i < size; i++)
        out[i] = scale * rg_random_normal (&random, i);
}

/* What the last layer puts out. */
static rg_status
check_output (const rg_second_network *second, rg_role role, size_t features, size_t inputs, rg_message *message)
{
    const size_t last = second->network.width[second->network.widths - 1];
    const char *name = rg_role_name (role);
    if (role == RG_REPRESENTATION && last != inputs)
        return rg_fail (message, RG_ESHAPE, "%s: the last layer has %zu units, the model's first %zu", name, last, inputs);
    if (role == RG_AUGMENTATION && last != features)
        return rg_fail (message, RG_ESHAPE, "%s: the last layer has %zu units, the examples have %zu inputs", name, last,
                        features);
    if (role == RG_WEIGHTING && last != 1)
        return rg_fail (message, RG_ESHAPE, "%s: an example has one weight, the last layer %zu units", name, last);
    if (role == RG_WEIGHTING && second->output != RG_SIGMOID && second->output != RG_SOFTPLUS_UNITS
        && second->output != RG_RELU)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: a weight is not below 0: expected output sigmoid, softplus or relu, got %s",
                        name, rg_activation_name (second->output));
    return RG_OK;
}

rg_status
rg_second_check_widths (const rg_second_networks *networks, rg_role role, size_t features, size_t inputs, rg_message *message)
{
    const rg_second_network *second = rg_second_of (networks, role);
    const rg_network *net = &second->network;
    const char *name = rg_role_name (role);
    if (net->widths == 0)
        return RG_OK;
    if (net->widths < 2)
        return rg_fail (message, RG_ERANGE, "%s: expected at least 2 widths, got %zu", name, net->widths);
    if (rg_second_network_size (second) == 0)
        return rg_fail (message, RG_ERANGE, "%s: expected widths of at least 1, and fewer weights in all", name);
    if (net->width[0] != features)
        return rg_fail (message, RG_ESHAPE, "%s: the first layer has %zu units, the examples have %zu inputs", name,
                        net->width[0], features);
    if (role != RG_AUGMENTATION && second->noise > 0)
        return rg_fail (message, RG_EUNSUPPORTED, "%s: noise is for an augmentation", name);
    return check_output (second, role, features, inputs, message);
}

rg_status
rg_second_check (const rg_second_networks *networks, const rg_hyper *hyper, rg_message *message)
{
    rg_block block;
    for (int i = 0; i < RG_SECONDS; i++) {
        const rg_role role = rg_second_role (i);
        const char *name = rg_role_name (role);
        const size_t size = networks == NULL ? 0 : rg_second_network_size (rg_second_of (networks, role));
        const int given = rg_hyper_find (hyper, role, &block);
        if (given && size == 0)
            return rg_fail (message, RG_EUNSUPPORTED, "%s: the loss has no such network", block.name);
        if (!given && size > 0)
            return rg_fail (message, RG_EUNSUPPORTED, "the network %s needs the hyperparameters %s, tuned or fixed", name, name);
        if (given && block.slice != size)
            return rg_fail (message, RG_ESHAPE, "%s: expected the %zu weights of its network, got %zu", block.name, size,
                            block.slice);
        if (given && role == RG_WEIGHTING && rg_hyper_find (hyper, RG_EXAMPLE_WEIGHT, &block))
            return rg_fail (message, RG_EUNSUPPORTED, "%s and %s both say what an example weighs; keep one of the two", name,
                            block.name);
    }
    return RG_OK;
}

rg_tensor
rg_second_apply (rg_graph *graph, const rg_hyper *hyper, rg_role role, const rg_second_network *second, rg_tensor x,
                 rg_tensor noise)
{
    const rg_network *net = &second->network;
    size_t at = rg_lambda_offset (hyper, role);
    rg_block block;
    rg_hyper_find (hyper, role, &block);
    for (size_t layer = 0; layer + 1 < net->widths; layer++) {
        const size_t rows = net->width[layer], cols = net->width[layer + 1];
        const rg_tensor w = rg_graph_hyper_matrix (graph, at, rows, cols, !block.fixed);
        const rg_tensor b = rg_graph_hyper_matrix (graph, at + rows_of (second, layer) * cols, 1, cols, !block.fixed);
        rg_tensor y = rg_graph_affine (graph, x, w, b);
        if (rows_of (second, layer) > rows) { /* [x, noise] W = x W_x + noise W_noise */
            const rg_tensor w_noise = rg_graph_hyper_matrix (graph, at + rows * cols, second->noise, cols, !block.fixed);
            y = rg_graph_add (graph, y, rg_graph_affine (graph, noise, w_noise, RG_NO_TENSOR));
        }
        x = rg_activation_apply (layer + 2 < net->widths ? net->activation : second->output, graph, y);
        at += (rows_of (second, layer) + 1) * cols;
    }
    return x;
}
