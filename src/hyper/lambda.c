/* lambda.c -- see lambda.h. */
#include "hyper/lambda.h"

#include <string.h>

static int
is_lambda (const rg_block *b)
{
    return b->role != RG_RATE && b->role != RG_DECAY && b->role != RG_WEIGHTS && b->role != RG_WEIGHT_SCALE;
}

size_t
rg_lambda_size (const rg_hyper *hyper)
{
    size_t size = 0;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        size += is_lambda (&b) ? b.size : 0;
    }
    return size;
}

size_t
rg_lambda_offset (const rg_hyper *hyper, rg_role role)
{
    size_t offset = 0;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (b.role == role)
            return offset;
        offset += is_lambda (&b) ? b.size : 0;
    }
    return SIZE_MAX;
}

void
rg_lambda_collect (const rg_hyper *hyper, double *out)
{
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (is_lambda (&b)) {
            memcpy (out, b.natural, b.size * sizeof *out);
            out += b.size;
        }
    }
}

void
rg_lambda_scatter (const rg_hyper *hyper, const double *dlambda, double *gradient)
{
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (!is_lambda (&b))
            continue;
        for (size_t k = 0; !b.fixed && k < b.size; k++)
            gradient[b.first + k] += dlambda[k];
        dlambda += b.size;
    }
}
