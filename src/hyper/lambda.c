/* lambda.c -- see lambda.h. */
#include "hyper/lambda.h"

#include <string.h>

#include "hyper/role.h"
#include "hyper/tied.h"

unsigned
rg_lambda_uses (const rg_hyper *hyper, rg_role role)
{
    rg_block proximal;
    const int centre = role == RG_WEIGHTS && rg_hyper_find (hyper, RG_PROXIMAL, &proximal);
    return rg_role_get (role)->uses | (centre ? RG_OF_OBJECTIVE : 0);
}

int
rg_lambda_has (const rg_hyper *hyper, rg_role role)
{
    return (rg_lambda_uses (hyper, role) & RG_OF_OBJECTIVE) != 0;
}

size_t
rg_lambda_size (const rg_hyper *hyper)
{
    size_t size = 0;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        size += rg_lambda_has (hyper, b.role) ? b.slice : 0;
    }
    return size;
}

int
rg_lambda_is_tuned (const rg_hyper *hyper)
{
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (!b.fixed && rg_lambda_has (hyper, b.role))
            return 1;
    }
    return 0;
}

size_t
rg_lambda_offset (const rg_hyper *hyper, rg_role role)
{
    size_t offset = 0;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (b.role == role)
            return offset;
        offset += rg_lambda_has (hyper, b.role) ? b.slice : 0;
    }
    return SIZE_MAX;
}

const double *
rg_lambda_borrow (const rg_hyper *hyper)
{
    const double *found = NULL;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (rg_lambda_has (hyper, b.role) && found != NULL)
            return NULL;
        if (rg_lambda_has (hyper, b.role))
            found = b.natural;
    }
    return found;
}

double *
rg_lambda_gradient (const rg_hyper *hyper, double *gradient)
{
    size_t first = SIZE_MAX, end = 0;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (!rg_lambda_has (hyper, b.role))
            continue;
        if (b.fixed || b.tied != NULL || (first != SIZE_MAX && b.first != end))
            return NULL;
        first = first == SIZE_MAX ? b.first : first;
        end = b.first + b.size;
    }
    return first == SIZE_MAX ? NULL : gradient + first;
}

void
rg_lambda_collect (const rg_hyper *hyper, double *out)
{
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (rg_lambda_has (hyper, b.role)) {
            memcpy (out, b.natural, b.slice * sizeof *out);
            out += b.slice;
        }
    }
}

void
rg_lambda_scatter (const rg_hyper *hyper, const double *dlambda, double *gradient)
{
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (!rg_lambda_has (hyper, b.role))
            continue;
        if (b.tied != NULL)
            rg_tied_pull (b.tied, 0, dlambda, gradient + b.first);
        else
            for (size_t k = 0; !b.fixed && k < b.slice; k++)
                gradient[b.first + k] += dlambda[k];
        dlambda += b.slice;
    }
}
