/* model_kind.h -- the kinds of models that a configuration names, and their options. */
#ifndef RG_MODEL_MODEL_KIND_H
#define RG_MODEL_MODEL_KIND_H

#include "base/option.h"
#include "model/model.h"

/* What each kind is given; a kind writes some of it. */
typedef struct {
    rg_wholes widths;         /* of mlp and multitask */
    rg_activation activation; /* theirs */
    rg_wholes input;          /* of layers: shape of an example; count 0: that of the data */
    rg_chain layers;          /* of layers */
    rg_chain init;            /* one, or none */
} rg_model_settings;

/* How many tasks a kind's models have. */
typedef enum { RG_ONE_TASK, RG_TASKS_IF_ASKED, RG_SEVERAL_TASKS } rg_task_count;

typedef struct {
    rg_task_count tasks;
    int listed; /* whether it is a list of layers of any kinds */
} rg_model_kind;

/* The tables, of the model that is trained and of those beside it; rows are rg_model_kind. */
extern const rg_kinds rg_kinds_model, rg_kinds_second;

/* What a model is between. */
typedef struct {
    int dimensions;       /* of an example of the data */
    const size_t *shape;  /* [dimensions] used where settings say none */
    size_t noise;         /* beside it */
    rg_activation output; /* after the last layer of a model of widths */
} rg_model_ends;

/*
 * Make the model of a kind.
 *   settings  layers and init are taken out of it
 * Returns as rg_model_new, the sentence's subject a key beside the kind's; or RG_ESHAPE where data of more dimensions
 * than there can be need an input.
 */
rg_status rg_model_of_kind (rg_model **out, const rg_kind *kind, rg_model_settings *settings, const rg_model_ends *ends,
                            rg_message *message);

#endif /* RG_MODEL_MODEL_KIND_H */
