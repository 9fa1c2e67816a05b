/* check_config_tree.c -- trees know where their nodes stand, refuse what is not plain, and read back what they write. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include "failing_memory.h"

#include "base/memory.h"
#include "config/emit.h"
#include "base/number.h"
#include "config/parse.h"
#include "config/value.h"

#define LENGTH(table) ((int) (sizeof (table) / sizeof *(table)))

static rg_tree *
parse (const char *text)
{
    rg_tree *tree;
    rg_message message = { "" };
    const rg_status status = rg_tree_parse (&tree, "t.yaml", text, strlen (text), &message);
    ck_assert_msg (status == RG_OK, "%s", message.text);
    return tree;
}

static const struct {
    const char *label, *text, *sentence;
} refused[] = {
    { "empty", "", "t.yaml:1:1: the file is empty" },
    { "comments", "# a\n# b\n", "t.yaml:3:1: the file is empty" },
    { "empty document", "---\n", "t.yaml:1:1: the file is empty" },
    { "list", "[1, 2]", "t.yaml:1:1: expected keys and values, got a list" },
    { "scalar", "20", "t.yaml:1:1: expected keys and values, got 20" },
    { "duplicate key", "a: 1\nb: 2\na: 3\n", "t.yaml:3:1: key a is here twice" },
    { "nested duplicate", "a: {b: 1, 'b': 2}\n", "t.yaml:1:11: key b is here twice" },
    { "anchor", "a: &x 1\n", "t.yaml:1:4: anchors (&name) are not allowed" },
    { "anchor of a map", "a: &x {b: 1}\n", "t.yaml:1:4: anchors (&name) are not allowed" },
    { "anchored key", "&x a: 1\n", "t.yaml:1:1: anchors (&name) are not allowed" },
    { "alias", "a: *x\n", "t.yaml:1:4: aliases (*name) are not allowed" },
    { "tag", "a: !!int 1\n", "t.yaml:1:4: tags (!name) are not allowed" },
    { "tag of a list", "a: !x [1]\n", "t.yaml:1:4: tags (!name) are not allowed" },
    { "second document", "a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document is not allowed" },
    { "map as a key", "{a: 1}: 2\n", "t.yaml:1:1: expected a key" },
    { "NUL", "a: \"x\\0y\"\n", "t.yaml:1:4: a NUL character is not allowed" },
    { "NUL in a key", "\"x\\0y\": 1\n", "t.yaml:1:1: a NUL character is not allowed" },
    { "long key", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: 1\n",
      "t.yaml:1:1: a key of more than 64 bytes" },
    { "deep", "a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "t.yaml:1:35: too many maps and lists inside each other" },
    { "tab", "a:\n\tb: 1\n",
      "t.yaml:2:1: not valid YAML: found character that cannot start any token" },
    { "not closed", "a: [1, 2\n", "t.yaml:2:1: not valid YAML: did not find expected ',' or ']'" },
    { "not UTF-8", "a: \xff\n", "t.yaml:1:1: not UTF-8 text: invalid leading UTF-8 octet at byte 3" },
};

START_TEST (what_is_not_plain_is_refused_with_its_position)
{
    rg_tree *tree = (rg_tree *) &tree;
    rg_message message = { "" };
    ck_assert_msg (rg_tree_parse (&tree, "t.yaml", refused[_i].text, strlen (refused[_i].text), &message)
                   == RG_EINPUT, "%s", refused[_i].label);
    ck_assert_ptr_null (tree);
    ck_assert_str_eq (message.text, refused[_i].sentence);
}
END_TEST

START_TEST (too_large_texts_and_maps_are_refused)
{
    rg_tree *tree;
    rg_message message;
    char *text = malloc (RG_TREE_BYTES + 1), *at = text;
    memset (text, '#', RG_TREE_BYTES + 1);
    ck_assert_int_eq (rg_tree_parse (&tree, "t.yaml", text, RG_TREE_BYTES + 1, &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "t.yaml: more than 1048576 bytes");
    for (int i = 0; i <= RG_TREE_KEYS; i++)
        at += sprintf (at, "k%d: 1\n", i);
    ck_assert_int_eq (rg_tree_parse (&tree, "t.yaml", text, strlen (text), &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "t.yaml:1001:1: too many keys in one map");
    free (text);
}
END_TEST

START_TEST (a_missing_file_is_refused)
{
    rg_tree *tree;
    rg_message message;
    ck_assert_int_eq (rg_tree_read (&tree, "no-such-file.yaml", &message), RG_EINPUT);
    ck_assert_str_eq (message.text, "no-such-file.yaml: cannot read: No such file or directory");
}
END_TEST

static const struct {
    const char *text;
    int whole, real; /* whether it reads as one */
    double value;
} numbers[] = {
    { "0", 1, 1, 0 },          { "40", 1, 1, 40 },        { "-7", 1, 1, -7 },      { "+7", 1, 1, 7 },
    { "040", 0, 0, 0 },        { "-040", 0, 0, 0 },       { "00", 0, 0, 0 },       { "1e3", 1, 1, 1000 },
    { "1E+3", 1, 1, 1000 },    { "1.5e-3", 0, 1, .0015 }, { ".01", 0, 1, .01 },    { "1.", 1, 1, 1 },
    { "0.04x", 0, 0, 0 },      { "00.4", 0, 0, 0 },       { "20.5", 0, 1, 20.5 },  { "0x10", 0, 0, 0 },
    { "inf", 0, 0, 0 },        { ".inf", 0, 0, 0 },       { "nan", 0, 0, 0 },      { ".nan", 0, 0, 0 },
    { "1e999", 0, 0, 0 },      { "1e-999", 0, 0, 0 },     { "0e-999", 1, 1, 0 },   { "1e", 0, 0, 0 },
    { "e3", 0, 0, 0 },         { ".", 0, 0, 0 },          { "-", 0, 0, 0 },        { "", 0, 0, 0 },
    { " 1", 0, 0, 0 },         { "1 ", 0, 0, 0 },         { "1_000", 0, 0, 0 },    { "1,5", 0, 0, 0 },
    { "--1", 0, 0, 0 },        { "1.2.3", 0, 0, 0 },      { "9007199254740991", 1, 1, 9007199254740991. },
    { "9007199254740992", 0, 1, 9007199254740992. },      { "99999999999999999999", 0, 1, 1e20 },
    { "-1.5e3", 1, 1, -1500 }, { "250e-1", 1, 1, 25 }, { "255e-1", 0, 1, 25.5 }, { "9e15", 1, 1, 9e15 },
    { "1e16", 0, 1, 1e16 },    { "1e99", 0, 1, 1e99 },    { "1e-3", 0, 1, .001 },  { "20.0", 1, 1, 20 },
    { "1000.00000000000000000001", 0, 1, 1000 },          { "0.00001e5", 1, 1, 1 },
    { "9007199254740.992e3", 0, 1, 9007199254740992. },   { "1000000000000000000000e-20", 1, 1, 10 },
};

START_TEST (numbers_are_read_whole_or_not_at_all)
{
    int64_t whole = -99;
    double real = -99;
    const char *text = numbers[_i].text;
    ck_assert_msg (rg_read_whole (text, &whole) == numbers[_i].whole, "whole %s", text);
    ck_assert_msg (rg_read_real (text, &real) == numbers[_i].real, "real %s", text);
    ck_assert_msg (whole == (numbers[_i].whole ? (int64_t) numbers[_i].value : -99), "whole %s", text);
    ck_assert_msg (fabs (real - (numbers[_i].real ? numbers[_i].value : -99)) <= 0, "real %s", text);
}
END_TEST

static const struct {
    const char *text;
    uint64_t bytes; /* 0: refused */
} sizes[] = {
    { "1", 1 },         { "4096", 4096 },    { "1KiB", 1024 },  { "2 MiB", 2097152 }, { "1.5 GiB", 1610612736 },
    { "1.5", 0 },       { "0", 0 },          { "-1 KiB", 0 },   { "1 MB", 0 },        { "1 Mib", 0 },
    { "1  MiB", 0 },    { "1 MiB ", 0 },     { "MiB", 0 },      { "1e30 GiB", 0 },    { "040", 0 },
    { "1e6", 1000000 },
};

START_TEST (sizes_have_binary_suffixes)
{
    uint64_t bytes = 0;
    ck_assert_msg (rg_read_bytes (sizes[_i].text, &bytes) == (sizes[_i].bytes != 0), "%s", sizes[_i].text);
    ck_assert_uint_eq (bytes, sizes[_i].bytes);
}
END_TEST

START_TEST (fractions_are_of_positive_whole_numbers)
{
    static const char *const bad[] = { "9/", "/10", "9/0", "0/9", "-9/10", "9/-10", "9/10/11", "9/010", "9 /10", "0.9/1", "1e1/2" };
    int64_t n = -1, d = -1;
    for (int i = 0; i < LENGTH (bad); i++)
        ck_assert_msg (!rg_read_fraction (bad[i], &n, &d) && n == -1 && d == -1, "%s", bad[i]);
    ck_assert (rg_read_fraction ("9/10", &n, &d));
    ck_assert_int_eq (n, 9);
    ck_assert_int_eq (d, 10);
}
END_TEST

static const char sample[] = "seed: 1\n"
                             "inner: {steps: 40}\n"
                             "hyper:\n"
                             "  - {name: rate, init: 0.3}\n"
                             "  - {name: decay, init: 9/10}\n"
                             "files: {relative: a/x.npy, absolute: /b/x.npy}\n"
                             "memory: 2 MiB\n"
                             "\"odd\": \"20\"\n";

START_TEST (paths_go_through_maps_positions_and_names)
{
    rg_tree *tree = parse (sample);
    int64_t n = 0, d = 0;
    ck_assert_int_eq (rg_tree_whole (tree, "inner.steps"), 40);
    ck_assert_str_eq (rg_tree_text (tree, "hyper.0.name"), "rate");
    ck_assert_str_eq (rg_tree_text (tree, "hyper.rate.init"), "0.3");
    ck_assert_double_eq (rg_tree_real (tree, "hyper.decay.init"), 0.9);
    ck_assert (rg_tree_fraction (tree, "hyper.1.init", &n, &d) && n == 9 && d == 10);
    ck_assert (!rg_tree_fraction (tree, "hyper.0.init", &n, &d));
    ck_assert (!rg_tree_fraction (tree, "absent", &n, &d));
    ck_assert_uint_eq (rg_tree_bytes (tree, "memory"), 2097152);
    ck_assert (rg_tree_is_number (tree, "hyper.rate.init") && !rg_tree_is_number (tree, "odd"));
    ck_assert_uint_eq (rg_tree_count (tree, "hyper"), 2);
    ck_assert_uint_eq (rg_tree_count (tree, "absent"), 0);
    static const char *const absent[] = { "inne", "innerr", "inner.step", "inner.steps.x", "hyper.2", "hyper.l2",
                                          "hyper.00", "inner..steps", ".", "hyper.99999999999999999999" };
    for (int i = 0; i < LENGTH (absent); i++)
        ck_assert_msg (!rg_tree_has (tree, absent[i]), "%s", absent[i]);
    rg_tree_free (tree);
}
END_TEST

START_TEST (files_are_relative_to_the_config)
{
    static const struct {
        const char *config, *path, *file;
    } cases[] = { { "t.yaml", "files.relative", "a/x.npy" },
                  { "d/e/t.yaml", "files.relative", "d/e/a/x.npy" },
                  { "/t.yaml", "files.relative", "/a/x.npy" },
                  { "d/e/t.yaml", "files.absolute", "/b/x.npy" } };
    for (int i = 0; i < LENGTH (cases); i++) {
        rg_tree *tree;
        char *file;
        ck_assert_int_eq (rg_tree_parse (&tree, cases[i].config, sample, strlen (sample), NULL), RG_OK);
        ck_assert_int_eq (rg_tree_file_at (tree, cases[i].path, &file), RG_OK);
        ck_assert_str_eq (file, cases[i].file);
        rg_free (file);
        rg_tree_free (tree);
    }
}
END_TEST

START_TEST (errors_stand_at_the_node_or_its_nearest_ancestor)
{
    rg_tree *tree = parse (sample);
    rg_message message;
    ck_assert_int_eq (rg_tree_fail (tree, "inner.steps", &message, RG_ERANGE, "no %d", 1), RG_ERANGE);
    ck_assert_str_eq (message.text, "t.yaml:2:16: inner.steps: no 1");
    (void) rg_tree_fail_at_key (tree, "inner.steps", &message, RG_EINPUT, "no");
    ck_assert_str_eq (message.text, "t.yaml:2:9: inner.steps: no");
    (void) rg_tree_fail (tree, "inner.rate", &message, RG_EINPUT, "no");
    ck_assert_str_eq (message.text, "t.yaml:2:8: inner.rate: no");
    (void) rg_tree_fail (tree, "", &message, RG_EINPUT, "no");
    ck_assert_str_eq (message.text, "t.yaml:1:1: no");
    rg_tree_free (tree);
}
END_TEST

static const struct {
    const char *assignment, *sentence; /* NULL: accepted */
} sets[] = {
    { "inner.steps=1000", NULL },
    { "inner.rate=0.3", NULL },
    { "a.b.c=[1, {d: 2}]", NULL },
    { "hyper.rate.init=0.5", NULL },
    { "hyper.2={name: l2}", NULL },
    { "hyper.2.name=l2", NULL },
    { "seed=null", NULL },
    { "absent.key=null", NULL },
    { "text=a=b", NULL },
    { "inner.steps", "command line: expected key=value, got inner.steps" },
    { "=1", "command line: expected key=value, got =1" },
    { "inner.steps=", "command line: inner.steps: there is no value" },
    { "inner.steps=[1", "command line: inner.steps: not valid YAML: did not find expected ',' or ']'" },
    { "inner.steps=*x", "command line: inner.steps: aliases (*name) are not allowed" },
    { "inner={a: 1, a: 2}", "command line: inner: key a is here twice" },
    { "inner.steps.more=1", "command line: inner.steps.more: inner.steps is 40, which has no keys" },
    { "hyper.l2.init=1", "command line: hyper.l2.init: no entry of hyper is called l2" },
    { "hyper.4.init=1", "command line: hyper.4.init: no entry of hyper is called 4" },
    { "inner..steps=1", "command line: inner..steps: expected a path such as inner.steps" },
    { ".=1", "command line: .: expected a path such as inner.steps" },
    { "a.b.c.d.e.f.g.h.i=1", "command line: a.b.c.d.e.f.g.h.i: expected a path such as inner.steps" },
};

/* The emitted text; the caller frees it. */
static char *
emit (const rg_tree *tree)
{
    char *text;
    size_t bytes;
    ck_assert_int_eq (rg_tree_emit (tree, &text, &bytes), RG_OK);
    ck_assert_uint_eq (strlen (text), bytes);
    return text;
}

START_TEST (set_replaces_or_creates_or_says_why_not)
{
    rg_tree *tree = parse (sample);
    rg_message message = { "" };
    char *before = emit (tree);
    const rg_status status = rg_tree_set (tree, sets[_i].assignment, &message);
    if (sets[_i].sentence == NULL) {
        ck_assert_msg (status == RG_OK, "%s", message.text);
    } else {
        char *after = emit (tree);
        ck_assert_int_eq (status, RG_EINPUT);
        ck_assert_str_eq (message.text, sets[_i].sentence);
        ck_assert_str_eq (before, after);
        rg_free (after);
    }
    rg_free (before);
    rg_tree_free (tree);
}
END_TEST

START_TEST (set_nodes_say_that_they_come_from_the_command_line)
{
    rg_tree *tree = parse (sample);
    rg_message message;
    ck_assert_int_eq (rg_tree_set (tree, "inner.steps=1000", NULL), RG_OK);
    ck_assert_int_eq (rg_tree_whole (tree, "inner.steps"), 1000);
    (void) rg_tree_fail (tree, "inner.steps", &message, RG_EINPUT, "no");
    ck_assert_str_eq (message.text, "command line: inner.steps: no");
    ck_assert_int_eq (rg_tree_set (tree, "a.b=[1, [2]]", NULL), RG_OK);
    (void) rg_tree_fail (tree, "a.b.1.0", &message, RG_EINPUT, "no");
    ck_assert_str_eq (message.text, "command line: a.b.1.0: no");
    ck_assert_int_eq (rg_tree_set (tree, "hyper.rate.init=x.npy", NULL), RG_OK);
    ck_assert_str_eq (rg_tree_text (tree, "hyper.0.init"), "x.npy");
    ck_assert_int_eq (rg_tree_set (tree, "hyper.rate=null", NULL), RG_OK);
    ck_assert_str_eq (rg_tree_text (tree, "hyper.0.name"), "decay");
    rg_tree_free (tree);
}
END_TEST

static const struct {
    const char *text, *emitted;
} round_trips[] = {
    { "{}", "{}\n" },
    { "{a: 1, b: 'x', c: ~}", "a: 1\nb: \"x\"\nc: null\n" },
    { "a: [9, 7, \"5\"]", "a: [9, 7, \"5\"]\n" },
    { "a: []\nb: {}\nc: ''", "a: []\nb: {}\nc: \"\"\n" },
    { "a: [[1, 2], {b: {c: d}, e: []}, ~]",
      "a:\n  - [1, 2]\n  - b:\n      c: d\n    e: []\n  - null\n" },
    { "a: step*array\nb: 9/10\nc: 2 MiB", "a: step*array\nb: 9/10\nc: \"2 MiB\"\n" },
    { "'a b': 'null'\n\"\": 'true'", "\"a b\": \"null\"\n\"\": \"true\"\n" },
    { "a: \"\\\"\\\\\\n\\t\\x7f\\u2028\xc3\xa9\\U0001F600\"", "a: \"\\\"\\\\\\u000A\\u0009\\u007F\\u2028\xc3\xa9\xf0\x9f\x98\x80\"\n" },
    { "a: |\n  x\n  y\nb: one\n  two", "a: \"x\\u000Ay\\u000A\"\nb: \"one two\"\n" },
};

START_TEST (what_is_written_reads_back_the_same)
{
    rg_tree *tree = parse (round_trips[_i].text);
    char *first = emit (tree);
    ck_assert_str_eq (first, round_trips[_i].emitted);
    rg_tree *again = parse (first);
    char *second = emit (again);
    ck_assert_str_eq (first, second);
    rg_free (first);
    rg_free (second);
    rg_tree_free (tree);
    rg_tree_free (again);
}
END_TEST

/* Parse, set and emit. */
static void
write_and_fail (failing_memory *memory)
{
    rg_tree *tree = NULL;
    char *text = NULL;
    size_t bytes;
    failing_begin (memory);
    rg_status status = rg_tree_parse (&tree, "t.yaml", sample, strlen (sample), NULL);
    if (status == RG_OK)
        status = rg_tree_set (tree, "a.b.c=[1, {d: 2}, x, y, z]", NULL);
    if (status == RG_OK)
        status = rg_tree_set (tree, "inner.steps=7", NULL);
    if (status == RG_OK)
        status = rg_tree_emit (tree, &text, &bytes);
    failing_end (memory, status);
    rg_free (text);
    rg_tree_free (tree);
}

START_TEST (every_failed_allocation_is_a_status)
{
    failing_memory memory = failing_first ();
    while (memory.failed)
        write_and_fail (&memory);
    ck_assert_int_gt (memory.failures, 30);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("config tree");
    TCase *reading = tcase_create ("reading"), *lookup = tcase_create ("paths"), *change = tcase_create ("set"),
          *writing = tcase_create ("writing");
    tcase_add_loop_test (reading, what_is_not_plain_is_refused_with_its_position, 0, LENGTH (refused));
    tcase_add_test (reading, too_large_texts_and_maps_are_refused);
    tcase_add_test (reading, a_missing_file_is_refused);
    tcase_add_loop_test (reading, numbers_are_read_whole_or_not_at_all, 0, LENGTH (numbers));
    tcase_add_loop_test (reading, sizes_have_binary_suffixes, 0, LENGTH (sizes));
    tcase_add_test (reading, fractions_are_of_positive_whole_numbers);
    tcase_add_test (lookup, paths_go_through_maps_positions_and_names);
    tcase_add_test (lookup, files_are_relative_to_the_config);
    tcase_add_test (lookup, errors_stand_at_the_node_or_its_nearest_ancestor);
    tcase_add_loop_test (change, set_replaces_or_creates_or_says_why_not, 0, LENGTH (sets));
    tcase_add_test (change, set_nodes_say_that_they_come_from_the_command_line);
    tcase_add_loop_test (writing, what_is_written_reads_back_the_same, 0, LENGTH (round_trips));
    tcase_add_test (writing, every_failed_allocation_is_a_status);
    suite_add_tcase (suite, reading);
    suite_add_tcase (suite, lookup);
    suite_add_tcase (suite, change);
    suite_add_tcase (suite, writing);
    return run_suite (suite);
}
