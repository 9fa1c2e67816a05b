/* check_examples.c -- files become the sets of a study: labels, columns, missing numbers, splits, scales. */
#include "testing.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <retrograde/examples.h>

#include "failing_memory.h"
#include "scratch.h"

#define COUNT(table) ((int) (sizeof (table) / sizeof *(table)))

typedef struct {
    char text[2048];
} notes;

static void
write_note (void *user, const char *sentence)
{
    notes *all = user;
    strncat (all->text, sentence, sizeof all->text - strlen (all->text) - 2);
    strcat (all->text, "\n");
}

static void
enter (void)
{
    scratch_make ();
    ck_assert_int_eq (chdir (scratch), 0);
}

static void
write_file (const char *name, const char *text)
{
    FILE *file = fopen (name, "wb");
    ck_assert_ptr_nonnull (file);
    ck_assert_uint_eq (fwrite (text, 1, strlen (text), file), strlen (text));
    fclose (file);
}

/* "1 2; 3 4 | 0 1": inputs as they are gathered, then labels or targets. */
static void
describe (const rg_dataset *set, char *out, size_t bytes)
{
    const size_t features = rg_dataset_features (set), targets = rg_dataset_targets (set);
    double row[16], reals[4];
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < rg_dataset_count (set); i++) {
        rg_dataset_gather_double (set, &i, 1, row);
        for (size_t j = 0; j < features; j++)
            used += (size_t) snprintf (out + used, bytes - used, "%s%g", j > 0 ? " " : i == 0 ? "" : "; ", row[j]);
    }
    used += (size_t) snprintf (out + used, bytes - used, " |");
    for (uint32_t i = 0; i < rg_dataset_count (set); i++)
        if (targets == 0)
            used += (size_t) snprintf (out + used, bytes - used, " %d", rg_dataset_labels (set)[i]);
        else {
            rg_dataset_gather_targets_double (set, &i, 1, reals);
            used += (size_t) snprintf (out + used, bytes - used, " %g", reals[0]);
        }
}

static void
free_sets (rg_dataset *sets[RG_PARTS])
{
    for (int part = 0; part < RG_PARTS; part++)
        rg_dataset_free (sets[part]);
}

/* Each writes x.csv, and y.csv and v.csv where they are given. */
static const struct {
    const char *label, *x, *y, *v;
    rg_examples_spec spec;         /* its paths are filled in */
    const char *columns[3];
    const char *training, *validation;
    const char *note;
} loaded[] = {
    { "the last column is the target", "a,b,c\n1,2,0\n3,4,1\n", NULL, NULL, { .pool = 0 }, { NULL }, "1 2; 3 4 | 0 1", NULL, "" },
    { "another column by name", "a,b,c\n1,0,2\n3,1,4\n", NULL, NULL, { .part = { { .target = "b" } } }, { NULL },
      "1 2; 3 4 | 0 1", NULL, "" },
    { "another column by number", "0,1,2\n1,3,4\n", NULL, NULL, { .part = { { .target = "1", .header = RG_HEADER_NO } } }, { NULL },
      "1 2; 3 4 | 0 1", NULL, "" },
    { "some columns, by name and number", "a,b,c,d\n1,2,3,0\n4,5,6,1\n", NULL, NULL, { .pool = 0 }, { "c", "1" }, "3 1; 6 4 | 0 1",
      NULL, "" },
    { "labels in words, in their order", "1,pear\n2,apple\n3,pear\n", NULL, NULL, { .pool = 0 }, { NULL }, "1; 2; 3 | 1 0 1",
      NULL, "" },
    { "words of validation by those of training", "1,pear\n2,apple\n", NULL, "5,apple\n6,apple\n7,pear\n", { .pool = 0 }, { NULL },
      "1; 2 | 1 0", "5; 6; 7 | 0 0 1", "" },
    { "labels -1 and 1", "5,1\n6,-1\n", NULL, "7,-1\n8,1\n", { .pool = 0 }, { NULL }, "5; 6 | 1 0", "7; 8 | 0 1",
      "x.csv: the labels -1 and 1 are the classes 0 and 1\n" },
    { "labels from 1", "5,3\n6,1\n7,2\n8,2\n9,2\n", NULL, "7,3\n1,1\n2,2\n", { .pool = 0 }, { NULL }, "5; 6; 7; 8; 9 | 2 0 1 1 1", "7; 1; 2 | 2 0 1",
      "x.csv: the labels 1 ... 3 are the classes 0 ... 2\n" },
    { "labels from 1 where classes say so", "5,2\n6,1\n7,2\n", NULL, NULL, { .classes = 3 }, { NULL }, "5; 6; 7 | 2 1 2", NULL,
      "1 of the 3 classes have no training example: 0\n" },
    { "a class that is not there", "5,0\n6,2\n7,2\n", NULL, NULL, { .pool = 0 }, { NULL }, "5; 6; 7 | 0 2 2", NULL,
      "1 of the 3 classes have no training example: 1\n" },
    { "a named class that is not there", "1,pear\n2,apple\n", NULL, "5,apple\n", { .pool = 0 }, { NULL }, "1; 2 | 1 0", "5 | 0",
      "1 of the 2 classes have no validation example: 1 (pear)\n" },
    { "examples in both parts", "1,0\n2,1\n", NULL, "2,1\n3,0\n2,0\n", { .pool = 0 }, { NULL }, "1; 2 | 0 1", "2; 3; 2 | 1 0 0",
      "1 of the 3 validation examples are training examples too\n" },
    { "labels in a file of their own, with a name", "1,2\n3,4\n", "y\n0\n1\n", NULL, { .pool = 0 }, { NULL }, "1 2; 3 4 | 0 1", NULL,
      "" },
    { "as pandas writes without names", "0,1,2\n5,6,7\n8,9,5\n", "0\n0\n1\n", NULL, { .pool = 0 }, { NULL }, "5 6 7; 8 9 5 | 0 1",
      NULL, "x.csv: the first line, 0, 1 ..., is taken as the names of the columns (header: false if it is not)\n"
      "y.csv: the first line is taken as the names of the columns, by the 2 rows that belong to it\n" },
    { "one column, settled by its labels", "0\n5\n6\n", "1\n0\n", NULL, { .pool = 0 }, { NULL }, "5; 6 | 1 0", NULL,
      "x.csv: the first line is taken as the names of the columns, by the 2 rows that belong to it\n" },
    { "labels with an index", "1,2\n3,4\n", ",y\n0,1\n1,0\n", NULL, { .pool = 0 }, { NULL }, "1 2; 3 4 | 1 0", NULL,
      "y.csv: the first column, which has no name and numbers the rows, is left out\n" },
    { "a column of labels among others", "1,2\n3,4\n", "id,y\n7,1\n8,0\n", NULL, { .part = { { .target = "y" } } }, { NULL },
      "1 2; 3 4 | 1 0", NULL, "" },
    { "missing numbers by the mean", "1,2,0\n,4,1\n3,,0\n", NULL, "nan,0,1\n", { .missing = RG_MISSING_MEAN }, { NULL },
      "1 2; 2 4; 3 3 | 0 1 0", "2 0 | 1",
      "3 missing numbers of the inputs are filled by the training examples' means\n1 of the 2 classes have no validation example: 0\n" },
    { "missing numbers by the median", "1,0\n2,1\n9,0\n?,1\n4,0\n", NULL, NULL, { .missing = RG_MISSING_MEDIAN }, { NULL },
      "1; 2; 9; 3; 4 | 0 1 0 1 0", NULL, "1 missing numbers of the inputs are filled by the training examples' medians\n" },
    { "only some rows", "1,0\n2,1\n3,0\n4,1\n", NULL, NULL, { .part = { { .first = 1, .count = 2 } } }, { NULL }, "2; 3 | 1 0", NULL, "" },
    { "words of the rows that are taken", "1,pear\n2,plum\n3,apple\n", NULL, NULL, { .part = { { .count = 2 } } }, { NULL }, "1; 2 | 0 1", NULL,
      "" },
    { "classes of the whole file", "1,0\n2,1\n3,2\n", NULL, NULL, { .part = { { .count = 2 } } }, { NULL }, "1; 2 | 0 1", NULL,
      "1 of the 3 classes have no training example: 2\n" },
    { "real targets", "1,0.5\n2,-3\n", NULL, NULL, { .target = RG_TARGET_REALS }, { NULL }, "1; 2 | 0.5 -3", NULL, "" },
    { "standardised", "1,7,0\n3,7,1\n5,7,0\n7,7,1\n", NULL, "4,8,0\n8,7,1\n", { .standardize = 1 }, { NULL },
      "-1.34164 0; -0.447214 0; 0.447214 0; 1.34164 0 | 0 1 0 1", "0 1; 1.78885 0 | 0 1", "" },
    { "real targets standardised", "1,2\n3,6\n", NULL, "2,8\n", { .target = RG_TARGET_REALS, .standardize = 1 }, { NULL },
      "-1; 1 | -1 1", "0 | 2", "" },
    { "scaled", "1,0\n2,1\n", NULL, NULL, { .scale = .5 }, { NULL }, "0.5; 1 | 0 1", NULL, "" },
    { "scales that differ", "a,small,b,y\n1,0.001,7,0\n4000,0.002,7,1\n", NULL, NULL, { .pool = 0 }, { NULL },
      "1 0.001 7; 4000 0.002 7 | 0 1", NULL,
      "the inputs differ in scale by 10^6: a has the deviation 2e+03, small has 0.0005; standardize makes them alike\n" },
    { "sparse rows, of another width", "1 1:2 3:4\n-1 2:5\n", NULL, "-1 1:1\n1 2:7\n", { .pool = 0 }, { NULL }, "2 0 4; 0 5 0 | 1 0",
      "1 0 0; 0 7 0 | 0 1", "x.csv: the labels -1 and 1 are the classes 0 and 1\n" },
};

/* Fill in the paths, and load. */
static rg_status
load (int i, rg_dataset *sets[RG_PARTS], const rg_log *log, rg_fault *fault, rg_message *message)
{
    rg_examples_spec spec = loaded[i].spec;
    spec.size = sizeof spec;
    spec.part[RG_TRAINING].inputs = "x.csv";
    spec.part[RG_TRAINING].targets = loaded[i].y != NULL ? "y.csv" : NULL;
    spec.part[RG_VALIDATION].inputs = loaded[i].v != NULL ? "v.csv" : NULL;
    while (spec.part[RG_TRAINING].column_count < 3 && loaded[i].columns[spec.part[RG_TRAINING].column_count] != NULL)
        spec.part[RG_TRAINING].column_count++;
    spec.part[RG_TRAINING].columns = (const char *const *) loaded[i].columns;
    write_file ("x.csv", loaded[i].x);
    if (loaded[i].y != NULL)
        write_file ("y.csv", loaded[i].y);
    if (loaded[i].v != NULL)
        write_file ("v.csv", loaded[i].v);
    return rg_examples_load (sets, &spec, log, fault, message);
}

START_TEST (files_become_sets)
{
    notes all = { "" };
    const rg_log log = { write_note, &all };
    rg_dataset *sets[RG_PARTS];
    rg_message message = { "" };
    char got[512];
    ck_assert_msg (load (_i, sets, &log, NULL, &message) == RG_OK, "%s: %s", loaded[_i].label, message.text);
    describe (sets[RG_TRAINING], got, sizeof got);
    ck_assert_msg (strcmp (got, loaded[_i].training) == 0, "%s:\n got      %s\n expected %s", loaded[_i].label, got,
                   loaded[_i].training);
    ck_assert_int_eq (sets[RG_VALIDATION] == NULL, loaded[_i].validation == NULL);
    if (sets[RG_VALIDATION] != NULL) {
        describe (sets[RG_VALIDATION], got, sizeof got);
        ck_assert_msg (strcmp (got, loaded[_i].validation) == 0, "%s:\n got      %s\n expected %s", loaded[_i].label, got,
                       loaded[_i].validation);
    }
    ck_assert_msg (strcmp (all.text, loaded[_i].note) == 0, "%s:\n got      %s\n expected %s", loaded[_i].label, all.text,
                   loaded[_i].note);
    free_sets (sets);
}
END_TEST

START_TEST (loading_survives_any_failing_allocation)
{
    for (failing_memory memory = failing_first (); memory.failed;) {
        rg_dataset *sets[RG_PARTS];
        failing_begin (&memory);
        const rg_status status = load (_i, sets, NULL, NULL, NULL);
        failing_end (&memory, status);
        ck_assert_int_eq (sets[RG_TRAINING] == NULL, memory.failed);
        free_sets (sets);
    }
}
END_TEST

static const struct {
    const char *label, *x, *y, *v;
    rg_examples_spec spec;
    const char *column;
    rg_status status;
    int part;
    rg_about about;
    const char *sentence;
} refused[] = {
    { "a missing number", "a,b,c\n1,2,0\n3,,1\n", NULL, NULL, { .pool = 0 }, NULL, RG_EINPUT, 0, RG_ABOUT_INPUTS,
      "x.csv:3:2: column b: the number is missing; missing: mean or median would fill it" },
    { "a missing label", "1,2,0\n3,4,\n", NULL, NULL, { .pool = 0 }, NULL, RG_EINPUT, 0, RG_ABOUT_TARGETS,
      "x.csv:2:3: the label is missing" },
    { "a missing target", "1,2\n3,na\n", NULL, NULL, { .target = RG_TARGET_REALS }, NULL, RG_EINPUT, 0, RG_ABOUT_TARGETS,
      "x.csv:2:2: the target is missing" },
    { "a column without a number", "1,,0\n3,,1\n", NULL, NULL, { .missing = RG_MISSING_MEAN }, NULL, RG_EINPUT, 0, RG_ABOUT_MISSING,
      "x.csv:1:2: no training example has a number in this column" },
    { "a text among the inputs", "a,b,c\n1,x,0\n3,4,1\n", NULL, NULL, { .pool = 0 }, NULL, RG_EINPUT, 0, RG_ABOUT_INPUTS,
      "x.csv:2:2: column b: expected a number, got 'x'" },
    { "a decimal comma", "a;b\n1,5;0\n2;1\n", NULL, NULL, { .pool = 0 }, NULL, RG_EINPUT, 0, RG_ABOUT_INPUTS,
      "x.csv:2:1: column a: expected a number, got '1,5', which has a decimal comma: write a point" },
    { "a text among numbers as labels", "1,0\n2,1\n3,O\n", NULL, NULL, { .pool = 0 }, NULL, RG_EINPUT, 0, RG_ABOUT_TARGETS,
      "x.csv:3:2: expected a number, got 'O'" },
    { "a text as a real target", "1,a\n2,b\n", NULL, NULL, { .target = RG_TARGET_REALS }, NULL, RG_EINPUT, 0, RG_ABOUT_TARGETS,
      "x.csv:1:2: expected a number, got 'a'" },
    { "a class unseen in training", "1,pear\n2,apple\n", NULL, "5,apple\n6,plum\n", { .pool = 0 }, NULL, RG_EINPUT, 1,
      RG_ABOUT_TARGETS, "v.csv:2:2: expected a class that the training examples have, got 'plum'" },
    { "words where training has numbers", "1,0\n2,1\n", NULL, "5,apple\n", { .pool = 0 }, NULL, RG_EINPUT, 1, RG_ABOUT_TARGETS,
      "v.csv:1:2: expected a number, as the labels of the training examples are, got 'apple'" },
    { "numbers where training has words", "1,a\n2,b\n", NULL, "5,0\n6,0\n", { .pool = 0 }, NULL, RG_EINPUT, 1, RG_ABOUT_TARGETS,
      "v.csv:1:2: expected a class that the training examples have, got 0" },
    { "another label beside -1 and 1", "1,-1\n2,1\n", NULL, "5,0\n", { .pool = 0 }, NULL, RG_EINPUT, 1, RG_ABOUT_TARGETS,
      "v.csv:1:2: expected a label of -1 or 1, got 0" },
    { "a label beyond 1 ... K", "1,1\n2,2\n3,2\n", NULL, "5,3\n", { .pool = 0 }, NULL, RG_EINPUT, 1, RG_ABOUT_TARGETS,
      "v.csv:1:2: expected one of the labels 1 ... of the training examples, got 3" },
    { "no such target", "a,b\n1,0\n2,1\n", NULL, NULL, { .part = { { .target = "y" } } }, NULL, RG_EINPUT, 0, RG_ABOUT_TARGET,
      "x.csv: expected a column 'y', by its name or its number from 1 to 2; it has a, b" },
    { "no such column", "1,2,0\n3,4,1\n", NULL, NULL, { .pool = 0 }, "4", RG_EINPUT, 0, RG_ABOUT_COLUMNS,
      "x.csv: expected a column '4', by its name or its number from 1 to 2" },
    { "the target among the columns", "a,b\n1,0\n2,1\n", NULL, NULL, { .pool = 0 }, "b", RG_EINPUT, 0, RG_ABOUT_COLUMNS,
      "x.csv: expected a column 'b', by its name or its number from 1 to 1; it has a" },
    { "a first line that may be either", "0,1\n5,0\n6,1\n", NULL, NULL, { .pool = 0 }, NULL, RG_EINPUT, 0, RG_ABOUT_INPUTS,
      "x.csv:1: the first line may be an example or the names of the columns: header says which" },
    { "two first lines that may be either", "0\n5\n6\n", "0\n1\n1\n", NULL, { .pool = 0 }, NULL, RG_EINPUT, 0, RG_ABOUT_INPUTS,
      "x.csv:1: the first line may be an example or the names of the columns: header says which" },
    { "rows that do not go together", "1\n5\n6\n", "1\n1\n", NULL, { .pool = 0 }, NULL, RG_ESHAPE, 0, RG_ABOUT_TARGETS,
      "y.csv: expected targets for the 3 examples of x.csv, got 2" },
    { "one column alone", "5\n6\n", NULL, NULL, { .pool = 0 }, NULL, RG_ESHAPE, 0, RG_ABOUT_INPUTS,
      "x.csv: expected at least 2 columns, inputs and a target, got 1" },
    { "another width", "1,2,0\n3,4,1\n", NULL, "5,0\n", { .pool = 0 }, NULL, RG_ESHAPE, 1, RG_ABOUT_PART,
      "expected 2 inputs an example as in data.train, got 1" },
    { "a split that leaves nothing", "1,0\n2,1\n", NULL, NULL, { .split = { 0, .1, 0 } }, NULL, RG_ERANGE, 0, RG_ABOUT_SPLIT,
      "0.1 of 2 examples leave no validation example" },
    { "a split that takes all", "1,0\n2,1\n", NULL, NULL, { .split = { 0, .5, .5 } }, NULL, RG_ERANGE, 0, RG_ABOUT_SPLIT,
      "the parts of 2 examples leave no training example" },
    { "an unknown format", "1,0\n2,1\n", NULL, NULL, { .part = { { .format = "tsv" } } }, NULL, RG_EINPUT, 0, RG_ABOUT_INPUTS,
      "x.csv: tsv: no such format" },
};

START_TEST (what_does_not_go_is_refused_by_file_row_and_column)
{
    rg_examples_spec spec = refused[_i].spec;
    spec.size = sizeof spec;
    rg_dataset *sets[RG_PARTS];
    rg_fault fault;
    rg_message message = { "" };
    const char *columns[] = { refused[_i].column };
    spec.part[RG_TRAINING].inputs = "x.csv";
    spec.part[RG_TRAINING].targets = refused[_i].y != NULL ? "y.csv" : NULL;
    spec.part[RG_VALIDATION].inputs = refused[_i].v != NULL ? "v.csv" : NULL;
    spec.part[RG_TRAINING].column_count = refused[_i].column != NULL;
    spec.part[RG_TRAINING].columns = columns;
    write_file ("x.csv", refused[_i].x);
    write_file ("y.csv", refused[_i].y == NULL ? "" : refused[_i].y);
    write_file ("v.csv", refused[_i].v == NULL ? "" : refused[_i].v);
    const rg_status status = rg_examples_load (sets, &spec, NULL, &fault, &message);
    ck_assert_msg (status == refused[_i].status && strcmp (message.text, refused[_i].sentence) == 0
                   && fault.part == refused[_i].part && fault.about == refused[_i].about,
                   "%s:\n got      %d (%d, %d) %s\n expected %d (%d, %d) %s", refused[_i].label, status, fault.part,
                   (int) fault.about, message.text, refused[_i].status, refused[_i].part, (int) refused[_i].about,
                   refused[_i].sentence);
    for (int part = 0; part < RG_PARTS; part++)
        ck_assert_ptr_null (sets[part]);
}
END_TEST

/* 120 rows, of class 0, 1, 2 in the ratio 1 : 3 : 8. */
static void
write_unbalanced (void)
{
    char text[4096] = "i,class\n";
    for (int i = 0; i < 120; i++)
        sprintf (text + strlen (text), "%d,%d\n", i, i < 10 ? 0 : i < 40 ? 1 : 2);
    write_file ("x.csv", text);
}

START_TEST (a_split_gives_each_part_its_share_of_each_class)
{
    rg_examples_spec spec = { .size = sizeof spec, .part = { { .inputs = "x.csv" } }, .split = { 0, .2, .3 }, .seed = test_seed () };
    rg_dataset *sets[RG_PARTS], *again[RG_PARTS], *other[RG_PARTS];
    static const uint32_t counts[RG_PARTS] = { 60, 24, 36 };
    static const int shares[RG_PARTS][3] = { { 5, 15, 40 }, { 2, 6, 16 }, { 3, 9, 24 } };
    int seen[120] = { 0 }, moved = 0;
    write_unbalanced ();
    ck_assert_int_eq (rg_examples_load (sets, &spec, NULL, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_examples_load (again, &spec, NULL, NULL, NULL), RG_OK);
    spec.seed++;
    ck_assert_int_eq (rg_examples_load (other, &spec, NULL, NULL, NULL), RG_OK);
    for (int part = 0; part < RG_FURTHER; part++) {
        int by_class[3] = { 0 };
        ck_assert_uint_eq (rg_dataset_count (sets[part]), counts[part]);
        for (uint32_t i = 0; i < counts[part]; i++) {
            double input;
            rg_dataset_gather_double (sets[part], &i, 1, &input);
            ck_assert (input == (double) rg_dataset_rows (sets[part])[i]);
            ck_assert_uint_eq (rg_dataset_rows (again[part])[i], rg_dataset_rows (sets[part])[i]);
            moved += rg_dataset_rows (other[part])[i] != rg_dataset_rows (sets[part])[i];
            seen[(int) input]++;
            by_class[rg_dataset_labels (sets[part])[i]]++;
        }
        for (int k = 0; k < 3; k++)
            ck_assert_msg (abs (by_class[k] - shares[part][k]) <= 1, "part %d, class %d: %d", part, k, by_class[k]);
    }
    for (int i = 0; i < 120; i++)
        ck_assert_int_eq (seen[i], 1);
    ck_assert_int_gt (moved, 60);
    free_sets (sets);
    free_sets (again);
    free_sets (other);
}
END_TEST

/* Training and validation examples together, in this order, are scaled by all of them; further examples likewise. */
START_TEST (parts_are_joined_and_further_examples_are_like_them)
{
    rg_examples_spec spec = { .size = sizeof spec, .part = { { .inputs = "x.csv" } }, .split = { 0, .25, 0 }, .seed = 3, .standardize = 1,
                              .target = RG_TARGET_REALS, .join = 1 };
    rg_dataset *sets[RG_PARTS];
    spec.part[RG_FURTHER].inputs = "x.csv";
    write_unbalanced ();
    for (failing_memory memory = failing_first (); memory.failed;) {
        FAILING (&memory, rg_examples_load (sets, &spec, NULL, NULL, NULL));
        if (memory.failed)
            free_sets (sets);
    }
    const rg_dataset *all = sets[RG_TRAINING], *further = sets[RG_FURTHER];
    ck_assert_uint_eq (rg_dataset_count (all), 120);
    ck_assert_uint_eq (rg_dataset_count (further), 120);
    ck_assert_double_eq_tol (rg_dataset_mean (all)[0], 59.5, 1e-12);
    ck_assert_double_eq (rg_dataset_mean (further)[0], rg_dataset_mean (all)[0]);
    for (uint32_t i = 0; i < 120; i++) {
        double one, other;
        const uint32_t row = (uint32_t) rg_dataset_rows (all)[i];
        ck_assert (i < 90 || row == rg_dataset_rows (sets[RG_VALIDATION])[i - 90]);
        rg_dataset_gather_double (all, &i, 1, &one);
        rg_dataset_gather_double (further, &row, 1, &other);
        ck_assert_double_eq (one, other);
        rg_dataset_gather_targets_double (all, &i, 1, &one);
        rg_dataset_gather_targets_double (further, &row, 1, &other);
        ck_assert_double_eq (one, other);
    }
    free_sets (sets);
}
END_TEST

START_TEST (a_split_standardises_by_the_training_part_alone)
{
    const rg_examples_spec spec = { .size = sizeof spec, .part = { { .inputs = "x.csv" } }, .split = { 0, .25, 0 }, .seed = 3, .standardize = 1,
                                    .target = RG_TARGET_REALS };
    rg_dataset *sets[RG_PARTS];
    write_unbalanced ();
    ck_assert_int_eq (rg_examples_load (sets, &spec, NULL, NULL, NULL), RG_OK);
    ck_assert_ptr_null (sets[RG_TESTING]);
    double sum = 0, squares = 0, expected = 0;
    const uint32_t count = rg_dataset_count (sets[RG_TRAINING]);
    for (uint32_t i = 0; i < count; i++) {
        double input;
        rg_dataset_gather_double (sets[RG_TRAINING], &i, 1, &input);
        sum += input;
        squares += input * input;
        expected += (double) rg_dataset_rows (sets[RG_TRAINING])[i];
    }
    ck_assert_uint_eq (count, 90);
    ck_assert (fabs (sum / count) < 1e-12 && fabs (squares / count - 1) < 1e-12);
    ck_assert (fabs (rg_dataset_mean (sets[RG_VALIDATION])[0] - expected / count) < 1e-12);
    ck_assert (rg_dataset_divisor (sets[RG_VALIDATION])[0] == rg_dataset_divisor (sets[RG_TRAINING])[0]);
    ck_assert (rg_dataset_target_mean (sets[RG_VALIDATION])[0] == rg_dataset_target_mean (sets[RG_TRAINING])[0]);
    ck_assert (rg_dataset_target_divisor (sets[RG_VALIDATION])[0] > 0);
    free_sets (sets);
}
END_TEST

START_TEST (names_are_kept)
{
    const rg_examples_spec spec = { .size = sizeof spec, .part = { { .inputs = "x.csv", .target = "kind" } } };
    rg_dataset *sets[RG_PARTS], *part;
    write_file ("x.csv", "length,kind,width\n1,pear,2\n3,apple,4\n");
    ck_assert_int_eq (rg_examples_load (sets, &spec, NULL, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_dataset_subset (&part, sets[RG_TRAINING], 1, 1, NULL), RG_OK);
    ck_assert_str_eq (rg_dataset_feature_name (part, 0), "length");
    ck_assert_str_eq (rg_dataset_feature_name (part, 1), "width");
    ck_assert_ptr_null (rg_dataset_feature_name (part, 2));
    ck_assert_str_eq (rg_dataset_class_name (part, 0), "apple");
    ck_assert_str_eq (rg_dataset_class_name (sets[RG_TRAINING], 1), "pear");
    ck_assert_ptr_null (rg_dataset_class_name (part, 2));
    rg_dataset_free (part);
    free_sets (sets);
}
END_TEST

START_TEST (what_is_centred_is_not_standardised)
{
    const rg_examples_spec spec = { .size = sizeof spec, .part = { { .inputs = "x.csv" } } };
    rg_dataset *sets[RG_PARTS];
    rg_message message;
    write_file ("x.csv", "1,0\n2,1\n");
    ck_assert_int_eq (rg_examples_load (sets, &spec, NULL, NULL, NULL), RG_OK);
    ck_assert_int_eq (rg_dataset_center (sets[0], sets[0], NULL), RG_OK);
    ck_assert_int_eq (rg_dataset_standardize (sets[0], sets[0], &message), RG_EUNSUPPORTED);
    ck_assert_str_eq (message.text, "the mean was subtracted before");
    free_sets (sets);
    ck_assert_int_eq (rg_examples_load (sets, &(rg_examples_spec) { .size = sizeof (rg_examples_spec), .pool = 0 }, NULL, NULL, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "expected the inputs of a training part");
    ck_assert_ptr_null (sets[0]);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("examples");
    TCase *examples = tcase_create ("examples");
    tcase_add_checked_fixture (examples, enter, scratch_remove);
    tcase_add_loop_test (examples, files_become_sets, 0, COUNT (loaded));
    tcase_add_loop_test (examples, loading_survives_any_failing_allocation, 0, COUNT (loaded));
    tcase_add_loop_test (examples, what_does_not_go_is_refused_by_file_row_and_column, 0, COUNT (refused));
    tcase_add_test (examples, a_split_gives_each_part_its_share_of_each_class);
    tcase_add_test (examples, a_split_standardises_by_the_training_part_alone);
    tcase_add_test (examples, parts_are_joined_and_further_examples_are_like_them);
    tcase_add_test (examples, names_are_kept);
    tcase_add_test (examples, what_is_centred_is_not_standardised);
    tcase_set_timeout (examples, 60);
    suite_add_tcase (suite, examples);
    return run_suite (suite);
}
