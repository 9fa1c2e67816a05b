/* hyper.h -- hyperparameters as named blocks: scope, tie, transform, constraint. */
#ifndef RETROGRADE_HYPER_H
#define RETROGRADE_HYPER_H

#include <stddef.h>

#include <retrograde/schedule.h>
#include <retrograde/status.h>
#include <retrograde/tie.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How the flat weight vector divides into arrays (a matrix or a bias each) and
 * layers (a matrix with its bias). Arrays follow each other without gaps, and
 * the layers of successive arrays never decrease.
 */
typedef struct rg_layout rg_layout;

/* One array of weights, as the caller describes it. */
typedef struct {
    const char *name; /* "W1", "b1" ...; could name a file; at most 23 characters are kept */
    size_t count;     /* weights in it, >= 1 */
    size_t layer;     /* 0, 1, ...: equal to the previous array's or one more */
    size_t units;     /* equal parts that follow each other, for RG_PER_UNIT: the rows of a matrix [inputs x outputs] are
                         what goes out of a unit; 0: the array is one part */
} rg_array_spec;

/*
 * Describe a weight vector.
 *   out     [out] the layout; ended with rg_layout_free
 *   arrays  how many arrays, >= 1
 *   specs   [arrays]
 * Returns RG_OK, RG_ERANGE (a name that cannot be a file's, an empty array, a layer out of order, units that do not divide it, more weights than a size_t
 * holds) or RG_ENOMEM.
 */
RG_API rg_status rg_layout_new (rg_layout **out, size_t arrays, const rg_array_spec *specs);

/* Free a layout; NULL is allowed. */
RG_API void rg_layout_free (rg_layout *layout);

/* Numbers of weights, arrays and layers, and of units; name and first weight of one array. */
RG_API size_t rg_layout_weights (const rg_layout *layout);
RG_API size_t rg_layout_arrays (const rg_layout *layout);
RG_API size_t rg_layout_layers (const rg_layout *layout);
RG_API size_t rg_layout_units (const rg_layout *layout);
RG_API const char *rg_layout_name (const rg_layout *layout, size_t array);
RG_API size_t rg_layout_offset (const rg_layout *layout, size_t array);

/* What a block of hyperparameters acts on. */
typedef enum {
    RG_RATE,           /* learning rate alpha of the dynamics */
    RG_DECAY,          /* momentum decay gamma of the dynamics */
    RG_BETA1,          /* decay of the first moment */
    RG_BETA2,          /* decay of the second moment */
    RG_EPSILON,        /* added to the root of the second moment */
    RG_WEIGHT_DECAY,   /* omega: weights are multiplied by 1 - alpha omega */
    RG_L2,             /* coefficient of the penalty sum lambda_i w_i^2 */
    RG_EXAMPLE_WEIGHT, /* weight of a training example's loss */
    RG_WEIGHTS,        /* the initial weights, and the centre of the proximal term where there is one */
    RG_WEIGHT_SCALE,   /* standard deviation of the initial weights */
    RG_INPUTS,         /* the training inputs */
    RG_SHARING,        /* what share each task's layer takes of every task's weights */
    RG_INTERACTION,    /* how strongly the weights of two tasks pull at each other */
    RG_REPRESENTATION, /* weights of the network between the inputs and the trained one */
    RG_AUGMENTATION,   /* weights of the network that moves the training inputs */
    RG_WEIGHTING,      /* weights of the network that weighs the training examples */
    RG_PROXIMAL,       /* coefficient of the term 1/2 sum lambda_i (w_i - c_i)^2, c the block `weights` */
    RG_SHARED_ARRAYS,  /* arrays of the model that the inner problem leaves as they are: rg_model_adapt */
    RG_PARAMETER,      /* a user objective's own lambda */
    RG_RULE            /* own hyperparameters of a rule of one's own: rg_own_rule of retrograde/dynamics.h */
} rg_role;

/* What has its own number. RG_PER_UNIT: the parts of each array. RG_PER_OWN: as many as the role or the spec's `count` says. */
typedef enum { RG_PER_ALL, RG_PER_LAYER, RG_PER_ARRAY, RG_PER_UNIT, RG_PER_WEIGHT, RG_PER_EXAMPLE, RG_PER_OWN } rg_scope;

/* natural = transform (free): free; exp; 1/(1+exp(-.)); log(1+exp(.)). Named by the inverse, as users write them. */
typedef enum { RG_IDENTITY, RG_LOG, RG_LOGIT, RG_SOFTPLUS } rg_transform;

/* One block, as the caller describes it. Start from rg_block_defaults. */
typedef struct {
    size_t struct_size;  /* of the struct where the caller was compiled */
    rg_role role;
    const char *name;    /* NULL: the role's name */
    rg_scope scope;
    int per_step;        /* whether each step has its own slice; coefficients of the dynamics only */
    rg_transform transform;
    int fixed;           /* whether the block is a constant: no derivative, no outer update */
    double minimum, maximum; /* box of the natural values; infinite: none */
    double budget;           /* most that the natural values may sum to, with the identity transform; infinite: none */
    size_t simplex;          /* consecutive groups of so many natural values stay >= 0 with sum 1, with the identity transform; 0: none */
    double init;         /* natural value everywhere, unless values != NULL */
    const double *values;/* [size] natural values, [steps x slice] where per_step; of a tied block those of its free
                            numbers, [knots x free numbers]; copied */
    size_t count;        /* slice of RG_PER_OWN */
    const rg_tie *step_tie;  /* [steps x knots] or NULL; of a block per step only; copied */
    const rg_tie *slice_tie; /* [slice x free numbers] or NULL; copied */
    const rg_schedule *schedule; /* of a block per step: its numbers are those of a family; or NULL */
    const double *schedule_numbers; /* [rg_schedule_numbers] natural values of the family; copied */
    unsigned schedule_constants; /* bit k: its number k stays as it is; the others are free, for each number of the slice */
} rg_block_spec;

/* Write the defaults of a role's block, of `size` bytes at most, which is the struct's own size. */
RG_API void rg_block_spec_init (rg_block_spec *spec, size_t size, rg_role role);

static inline rg_block_spec
rg_block_defaults (rg_role role)
{
    rg_block_spec spec;
    rg_block_spec_init (&spec, sizeof spec, role);
    return spec;
}

/*
 * A tied block uses transform (step_tie x slice_tie x free numbers). Its box is that of its free numbers: where the ties
 * are convex, what is used is inside it too; where they are not, a box is refused. Its decays are rounded after that, and
 * derivatives are taken where they are applied. Of what it uses only one step's slice is ever kept.
 *
 * A block with a schedule has the family's numbers that are not constants as its free numbers, [numbers x slice]: values of the role by
 * the block's transform, lengths and factors by the logarithm. It has no box and no tie. rg_hyper_update returns RG_ERANGE where the
 * family leaves the role's range at a step.
 */

/* All blocks of a problem. The free numbers of the blocks that are not fixed are one flat vector. */
typedef struct rg_hyper rg_hyper;

/* What one block looks like now; pointers live as long as the set. */
typedef struct {
    const char *name;
    rg_role role;
    rg_scope scope;
    int per_step, fixed;
    rg_transform transform;
    size_t slice;           /* numbers a step uses */
    size_t size;            /* free numbers: slice, times steps where per_step; or as many as its ties have */
    size_t rows;            /* the free numbers are [rows x size / rows]: steps or knots, 1 where not per_step */
    size_t first;           /* index of its first free number; fixed blocks: undefined */
    const double *natural;  /* [size] values in force; of a tied block [slice], those of one step */
    struct rg_tied *tied;   /* NULL: not tied */
    const size_t *offsets;  /* [slice + 1] first weights of its segments; NULL where scope is not all, layer, array, unit */
} rg_block;

/*
 * Make an empty set.
 *   out       [out] the set; ended with rg_hyper_free
 *   layout    of the weights; kept by reference
 *   steps     inner steps T, >= 1
 *   examples  training examples, for RG_PER_EXAMPLE; 0 if there are none
 *   ratio_bits  decays are rounded to multiples of 2^-ratio_bits (1 .. 28), those below 1 to less than 1, or 0 to keep them as they are;
 *               beta2 always to multiples of 2^-28
 * Returns RG_OK, RG_ERANGE or RG_ENOMEM.
 */
RG_API rg_status rg_hyper_new (rg_hyper **out, const rg_layout *layout, size_t steps, size_t examples,
                               int ratio_bits);
RG_API void rg_hyper_free (rg_hyper *hyper);

/*
 * Add a block. At most one per role, RG_PARAMETER apart, whose names must differ.
 * Returns RG_OK; RG_EUNSUPPORTED for a scope or transform the role does not
 * take; RG_ERANGE for values outside the role's range, the box or the transform's, and for a name that cannot be a file's
 * (1 to 200 bytes, no '/' or control character, no '.' first); RG_ENOMEM. On failure the set is unchanged.
 */
RG_API rg_status rg_hyper_add (rg_hyper *hyper, const rg_block_spec *spec, rg_message *message);

/* Number of blocks; the i-th; the one of a role, or NULL. */
RG_API size_t rg_hyper_blocks (const rg_hyper *hyper);
RG_API rg_block rg_hyper_block (const rg_hyper *hyper, size_t i);
RG_API int rg_hyper_find (const rg_hyper *hyper, rg_role role, rg_block *block);

/* All free numbers: how many, and where they are. After a change call rg_hyper_update. */
RG_API size_t rg_hyper_size (const rg_hyper *hyper);
RG_API double *rg_hyper_values (const rg_hyper *hyper);
RG_API size_t rg_hyper_steps (const rg_hyper *hyper);
RG_API const rg_layout *rg_hyper_layout (const rg_hyper *hyper);

/*
 * The shape of a block's free numbers, in the order of `per`: steps or knots, then numbers of a step.
 *   shape  [out]
 * Returns the number of extents, 0 for one number.
 */
RG_API int rg_block_shape (const rg_block *block, size_t shape[2]);

/*
 * The natural values of a block's free numbers: what rg_block_spec.values takes.
 *   out  [size] [out]
 */
RG_API void rg_block_naturals (const rg_hyper *hyper, const rg_block *block, double *out);

/*
 * The values in force at a step.
 *   block  of rg_hyper_block or rg_hyper_find
 *   t      step; ignored where the block is not per step
 * Returns [slice] numbers that belong to the set; of a tied block they are there until another step is asked for.
 */
RG_API const double *rg_block_values (const rg_block *block, size_t t);

/*
 * Project the free numbers onto the boxes, the simplices, and onto the budgets those that exceed theirs (nearest point of box and budget
 * together), recompute the natural values, and
 * round the decays to the ratios that will be applied.
 * Returns RG_OK; RG_ENONFINITE naming block and index where a free number is not finite; of a schedule RG_ERANGE.
 */
RG_API rg_status rg_hyper_update (rg_hyper *hyper, rg_message *message);

/*
 * The same with another sense of near: budgets and simplices take the point that is nearest by sum h_i (y_i - x_i)^2. A
 * step of rate g_i / h_i, projected so, rests exactly where the constrained minimum is; projected by rg_hyper_update it may rest
 * elsewhere. rg_outer_descend does both.
 *   metric  [rg_hyper_size] h, numbers > 0; NULL: 1 each
 */
RG_API rg_status rg_hyper_project (rg_hyper *hyper, const double *metric, rg_message *message);

/*
 * Say what kept the last rg_outer_descend, or a projection, from taking all of its step: numbers that would have left their
 * role's range or what a run can use (rg_problem_narrow), where no box of the block's own ends before it; and tied blocks of which
 * less than the step was taken. One note a block, none where there is nothing to say.
 */
RG_API void rg_hyper_note_shortened (const rg_hyper *hyper, const rg_log *log);

/*
 * Chain rule from natural to free: gradient_i *= d natural_i / d free_i, at the
 * values in force (rounded decays included). Tied blocks are left alone: what is added to their part is in the free
 * numbers already.
 *   gradient  [rg_hyper_size] in and out
 */
RG_API void rg_hyper_chain (const rg_hyper *hyper, double *gradient);

/*
 * Stop (or resume) rounding the decays. When rounding stops, the free numbers
 * become those of the values in force, so that central differences start from
 * the applied point. A decay that is 1 has no finite free number by
 * logit: it keeps the one it had.
 */
RG_API void rg_hyper_set_rounding (rg_hyper *hyper, int on);

/*
 * Drop boxes, budgets and simplexes, for good; the roles' own ranges stay. What rg_hyper_update projects is then each number
 * by itself, so that a free number can be moved alone: what central differences need.
 */
RG_API void rg_hyper_unconstrain (rg_hyper *hyper);

/* Whether decays are rounded. */
RG_API int rg_hyper_rounds (const rg_hyper *hyper);

/* Copy a set, its values included. */
RG_API rg_status rg_hyper_copy (rg_hyper **out, const rg_hyper *hyper);

/* Names of roles, scopes and transforms as the config writes them; NULL past the last. */
RG_API const char *rg_role_name (rg_role role);
RG_API const char *rg_scope_name (rg_scope scope);
RG_API const char *rg_transform_name (rg_transform transform);
RG_API int rg_role_takes_scope (rg_role role, rg_scope scope);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_HYPER_H */
