/*
 * option.h -- options as data: a row for each option of a kind (an estimator, an optimizer, a layer, an operator ...), and
 * the functions that write defaults and checked values into the kind's own struct.
 *
 * A kind has a struct of settings and a table of options, which ends with a row without a key:
 *
 *     typedef struct {
 *         size_t filters;
 *         rg_wholes kernel;
 *         int padding;             // the position of a word
 *         int bias, bias_given;
 *     } conv_settings;
 *
 *     static const rg_option conv_options[] = {
 *         { "filters", RG_OPTION_WHOLE, RG_FIELD (conv_settings, filters), RG_POSITIVE, RG_REQUIRED, "channels that come out" },
 *         { "kernel", RG_OPTION_WHOLES, RG_FIELD (conv_settings, kernel), RG_POSITIVE, "3", "its sides", .least = 1, .most = 2 },
 *         { "padding", RG_OPTION_WORD, RG_FIELD (conv_settings, padding), NULL, "valid", "at the edges", .words = "valid|same" },
 *         { "bias", RG_OPTION_FLAG, RG_FIELD (conv_settings, bias), NULL, NULL, "whether a bias is added; default: ...",
 *           RG_GIVEN (conv_settings, bias_given) },
 *         { 0 }
 *     };
 *
 *     conv_settings settings;
 *     status = rg_option_defaults (conv_options, &settings, message);                      // presets; zero where there is none
 *     status = rg_option_set (conv_options, &settings, "kernel", "[3, 5]", message);       // from text
 *     status = rg_option_give (conv_options, &settings, "filters", &given, message);       // from a typed value
 *     status = rg_option_require (conv_options, &settings, message);                       // RG_REQUIRED ones are there
 *     ...
 *     rg_option_clear (conv_options, &settings);                                           // lists, names of files ...
 *
 * All at once, from a map: rg_option_give_all. A failure is RG_EINPUT with a sentence ("expected a whole number >= 1, got
 * 0"), whose message->subject is the option it is about, dotted from the outermost map: "layers.2.conv.filters";
 * or RG_ENOMEM. An option that is refused leaves its field as it was.
 */
#ifndef RG_BASE_OPTION_H
#define RG_BASE_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

#include "base/given.h"

/* Each kind with the type of its field, and what is accepted. */
typedef enum {
    RG_OPTION_WHOLE,            /* an integer of 4 or 8 bytes: up to 2^31 - 1 or 2^53 - 1 */
    RG_OPTION_REAL,             /* double: finite */
    RG_OPTION_FLAG,             /* int, 0 or 1: true, false */
    RG_OPTION_WORD,             /* an enum or int: the position of one of `words`, from 0 */
    RG_OPTION_BYTES,            /* an integer of 8 bytes: a size such as 4 GiB */
    RG_OPTION_TEXT,             /* char *: any text that is not empty */
    RG_OPTION_FILE,             /* char *: the name of a file or directory, as given */
    RG_OPTION_REAL_OR_FILE,     /* rg_real_or_file: a number, or an .npy file */
    RG_OPTION_FRACTION_OR_FILE, /* rg_real_or_file: a number, a fraction n/d, or an .npy file */
    RG_OPTION_CONSTANT,         /* rg_constant: the same, or one of `kinds` as {name: its options}, or {name: number ...} */
    RG_OPTION_PER,              /* rg_per: one of `words`, or another of them times step */
    RG_OPTION_WHOLES,           /* rg_wholes: a list; with least = 1 a number is a list of one; with `words` one of them instead */
    RG_OPTION_REALS,            /* rg_reals: the same of reals, without words */
    RG_OPTION_WORDS,            /* rg_wholes: a list of positions of words; with least = 1 a word is a list of one */
    RG_OPTION_TEXTS,            /* rg_texts: a list of texts; with least = 1 a text is a list of one */
    RG_OPTION_GROUPS,           /* rg_groups: a list of lists of texts, none empty, or an .npy file */
    RG_OPTION_MAP,              /* the struct of `options`, inside this one: a map of them */
    RG_OPTION_MAPS,             /* rg_maps: a list of maps of `options` */
    RG_OPTION_KIND,             /* rg_choice: the name of one of `kinds`; its options stand in the same map as the name */
    RG_OPTION_CHAIN             /* rg_chain: a list of names of `kinds`, each alone or as a map with one key: {name: its options}; with most = 1 one of them is a list of one */
} rg_option_kind;

/* An interval of numbers: closed, but for a bound that is said not to be in it. Beyond 1e300 there is no bound. */
typedef struct {
    double low, high;
    int above, below;       /* whether low, high itself is not in it */
} rg_range;

extern const rg_range rg_range_not_negative, rg_range_positive, rg_range_count, rg_range_fraction, rg_range_below_one, rg_range_up_to_one;
#define RG_ANY NULL                                /* any number */
#define RG_NOT_NEGATIVE (&rg_range_not_negative)   /* >= 0 */
#define RG_POSITIVE (&rg_range_positive)           /* > 0; >= 1 for whole numbers */
#define RG_COUNT (&rg_range_count)                 /* 1 ... 2^31 - 1 */
#define RG_FRACTION (&rg_range_fraction)           /* [0, 1] */
#define RG_BELOW_ONE (&rg_range_below_one)         /* [0, 1) */
#define RG_UP_TO_ONE (&rg_range_up_to_one)         /* (0, 1] */
#define RG_FROM_TO(low, high) (&(const rg_range) { low, high, 0, 0 })

/* A preset: the option must be given. */
#define RG_REQUIRED "!"

/* The field of an option, and of the int that says whether it was given (1) or has its preset or nothing (0). */
#define RG_FIELD(type, field) offsetof (type, field), sizeof (((type *) 0)->field)
#define RG_GIVEN(type, field) .given = offsetof (type, field) + 1

/* Kinds nested in each other (a chain in a chain) end at this depth. */
enum { RG_OPTION_DEPTH = 8 };

typedef struct rg_option rg_option;
typedef struct rg_kinds rg_kinds;

struct rg_option {
    const char *key;          /* NULL: the end of the table */
    rg_option_kind kind;
    size_t offset, bytes;     /* of its field: RG_FIELD */
    const rg_range *range;    /* of numbers, each of a list */
    const char *preset;       /* its value as text where it is not given ("{}" for a map with its presets); RG_REQUIRED;
                                 NULL: it may be absent, and its field is zero then (a map's fields have their presets) */
    const char *sentence;     /* what it means, for the manual */
    const char *words;        /* "a|b|c" */
    size_t least, most;       /* entries of a list; most = 0: any number */
    const rg_option *options; /* of MAP and MAPS */
    size_t entry_bytes;       /* of MAPS: the size of their struct */
    const rg_kinds *kinds;    /* of KIND, CHAIN and CONSTANT */
    size_t given;             /* RG_GIVEN; 0: not recorded */
    int neutral;              /* whether it may be another when a study goes on: what is done until then does not depend on it */
};

/* A row of a table of kinds, as options see it. */
typedef struct {
    const char *name;         /* NULL: past the last */
    const char *summary;
    const rg_option *options; /* NULL: none. A value that is no map is that of the first: {dense: 10} */
    size_t bytes;             /* of its struct of settings; 0: none */
    const void *row;          /* the row itself, for who knows its type; lives for ever */
} rg_kind;

struct rg_kinds {
    const char *noun;         /* "layer" */
    rg_kind (*at) (size_t i); /* from 0; name = NULL past the last */
};

/* --- types of fields; what is in them belongs to the struct, and ends with rg_option_clear --- */

typedef struct {
    int given;                      /* 0: absent */
    double value;                   /* where it is no file */
    int64_t numerator, denominator; /* as written, not reduced; denominator 0: it was no fraction */
    char *file;                     /* NULL: a number */
} rg_real_or_file;

typedef struct {
    int given;
    int word;     /* position of the word other than step; of step alone: of step */
    int per_step; /* whether step is there */
} rg_per;

typedef struct {
    size_t count;    /* 0: absent, or a word instead */
    int64_t *values; /* [count] */
    int word;        /* of RG_OPTION_WHOLES with words: 1 + the position of the one given; 0: numbers */
} rg_wholes;

typedef struct {
    size_t count;
    double *values;
} rg_reals;

typedef struct {
    size_t count;
    char **values;
} rg_texts;

typedef struct {
    size_t count;
    rg_texts *values; /* [count] */
    char *file;       /* instead; or NULL */
} rg_groups;

typedef struct {
    size_t count;
    void *values; /* [count] structs of entry_bytes */
} rg_maps;

typedef struct {
    rg_kind kind;   /* name = NULL: absent */
    void *settings; /* its struct, NULL where kind.bytes is 0 */
} rg_choice;

typedef struct {
    size_t count;
    rg_choice *values; /* [count] */
} rg_chain;

/* Numbers under names of the configuration's own. */
typedef struct {
    size_t count;
    char **names;    /* [count] */
    double *numbers; /* [count] */
} rg_named_numbers;

typedef struct {
    rg_real_or_file plain;  /* absent where one of the next two is there */
    rg_chain kind;          /* one of the kinds, or none */
    rg_named_numbers named; /* or none */
} rg_constant;

/* --- writing a struct of settings --- */

/*
 * Write each option's preset; zero where it has none or is required. What was in the struct before is overwritten, not freed.
 * Returns RG_OK, or RG_ENOMEM with nothing to clear.
 */
rg_status rg_option_defaults (const rg_option *options, void *settings, rg_message *message);

/*
 * Write one option, of a struct that rg_option_defaults has begun.
 *   key    of the table, or of a kind that a RG_OPTION_KIND of it has chosen (give that name first)
 *   given  its value
 * Returns RG_OK; RG_EINPUT with a sentence and its subject for a key that is not there (in a kind: and which
 * kinds have it) or a value that is not as expected; or RG_ENOMEM. After a failure the struct is as before.
 */
rg_status rg_option_give (const rg_option *options, void *settings, const char *key, const rg_given *given,
                          rg_message *message);

/* The same of a text: a scalar, or a flat list "[a, b]". */
rg_status rg_option_set (const rg_option *options, void *settings, const char *key, const char *text, rg_message *message);

/* Refuse a struct in which a required option was not given: RG_EINPUT. Only options whose field is zero are in doubt. */
rg_status rg_option_require (const rg_option *options, const void *settings, rg_message *message);

/*
 * rg_option_defaults, then each entry of a map, kinds before all others, then rg_option_require.
 * Returns as these; after a failure there is nothing to clear.
 */
rg_status rg_option_give_all (const rg_option *options, void *settings, const rg_given *map, rg_message *message);

/* The same for a struct of settings of a kind, of its own: made, filled and, after a failure, freed. map may be NULL. */
rg_status rg_choice_new (rg_choice *out, const rg_kind *kind, const rg_given *map, rg_message *message);
void rg_choice_clear (rg_choice *choice);

/*
 * Refuse a struct that was written by hand, where a number is not in its row's range; a zero that stands for an absent option is.
 * Returns RG_OK, or RG_EINPUT as rg_option_give.
 */
rg_status rg_option_check (const rg_option *options, const void *settings, rg_message *message);

/* Free what a struct holds, and zero its fields; a struct of zeros is allowed. */
void rg_option_clear (const rg_option *options, void *settings);

/* --- looking at rows --- */

/* The row of a key, or NULL. */
const rg_option *rg_option_find (const rg_option *options, const char *key);

/* The kind of a name; its name is NULL where there is none. */
rg_kind rg_kinds_find (const rg_kinds *kinds, const char *name);

/* Write what an option expects: "a whole number ≥ 1". In option_text.c, like the next. */
void rg_option_expectation (const rg_option *option, char *out, size_t bytes);

/* Number of insertions, deletions, exchanges and swaps of neighbours between two texts; limit + 1 when more than limit. */
size_t rg_edit_distance (const char *a, const char *b, size_t limit);

/*
 * Keep a candidate for "did you mean" that is nearer to a text than the best so far, and than a change of half of it.
 *   best  [in and out] its distance; begin with 3
 *   out   [out] the candidate
 */
void rg_nearest_consider (const char *candidate, const char *text, size_t *best, char *out, size_t bytes);

/* The word nearest to a text among those an option may be, NULL when none is near. */
const char *rg_option_nearest (const rg_option *option, const char *text, char *out, size_t bytes);

/* The position of a word of `length` bytes in "a|b|c", or -1. */
int rg_word_position (const char *words, const char *text, size_t length);

/* The word at a position, copied; NULL past the last. */
const char *rg_word_at (const char *words, int position, char *out, size_t bytes);

/* Write "a, b or c" of "a|b|c". */
void rg_words_join (const char *words, char *out, size_t bytes);

#endif /* RG_BASE_OPTION_H */
