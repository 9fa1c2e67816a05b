/* check_sized_specs.c -- what else callers fill, built for another version: data, models, losses and studies; see check_sized.c. */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include <retrograde.h>

#include "model_case.h"
#include "scratch.h"

#include "base/sized.h"

enum { MORE = 24, ROOM = 1024 };

/* What a case needs beside its struct; the struct, whole. */
static struct {
    problem of;
    rg_model *model;
    rg_graph *graph;
    char path[128];
    unsigned char block[ROOM];
} at;

/* ---- A struct each: fill it, and give it to the library ------------------------------------- */

#define FILL(type, ...) (*(type *) (void *) at.block = (type) { .size = sizeof (type), __VA_ARGS__ })

static void
fill_dataset_options (void)
{
    FILL (rg_dataset_options, .classes = CLASSES);
}

static rg_status
take_dataset_options (const void *given, rg_message *message)
{
    rg_array inputs, labels;
    rg_dataset *data;
    const size_t shape[] = { 2, 1 };
    ck_assert_int_eq (rg_array_new (&inputs, RG_FLOAT64, 2, shape), RG_OK);
    ck_assert_int_eq (rg_array_new (&labels, RG_INT32, 1, shape), RG_OK);
    const rg_status status = rg_dataset_new (&data, &inputs, &labels, given, "inputs", "labels", message);
    rg_array_clear (&inputs);
    rg_array_clear (&labels);
    rg_dataset_free (data);
    return status;
}

static void
write_table (void)
{
    FILE *file = fopen (at.path, "w");
    ck_assert_ptr_nonnull (file);
    fputs ("a,b,c\n1,2,0\n3,5,1\n", file);
    fclose (file);
}

static rg_status
take_loaded_options (const void *given, rg_message *message)
{
    rg_dataset *data;
    write_table ();
    const rg_status status = rg_dataset_load_csv (&data, at.path, NULL, given, message);
    rg_dataset_free (data);
    return status;
}

static void
fill_table_options (void)
{
    FILL (rg_table_options, .format = "csv");
}

static rg_status
take_table_options (const void *given, rg_message *message)
{
    rg_table *table;
    const rg_status status = rg_table_parse (&table, "1,2\n", 4, "memory", given, message);
    rg_table_free (table);
    return status;
}

static void
fill_examples_spec (void)
{
    FILL (rg_examples_spec, .part = { { .inputs = at.path } });
}

static rg_status
take_examples_spec (const void *given, rg_message *message)
{
    rg_dataset *sets[RG_PARTS];
    write_table ();
    const rg_status status = rg_examples_load (sets, given, NULL, NULL, message);
    for (int part = 0; part < RG_PARTS; part++)
        rg_dataset_free (sets[part]);
    return status;
}

static void
fill_model_spec (void)
{
    FILL (rg_model_spec, .input = { FEATURES }, .layers = plain);
}

static rg_status
take_model_spec (const void *given, rg_message *message)
{
    rg_model *model;
    const rg_status status = rg_model_new (&model, given, message);
    rg_model_free (model);
    return status;
}

static void
fill_model_loss (void)
{
    const rg_model_loss loss = loss_of (&at.of, at.model, NULL);
    memcpy (at.block, &loss, sizeof loss);
}

static rg_status
take_model_loss (const void *given, rg_message *message)
{
    rg_objective *objective;
    const rg_status status = rg_objective_from_model (&objective, given, message);
    rg_objective_free (objective);
    return status;
}

static const size_t widths[] = { FEATURES, 5, 4, CLASSES };

static void
fill_network_loss (void)
{
    FILL (rg_network_loss, .network = { 4, widths, RG_TANH }, .precision = RG_DOUBLE, .data = at.of.data,
          .batches = { &rg_sampler_cyclic, EXAMPLES, EXAMPLES, 0 }, .hyper = at.of.hyper);
}

static rg_status
take_network_loss (const void *given, rg_message *message)
{
    rg_objective *objective;
    const rg_status status = rg_objective_from_network (&objective, given, message);
    rg_objective_free (objective);
    return status;
}

/* Two tasks do not fit the layout of one: another sentence than that of a size. */
static void
fill_multitask_loss (void)
{
    FILL (rg_multitask_loss, .model = { .network = { 4, widths, RG_TANH }, .tasks = 2 }, .precision = RG_DOUBLE, .data = at.of.data,
          .sampler = &rg_sampler_cyclic, .hyper = at.of.hyper);
}

static rg_status
take_multitask_loss (const void *given, rg_message *message)
{
    rg_objective *objective;
    const rg_status status = rg_objective_from_multitask (&objective, given, message);
    rg_objective_free (objective);
    return status == RG_EUNSUPPORTED && strncmp (message->text, "rg_", 3) != 0 ? RG_OK : status;
}

static void
fill_graph_batches (void)
{
    FILL (rg_graph_batches, .graph = at.graph, .rows = 1);
}

static rg_status
take_graph_batches (const void *given, rg_message *message)
{
    rg_objective *objective;
    const rg_status status = rg_objective_from_graph (&objective, given, message);
    rg_objective_free (objective);
    return status;
}

static void
fill_sweep_options (void)
{
    FILL (rg_sweep_options, .minutes = 5);
}

static rg_status
take_sweep_options (const void *given, rg_message *message)
{
    rg_study *study;
    const rg_keeper *keeper;
    char path[160];
    snprintf (path, sizeof path, "%s/study", scratch);
    ck_assert_int_eq (rg_study_create (&study, path, &(rg_origin) { .config = "" }, NULL), RG_OK);
    const rg_status status = rg_study_keep_sweeps (study, given, &keeper, message);
    rg_study_free (study);
    remove_tree (path);
    return status;
}

static const struct {
    const char *name;
    size_t least, whole;
    void (*fill) (void);
    rg_status (*take) (const void *given, rg_message *message);
} kinds[] = {
    { "rg_dataset_options", RG_SIZE_TO (rg_dataset_options, user), sizeof (rg_dataset_options), fill_dataset_options, take_dataset_options },
    { "rg_dataset_options", RG_SIZE_TO (rg_dataset_options, user), sizeof (rg_dataset_options), fill_dataset_options, take_loaded_options },
    { "rg_table_options", RG_SIZE_TO (rg_table_options, log), sizeof (rg_table_options), fill_table_options, take_table_options },
    { "rg_examples_spec", RG_SIZE_TO (rg_examples_spec, scale), sizeof (rg_examples_spec), fill_examples_spec, take_examples_spec },
    { "rg_model_spec", RG_SIZE_TO (rg_model_spec, init_scale), sizeof (rg_model_spec), fill_model_spec, take_model_spec },
    { "rg_model_loss", RG_SIZE_TO (rg_model_loss, hyper), sizeof (rg_model_loss), fill_model_loss, take_model_loss },
    { "rg_network_loss", RG_SIZE_TO (rg_network_loss, hyper), sizeof (rg_network_loss), fill_network_loss, take_network_loss },
    { "rg_multitask_loss", RG_SIZE_TO (rg_multitask_loss, hyper), sizeof (rg_multitask_loss), fill_multitask_loss, take_multitask_loss },
    { "rg_graph_batches", RG_SIZE_TO (rg_graph_batches, user), sizeof (rg_graph_batches), fill_graph_batches, take_graph_batches },
    { "rg_sweep_options", RG_SIZE_TO (rg_sweep_options, log), sizeof (rg_sweep_options), fill_sweep_options, take_sweep_options },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- The sizes ---------------------------------------------------------------------------- */

static void
begin (void)
{
    scratch_make ();
    snprintf (at.path, sizeof at.path, "%s/table.csv", scratch);
    at.model = model_of (plain, FEATURES, 0, 0, NULL, 0);
    at.of = problem_of (at.model, NULL);
    ck_assert_int_eq (rg_graph_new (&at.graph, RG_DOUBLE, 1, 1, 0), RG_OK);
    ck_assert_int_eq (rg_graph_finish (at.graph, rg_graph_sum (at.graph, rg_graph_weights (at.graph, 0, 1, 1)), NULL), RG_OK);
}

static void
end (void)
{
    problem_clear (&at.of);
    rg_model_free (at.model);
    rg_graph_free (at.graph);
    scratch_remove ();
}

/* With malloc, so that the tools that watch memory see what is beyond. */
static rg_status
take (int kind, size_t room, size_t told, unsigned char last, rg_message *message)
{
    unsigned char *given = calloc (1, room);
    const size_t whole = kinds[kind].whole;
    *message = (rg_message) { "" };
    kinds[kind].fill ();
    memcpy (given, at.block, whole < room ? whole : room);
    memcpy (given, &told, sizeof told);
    if (last != 0)
        given[room - 1] = last;
    const rg_status status = kinds[kind].take (given, message);
    free (given);
    return status;
}

START_TEST (a_struct_of_any_size_is_served_or_refused)
{
    const size_t least = kinds[_i].least, whole = kinds[_i].whole;
    rg_message message;
    char sentence[128];
    snprintf (sentence, sizeof sentence, "%s: expected a struct whose size is set, to %zu bytes or more, got ", kinds[_i].name, least);
    ck_assert_uint_le (whole, ROOM);
    begin ();
    ck_assert_int_eq (take (_i, least, 0, 0, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, sentence) != NULL, "%s", message.text);
    ck_assert_int_eq (take (_i, least, least - 1, 0, &message), RG_EINPUT);
    ck_assert_msg (strstr (message.text, sentence) != NULL, "%s", message.text);
    ck_assert_msg (take (_i, least, least, 0, &message) == RG_OK, "%s: %s", kinds[_i].name, message.text);
    ck_assert_msg (take (_i, whole, whole, 0, &message) == RG_OK, "%s: %s", kinds[_i].name, message.text);
    ck_assert_msg (take (_i, whole + MORE, whole + MORE, 0, &message) == RG_OK, "%s: %s", kinds[_i].name, message.text);
    ck_assert_int_eq (take (_i, whole + MORE, whole + MORE, 1, &message), RG_EUNSUPPORTED);
    ck_assert_msg (strstr (message.text, ": the caller asks for what a newer version of the library has") != NULL, "%s", message.text);
    end ();
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("sized specs");
    TCase *c = tcase_create ("other versions");
    tcase_add_loop_test (c, a_struct_of_any_size_is_served_or_refused, 0, KINDS);
    suite_add_tcase (suite, c);
    return run_suite (suite);
}
