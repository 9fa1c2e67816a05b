/* terms.c -- the table of terms; see term.h. They are added in its order. */
#include "hyper/lambda.h"
#include "objective/term.h"

static const rg_term *const rows[] = { &rg_term_l2, &rg_term_interaction, &rg_term_proximal };
enum { ROWS = sizeof rows / sizeof *rows };

rg_status
rg_terms_check (const rg_model_loss *loss, rg_message *message)
{
    rg_status status = RG_OK;
    rg_block block;
    for (int i = 0; status == RG_OK && i < ROWS; i++)
        if (rows[i]->check != NULL && rg_hyper_find (loss->hyper, rows[i]->role, &block))
            status = rows[i]->check (loss, &block, message);
    return status;
}

static int
has_terms (const rg_model_loss *loss)
{
    rg_block block;
    int found = 0;
    for (int i = 0; loss->part == RG_INNER && i < ROWS; i++)
        found |= rg_hyper_find (loss->hyper, rows[i]->role, &block);
    return found;
}

rg_status
rg_terms_build (const rg_model_loss *loss, rg_graph **out, rg_message *message)
{
    const rg_hyper *hyper = loss->hyper;
    rg_tensor total = RG_NO_TENSOR;
    rg_block block;
    *out = NULL;
    if (!has_terms (loss))
        return RG_OK;
    rg_status status = rg_graph_new (out, loss->precision, 1, rg_layout_weights (rg_hyper_layout (hyper)), rg_lambda_size (hyper));
    for (int i = 0; status == RG_OK && i < ROWS; i++)
        if (rg_hyper_find (hyper, rows[i]->role, &block))
            status = rows[i]->add (loss, &block, rg_lambda_offset (hyper, rows[i]->role), *out, &total);
    return status == RG_OK ? rg_graph_finish (*out, total, message) : status;
}
