/* initialiser.h -- how the arrays of a model are drawn: one row a kind. */
#ifndef RG_MODEL_INITIALISER_H
#define RG_MODEL_INITIALISER_H

#include "base/option.h"
#include "base/random.h"
#include "model/model.h"

typedef struct {
    const char *name, *sentence;
    const rg_option *options; /* of rg_initialiser_settings */
    /*
     * Draw an array. A number is a function of (random, its place), so that a model's arrays may be drawn in any order.
     *   first   place of its first number in the flat weights
     *   out     [rows x cols] [out]
     */
    void (*draw) (double scale, const rg_model_array *array, const rg_random *random, size_t first, double *out);
} rg_initialiser_kind;

typedef struct {
    double scale;
} rg_initialiser_settings;

/* The table of kinds, for options that name one. */
extern const rg_kinds rg_initialiser_kinds;

/* Orthonormal columns, or rows where there are fewer of them, of a matrix [rows x cols] of independent normal numbers; in place. */
void rg_orthonormalise (size_t rows, size_t cols, double *matrix);

/* As rg_model_draw, from a stream. */
void rg_model_draw_from (const rg_model *model, const rg_tasks *tasks, const rg_random *random, double *out);

#endif /* RG_MODEL_INITIALISER_H */
