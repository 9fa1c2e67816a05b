/* given.h -- what somebody gives for an option: a text that is still to be read, a typed value, a list or a map. */
#ifndef RG_BASE_GIVEN_H
#define RG_BASE_GIVEN_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

/* A text is a scalar of a configuration; whole, real and flag are values of a program. */
typedef enum {
    RG_GIVEN_NOTHING,
    RG_GIVEN_TEXT,
    RG_GIVEN_WHOLE,
    RG_GIVEN_REAL,
    RG_GIVEN_FLAG,
    RG_GIVEN_LIST,
    RG_GIVEN_MAP
} rg_given_kind;

/* A value with those inside it; all belongs to the caller. */
typedef struct rg_given rg_given;
struct rg_given {
    rg_given_kind kind;
    const char *text;        /* of a text */
    int quoted;              /* of a text: whether it is never a number, a flag or a size */
    int64_t whole;           /* of a whole number; of a flag 0 or 1 */
    double real;
    size_t count;            /* entries of a list or a map */
    const rg_given *entries; /* [count] */
    const char *const *keys; /* [count], of a map */
};

static inline rg_given
rg_given_text (const char *text)
{
    return (rg_given) { .kind = RG_GIVEN_TEXT, .text = text };
}

static inline rg_given
rg_given_whole (int64_t whole)
{
    return (rg_given) { .kind = RG_GIVEN_WHOLE, .whole = whole };
}

static inline rg_given
rg_given_real (double real)
{
    return (rg_given) { .kind = RG_GIVEN_REAL, .real = real };
}

static inline rg_given
rg_given_flag (int flag)
{
    return (rg_given) { .kind = RG_GIVEN_FLAG, .whole = flag != 0 };
}

static inline rg_given
rg_given_list (size_t count, const rg_given *entries)
{
    return (rg_given) { .kind = RG_GIVEN_LIST, .count = count, .entries = entries };
}

static inline rg_given
rg_given_map (size_t count, const char *const *keys, const rg_given *entries)
{
    return (rg_given) { .kind = RG_GIVEN_MAP, .count = count, .keys = keys, .entries = entries };
}

/*
 * Write how a value looks in a sentence: 20.5, "text", a list, a map, nothing.
 *   out, bytes   [out] buffer, always terminated; long texts are cut
 */
void rg_given_describe (const rg_given *given, char *out, size_t bytes);

/*
 * A text as a value: "[a, b]" as a list of texts, another one as itself.
 *   out             [out] refers to the text, or to the next two
 *   copy, entries   [out] for rg_free, in any case; may be NULL
 * Returns RG_OK or RG_ENOMEM.
 */
rg_status rg_given_parse (const char *text, rg_given *out, char **copy, rg_given **entries);

#endif /* RG_BASE_GIVEN_H */
