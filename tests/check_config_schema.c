/* check_config_schema.c -- bad configurations are refused by one exact sentence, good ones are completed. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include <retrograde/estimator.h>

#include "failing_memory.h"

#include "base/memory.h"
#include "config/emit.h"
#include "config/parse.h"
#include "config/schema.h"
#include "config/value.h"
#include "registry/kinds.h"
#include "trajectory/trajectory.h"

#define LENGTH(table) ((int) (sizeof (table) / sizeof *(table)))

/* The complete configuration of the manual. */
static const char complete[] =
    "seed: 1\n"
    "precision: double\n"
    "data:\n"
    "  kind: npy\n"
    "  train: {inputs: x.npy, labels: y.npy}\n"
    "  valid: {inputs: xv.npy, labels: yv.npy}\n"
    "  batch: 20\n"
    "  order: cyclic\n"
    "model: {kind: mlp, layers: [9, 7, 5, 4], activation: tanh, weights: w0.npy}\n"
    "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n"
    "hyper:\n"
    "  - {name: rate,    per: step*array,    init: rate.npy,  transform: log}\n"
    "  - {name: decay,   per: step,          init: 0.9,       transform: logit}\n"
    "  - {name: l2,      per: weight,        init: 1.0e-3,    transform: log}\n"
    "  - {name: example_weight, per: example, init: 1, constraint: {min: 0, max: 1}}\n"
    "  - {name: weights}\n"
    "  - {name: inputs}\n"
    "outer: {loss: validation, optimizer: adam, rate: 0.04, iterations: 50}\n"
    "estimator: {kind: reverse, trajectory: reversible}\n";

/* The least that is enough. */
static const char least[] = "data: {kind: fashion-mnist}\n"
                            "model: {layers: [784, 10]}\n"
                            "inner: {steps: 100}\n";

static rg_status
check (rg_tree *tree, rg_message *message)
{
    rg_values values;
    const rg_status status = rg_schema_read (tree, 0, &values, message);
    if (status == RG_OK)
        rg_schema_clear (&values);
    return status;
}

static rg_tree *
parse (const char *text)
{
    rg_tree *tree;
    rg_message message = { "" };
    ck_assert_msg (rg_tree_parse (&tree, "t.yaml", text, strlen (text), &message) == RG_OK, "%s", message.text);
    return tree;
}

static char *
emit (const rg_tree *tree)
{
    char *text;
    size_t bytes;
    ck_assert_int_eq (rg_tree_emit (tree, &text, &bytes), RG_OK);
    return text;
}

static void
check_sentence (rg_tree *tree, const char *sentence)
{
    rg_message message = { "" };
    char *before = emit (tree);
    ck_assert_int_eq (check (tree, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, sentence);
    char *after = emit (tree);
    ck_assert_str_eq (before, after);
    rg_free (before);
    rg_free (after);
    rg_tree_free (tree);
}

/* A line of the complete configuration put in the place of another: where, how it then fails. */
static const struct {
    const char *line, *instead, *sentence;
} bad_lines[] = {
    { "  batch: 20\n", "  batch: 20.5\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got 20.5" },
    { "  batch: 20\n", "  batch: 0\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got 0" },
    { "  batch: 20\n", "  batch: -20\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got -20" },
    { "  batch: 20\n", "  batch: 040\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got 040" },
    { "  batch: 20\n", "  batch: 1e-3\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got 1e-3" },
    { "  batch: 20\n", "  batch: 0x10\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got 0x10" },
    { "  batch: 20\n", "  batch: \"20\"\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got \"20\"" },
    { "  batch: 20\n", "  batch:\n", "t.yaml:7:9: data.batch: expected a whole number ≥ 1, got nothing" },
    { "  batch: 20\n", "  batch: ~\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got nothing" },
    { "  batch: 20\n", "  batch: [20]\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got a list" },
    { "  batch: 20\n", "  batch: {a: 1}\n", "t.yaml:7:10: data.batch: expected a whole number ≥ 1, got a map" },
    { "  batch: 20\n", "  bacth: 20\n", "t.yaml:7:3: data.bacth: unknown key; did you mean batch?" },
    { "  batch: 20\n", "  batches: 20\n", "t.yaml:7:3: data.batches: unknown key; did you mean batch?" },
    { "  batch: 20\n", "  minibatch: 20\n", "t.yaml:7:3: data.minibatch: unknown key" },
    { "  batch: 20\n", "  center: yes\n", "t.yaml:7:11: data.center: expected true or false, got yes" },
    { "  batch: 20\n", "  center: 1\n", "t.yaml:7:11: data.center: expected true or false, got 1" },
    { "  batch: 20\n", "  center: \"true\"\n", "t.yaml:7:11: data.center: expected true or false, got \"true\"" },
    { "  batch: 20\n", "  pool: 0\n", "t.yaml:7:9: data.pool: expected a whole number from 1 to 2147483647, got 0" },
    { "  order: cyclic\n", "  order: cylcic\n",
      "t.yaml:8:10: data.order: expected the name of a known sampler (see retrograde list), got cylcic; did you mean cyclic?" },
    { "  order: cyclic\n", "  order: 1\n", "t.yaml:8:10: data.order: expected the name of a known sampler (see retrograde list), got 1" },
    { "  kind: npy\n", "  kind: mnist\n",
      "t.yaml:4:9: data.kind: expected the name of a known format (see retrograde list), got mnist" },
    { "  train: {inputs: x.npy, labels: y.npy}\n", "  train: x.npy\n",
      "t.yaml:5:10: data.train: expected a map of keys, got x.npy" },
    { "  train: {inputs: x.npy, labels: y.npy}\n", "  train: {inputs: '', labels: y.npy}\n",
      "t.yaml:5:19: data.train.inputs: expected the name of a file or directory, got \"\"" },
    { "  train: {inputs: x.npy, labels: y.npy}\n", "  train: {first: -1}\n",
      "t.yaml:5:18: data.train.first: expected a whole number ≥ 0, got -1" },
    { "seed: 1\n", "seed: -1\n", "t.yaml:1:7: seed: expected a whole number ≥ 0, got -1" },
    { "seed: 1\n", "seed: 9007199254740992\n",
      "t.yaml:1:7: seed: expected a whole number ≥ 0 and below 2^53, got 9007199254740992" },
    { "seed: 1\n", "sede: 1\n", "t.yaml:1:1: sede: unknown key; did you mean seed?" },
    { "seed: 1\n", "inner.steps: 1\n", "t.yaml:1:1: key inner.steps has a point: write maps inside each other" },
    { "seed: 1\n", "'*': 1\n", "t.yaml:1:1: *: unknown key" },
    { "seed: 1\n", "threads: 0\n", "t.yaml:1:10: threads: expected a whole number ≥ 1, got 0" },
    { "seed: 1\n", "memory: 4 GB\n",
      "t.yaml:1:9: memory: expected a size such as 512 MiB or 4 GiB, got \"4 GB\"" },
    { "precision: double\n", "precision: doulbe\n",
      "t.yaml:2:12: precision: expected single or double, got doulbe; did you mean double?" },
    { "seed: 1\n", "precision: double\n", "t.yaml:2:1: key precision is here twice" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n", "",
      "t.yaml:1:1: inner: missing: expected a map of keys" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n", "inner: {}\n",
      "t.yaml:10:8: inner.steps: missing: expected a whole number ≥ 1" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n", "inner: {steps: 40, fraction_bits: 52}\n",
      "t.yaml:10:35: inner.fraction_bits: expected a whole number from 8 to 51, got 52" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n", "inner: {steps: 40, ratio_bits: 29}\n",
      "t.yaml:10:32: inner.ratio_bits: expected a whole number from 1 to 28, got 29" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n", "inner: {steps: 40, rate: 0.04x}\n",
      "t.yaml:10:26: inner.rate: expected a number, a fraction such as 9/10, an .npy file, "
      "{schedule: its numbers} or {array: number}, got 0.04x" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n", "inner: {steps: 40, rate: .inf}\n",
      "t.yaml:10:26: inner.rate: expected a number, a fraction such as 9/10, an .npy file, "
      "{schedule: its numbers} or {array: number}, got .inf" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n", "inner: {steps: 40, decay: 11/10}\n",
      "t.yaml:10:27: inner.decay: expected a number from 0 to 1, a fraction such as 9/10, an .npy file, "
      "{schedule: its numbers} or {array: number}, got 11/10" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n", "inner: {steps: 40, decay: 1.5}\n",
      "t.yaml:10:27: inner.decay: expected a number from 0 to 1, a fraction such as 9/10, an .npy file, "
      "{schedule: its numbers} or {array: number}, got 1.5" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n", "inner: {steps: 40, l2: -1}\n",
      "t.yaml:10:24: inner.l2: expected a number ≥ 0, a fraction such as 9/10, an .npy file, "
      "{schedule: its numbers} or {array: number}, got -1" },
    { "inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}\n",
      "inner: {dynamics: momentum-dampd, steps: 40}\n",
      "t.yaml:10:19: inner.dynamics: expected the name of a known dynamics (see retrograde list), got momentum-dampd;"
      " did you mean momentum-damped?" },
    { "outer: {loss: validation, optimizer: adam, rate: 0.04, iterations: 50}\n", "outer: {loss: test}\n",
      "t.yaml:18:15: outer.loss: expected training or validation, got test" },
    { "outer: {loss: validation, optimizer: adam, rate: 0.04, iterations: 50}\n", "outer: {rate: 0}\n",
      "t.yaml:18:15: outer.rate: expected a number > 0, got 0" },
    { "outer: {loss: validation, optimizer: adam, rate: 0.04, iterations: 50}\n", "outer: {beta1: 1}\n",
      "t.yaml:18:16: outer.beta1: expected a number ≥ 0 and < 1, got 1" },
    { "outer: {loss: validation, optimizer: adam, rate: 0.04, iterations: 50}\n", "outer: {penalty: {l2: 1}}\n",
      "t.yaml:18:18: outer.penalty: expected a number ≥ 0, got a map" },
    { "outer: {loss: validation, optimizer: adam, rate: 0.04, iterations: 50}\n", "outer: {optimizer: adma}\n",
      "t.yaml:18:20: outer.optimizer: expected the name of a known optimizer (see retrograde list), got adma;"
      " did you mean adam?" },
    { "estimator: {kind: reverse, trajectory: reversible}\n", "estimator: reverse\n",
      "t.yaml:19:12: estimator: expected a map of keys, got reverse" },
    { "estimator: {kind: reverse, trajectory: reversible}\n", "estimator: {trajectory: reversable}\n",
      "t.yaml:19:25: estimator.trajectory: expected the name of a known trajectory (see retrograde list),"
      " got reversable; did you mean reversible?" },
    { "  - {name: weights}\n", "  - weights\n", "t.yaml:16:5: hyper.4: expected a map of keys, got weights" },
    { "  - {name: weights}\n", "  - {per: step}\n",
      "t.yaml:16:5: hyper.4.name: missing: expected the name of a known hyperparameter (see retrograde list)" },
    { "  - {name: weights}\n", "  - {name: rate}\n", "t.yaml:16:12: hyper.4.name: rate is here twice" },
    { "  - {name: weights}\n", "  - {name: wieghts}\n",
      "t.yaml:16:12: hyper.wieghts.name: expected the name of a known hyperparameter (see retrograde list),"
      " got wieghts; did you mean weights?" },
    { "  - {name: weights}\n", "  - {name: weights, int: 1}\n",
      "t.yaml:16:21: hyper.weights.int: unknown key; did you mean init?" },
    { "  - {name: weights}\n", "  - {name: weights, transform: exp}\n",
      "t.yaml:16:32: hyper.weights.transform: expected the name of a known transform (see retrograde list), got exp" },
    { "  - {name: weights}\n", "  - {name: weights, per: steps}\n",
      "t.yaml:16:26: hyper.weights.per: expected all, step, layer, array, unit, weight or example, or one of them times"
      " step such as step*array, got steps; did you mean step?" },
    { "  - {name: weights}\n", "  - {name: weights, per: step*step}\n",
      "t.yaml:16:26: hyper.weights.per: expected all, step, layer, array, unit, weight or example, or one of them times"
      " step such as step*array, got step*step" },
    { "  - {name: weights}\n", "  - {name: weights, init: w.txt}\n",
      "t.yaml:16:27: hyper.weights.init: expected a number, a fraction such as 9/10 or an .npy file, got w.txt" },
    { "  - {name: weights}\n", "  - {name: weights, constraint: {min: 1, max: .5}}\n",
      "t.yaml:16:47: hyper.4.constraint.max: expected at least the minimum 1, got .5" },
    { "  - {name: weights}\n", "  - {name: weights, constraint: [0, 1]}\n",
      "t.yaml:16:33: hyper.weights.constraint: expected a map of keys, got a list" },
    { "model: {kind: mlp, layers: [9, 7, 5, 4], activation: tanh, weights: w0.npy}\n", "model: {kind: mlp}\n",
      "t.yaml:9:8: model.layers: missing: expected a list of at least two whole numbers ≥ 1" },
    { "model: {kind: mlp, layers: [9, 7, 5, 4], activation: tanh, weights: w0.npy}\n", "model: {layers: [9]}\n",
      "t.yaml:9:17: model.layers: expected at least two whole numbers, got 1" },
    { "model: {kind: mlp, layers: [9, 7, 5, 4], activation: tanh, weights: w0.npy}\n", "model: {layers: 9}\n",
      "t.yaml:9:17: model.layers: expected a list of at least two whole numbers ≥ 1, got 9" },
    { "model: {kind: mlp, layers: [9, 7, 5, 4], activation: tanh, weights: w0.npy}\n",
      "model: {layers: [9, 7.5, 4]}\n", "t.yaml:9:21: model.layers.1: expected a whole number ≥ 1, got 7.5" },
    { "model: {kind: mlp, layers: [9, 7, 5, 4], activation: tanh, weights: w0.npy}\n",
      "model: {layers: [9, 4], weights: w.npy, scale: 0.1}\n",
      "t.yaml:9:41: model.scale: model.weights gives the initial weights already; keep one of the two" },
};

START_TEST (bad_lines_are_refused_by_one_sentence)
{
    char text[sizeof complete + 256];
    const char *at = strstr (complete, bad_lines[_i].line);
    ck_assert_ptr_nonnull (at);
    snprintf (text, sizeof text, "%.*s%s%s", (int) (at - complete), complete, bad_lines[_i].instead,
              at + strlen (bad_lines[_i].line));
    rg_tree *tree;
    rg_message message = { "" };
    if (rg_tree_parse (&tree, "t.yaml", text, strlen (text), &message) == RG_OK)
        check_sentence (tree, bad_lines[_i].sentence);
    else
        ck_assert_str_eq (message.text, bad_lines[_i].sentence);
}
END_TEST

static const struct {
    const char *assignment, *sentence; /* NULL: still good */
} overrides[] = {
    { "inner.steps=1000", NULL },
    { "outer.penalty=.01", NULL },
    { "hyper.decay.init=9/10", NULL },
    { "hyper.rate.per=array*step", NULL },
    { "model.weights=null", NULL },
    { "inner.decay=9/10", NULL },
    { "memory=1.5GiB", NULL },
    { "study=\"a b\"", NULL },
    { "inner.steps=20.5", "command line: inner.steps: expected a whole number ≥ 1, got 20.5" },
    { "inner.stesp=20", "command line: inner.stesp: unknown key; did you mean steps?" },
    { "hyper.rate.init=x", "command line: hyper.rate.init: expected a number, a fraction such as 9/10 or an .npy file,"
                           " got x" },
    { "hyper=3", "command line: hyper: expected a list of maps, got 3" },
    { "model.layers=[9, 0, 4]", "command line: model.layers.1: expected a whole number ≥ 1, got 0" },
    { "model=null", "t.yaml:1:1: model: missing: expected a map of keys" },
    { "estimator={kind: truncated, steps: 3}", NULL },
    { "estimator.steps=3", "command line: estimator.steps: reverse takes no steps; truncated takes it" },
    { "estimator.slots=3", "command line: estimator.slots: reversible takes no slots; checkpointed and auto take it" },
    { "estimator.damping=3", "command line: estimator.damping: reverse takes no damping; implicit:cg, implicit:neumann, "
                             "implicit:fixed-point and implicit:dense take it" },
    { "estimator.stepz=3", "command line: estimator.stepz: unknown key" },
    { "estimator={trajectory: checkpointed, slots: 0}",
      "command line: estimator.slots: expected a whole number from 1 to 2147483647, got 0" },
    { "outer={optimizer: rmsprop, alpha: .9, momentum: .5}", NULL },
    { "outer.alpha=.9", "command line: outer.alpha: adam takes no alpha; rmsprop takes it" },
    { "outer.bata1=.9", "command line: outer.bata1: unknown key; did you mean beta1?" },
};

START_TEST (overrides_are_checked_like_the_file)
{
    rg_tree *tree = parse (complete);
    rg_message message = { "" };
    ck_assert_int_eq (rg_tree_set (tree, overrides[_i].assignment, NULL), RG_OK);
    if (overrides[_i].sentence != NULL) {
        check_sentence (tree, overrides[_i].sentence);
        return;
    }
    ck_assert_msg (check (tree, &message) == RG_OK, "%s", message.text);
    rg_tree_free (tree);
}
END_TEST

/* A whole number of 8 bytes among the settings of an estimator. */
static int64_t
setting_of (const rg_values *values, const char *estimator, const char *key)
{
    int64_t whole = -1;
    for (size_t i = 0; i < values->estimator.all.count; i++) {
        const rg_choice *choice = &values->estimator.all.values[i];
        const rg_option *option = strcmp (choice->kind.name, estimator) == 0 ? rg_option_find (choice->kind.options, key) : NULL;
        if (option != NULL)
            memcpy (&whole, (const char *) choice->settings + option->offset, sizeof whole);
    }
    return whole;
}

START_TEST (commands_of_several_estimators_take_the_options_of_any)
{
    rg_tree *tree = parse (complete);
    rg_values values;
    rg_message message = { "" };
    static const char *const sets[] = { "estimator.steps=3", "estimator.terms=7", "estimator.slots=5" };
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq (rg_tree_set (tree, sets[i], NULL), RG_OK);
    ck_assert_msg (rg_schema_read (tree, 1, &values, &message) == RG_OK, "%s", message.text);
    ck_assert_int_eq (setting_of (&values, "truncated", "steps"), 3);
    ck_assert_int_eq (setting_of (&values, "implicit:cg", "terms"), 7);
    ck_assert_int_eq (setting_of (&values, "implicit:neumann", "terms"), 7);
    ck_assert_int_eq (setting_of (&values, "real-time", "interval"), 20);
    ck_assert_uint_eq (((const rg_trajectory_settings *) values.estimator.trajectory.settings)->slots, 5);
    rg_schema_clear (&values);
    ck_assert_int_eq (rg_tree_set (tree, "estimator.terms=0", NULL), RG_OK);
    ck_assert_int_eq (rg_schema_read (tree, 1, &values, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "command line: estimator.terms: expected a whole number from 1 to 2147483647, got 0");
    ck_assert_int_eq (rg_tree_set (tree, "estimator.terms=null", NULL), RG_OK);
    ck_assert_int_eq (rg_tree_set (tree, "estimator.trems=1", NULL), RG_OK);
    ck_assert_int_eq (rg_schema_read (tree, 1, &values, &message), RG_EINPUT);
    rg_tree_free (tree);
}
END_TEST

START_TEST (defaults_are_written_where_nothing_was)
{
    rg_tree *tree = parse (least);
    rg_message message = { "" };
    ck_assert_msg (check (tree, &message) == RG_OK, "%s", message.text);
    ck_assert_int_eq (rg_tree_whole (tree, "seed"), 1);
    ck_assert_str_eq (rg_tree_text (tree, "precision"), "double");
    ck_assert (!rg_tree_flag (tree, "data.center"));
    ck_assert_int_eq (rg_tree_whole (tree, "inner.fraction_bits"), 40);
    ck_assert_int_eq (rg_tree_whole (tree, "inner.ratio_bits"), 14);
    ck_assert_str_eq (rg_tree_text (tree, "inner.arithmetic"), "exact");
    ck_assert_str_eq (rg_tree_text (tree, "estimator.trajectory"), "reversible");
    ck_assert_double_eq (rg_tree_real (tree, "outer.penalty"), 0);
    ck_assert_double_eq (rg_tree_real (tree, "outer.epsilon"), 1e-8);
    ck_assert (!rg_tree_has (tree, "data.valid") && !rg_tree_has (tree, "hyper"));
    ck_assert (rg_tree_has (tree, "outer.beta1") && !rg_tree_has (tree, "outer.alpha")); /* of the kind that is chosen */
    (void) rg_tree_fail (tree, "outer.rate", &message, RG_EINPUT, "no");
    ck_assert_str_eq (message.text, "default: outer.rate: no");
    rg_tree_free (tree);
}
END_TEST

START_TEST (given_values_stay)
{
    rg_tree *tree = parse (complete);
    rg_message message = { "" };
    ck_assert_msg (check (tree, &message) == RG_OK, "%s", message.text);
    ck_assert_int_eq (rg_tree_whole (tree, "inner.fraction_bits"), 44);
    ck_assert_int_eq (rg_tree_whole (tree, "model.layers.2"), 5);
    ck_assert_str_eq (rg_tree_text (tree, "hyper.rate.per"), "step*array");
    ck_assert_double_eq (rg_tree_real (tree, "hyper.l2.init"), 1e-3);
    ck_assert (!rg_tree_has (tree, "hyper.weights.per"));
    rg_tree_free (tree);
}
END_TEST

/* Property: a resolved tree, written and read, is accepted and does not change. */
START_TEST (resolved_configurations_read_back_the_same)
{
    rg_tree *tree = parse (_i == 0 ? complete : least);
    ck_assert_int_eq (check (tree, NULL), RG_OK);
    ck_assert_int_eq (rg_schema_anchor (tree, NULL), RG_OK);
    char *first = emit (tree);
    rg_tree *again = parse (first);
    ck_assert_int_eq (check (again, NULL), RG_OK);
    ck_assert_int_eq (rg_schema_anchor (again, NULL), RG_OK);
    char *second = emit (again);
    ck_assert_str_eq (first, second);
    rg_free (first);
    rg_free (second);
    rg_tree_free (tree);
    rg_tree_free (again);
}
END_TEST

START_TEST (anchored_files_are_absolute_and_numbers_stay)
{
    rg_tree *tree;
    ck_assert_int_eq (rg_tree_parse (&tree, "/a/b/t.yaml", complete, strlen (complete), NULL), RG_OK);
    ck_assert_int_eq (check (tree, NULL), RG_OK);
    ck_assert_int_eq (rg_schema_anchor (tree, NULL), RG_OK);
    ck_assert_str_eq (rg_tree_text (tree, "data.train.inputs"), "/a/b/x.npy");
    ck_assert_str_eq (rg_tree_text (tree, "hyper.rate.init"), "/a/b/rate.npy");
    ck_assert_str_eq (rg_tree_text (tree, "model.weights"), "/a/b/w0.npy");
    ck_assert_str_eq (rg_tree_text (tree, "hyper.decay.init"), "0.9");
    rg_tree_free (tree);
    tree = parse (complete);
    ck_assert_int_eq (check (tree, NULL), RG_OK);
    ck_assert_int_eq (rg_schema_anchor (tree, NULL), RG_OK);
    ck_assert_int_eq (rg_tree_text (tree, "data.train.inputs")[0], '/');
    rg_tree_free (tree);
}
END_TEST

static const struct {
    const char *a, *b;
    size_t distance;
} distances[] = {
    { "", "", 0 },           { "steps", "steps", 0 }, { "steps", "stesp", 1 },    { "steps", "step", 1 },
    { "rate", "rates", 1 },  { "rate", "rite", 1 },   { "kitten", "sitten", 1 },  { "kitten", "sitting", 3 },
    { "", "ab", 2 },         { "ab", "ba", 1 },       { "abcdef", "uvwxyz", 3 },
};

START_TEST (edit_distances_count_changes_and_swaps)
{
    ck_assert_uint_eq (rg_edit_distance (distances[_i].a, distances[_i].b, 2), distances[_i].distance);
    ck_assert_uint_eq (rg_edit_distance (distances[_i].b, distances[_i].a, 2), distances[_i].distance);
}
END_TEST

/* Every row is written well: a key of its own, a sentence, a field that no other has, kinds and options where its kind wants them. */
static void
check_table (const rg_option *options, const char *where)
{
    for (const rg_option *o = options; o != NULL && o->key != NULL; o++) {
        ck_assert_msg (o->sentence != NULL && o->sentence[0] != '\0', "%s.%s", where, o->key);
        for (const rg_option *other = options; other != o; other++) {
            ck_assert_msg (strcmp (other->key, o->key) != 0, "%s.%s is there twice", where, o->key);
            ck_assert_msg (other->offset + other->bytes <= o->offset || o->offset + o->bytes <= other->offset,
                           "%s: %s and %s share a field", where, other->key, o->key);
        }
        if (o->kind != RG_OPTION_WHOLES) /* a word may stand for its numbers */
            ck_assert_int_eq (o->words != NULL, o->kind == RG_OPTION_WORD || o->kind == RG_OPTION_WORDS || o->kind == RG_OPTION_PER);
        ck_assert_int_eq (o->options != NULL, o->kind == RG_OPTION_MAP || o->kind == RG_OPTION_MAPS);
        ck_assert_int_eq (o->kinds != NULL, o->kind == RG_OPTION_KIND || o->kind == RG_OPTION_CHAIN || o->kind == RG_OPTION_CONSTANT);
        if (o->options != NULL)
            check_table (o->options, o->key);
    }
}

START_TEST (the_tables_obey_themselves)
{
    rg_values values;
    ck_assert_int_eq (rg_option_defaults (rg_skeleton, &values, NULL), RG_OK); /* presets are what their rows accept */
    rg_option_clear (rg_skeleton, &values);
    check_table (rg_skeleton, "skeleton");
    const rg_kinds *table;
    for (size_t t = 0; (table = rg_kinds_table (t)) != NULL; t++)
        for (size_t i = 0; table->at (i).name != NULL; i++) {
            const rg_kind kind = table->at (i);
            rg_choice choice;
            const rg_status status = rg_choice_new (&choice, &kind, NULL, NULL);
            ck_assert_msg (status == RG_OK || status == RG_EINPUT, "%s", kind.name); /* one that must be given */
            rg_choice_clear (&choice);
            check_table (kind.options, kind.name);
            for (const rg_option *o = kind.options; o != NULL && o->key != NULL; o++)
                ck_assert_msg (o->offset + o->bytes <= kind.bytes, "%s.%s is beyond its struct", kind.name, o->key);
        }
}
END_TEST

/* Parse, check and anchor. */
static void
read_and_fail (failing_memory *memory, const char *text)
{
    rg_tree *tree = NULL;
    failing_begin (memory);
    rg_status status = rg_tree_parse (&tree, "d/t.yaml", text, strlen (text), NULL);
    if (status == RG_OK)
        status = check (tree, NULL);
    if (status == RG_OK)
        status = rg_schema_anchor (tree, NULL);
    failing_end (memory, status);
    if (memory->failed && tree != NULL) /* what was written of the defaults is not wrong */
        ck_assert_int_eq (check (tree, NULL), RG_OK);
    rg_tree_free (tree);
}

START_TEST (every_failed_allocation_is_a_status)
{
    failing_memory memory = failing_first ();
    while (memory.failed)
        read_and_fail (&memory, _i == 0 ? complete : least);
    ck_assert_int_gt (memory.failures, 50);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("config schema");
    TCase *bad = tcase_create ("refused"), *good = tcase_create ("accepted"), *table = tcase_create ("table");
    tcase_add_loop_test (bad, bad_lines_are_refused_by_one_sentence, 0, LENGTH (bad_lines));
    tcase_add_loop_test (bad, overrides_are_checked_like_the_file, 0, LENGTH (overrides));
    tcase_add_test (good, defaults_are_written_where_nothing_was);
    tcase_add_test (good, commands_of_several_estimators_take_the_options_of_any);
    tcase_add_test (good, given_values_stay);
    tcase_add_loop_test (good, resolved_configurations_read_back_the_same, 0, 2);
    tcase_add_test (good, anchored_files_are_absolute_and_numbers_stay);
    tcase_add_loop_test (good, every_failed_allocation_is_a_status, 0, 2);
    tcase_add_loop_test (table, edit_distances_count_changes_and_swaps, 0, LENGTH (distances));
    tcase_add_test (table, the_tables_obey_themselves);
    suite_add_tcase (suite, bad);
    suite_add_tcase (suite, good);
    suite_add_tcase (suite, table);
    return run_suite (suite);
}
