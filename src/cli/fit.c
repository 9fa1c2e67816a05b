/* fit.c -- the fit to real targets, in the summary; see cli.h. */
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"

static int
has_reals (const rg_dataset *set)
{
    return set != NULL && rg_dataset_targets (set) > 0;
}

static void
print_part (const char *name, const rg_dataset *set, double loss)
{
    if (!has_reals (set) || !isfinite (loss))
        return;
    const rg_fit fit = rg_dataset_fit (set, loss);
    printf ("%-17s RMSE %.6g, R2 %.4f\n", name, fit.rmse, fit.r2);
}

void
fit_text (const rg_setup *setup, double validation_loss, double test_loss)
{
    print_part ("validation fit", setup->data[RG_VALIDATION], validation_loss);
    print_part ("test fit", setup->data[RG_TESTING], test_loss);
}

static void
add_part (json_t *object, const char *name, const rg_dataset *set, double loss)
{
    if (!has_reals (set))
        return;
    const rg_fit fit = rg_dataset_fit (set, loss);
    json_object_set_new (object, name, json_pack ("{s:o, s:o}", "rmse", json_number (fit.rmse), "r2", json_number (fit.r2)));
}

void
fit_json (json_t *object, const rg_setup *setup, double validation_loss, double test_loss)
{
    add_part (object, "validation_fit", setup->data[RG_VALIDATION], validation_loss);
    add_part (object, "test_fit", setup->data[RG_TESTING], test_loss);
}
