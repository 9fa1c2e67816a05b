/* schema_table.c -- every key of a configuration; see schema.h. */
#include "config/schema.h"

static const char required[] = "!";

static const rg_key table[] = {
    { "seed", RG_KEY_WHOLE, RG_NOT_NEGATIVE, "1", NULL, "what all random numbers are a function of" },
    { "precision", RG_KEY_WORD, RG_ANY, "double", "single|double", "of losses and gradients" },

    { "data", RG_KEY_MAP, RG_ANY, required, NULL, "the examples" },
    { "data.kind", RG_KEY_WORD, RG_ANY, required, "fashion-mnist|idx|npy|csv", "format of the files" },
    { "data.directory", RG_KEY_FILE, RG_ANY, NULL, NULL, "of the four files of an MNIST-like set" },
    { "data.train", RG_KEY_MAP, RG_ANY, NULL, NULL, "training examples" },
    { "data.train.kind", RG_KEY_WORD, RG_ANY, NULL, "fashion-mnist|idx|npy|csv", "format of these files, where it is another than data.kind" },
    { "data.train.inputs", RG_KEY_FILE, RG_ANY, NULL, NULL, "array [examples x inputs]" },
    { "data.train.labels", RG_KEY_FILE, RG_ANY, NULL, NULL, "class of each example" },
    { "data.train.first", RG_KEY_WHOLE, RG_NOT_NEGATIVE, NULL, NULL, "first example used, from 0" },
    { "data.train.count", RG_KEY_WHOLE, RG_POSITIVE, NULL, NULL, "examples used" },
    { "data.valid", RG_KEY_MAP, RG_ANY, NULL, NULL, "validation examples" },
    { "data.valid.kind", RG_KEY_WORD, RG_ANY, NULL, "fashion-mnist|idx|npy|csv", "format of these files, where it is another than data.kind" },
    { "data.valid.inputs", RG_KEY_FILE, RG_ANY, NULL, NULL, "array [examples x inputs]" },
    { "data.valid.labels", RG_KEY_FILE, RG_ANY, NULL, NULL, "class of each example" },
    { "data.valid.first", RG_KEY_WHOLE, RG_NOT_NEGATIVE, NULL, NULL, "first example used, from 0" },
    { "data.valid.count", RG_KEY_WHOLE, RG_POSITIVE, NULL, NULL, "examples used" },
    { "data.test", RG_KEY_MAP, RG_ANY, NULL, NULL, "test examples, of which tune reports the error at its end" },
    { "data.test.kind", RG_KEY_WORD, RG_ANY, NULL, "fashion-mnist|idx|npy|csv", "format of these files, where it is another than data.kind" },
    { "data.test.inputs", RG_KEY_FILE, RG_ANY, NULL, NULL, "array [examples x inputs]" },
    { "data.test.labels", RG_KEY_FILE, RG_ANY, NULL, NULL, "class of each example" },
    { "data.test.first", RG_KEY_WHOLE, RG_NOT_NEGATIVE, NULL, NULL, "first example used, from 0" },
    { "data.test.count", RG_KEY_WHOLE, RG_POSITIVE, NULL, NULL, "examples used" },
    { "data.batch", RG_KEY_WHOLE, RG_POSITIVE, NULL, NULL, "examples a step; default: all" },
    { "data.order", RG_KEY_WORD, RG_ANY, "cyclic", "cyclic|shuffled|random", "which examples a step takes" },
    { "data.center", RG_KEY_FLAG, RG_ANY, "false", NULL, "subtract the mean of the training inputs" },
    { "data.center_by", RG_KEY_WORD, RG_ANY, "train", "train|valid", "whose mean that is; valid: synthetic training inputs, of which it is not subtracted" },
    { "data.pool", RG_KEY_WHOLE, RG_COUNT, "1", NULL, "side of the blocks of pixels that are averaged" },
    { "data.classes", RG_KEY_WHOLE, RG_COUNT, NULL, NULL, "default: the largest label plus 1" },

    { "model", RG_KEY_MAP, RG_ANY, required, NULL, "what is trained" },
    { "model.kind", RG_KEY_NAME, RG_ANY, "mlp", "model", "architecture" },
    { "model.layers", RG_KEY_WHOLES, RG_LAYERS, required, NULL, "width of each layer, inputs first" },
    { "model.activation", RG_KEY_WORD, RG_ANY, "tanh", "tanh|relu|sigmoid|softplus", "between layers" },
    { "model.weights", RG_KEY_FILE, RG_ANY, NULL, NULL, "initial weights, an .npy file" },
    { "model.scale", RG_KEY_REAL, RG_NOT_NEGATIVE, NULL, NULL, "standard deviation of random initial weights" },

    { "inner", RG_KEY_MAP, RG_ANY, required, NULL, "the training run" },
    { "inner.dynamics", RG_KEY_NAME, RG_ANY, "momentum-damped", "dynamics", "update rule" },
    { "inner.arithmetic", RG_KEY_WORD, RG_ANY, "exact", "exact|floating", "fixed point or floating point" },
    { "inner.steps", RG_KEY_WHOLE, RG_POSITIVE, required, NULL, "length of a training run" },
    { "inner.fraction_bits", RG_KEY_WHOLE, RG_FRACTION_BITS, "40", NULL, "F: resolution 2^-F of the state" },
    { "inner.ratio_bits", RG_KEY_WHOLE, RG_RATIO_BITS, "14", NULL, "k: decays are multiples of 2^-k" },
    { "inner.buffer", RG_KEY_WORD, RG_ANY, "stream", "stream|stream64|integer", "form of the entropy buffer" },
    { "inner.shard", RG_KEY_WHOLE, RG_COUNT, NULL, NULL, "examples whose gradient is computed together" },
    { "inner.restart", RG_KEY_WORD, RG_ANY, "same", "fresh|same|warm", "initial weights of each meta-iteration; warm: those that the one before ended with" },
    { "inner.rate", RG_KEY_REAL_OR_FILE, RG_ANY, NULL, NULL, "learning rate, where it is a constant" },
    { "inner.decay", RG_KEY_FRACTION_OR_FILE, RG_FRACTION, NULL, NULL, "momentum, where it is a constant" },
    { "inner.l2", RG_KEY_REAL_OR_FILE, RG_NOT_NEGATIVE, NULL, NULL, "penalty, where it is a constant" },

    { "hyper", RG_KEY_LIST, RG_ANY, NULL, NULL, "the hyperparameters" },
    { "hyper.*", RG_KEY_MAP, RG_ANY, NULL, NULL, "a block of them" },
    { "hyper.*.name", RG_KEY_NAME, RG_ANY, required, "hyperparameter", "which one" },
    { "hyper.*.per", RG_KEY_PER, RG_ANY, NULL, "all|step|layer|array|weight|example", "what has its own number" },
    { "hyper.*.init", RG_KEY_FRACTION_OR_FILE, RG_ANY, NULL, NULL, "natural value at the start" },
    { "hyper.*.transform", RG_KEY_NAME, RG_ANY, NULL, "transform", "from natural to free" },
    { "hyper.*.constraint", RG_KEY_MAP, RG_ANY, NULL, NULL, "a box of natural values, and a budget for their sum" },
    { "hyper.*.constraint.min", RG_KEY_REAL, RG_ANY, NULL, NULL, "least natural value" },
    { "hyper.*.constraint.max", RG_KEY_REAL, RG_ANY, NULL, NULL, "largest natural value" },
    { "hyper.*.constraint.budget", RG_KEY_REAL, RG_ANY, NULL, NULL, "most that the natural values may sum to; needs transform identity" },

    { "outer", RG_KEY_MAP, RG_ANY, "{}", NULL, "the search over hyperparameters" },
    { "outer.loss", RG_KEY_WORD, RG_ANY, "validation", "training|validation", "what is minimised" },
    { "outer.optimizer", RG_KEY_NAME, RG_ANY, "adam", "optimizer", "of the free numbers" },
    { "outer.rate", RG_KEY_REAL, RG_POSITIVE, "0.04", NULL, "its learning rate" },
    { "outer.iterations", RG_KEY_WHOLE, RG_NOT_NEGATIVE, "50", NULL, "meta-iterations" },
    { "outer.penalty", RG_KEY_REAL, RG_NOT_NEGATIVE, "0", NULL, "c: adds c times the sum of squares of the hyperparameters" },
    { "outer.penalty_of", RG_KEY_WORD, RG_ANY, "free", "free|natural", "which squares: of the free numbers or of the natural values" },
    { "outer.momentum", RG_KEY_REAL, RG_BELOW_ONE, NULL, NULL, "of momentum (default 0.9) and rmsprop (default 0)" },
    { "outer.alpha", RG_KEY_REAL, RG_BELOW_ONE, "0.99", NULL, "of RMSprop: what its mean square keeps in a step" },
    { "outer.beta1", RG_KEY_REAL, RG_BELOW_ONE, "0.9", NULL, "of Adam: first moment" },
    { "outer.beta2", RG_KEY_REAL, RG_BELOW_ONE, "0.999", NULL, "of Adam: second moment" },
    { "outer.epsilon", RG_KEY_REAL, RG_POSITIVE, "1e-8", NULL, "of Adam and RMSprop: added to the root" },

    { "estimator", RG_KEY_MAP, RG_ANY, "{}", NULL, "how the hypergradient is computed" },
    { "estimator.kind", RG_KEY_NAME, RG_ANY, "reverse", "estimator", "method" },
    { "estimator.trajectory", RG_KEY_NAME, RG_ANY, "reversible", "trajectory", "how past states come back" },
    { "estimator.slots", RG_KEY_WHOLE, RG_COUNT, NULL, NULL, "checkpointed: states kept; default: what fits memory, or the root of the steps" },
    { "estimator.slot_directory", RG_KEY_FILE, RG_ANY, NULL, NULL, "checkpointed: where kept states go that do not fit memory" },
    { "estimator.spill_directory", RG_KEY_FILE, RG_ANY, NULL, NULL, "reversible: where the entropy buffer goes that does not fit memory; default: the study's directory in tune, else that for temporary files" },
    { "estimator.interval", RG_KEY_WHOLE, RG_POSITIVE, "20", NULL, "real-time: inner steps between two outer steps" },
    { "estimator.step", RG_KEY_REAL, RG_POSITIVE, NULL, NULL, "relative step of central differences" },

    { "estimator.steps", RG_KEY_WHOLE, RG_COUNT, NULL, NULL, "truncated: how many of the last steps to go back" },
    { "estimator.terms", RG_KEY_WHOLE, RG_COUNT, NULL, NULL, "implicit: terms of the Neumann series, or most iterations" },
    { "estimator.damping", RG_KEY_REAL, RG_NOT_NEGATIVE, "0", NULL, "implicit: added to the Hessian's diagonal" },
    { "estimator.damped_steps", RG_KEY_WHOLE, RG_COUNT, "1", NULL, "implicit: damped Newton steps that are differentiated" },
    { "estimator.tolerance", RG_KEY_REAL, RG_POSITIVE, NULL, NULL, "implicit: relative residual to stop at" },
    { "estimator.rate", RG_KEY_REAL, RG_POSITIVE, NULL, NULL, "implicit: step of neumann and fixed-point; default: that of training" },

    { "threads", RG_KEY_WHOLE, RG_POSITIVE, "1", NULL, "worker threads; this version has one" },
    { "memory", RG_KEY_BYTES, RG_ANY, NULL, NULL, "most bytes of a trajectory: a reversible one moves the rest to a file, others are refused; auto picks one that fits" },
    { "study", RG_KEY_FILE, RG_ANY, NULL, NULL, "directory of the study; default: the config's name" },
};

const rg_key *
rg_schema_row (size_t i)
{
    return i < sizeof table / sizeof *table ? &table[i] : NULL;
}
