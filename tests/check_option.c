/* check_option.c -- options as data: presets, values from texts and of types, nested kinds, refusals with their place. */
#include "testing.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/option.h"
#include "failing_memory.h"

/* --- a kind with options of every plain kind --- */

typedef struct {
    int64_t steps;
    uint32_t narrow;
    double rate;
    int flag, flag_given, order;
    size_t bytes;
    char *label, *file;
    rg_real_or_file init, decay;
    rg_per per;
    rg_wholes kernel, layers, sharing;
    rg_reals grid;
    rg_texts names;
    rg_groups groups;
} plain;

static const rg_range odd = { -3, 2.5, 1, 1 };
static const rg_option plain_options[] = {
    { "steps", RG_OPTION_WHOLE, RG_FIELD (plain, steps), RG_POSITIVE, "12", "a length" },
    { "narrow", RG_OPTION_WHOLE, RG_FIELD (plain, narrow), RG_NOT_NEGATIVE, NULL, "of 4 bytes" },
    { "rate", RG_OPTION_REAL, RG_FIELD (plain, rate), &odd, "-1.5e0", "a number" },
    { "flag", RG_OPTION_FLAG, RG_FIELD (plain, flag), NULL, NULL, "yes or no", RG_GIVEN (plain, flag_given) },
    { "order", RG_OPTION_WORD, RG_FIELD (plain, order), NULL, "shuffled", "a word", .words = "cyclic|shuffled|random" },
    { "bytes", RG_OPTION_BYTES, RG_FIELD (plain, bytes), NULL, "2 KiB", "a size" },
    { "label", RG_OPTION_TEXT, RG_FIELD (plain, label), NULL, "none", "a text" },
    { "file", RG_OPTION_FILE, RG_FIELD (plain, file), NULL, NULL, "a file" },
    { "init", RG_OPTION_REAL_OR_FILE, RG_FIELD (plain, init), RG_POSITIVE, NULL, "a number or a file" },
    { "decay", RG_OPTION_FRACTION_OR_FILE, RG_FIELD (plain, decay), RG_FRACTION, "9/10", "a fraction" },
    { "per", RG_OPTION_PER, RG_FIELD (plain, per), NULL, NULL, "a scope", .words = "all|step|layer" },
    { "kernel", RG_OPTION_WHOLES, RG_FIELD (plain, kernel), RG_POSITIVE, "3", "sides", .least = 1, .most = 2, .words = "same|full" },
    { "layers", RG_OPTION_WHOLES, RG_FIELD (plain, layers), RG_POSITIVE, "[4, 2]", "widths", .least = 2 },
    { "sharing", RG_OPTION_WORDS, RG_FIELD (plain, sharing), NULL, NULL, "words", .words = "separate|tied" },
    { "grid", RG_OPTION_REALS, RG_FIELD (plain, grid), NULL, "[.5, 1]", "numbers", .least = 2 },
    { "names", RG_OPTION_TEXTS, RG_FIELD (plain, names), NULL, "[b]", "texts", .least = 1 },
    { "groups", RG_OPTION_GROUPS, RG_FIELD (plain, groups), NULL, NULL, "groups" },
    { 0 }
};

START_TEST (presets_are_written_and_what_has_none_is_zero)
{
    plain p;
    memset (&p, '#', sizeof p);
    ck_assert_int_eq (rg_option_defaults (plain_options, &p, NULL), RG_OK);
    ck_assert (p.steps == 12 && p.narrow == 0 && p.rate == -1.5 && p.order == 1 && p.bytes == 2048);
    ck_assert (p.flag == 0 && p.flag_given == 0 && p.file == NULL && !p.init.given && !p.per.given);
    ck_assert (p.decay.given && p.decay.value == .9 && p.decay.numerator == 9 && p.decay.denominator == 10);
    ck_assert (p.kernel.count == 1 && p.kernel.values[0] == 3 && p.kernel.word == 0);
    ck_assert (p.layers.count == 2 && p.layers.values[0] == 4 && p.layers.values[1] == 2);
    ck_assert (p.grid.count == 2 && p.grid.values[0] == .5 && p.grid.values[1] == 1 && p.names.count == 1);
    ck_assert_str_eq (p.label, "none");
    rg_option_clear (plain_options, &p);
    ck_assert (p.label == NULL && p.kernel.values == NULL && p.kernel.count == 0);
}
END_TEST

START_TEST (texts_are_read)
{
    plain p;
    rg_message m;
    static const char *const given[][2] = {
        { "steps", "9007199254740991" }, { "narrow", "2147483647" }, { "rate", "2.385" }, { "flag", "true" }, { "order", "random" },
        { "bytes", "1.5KiB" }, { "label", "x y" }, { "file", "/a" }, { "init", "w.npy" }, { "decay", ".25" }, { "per", "layer*step" },
        { "kernel", "[5, 7]" }, { "layers", "[ 7,8 , 9 ]" }, { "sharing", "[tied, separate, tied]" }, { "grid", "[1, -2.5e3]" },
        { "names", "W1" }, { "groups", "g.npy" },
    };
    ck_assert_int_eq (rg_option_defaults (plain_options, &p, NULL), RG_OK);
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        ck_assert_msg (rg_option_set (plain_options, &p, given[i][0], given[i][1], &m) == RG_OK, "%s: %s", given[i][0], m.text);
    ck_assert (p.steps == INT64_C (9007199254740991) && p.narrow == 2147483647 && p.rate == 2.385 && p.flag && p.flag_given);
    ck_assert (p.order == 2 && p.bytes == 1536 && p.decay.value == .25 && p.decay.denominator == 0 && p.init.file != NULL);
    ck_assert (p.per.given && p.per.word == 2 && p.per.per_step && p.kernel.count == 2 && p.kernel.values[1] == 7);
    ck_assert (p.layers.count == 3 && p.layers.values[2] == 9 && p.sharing.count == 3 && p.sharing.values[0] == 1);
    ck_assert (p.sharing.values[1] == 0 && p.grid.values[1] == -2500 && p.names.count == 1 && p.groups.count == 0);
    ck_assert_str_eq (p.init.file, "w.npy");
    ck_assert_str_eq (p.names.values[0], "W1");
    ck_assert_str_eq (p.groups.file, "g.npy");
    ck_assert_str_eq (p.label, "x y");
    ck_assert_int_eq (rg_option_set (plain_options, &p, "kernel", "full", &m), RG_OK);
    ck_assert (p.kernel.count == 0 && p.kernel.word == 2);
    ck_assert_int_eq (rg_option_set (plain_options, &p, "per", "step", &m), RG_OK);
    ck_assert (p.per.word == 1 && p.per.per_step);
    rg_option_clear (plain_options, &p);
}
END_TEST

START_TEST (typed_values_are_taken)
{
    plain p;
    const rg_given whole = rg_given_whole (7), real = rg_given_real (.5), yes = rg_given_flag (3), name = rg_given_text ("b1");
    const rg_given wholes[] = { rg_given_whole (3), rg_given_whole (5) }, names[] = { name, name };
    const rg_given list = rg_given_list (2, wholes), pairs[] = { rg_given_list (2, names), rg_given_list (1, names) };
    const rg_given groups = rg_given_list (2, pairs);
    ck_assert_int_eq (rg_option_defaults (plain_options, &p, NULL), RG_OK);
    ck_assert_int_eq (rg_option_give (plain_options, &p, "steps", &whole, NULL), RG_OK);
    ck_assert_int_eq (rg_option_give (plain_options, &p, "narrow", &whole, NULL), RG_OK);
    ck_assert_int_eq (rg_option_give (plain_options, &p, "bytes", &whole, NULL), RG_OK);
    ck_assert_int_eq (rg_option_give (plain_options, &p, "rate", &real, NULL), RG_OK);
    ck_assert_int_eq (rg_option_give (plain_options, &p, "init", &whole, NULL), RG_OK);
    ck_assert_int_eq (rg_option_give (plain_options, &p, "flag", &yes, NULL), RG_OK);
    ck_assert_int_eq (rg_option_give (plain_options, &p, "kernel", &list, NULL), RG_OK);
    ck_assert_int_eq (rg_option_give (plain_options, &p, "groups", &groups, NULL), RG_OK);
    ck_assert (p.steps == 7 && p.narrow == 7 && p.bytes == 7 && p.rate == .5 && p.init.value == 7 && p.flag == 1);
    ck_assert (p.kernel.values[1] == 5 && p.groups.count == 2 && p.groups.values[0].count == 2 && p.groups.values[1].count == 1);
    ck_assert_str_eq (p.groups.values[1].values[0], "b1");
    rg_option_clear (plain_options, &p);
}
END_TEST

static const struct {
    const char *key, *text, *subject, *sentence;
} refused[] = {
    { "steps", "0", "steps", "expected a whole number ≥ 1, got 0" },
    { "steps", "12.5", "steps", "expected a whole number ≥ 1, got 12.5" },
    { "steps", "9007199254740993", "steps", "expected a whole number ≥ 1 and below 2^53, got 9007199254740993" },
    { "narrow", "2147483648", "narrow", "expected a whole number of at most 2147483647, got 2147483648" },
    { "rate", "-3", "rate", "expected a number > -3 and < 2.5, got -3" },
    { "rate", "2.5", "rate", "expected a number > -3 and < 2.5, got 2.5" },
    { "rate", "nan", "rate", "expected a number > -3 and < 2.5, got nan" },
    { "flag", "yes", "flag", "expected true or false, got yes" },
    { "order", "shufled", "order", "expected cyclic, shuffled or random, got shufled; did you mean shuffled?" },
    { "bytes", "0", "bytes", "expected a size such as 512 MiB or 4 GiB, got 0" },
    { "file", "", "file", "expected the name of a file or directory, got " },
    { "init", "0", "init", "expected a number > 0 or an .npy file, got 0" },
    { "init", "9/10", "init", "expected a number > 0 or an .npy file, got 9/10" },
    { "decay", "10/9", "decay", "expected a number from 0 to 1, a fraction such as 9/10 or an .npy file, got 10/9" },
    { "per", "all*layer", "per", "expected all, step or layer, or one of them times step such as step*array, got all*layer" },
    { "per", "step*step", "per", "expected all, step or layer, or one of them times step such as step*array, got step*step" },
    { "kernel", "[1, 2, 3]", "kernel", "expected at most two whole numbers, got 3" },
    { "kernel", "[1, 0]", "kernel.1", "expected a whole number ≥ 1, got 0" },
    { "kernel", "sane", "kernel", "expected a whole number ≥ 1 or a list, or same or full, got sane; did you mean same?" },
    { "layers", "7", "layers", "expected a list of at least two whole numbers ≥ 1, got 7" },
    { "layers", "[7]", "layers", "expected at least two whole numbers, got 1" },
    { "sharing", "tied", "sharing", "expected a list of words, each separate or tied, got tied" },
    { "sharing", "[tied, tide]", "sharing.1", "expected separate or tied, got tide; did you mean tied?" },
    { "grid", "[1, x]", "grid.1", "expected a number, got x" },
    { "groups", "[a, b]", "groups", "expected lists of names such as [[W1, b1], [W2, b2]] or an .npy file, got a list" },
    { "stps", "3", "stps", "unknown key; did you mean steps?" },
    { "qqq", "3", "qqq", "unknown key" },
};

START_TEST (a_refused_value_says_what_was_expected_and_where_and_changes_nothing)
{
    plain p, before;
    rg_message m;
    memset (&p, 0, sizeof p); /* its gaps, too */
    ck_assert_int_eq (rg_option_defaults (plain_options, &p, NULL), RG_OK);
    before = p;
    ck_assert_int_eq (rg_option_set (plain_options, &p, refused[_i].key, refused[_i].text, &m), RG_EINPUT);
    ck_assert_str_eq (m.text, refused[_i].sentence);
    ck_assert_str_eq (m.subject, refused[_i].subject);
    ck_assert_int_eq (m.of_name, strncmp (m.text, "unknown", 7) == 0);
    ck_assert_int_eq (rg_option_set (plain_options, &p, refused[_i].key, refused[_i].text, NULL), RG_EINPUT);
    ck_assert (memcmp (&p, &before, sizeof p) == 0);
    rg_option_clear (plain_options, &p);
}
END_TEST

START_TEST (a_struct_written_by_hand_is_checked)
{
    plain p;
    rg_message m;
    ck_assert_int_eq (rg_option_defaults (plain_options, &p, NULL), RG_OK);
    ck_assert_int_eq (rg_option_check (plain_options, &p, &m), RG_OK);
    p.rate = (double) NAN;
    ck_assert_int_eq (rg_option_check (plain_options, &p, &m), RG_EINPUT);
    ck_assert_str_eq (m.subject, "rate");
    p.rate = 2.4;
    p.steps = 0;
    ck_assert_int_eq (rg_option_check (plain_options, &p, &m), RG_EINPUT);
    ck_assert_str_eq (m.text, "expected a whole number ≥ 1, got 0");
    rg_option_clear (plain_options, &p);
}
END_TEST

/* --- kinds with options of their own: shapes with a chain of parts, which may be chains again --- */

typedef struct {
    size_t size;
    double angle;
} part_settings;

typedef struct {
    rg_chain body;
    int times;
} group_settings;

static const rg_option part_options[] = {
    { "size", RG_OPTION_WHOLE, RG_FIELD (part_settings, size), RG_FROM_TO (1, 9), RG_REQUIRED, "its size" },
    { "angle", RG_OPTION_REAL, RG_FIELD (part_settings, angle), NULL, ".25", "its angle", .neutral = 1 },
    { 0 }
};
static rg_kind kind_at (size_t i);
static const rg_kinds kinds = { "part", kind_at };
static const rg_option group_options[] = {
    { "body", RG_OPTION_CHAIN, RG_FIELD (group_settings, body), NULL, RG_REQUIRED, "what is in it", .kinds = &kinds },
    { "times", RG_OPTION_WHOLE, RG_FIELD (group_settings, times), RG_COUNT, "1", "how often" },
    { 0 }
};

static rg_kind
kind_at (size_t i)
{
    static const rg_kind all[] = { { "disc", "a disc", part_options, sizeof (part_settings), NULL },
                                   { "group", "several", group_options, sizeof (group_settings), NULL },
                                   { "point", "a point", NULL, 0, "the row" } };
    return i < sizeof all / sizeof *all ? all[i] : (rg_kind) { 0 };
}

typedef struct {
    rg_choice kind;
    rg_chain parts;
    struct {
        int width, width_given;
    } frame;
    int has_frame;
    rg_maps entries;
} root;

typedef struct {
    char *name;
    double value;
} entry;

static const rg_option frame_options[] = {
    { "width", RG_OPTION_WHOLE, 0, sizeof (int), RG_COUNT, "3", "its width", .given = sizeof (int) + 1 }, { 0 }
};
static const rg_option entry_options[] = {
    { "name", RG_OPTION_TEXT, RG_FIELD (entry, name), NULL, RG_REQUIRED, "which" },
    { "value", RG_OPTION_REAL, RG_FIELD (entry, value), NULL, "1", "how much" },
    { 0 }
};
static const rg_option root_options[] = {
    { "kind", RG_OPTION_KIND, RG_FIELD (root, kind), NULL, "point", "which", .kinds = &kinds },
    { "parts", RG_OPTION_CHAIN, RG_FIELD (root, parts), NULL, NULL, "what", .kinds = &kinds },
    { "frame", RG_OPTION_MAP, RG_FIELD (root, frame), NULL, NULL, "around", RG_GIVEN (root, has_frame), .options = frame_options },
    { "entries", RG_OPTION_MAPS, RG_FIELD (root, entries), NULL, NULL, "many", .options = entry_options, .entry_bytes = sizeof (entry) },
    { 0 }
};

START_TEST (a_chain_holds_kinds_with_their_options_as_deep_as_they_go)
{
    /* parts: [point, {disc: 4}, {group: {times: 2, body: [{disc: {angle: 1, size: 2}}, {group: [point]}]}}] */
    static const char *const disc[] = { "disc" }, *const group[] = { "group" }, *const inner[] = { "angle", "size" };
    static const char *const outer[] = { "times", "body" }, *const top[] = { "parts" };
    const rg_given point = rg_given_text ("point"), four = rg_given_whole (4), numbers[] = { rg_given_real (1), rg_given_whole (2) };
    const rg_given points = rg_given_list (1, &point), settings = rg_given_map (2, inner, numbers);
    const rg_given body[] = { rg_given_map (1, disc, &settings), rg_given_map (1, group, &points) };
    const rg_given twice[] = { rg_given_whole (2), rg_given_list (2, body) }, deep = rg_given_map (2, outer, twice);
    const rg_given all[] = { point, rg_given_map (1, disc, &four), rg_given_map (1, group, &deep) }, list = rg_given_list (3, all);
    const rg_given map = rg_given_map (1, top, &list);
    root r;
    rg_message m;
    ck_assert_msg (rg_option_give_all (root_options, &r, &map, &m) == RG_OK, "%s: %s", m.subject, m.text);
    ck_assert_uint_eq (r.parts.count, 3);
    ck_assert (r.parts.values[0].settings == NULL && r.parts.values[0].kind.row != NULL);
    const part_settings *first = r.parts.values[1].settings;
    ck_assert (first->size == 4 && first->angle == .25);
    const group_settings *second = r.parts.values[2].settings;
    ck_assert (second->times == 2 && second->body.count == 2);
    const part_settings *in = second->body.values[0].settings;
    ck_assert (in->size == 2 && in->angle == 1);
    ck_assert_str_eq (((const group_settings *) second->body.values[1].settings)->body.values[0].kind.name, "point");
    rg_option_clear (root_options, &r);
    for (failing_memory memory = failing_first (); memory.failed;) {
        FAILING (&memory, rg_option_give_all (root_options, &r, &map, NULL));
        if (!memory.failed)
            rg_option_clear (root_options, &r);
    }
}
END_TEST

/* A chain in a chain in a chain ... */
static rg_status
nest (int depth, rg_given inside, rg_message *message)
{
    static const char *const group[] = { "group" }, *const top[] = { "parts" };
    if (depth > 0) {
        const rg_given list = rg_given_list (1, &inside);
        return nest (depth - 1, rg_given_map (1, group, &list), message);
    }
    const rg_given list = rg_given_list (1, &inside), map = rg_given_map (1, top, &list);
    root r;
    const rg_status status = rg_option_give_all (root_options, &r, &map, message);
    if (status == RG_OK)
        rg_option_clear (root_options, &r);
    return status;
}

START_TEST (a_chain_ends_at_its_depth)
{
    rg_message m;
    ck_assert_int_eq (nest (RG_OPTION_DEPTH - 1, rg_given_text ("point"), &m), RG_OK);
    ck_assert_int_eq (nest (RG_OPTION_DEPTH, rg_given_text ("point"), &m), RG_EINPUT);
    ck_assert_str_eq (m.text, "expected at most 8 lists of a part inside each other");
}
END_TEST

START_TEST (the_options_of_a_chosen_kind_stand_beside_its_name)
{
    static const char *const keys[] = { "size", "kind" }, *const wrong[] = { "times", "kind" }, *const lone[] = { "kind" };
    const rg_given values[] = { rg_given_whole (3), rg_given_text ("disc") }, name = rg_given_text ("disc");
    const rg_given map = rg_given_map (2, keys, values), other = rg_given_map (2, wrong, values), less = rg_given_map (1, lone, &name);
    root r;
    rg_message m;
    ck_assert_int_eq (rg_option_give_all (root_options, &r, &map, &m), RG_OK); /* in any order */
    ck_assert_uint_eq (((const part_settings *) r.kind.settings)->size, 3);
    ck_assert_int_eq (rg_option_set (root_options, &r, "angle", "-2.5", &m), RG_OK);
    ck_assert (((const part_settings *) r.kind.settings)->angle == -2.5);
    ck_assert_int_eq (rg_option_require (root_options, &r, &m), RG_OK);
    ck_assert_int_eq (rg_option_set (root_options, &r, "kind", "group", &m), RG_OK);
    ck_assert_int_eq (rg_option_require (root_options, &r, &m), RG_EINPUT);
    ck_assert_str_eq (m.subject, "body");
    rg_option_clear (root_options, &r);
    ck_assert_int_eq (rg_option_give_all (root_options, &r, &other, &m), RG_EINPUT);
    ck_assert_str_eq (m.text, "disc takes no times; group takes it");
    ck_assert_str_eq (m.subject, "times");
    ck_assert_int_eq (m.of_name, 1);
    ck_assert_int_eq (rg_option_give_all (root_options, &r, &less, &m), RG_EINPUT);
    ck_assert_str_eq (m.text, "missing: expected a whole number from 1 to 9");
    ck_assert_str_eq (m.subject, "size");
}
END_TEST

START_TEST (refusals_inside_say_where)
{
    static const char *const disc[] = { "disc" }, *const unknown[] = { "dics" }, *const top[] = { "parts" }, *const bad[] = { "sizes" };
    static const char *const point_[] = { "point" }, *const frame[] = { "frame" }, *const entries[] = { "entries" };
    static const char *const width[] = { "width" }, *const value[] = { "value" };
    const rg_given zero = rg_given_whole (0), sizes = rg_given_map (1, bad, &zero), wide = rg_given_map (1, width, &zero);
    const rg_given lists[] = { rg_given_map (1, disc, &zero), rg_given_map (1, unknown, &zero), rg_given_map (1, disc, &sizes),
                               rg_given_map (1, point_, &zero), rg_given_text ("pint"), zero };
    const rg_given nameless = rg_given_map (1, value, &zero);
    static const struct {
        const char *subject, *sentence;
        int of_name;
    } chains[] = { { "parts.0.disc.size", "expected a whole number from 1 to 9, got 0", 0 },
                   { "parts.0.dics", "expected the name of a known part (see retrograde list), got dics; did you mean disc?", 1 },
                   { "parts.0.disc.sizes", "unknown key; did you mean size?", 1 },
                   { "parts.0.point", "point takes no options", 0 },
                   { "parts.0", "expected the name of a known part (see retrograde list), got pint; did you mean point?", 0 },
                   { "parts.0", "expected a part, or {part: options}, got something else", 0 },
                   { "frame.width", "expected a whole number from 1 to 2147483647, got 0", 0 },
                   { "entries.0.name", "missing: expected a text", 0 } };
    root r;
    rg_message m;
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        const rg_given list = i < 6 ? rg_given_list (1, &lists[i]) : i == 6 ? wide : rg_given_list (1, &nameless);
        const rg_given map = rg_given_map (1, i < 6 ? top : i == 6 ? frame : entries, &list);
        ck_assert_int_eq (rg_option_give_all (root_options, &r, &map, &m), RG_EINPUT);
        ck_assert_str_eq (m.text, chains[i].sentence);
        ck_assert_str_eq (m.subject, chains[i].subject);
        ck_assert_int_eq (m.of_name, chains[i].of_name);
    }
}
END_TEST

START_TEST (maps_and_lists_of_maps_are_structs)
{
    static const char *const keys[] = { "name", "value" }, *const top[] = { "entries", "frame" }, *const width[] = { "width" };
    const rg_given pair[] = { rg_given_text ("a"), rg_given_real (2.5) }, seven = rg_given_whole (7);
    const rg_given list[] = { rg_given_map (2, keys, pair), rg_given_map (1, keys, pair) };
    const rg_given both[] = { rg_given_list (2, list), rg_given_map (1, width, &seven) }, map = rg_given_map (2, top, both);
    root r;
    ck_assert_int_eq (rg_option_give_all (root_options, &r, NULL, NULL), RG_OK);
    ck_assert (!r.has_frame && r.frame.width == 3 && !r.frame.width_given && r.entries.count == 0);
    rg_option_clear (root_options, &r);
    ck_assert_int_eq (rg_option_give_all (root_options, &r, &map, NULL), RG_OK);
    const entry *e = r.entries.values;
    ck_assert (r.has_frame && r.frame.width == 7 && r.frame.width_given && r.entries.count == 2 && e[0].value == 2.5 && e[1].value == 1);
    ck_assert_str_eq (e[1].name, "a");
    rg_option_clear (root_options, &r);
    for (failing_memory memory = failing_first (); memory.failed;) {
        FAILING (&memory, rg_option_give_all (root_options, &r, &map, NULL));
        if (!memory.failed)
            rg_option_clear (root_options, &r);
    }
}
END_TEST

START_TEST (every_allocation_of_presets_may_fail)
{
    plain p;
    for (failing_memory memory = failing_first (); memory.failed;) {
        FAILING (&memory, rg_option_defaults (plain_options, &p, NULL));
        rg_option_clear (plain_options, &p); /* of nothing, where it failed */
    }
    ck_assert_int_eq (rg_option_defaults (plain_options, &p, NULL), RG_OK);
    for (failing_memory memory = failing_first (); memory.failed;) {
        FAILING (&memory, rg_option_set (plain_options, &p, "sharing", "[tied, tied]", NULL));
        ck_assert_uint_eq (p.sharing.count, memory.failed ? 0 : 2);
    }
    rg_option_clear (plain_options, &p);
}
END_TEST

/* --- constants: a number, a fraction, a file, a kind with its options, or numbers by name --- */

typedef struct {
    rg_constant rate;
} constant_settings;

static const rg_option constant_options[] = {
    { "rate", RG_OPTION_CONSTANT, RG_FIELD (constant_settings, rate), RG_POSITIVE, NULL, "a constant", .kinds = &kinds },
    { 0 }
};

START_TEST (a_constant_is_one_of_five)
{
    constant_settings c;
    rg_message m;
    const char *const conv = "disc", *const filters = "size", *const names[] = { "W1", "b*" };
    const rg_given count = rg_given_whole (3), options = rg_given_map (1, &filters, &count), kind = rg_given_map (1, &conv, &options);
    const rg_given numbers[] = { rg_given_real (.5), rg_given_whole (2) }, named = rg_given_map (2, names, numbers);
    const rg_given wrong[] = { rg_given_real (.5), rg_given_real (-1) }, refused_name = rg_given_map (2, names, wrong);
    const rg_given nothing = rg_given_map (0, NULL, NULL);
    ck_assert_int_eq (rg_option_defaults (constant_options, &c, NULL), RG_OK);
    ck_assert_int_eq (rg_option_set (constant_options, &c, "rate", "9/10", NULL), RG_OK);
    ck_assert (c.rate.plain.given && c.rate.plain.value == .9 && c.rate.plain.denominator == 10);
    ck_assert_int_eq (rg_option_set (constant_options, &c, "rate", "r.npy", NULL), RG_OK);
    ck_assert_str_eq (c.rate.plain.file, "r.npy");
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_option_give (constant_options, &c, "rate", &kind, NULL));
    ck_assert (!c.rate.plain.given && c.rate.plain.file == NULL && c.rate.kind.count == 1);
    ck_assert_str_eq (c.rate.kind.values[0].kind.name, "disc");
    for (failing_memory memory = failing_first (); memory.failed;)
        FAILING (&memory, rg_option_give (constant_options, &c, "rate", &named, NULL));
    ck_assert (c.rate.kind.count == 0 && c.rate.named.count == 2 && c.rate.named.numbers[1] == 2);
    ck_assert_str_eq (c.rate.named.names[1], "b*");
    ck_assert_int_eq (rg_option_give (constant_options, &c, "rate", &refused_name, &m), RG_EINPUT);
    ck_assert_str_eq (m.text, "expected a number > 0, got -1");
    ck_assert_str_eq (m.subject, "rate.b*");
    ck_assert_int_eq (rg_option_give (constant_options, &c, "rate", &nothing, &m), RG_EINPUT);
    ck_assert_str_eq (m.text, "expected a number > 0, a fraction such as 9/10, an .npy file, {part: its numbers} or {array: number}, got a map");
    ck_assert_uint_eq (c.rate.named.count, 2);
    rg_option_clear (constant_options, &c);
    ck_assert (c.rate.named.names == NULL && c.rate.named.count == 0);
}
END_TEST

int
main (void)
{
    Suite *suite = suite_create ("option");
    TCase *plain_case = tcase_create ("plain"), *nested = tcase_create ("nested");
    tcase_add_test (plain_case, presets_are_written_and_what_has_none_is_zero);
    tcase_add_test (plain_case, texts_are_read);
    tcase_add_test (plain_case, typed_values_are_taken);
    tcase_add_loop_test (plain_case, a_refused_value_says_what_was_expected_and_where_and_changes_nothing, 0,
                         (int) (sizeof refused / sizeof *refused));
    tcase_add_test (plain_case, a_struct_written_by_hand_is_checked);
    tcase_add_test (plain_case, every_allocation_of_presets_may_fail);
    tcase_add_test (nested, a_chain_holds_kinds_with_their_options_as_deep_as_they_go);
    tcase_add_test (nested, a_chain_ends_at_its_depth);
    tcase_add_test (nested, the_options_of_a_chosen_kind_stand_beside_its_name);
    tcase_add_test (nested, refusals_inside_say_where);
    tcase_add_test (nested, maps_and_lists_of_maps_are_structs);
    tcase_add_test (nested, a_constant_is_one_of_five);
    suite_add_tcase (suite, plain_case);
    suite_add_tcase (suite, nested);
    return run_suite (suite);
}
