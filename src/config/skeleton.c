/* skeleton.c -- the fixed part of the schema: every key that does not belong to a kind; see values.h. */
#include "config/values.h"

#include "hyper/schedule/schedule.h"
#include "model/model_kind.h"
#include "registry/kinds.h"

#define ACTIVATIONS "tanh|relu|sigmoid|softplus|linear"

static const rg_option part[] = {
    { "kind", RG_OPTION_KIND, RG_FIELD (rg_part_values, kind), NULL, NULL,
      "format of these files, where it is another than data.kind", .kinds = &rg_kinds_format },
    { "inputs", RG_OPTION_FILE, RG_FIELD (rg_part_values, inputs), NULL, NULL,
      "array [examples x inputs], or a table; FILE.npz:MEMBER" },
    { "labels", RG_OPTION_FILE, RG_FIELD (rg_part_values, labels), NULL, NULL,
      "class or real targets of each example; default: a column of inputs, or what the file says itself" },
    { "tasks", RG_OPTION_FILE, RG_FIELD (rg_part_values, tasks), NULL, NULL,
      "multitask: task of each example, from 0" },
    { "header", RG_OPTION_FLAG, RG_FIELD (rg_part_values, header), NULL, NULL,
      "whether the first line of inputs, a text, holds the names of the columns; default: found",
      RG_GIVEN (rg_part_values, header_given) },
    { "columns", RG_OPTION_TEXTS, RG_FIELD (rg_part_values, columns), NULL, NULL,
      "columns that are inputs, by name or by number from 1; default: those of data.train, or all but the target" },
    { "target", RG_OPTION_TEXT, RG_FIELD (rg_part_values, target), NULL, NULL,
      "column of the target, by name or by number from 1; default: that of data.train, or the last" },
    { "first", RG_OPTION_WHOLE, RG_FIELD (rg_part_values, first), RG_NOT_NEGATIVE, NULL, "first example used, from 0" },
    { "count", RG_OPTION_WHOLE, RG_FIELD (rg_part_values, count), RG_POSITIVE, NULL, "examples used" },
    { 0 }
};

static const rg_option split[] = {
    { "valid", RG_OPTION_REAL, RG_FIELD (rg_split_values, valid), RG_BELOW_ONE, NULL,
      "fraction of the examples that is for validation" },
    { "test", RG_OPTION_REAL, RG_FIELD (rg_split_values, test), RG_BELOW_ONE, NULL, "fraction that is for the test" },
    { 0 }
};

static const rg_option data[] = {
    { "kind", RG_OPTION_KIND, RG_FIELD (rg_data_values, kind), NULL, NULL,
      "format of the files; default: found by their content", .kinds = &rg_kinds_format },
    { "directory", RG_OPTION_FILE, RG_FIELD (rg_data_values, directory), NULL, NULL,
      "of the four files of an MNIST-like set" },
    { "train", RG_OPTION_MAP, RG_FIELD (rg_data_values, train), NULL, NULL,
      "training examples", .options = part, RG_GIVEN (rg_data_values, train.given) },
    { "valid", RG_OPTION_MAP, RG_FIELD (rg_data_values, valid), NULL, NULL,
      "validation examples", .options = part, RG_GIVEN (rg_data_values, valid.given) },
    { "test", RG_OPTION_MAP, RG_FIELD (rg_data_values, test), NULL, NULL,
      "test examples, of which tune reports the error at its end",
      .options = part, RG_GIVEN (rg_data_values, test.given) },
    { "split", RG_OPTION_MAP, RG_FIELD (rg_data_values, split), NULL, NULL,
      "parts that are drawn from data.train by the seed, of each class its share",
      .options = split, RG_GIVEN (rg_data_values, split.given) },
    { "task", RG_OPTION_WORD, RG_FIELD (rg_data_values, task), NULL, "classes",
      "what the targets are: classes, or real numbers (regression)", .words = "classes|real" },
    { "missing", RG_OPTION_WORD, RG_FIELD (rg_data_values, missing), NULL, "refuse",
      "what stands for a missing number of the inputs: the mean or median of its column in the training part",
      .words = "refuse|mean|median" },
    { "standardize", RG_OPTION_FLAG, RG_FIELD (rg_data_values, standardize), NULL, "false",
      "subtract the training part's mean and divide by its deviation: each input, and real targets" },
    { "scale", RG_OPTION_REAL, RG_FIELD (rg_data_values, scale), RG_POSITIVE, NULL,
      "what 1 is worth in the inputs; default: 1/255 where they are bytes (uint8), else 1",
      RG_GIVEN (rg_data_values, scale_given) },
    { "batch", RG_OPTION_WHOLE, RG_FIELD (rg_data_values, batch), RG_POSITIVE, NULL,
      "examples a step (multitask: of each task); default: all" },
    { "order", RG_OPTION_KIND, RG_FIELD (rg_data_values, order), NULL, "cyclic",
      "which examples a step takes", .kinds = &rg_kinds_sampler },
    { "center", RG_OPTION_FLAG, RG_FIELD (rg_data_values, center), NULL, "false",
      "subtract the mean of the training inputs" },
    { "center_by", RG_OPTION_WORD, RG_FIELD (rg_data_values, center_by), NULL, "train",
      "whose mean that is; valid: synthetic training inputs, of which it is not subtracted", .words = "train|valid" },
    { "pool", RG_OPTION_WHOLE, RG_FIELD (rg_data_values, pool), RG_COUNT, "1",
      "side of the blocks of pixels that are averaged" },
    { "crop", RG_OPTION_WHOLE, RG_FIELD (rg_data_values, crop), RG_FROM_TO (0, 1000), "0",
      "training images get so many pixels of 0 around them, and a part of their old size is cut out at random, at each step anew" },
    { "shift", RG_OPTION_WHOLE, RG_FIELD (rg_data_values, shift), RG_FROM_TO (0, 1000), "0",
      "training images move at random by up to so many pixels each way; their edges are repeated" },
    { "flip", RG_OPTION_FLAG, RG_FIELD (rg_data_values, flip), NULL, "false",
      "training images are mirrored left to right at random" },
    { "classes", RG_OPTION_WHOLE, RG_FIELD (rg_data_values, classes), RG_COUNT, NULL,
      "default: the largest label plus 1" },
    { 0 }
};

#define SECOND_KIND                                                                                       \
    { "kind", RG_OPTION_KIND, RG_FIELD (rg_second_values, kind), NULL, "mlp",                             \
      "how layers are described; default: by what is in the list", .kinds = &rg_kinds_second }

static const rg_option representation[] = {
    SECOND_KIND,
    { "output", RG_OPTION_WORD, RG_FIELD (rg_second_values, output), NULL, NULL,
      "mlp: after the last layer; default: its activation",
      .words = ACTIVATIONS, RG_GIVEN (rg_second_values, output_given) },
    { "weights", RG_OPTION_FILE, RG_FIELD (rg_second_values, weights), NULL, NULL,
      "initial weights, an .npy file: of mlp W1 [inputs x outputs], b1, W2, b2 ..." },
    { "scale", RG_OPTION_REAL, RG_FIELD (rg_second_values, scale), RG_NOT_NEGATIVE, NULL,
      "standard deviation of random initial weights", RG_GIVEN (rg_second_values, scale_given) },
    { 0 }
};

static const rg_option augmentation[] = {
    SECOND_KIND,
    { "output", RG_OPTION_WORD, RG_FIELD (rg_second_values, output), NULL, NULL,
      "mlp: after the last layer; default: tanh", .words = ACTIVATIONS, RG_GIVEN (rg_second_values, output_given) },
    { "noise", RG_OPTION_WHOLE, RG_FIELD (rg_second_values, noise), RG_NOT_NEGATIVE, NULL,
      "channels of standard normal numbers, others each step and row, that the first layer takes beside the inputs; default: 0" },
    { "weights", RG_OPTION_FILE, RG_FIELD (rg_second_values, weights), NULL, NULL,
      "initial weights, an .npy file: of mlp W1 [(inputs + noise) x outputs], b1, W2, b2 ..." },
    { "scale", RG_OPTION_REAL, RG_FIELD (rg_second_values, scale), RG_NOT_NEGATIVE, NULL,
      "standard deviation of random initial weights", RG_GIVEN (rg_second_values, scale_given) },
    { 0 }
};

static const rg_option weighting[] = {
    SECOND_KIND,
    { "output", RG_OPTION_WORD, RG_FIELD (rg_second_values, output), NULL, NULL,
      "mlp: after the last layer; default: sigmoid",
      .words = "sigmoid|softplus|relu", RG_GIVEN (rg_second_values, output_given) },
    { "weights", RG_OPTION_FILE, RG_FIELD (rg_second_values, weights), NULL, NULL,
      "initial weights, an .npy file: of mlp W1 [inputs x outputs], b1, W2, b2 ..." },
    { "scale", RG_OPTION_REAL, RG_FIELD (rg_second_values, scale), RG_NOT_NEGATIVE, NULL,
      "standard deviation of random initial weights", RG_GIVEN (rg_second_values, scale_given) },
    { 0 }
};

static const rg_option model[] = {
    { "kind", RG_OPTION_KIND, RG_FIELD (rg_model_values, kind), NULL, "mlp",
      "how layers are described; default: by what is in the list", .kinds = &rg_kinds_model },
    { "tasks", RG_OPTION_WORD, RG_FIELD (rg_model_values, tasks), NULL, NULL,
      "multitask: the tasks are those of data.*.tasks (default), or each class against all the others",
      .words = "given|one-vs-all", RG_GIVEN (rg_model_values, tasks_given) },
    { "sharing", RG_OPTION_WORDS, RG_FIELD (rg_model_values, sharing), NULL, NULL,
      "multitask: each layer's weights: of each task, one for all, or mixed by the matrices `sharing`; default: separate",
      .words = "separate|tied|shared" },
    { "weights", RG_OPTION_FILE, RG_FIELD (rg_model_values, weights), NULL, NULL, "initial weights, an .npy file" },
    { "scale", RG_OPTION_REAL, RG_FIELD (rg_model_values, scale), RG_NOT_NEGATIVE, NULL,
      "standard deviation of random initial weights", RG_GIVEN (rg_model_values, scale_given) },
    { "representation", RG_OPTION_MAP, RG_FIELD (rg_model_values, representation), NULL, NULL,
      "a second network between inputs and model: its last width is the model's first; its weights are the hyperparameters `representation`, or constants",
      .options = representation, RG_GIVEN (rg_model_values, representation.given) },
    { "augmentation", RG_OPTION_MAP, RG_FIELD (rg_model_values, augmentation), NULL, NULL,
      "a second network that moves the training inputs: x + phi ([x, noise]); its weights are the hyperparameters `augmentation`, or constants",
      .options = augmentation, RG_GIVEN (rg_model_values, augmentation.given) },
    { "weighting", RG_OPTION_MAP, RG_FIELD (rg_model_values, weighting), NULL, NULL,
      "a second network whose one output, of the example's inputs before augmentation and representation, is its weight; the network's weights are the hyperparameters `weighting`, or constants",
      .options = weighting, RG_GIVEN (rg_model_values, weighting.given) },
    { 0 }
};

static const rg_option inner[] = {
    { "dynamics", RG_OPTION_KIND, RG_FIELD (rg_inner_values, dynamics), NULL, "momentum-damped",
      "update rule", .kinds = &rg_kinds_dynamics },
    { "arithmetic", RG_OPTION_WORD, RG_FIELD (rg_inner_values, floating), NULL, "exact",
      "fixed point or floating point", .words = "exact|floating" },
    { "steps", RG_OPTION_WHOLE, RG_FIELD (rg_inner_values, steps), RG_POSITIVE, RG_REQUIRED,
      "length of a training run" },
    { "fraction_bits", RG_OPTION_WHOLE, RG_FIELD (rg_inner_values, fraction_bits), RG_FROM_TO (8, 51), "40",
      "F: resolution 2^-F of the state" },
    { "ratio_bits", RG_OPTION_WHOLE, RG_FIELD (rg_inner_values, ratio_bits), RG_FROM_TO (1, 28), "14",
      "k: decays are multiples of 2^-k, in floating arithmetic too; the hypergradient is that at the multiple" },
    { "second_bits", RG_OPTION_WHOLE, RG_FIELD (rg_inner_values, second_bits), RG_FROM_TO (24, 61), "56",
      "resolution 2^-bits of second moments" },
    { "buffer", RG_OPTION_WORD, RG_FIELD (rg_inner_values, buffer), NULL, "stream",
      "form of the entropy buffer", .words = "stream|stream64|integer" },
    { "shard", RG_OPTION_WHOLE, RG_FIELD (rg_inner_values, shard), RG_COUNT, NULL,
      "examples whose gradient is computed together" },
    { "restart", RG_OPTION_WORD, RG_FIELD (rg_inner_values, restart), NULL, "same",
      "initial weights of each meta-iteration; warm: those that the one before ended with",
      .words = "fresh|same|warm" },
    { "adapt", RG_OPTION_TEXTS, RG_FIELD (rg_inner_values, adapt), NULL, NULL,
      "arrays that are trained, by name: [dense3.W, \"norm*\"]; the others are the hyperparameters `shared`, or constants; default: all" },
    { "rate", RG_OPTION_CONSTANT, RG_FIELD (rg_inner_values, rate), NULL, NULL,
      "learning rate, where it is a constant", .kinds = &rg_kinds_schedule },
    { "decay", RG_OPTION_CONSTANT, RG_FIELD (rg_inner_values, decay), RG_FRACTION, NULL,
      "momentum, where it is a constant", .kinds = &rg_kinds_schedule },
    { "beta1", RG_OPTION_CONSTANT, RG_FIELD (rg_inner_values, beta1), RG_BELOW_ONE, NULL,
      "decay of Adam's first moment, where it is a constant; default: 0.9", .kinds = &rg_kinds_schedule },
    { "beta2", RG_OPTION_CONSTANT, RG_FIELD (rg_inner_values, beta2), RG_BELOW_ONE, NULL,
      "decay of its second moment, where it is a constant; default: 0.999, of rmsprop 0.99", .kinds = &rg_kinds_schedule },
    { "epsilon", RG_OPTION_CONSTANT, RG_FIELD (rg_inner_values, epsilon), RG_POSITIVE, NULL,
      "added to the root of its second moment, where it is a constant; default: 1e-8", .kinds = &rg_kinds_schedule },
    { "epsilon_place", RG_OPTION_WORD, RG_FIELD (rg_inner_values, epsilon_inside), NULL, "outside",
      "whether epsilon is added outside of the root or inside", .words = "outside|inside" },
    { "clip", RG_OPTION_REAL, RG_FIELD (rg_inner_values, clip), RG_POSITIVE, NULL,
      "largest norm of the inner gradient, penalties included, over all weights: a longer one is shortened, and its derivative is that of the shortened one; "
      "default: none" },
    { "weight_decay", RG_OPTION_CONSTANT, RG_FIELD (rg_inner_values, weight_decay), RG_NOT_NEGATIVE, NULL,
      "of AdamW: weights lose rate times weight_decay of themselves a step, where it is a constant; default: 0.01", .kinds = &rg_kinds_schedule },
    { "l2", RG_OPTION_CONSTANT, RG_FIELD (rg_inner_values, l2), RG_NOT_NEGATIVE, NULL,
      "penalty, where it is a constant: each step's loss gains the sum of l2 w^2 over all weights, biases included", .kinds = &rg_kinds_schedule },
    { "proximal", RG_OPTION_CONSTANT, RG_FIELD (rg_inner_values, proximal), RG_NOT_NEGATIVE, NULL,
      "strength of the pull to the initial weights, 1/2 proximal |w - weights|^2, where it is a constant", .kinds = &rg_kinds_schedule },
    { "smoothing", RG_OPTION_REAL, RG_FIELD (rg_inner_values, smoothing), RG_BELOW_ONE, "0",
      "label smoothing in the inner loss: the share of each label that is spread over all classes" },
    { "sharing", RG_OPTION_REAL_OR_FILE, RG_FIELD (rg_inner_values, sharing), RG_FRACTION, NULL,
      "multitask: matrices of the shared layers, where they are constants; a number s: (1 - s) I + s / tasks" },
    { "interaction", RG_OPTION_REAL_OR_FILE, RG_FIELD (rg_inner_values, interaction), RG_NOT_NEGATIVE, NULL,
      "multitask: strength of the pull between two tasks, C_jk |w_j - w_k|^2 over the weights that are not shared, where it is a constant" },
    { 0 }
};

static const rg_option tie[] = {
    { "pieces", RG_OPTION_WHOLE, RG_FIELD (rg_tie_values, pieces), RG_COUNT, NULL,
      "per step: constant in so many pieces" },
    { "knots", RG_OPTION_WHOLE, RG_FIELD (rg_tie_values, knots), RG_COUNT, NULL,
      "per step: a B-spline of so many free numbers, clamped at both ends" },
    { "degree", RG_OPTION_WHOLE, RG_FIELD (rg_tie_values, degree), RG_NOT_NEGATIVE, NULL,
      "its degree, 0 to 3; default: 3; of degree 1 the free numbers are its values at the knots",
      RG_GIVEN (rg_tie_values, degree_given) },
    { "steps", RG_OPTION_FILE, RG_FIELD (rg_tie_values, steps), NULL, NULL,
      "per step: an .npy file [steps x free], a matrix over the steps" },
    { "groups", RG_OPTION_GROUPS, RG_FIELD (rg_tie_values, groups), NULL, NULL,
      "what shares a number: [[W1, b1], [W2, b2]] (arrays, or layers 1, 2 ...), or an .npy file of group numbers 0, 1 ..." },
    { "matrix", RG_OPTION_FILE, RG_FIELD (rg_tie_values, matrix), NULL, NULL,
      "an .npy file [used x free]; per: step alone: [steps x free]; a constraint needs it convex" },
    { "entries", RG_OPTION_FILE, RG_FIELD (rg_tie_values, entries), NULL, NULL,
      "the same, sparse: an .npy file, each row the used number, the free number, the coefficient" },
    { "sharing", RG_OPTION_FILE, RG_FIELD (rg_tie_values, sharing), NULL, NULL,
      "an .npy file: a convex matrix between equal parts (rows) of what a step uses" },
    { 0 }
};

static const rg_option constraint[] = {
    { "min", RG_OPTION_REAL, RG_FIELD (rg_constraint_values, min), NULL, NULL,
      "least natural value", RG_GIVEN (rg_constraint_values, min_given) },
    { "max", RG_OPTION_REAL, RG_FIELD (rg_constraint_values, max), NULL, NULL,
      "largest natural value", RG_GIVEN (rg_constraint_values, max_given) },
    { "simplex", RG_OPTION_FLAG, RG_FIELD (rg_constraint_values, simplex), NULL, NULL,
      "sharing: each row of the matrices stays non-negative with sum 1" },
    { "budget", RG_OPTION_REAL, RG_FIELD (rg_constraint_values, budget), NULL, NULL,
      "most that the natural values may sum to; needs transform identity",
      RG_GIVEN (rg_constraint_values, budget_given) },
    { 0 }
};

static const rg_option block[] = {
    { "name", RG_OPTION_KIND, RG_FIELD (rg_entry_values, name), NULL, RG_REQUIRED,
      "which one", .kinds = &rg_kinds_hyperparameter },
    { "per", RG_OPTION_PER, RG_FIELD (rg_entry_values, per), NULL, NULL,
      "what has its own number; a unit: the weights that go out of it, and each bias array",
      .words = "all|step|layer|array|unit|weight|example" },
    { "init", RG_OPTION_FRACTION_OR_FILE, RG_FIELD (rg_entry_values, init), NULL, NULL, "natural value at the start; {study: DIR, block: NAME, from: best or last}: where that study's ended" },
    { "transform", RG_OPTION_KIND, RG_FIELD (rg_entry_values, transform), NULL, NULL,
      "from natural to free", .kinds = &rg_kinds_transform },
    { "schedule", RG_OPTION_CHAIN, RG_FIELD (rg_entry_values, schedule), NULL, NULL,
      "the numbers of the steps are a family's, such as {cosine: {peak: 0.1, warmup: 10}}, and its own numbers are tuned (retrograde list schedule)",
      .most = 1, .kinds = &rg_kinds_schedule },
    { "tune", RG_OPTION_TEXTS, RG_FIELD (rg_entry_values, tune), NULL, NULL,
      "which numbers of the schedule; the others are constants; default: all", .least = 1 },
    { "tie", RG_OPTION_MAP, RG_FIELD (rg_entry_values, tie), NULL, NULL,
      "fewer free numbers than are used, before the transform; init is then theirs",
      .options = tie, RG_GIVEN (rg_entry_values, tie.given) },
    { "constraint", RG_OPTION_MAP, RG_FIELD (rg_entry_values, constraint), NULL, NULL,
      "a box of natural values, and a budget for their sum",
      .options = constraint, RG_GIVEN (rg_entry_values, constraint.given) },
    { 0 }
};

static const rg_option average[] = {
    { "initialisations", RG_OPTION_WHOLE, RG_FIELD (rg_average_values, initialisations), RG_COUNT, RG_REQUIRED,
      "training runs of a mean, each with its own initial weights and batches, or few-shot tasks; needs inner.restart fresh or data.order episodes" },
    { 0 }
};

static const rg_option outer[] = {
    { "loss", RG_OPTION_WORD, RG_FIELD (rg_outer_values, on_validation), NULL, "validation",
      "what is minimised", .words = "training|validation" },
    { "optimizer", RG_OPTION_KIND, RG_FIELD (rg_outer_values, optimizer), NULL, "adam",
      "of the free numbers", .kinds = &rg_kinds_optimizer },
    { "rate", RG_OPTION_REAL, RG_FIELD (rg_outer_values, rate), RG_POSITIVE, "0.04", "its learning rate" },
    { "decay", RG_OPTION_REAL, RG_FIELD (rg_outer_values, decay), RG_NOT_NEGATIVE, "0",
      "c: the k-th step, from 0, has the rate rate / (1 + c k)^decay_power" },
    { "decay_power", RG_OPTION_REAL, RG_FIELD (rg_outer_values, decay_power), RG_UP_TO_ONE, "1",
      "of that: at most 1; 0.5 for the inverse root" },
    { "iterations", RG_OPTION_WHOLE, RG_FIELD (rg_outer_values, iterations), RG_NOT_NEGATIVE, "50",
      "meta-iterations; 0: the start is evaluated; a study that goes on may have more", .neutral = 1 },
    { "penalty", RG_OPTION_REAL, RG_FIELD (rg_outer_values, penalty), RG_NOT_NEGATIVE, "0",
      "c: the outer loss gains c times the sum of squares of all hyperparameters" },
    { "penalty_of", RG_OPTION_WORD, RG_FIELD (rg_outer_values, penalty_natural), NULL, "free",
      "which squares: of the free numbers or of the natural values", .words = "free|natural" },
    { "average", RG_OPTION_MAP, RG_FIELD (rg_outer_values, average), NULL, NULL,
      "the mean of several hypergradients instead of one",
      .options = average, RG_GIVEN (rg_outer_values, average.given) },
    { "clip", RG_OPTION_REAL, RG_FIELD (rg_outer_values, clip), RG_POSITIVE, NULL,
      "largest norm of the hypergradient: a longer one is shortened; default: none" },
    { "monitor", RG_OPTION_WORD, RG_FIELD (rg_outer_values, monitor), NULL, "outer_loss",
      "what the best meta-iteration has the least of", .words = "outer_loss|validation_loss|validation_error" },
    { "patience", RG_OPTION_WHOLE, RG_FIELD (rg_outer_values, patience), RG_POSITIVE, NULL,
      "meta-iterations without a new best after which tune stops; default: never", .neutral = 1 },
    { "memory", RG_OPTION_FILE, RG_FIELD (rg_outer_values, memory), NULL, NULL,
      "a study of the same hyperparameters and optimizer: a new study's optimizer begins with its memory and steps", .neutral = 1 },
    { "keep_going", RG_OPTION_WHOLE, RG_FIELD (rg_outer_values, keep_going), RG_NOT_NEGATIVE, "0",
      "how often an outer step is halved whose training run diverges, before that ends tune" },
    { "result", RG_OPTION_WORD, RG_FIELD (rg_outer_values, result), NULL, "best",
      "which run is the result of tune; where each run goes on from the one before (warm, real-time) it is the last",
      .words = "best|last", .neutral = 1 },
    { 0 }
};

static const rg_option estimator[] = {
    { "kind", RG_OPTION_KIND, RG_FIELD (rg_estimator_values, kind), NULL, "reverse",
      "method", .kinds = &rg_kinds_estimator },
    { "trajectory", RG_OPTION_KIND, RG_FIELD (rg_estimator_values, trajectory), NULL, "reversible",
      "how past states come back", .kinds = &rg_kinds_trajectory },
    { "batch", RG_OPTION_WHOLES, RG_FIELD (rg_estimator_values, batch), RG_COUNT, NULL,
      "implicit estimators: how many examples the Hessian and mixed derivatives are taken over; default: all", .words = "all",
      .least = 1, .most = 1 },
    { "window", RG_OPTION_WHOLES, RG_FIELD (rg_estimator_values, window), RG_FROM_TO (0, 2147483647), NULL,
      "of how many of the last steps gradient and linearisation are kept from the way out, at most: the way back evaluates the others again; "
      "default: auto, what `memory` leaves, or 256 MiB; 0: every step is evaluated again, as a certificate needs",
      .words = "auto", .least = 1, .most = 1, .neutral = 1 },
    { 0 }
};

static const rg_option snapshots[] = {
    { "steps", RG_OPTION_WHOLE, RG_FIELD (rg_snapshots_values, steps), RG_COUNT, NULL,
      "every so many steps, out (of a reversible trajectory with a stream buffer) and back; default: by the clock alone" },
    { "minutes", RG_OPTION_REAL, RG_FIELD (rg_snapshots_values, minutes), RG_NOT_NEGATIVE, "10",
      "every so many minutes; 0: not by the clock" },
    { 0 }
};

const rg_option rg_skeleton[] = {
    { "seed", RG_OPTION_WHOLE, RG_FIELD (rg_values, seed), RG_NOT_NEGATIVE, "1",
      "what all random numbers are a function of" },
    { "precision", RG_OPTION_WORD, RG_FIELD (rg_values, precision), NULL, "double",
      "of losses and gradients", .words = "single|double" },
    { "data", RG_OPTION_MAP, RG_FIELD (rg_values, data), NULL, RG_REQUIRED, "the examples", .options = data },
    { "model", RG_OPTION_MAP, RG_FIELD (rg_values, model), NULL, RG_REQUIRED, "what is trained", .options = model },
    { "inner", RG_OPTION_MAP, RG_FIELD (rg_values, inner), NULL, RG_REQUIRED, "the training run", .options = inner },
    { "hyper", RG_OPTION_MAPS, RG_FIELD (rg_values, hyper), NULL, NULL,
      "the hyperparameters", .options = block, .entry_bytes = sizeof (rg_entry_values) },
    { "outer", RG_OPTION_MAP, RG_FIELD (rg_values, outer), NULL, "{}",
      "the search over hyperparameters", .options = outer },
    { "estimator", RG_OPTION_MAP, RG_FIELD (rg_values, estimator), NULL, "{}",
      "how the hypergradient is computed", .options = estimator },
    { "threads", RG_OPTION_WHOLE, RG_FIELD (rg_values, threads), RG_POSITIVE, "1",
      "threads that share the work; results do not depend on it", .neutral = 1 },
    { "memory", RG_OPTION_BYTES, RG_FIELD (rg_values, memory), NULL, NULL,
      "most bytes of a trajectory: a reversible one moves the rest to a file, others are refused; auto picks one that fits",
      .neutral = 1 },
    { "snapshots", RG_OPTION_MAP, RG_FIELD (rg_values, snapshots), NULL, "{}",
      "when tune saves a training run that is gone back over (reverse, truncated) on its way; others begin again. Of a mean the members that are done are saved: each with `steps`, else once a second at most",
      .options = snapshots, .neutral = 1 },
    { "study", RG_OPTION_FILE, RG_FIELD (rg_values, study), NULL, NULL,
      "directory of the study; default: the config's name", .neutral = 1 },
    { 0 }
};
