/* dataset_fit.c -- what a mean squared error says of the fit to real targets; see data.h. */
#include <math.h>

#include "data/dataset.h"

/* The mean over the targets of their variance in the set. */
static double
variance (const rg_dataset *dataset)
{
    double sum = 0;
    for (size_t j = 0; j < dataset->targets; j++) {
        double mean = 0, squares = 0;
        for (uint32_t i = 0; i < dataset->count; i++)
            mean += dataset->reals[i * dataset->targets + j] / dataset->count;
        for (uint32_t i = 0; i < dataset->count; i++) {
            const double difference = dataset->reals[i * dataset->targets + j] - mean;
            squares += difference * difference;
        }
        sum += squares / dataset->count;
    }
    return sum / (double) dataset->targets;
}

rg_fit
rg_dataset_fit (const rg_dataset *dataset, double mean_squared_error)
{
    if (dataset->targets == 0)
        return (rg_fit) { NAN, NAN };
    const double unit = dataset->target_divisor == NULL || dataset->targets > 1 ? 1 : dataset->target_divisor[0];
    const double spread = variance (dataset);
    return (rg_fit) { unit * sqrt (mean_squared_error), spread > 0 ? 1 - mean_squared_error / spread : NAN };
}
