/* data_loss.c -- the table of losses of the examples; see data_loss.h. The first that is for them is taken. */
#include "objective/data_loss.h"

static const rg_data_loss *const rows[] = { &rg_loss_of_sign, &rg_loss_of_classes, &rg_loss_of_reals };

const rg_data_loss *
rg_data_loss_find (const rg_dataset *data, size_t outputs)
{
    size_t i = 0;
    while (!rows[i]->is_for (data, outputs)) /* the last is for all */
        i++;
    return rows[i];
}
