/* clip.c -- a gradient no longer than a given norm (Pascanu, Mikolov, Bengio 2013, algorithm 1). */
#include <math.h>

#include <retrograde/outer.h>

double
rg_outer_clip (double *gradient, size_t size, double most)
{
    double largest = 0, sum = 0;
    for (size_t i = 0; i < size; i++)
        largest = fabs (gradient[i]) > largest ? fabs (gradient[i]) : largest;
    if (largest == 0 || !isfinite (largest))
        return 1;
    for (size_t i = 0; i < size; i++) {
        const double part = gradient[i] / largest; /* squares neither overflow nor vanish */
        sum += part * part;
    }
    const double factor = most / largest / sqrt (sum);
    if (!(factor < 1))
        return 1;
    for (size_t i = 0; i < size; i++)
        gradient[i] *= factor;
    return factor;
}
