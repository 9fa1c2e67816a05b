/* initialiser.c -- the kinds of random initial weights; see initialiser.h. */
#include "model/initialiser.h"

#include <math.h>

static void
draw_normal (double scale, const rg_model_array *array, const rg_random *random, size_t first, double *out)
{
    for (size_t i = 0; i < array->rows * array->cols; i++)
        out[i] = scale * rg_random_normal (random, first + i);
}

/* Normal numbers further than 2 from 0 are drawn again: as the next step of the stream. */
static void
draw_truncated (double scale, const rg_model_array *array, const rg_random *random, size_t first, double *out)
{
    for (size_t i = 0; i < array->rows * array->cols; i++) {
        rg_random again = *random;
        double number = rg_random_normal (&again, first + i);
        for (; fabs (number) > 2; number = rg_random_normal (&again, first + i))
            again.step += 16;
        out[i] = scale * number;
    }
}

static void
draw_he (double scale, const rg_model_array *array, const rg_random *random, size_t first, double *out)
{
    draw_normal (scale * sqrt (2 / (double) array->rows), array, random, first, out);
}

static void
draw_lecun (double scale, const rg_model_array *array, const rg_random *random, size_t first, double *out)
{
    draw_normal (scale * sqrt (1 / (double) array->rows), array, random, first, out);
}

static void
draw_glorot (double scale, const rg_model_array *array, const rg_random *random, size_t first, double *out)
{
    const double limit = scale * sqrt (6 / (double) (array->rows + array->fan_out));
    for (size_t i = 0; i < array->rows * array->cols; i++)
        out[i] = limit * (2 * rg_random_uniform (random, first + i) - 1);
}

static void
draw_orthogonal (double scale, const rg_model_array *array, const rg_random *random, size_t first, double *out)
{
    draw_normal (1, array, random, first, out);
    rg_orthonormalise (array->rows, array->cols, out);
    for (size_t i = 0; i < array->rows * array->cols; i++)
        out[i] *= scale;
}

#define SCALE(preset, sentence)                                                                                               \
    { { "scale", RG_OPTION_REAL, RG_FIELD (rg_initialiser_settings, scale), RG_NOT_NEGATIVE, preset, sentence }, { 0 } }
static const rg_option required[] = SCALE (RG_REQUIRED, "standard deviation");
static const rg_option factor[] = SCALE ("1", "a factor of all numbers");

static const rg_initialiser_kind rows[] = {
    { "he", "normal, variance 2 / inputs (He, Zhang, Ren, Sun 2015)", factor, draw_he },
    { "glorot", "uniform, variance 2 / (inputs + outputs) (Glorot, Bengio 2010)", factor, draw_glorot },
    { "lecun", "normal, variance 1 / inputs (LeCun, Bottou, Orr, Mueller 1998)", factor, draw_lecun },
    { "orthogonal", "orthonormal rows or columns (Saxe, McClelland, Ganguli 2014)", factor, draw_orthogonal },
    { "normal", "normal, of one standard deviation", required, draw_normal },
    { "truncated", "normal, those beyond two standard deviations drawn again", required, draw_truncated },
};

static rg_kind
at (size_t i)
{
    if (i >= sizeof rows / sizeof *rows)
        return (rg_kind) { 0 };
    return (rg_kind) { rows[i].name, rows[i].sentence, rows[i].options, sizeof (rg_initialiser_settings), &rows[i] };
}

const rg_kinds rg_initialiser_kinds = { "initialiser", at };

const char *
rg_initialiser_name (size_t index)
{
    return at (index).name;
}

const char *
rg_initialiser_sentence (size_t index)
{
    return at (index).summary;
}
