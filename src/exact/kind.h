/* kind.h -- what a kind of entropy buffer is: one table of functions. */
#ifndef RG_EXACT_KIND_H
#define RG_EXACT_KIND_H

#include <retrograde/exact.h>

#include "exact/spill.h"

/* Where save writes next. */
typedef struct {
    unsigned char *at;
} rg_writer;

/* What load has not read yet. */
typedef struct {
    const unsigned char *at;
    size_t left;
} rg_reader;

void rg_write (rg_writer *writer, const void *data, size_t bytes);

/* Read `bytes` into data; returns RG_EINPUT when fewer are left. */
rg_status rg_read (rg_reader *reader, void *data, size_t bytes);

/* Hash more bytes into a digest. */
uint64_t rg_digest (uint64_t digest, const void *data, size_t bytes);

/*
 * A kind. `state` is its memory for all ranges; contracts are those of exact.h.
 * The caller has checked range, kind and that `words` are for this buffer.
 *   create      leaves *state NULL on failure
 *   multiply, divide   `size` parameters of the range; c is inside the limit
 *   saved_bytes, save  with the words, or the heads alone
 *   load        into a fresh state; RG_EINPUT, RG_ENOMEM
 */
typedef struct {
    const char *name;
    int largest_bits; /* the largest ratio_bits; 0: not used */
    int large;        /* whether parameters are in 0 .. 2^62 - 1 */
    rg_status (*create) (void **state, size_t count);
    void (*free) (void *state);
    void (*reset) (void *state);
    void (*forget) (void *state);
    rg_status (*check) (const rg_decays *decays, size_t size, int ratio_bits);
    rg_status (*multiply) (void *state, size_t range, size_t size, const rg_decays *decays, int64_t *c);
    rg_status (*divide) (void *state, size_t range, size_t size, const rg_decays *decays, int64_t *c);
    double (*bits) (const void *state);
    size_t (*bytes) (const void *state);
    int (*is_start) (const void *state);
    uint64_t (*digest) (const void *state, size_t range);
    size_t (*saved_bytes) (const void *state, int words);
    void (*save) (const void *state, int words, rg_writer *writer);
    rg_status (*load) (void *state, int words, rg_reader *reader);
    rg_spill *(*words) (void *state, size_t range); /* the stack of a range; NULL: the kind has none */
} rg_kind;

extern const rg_kind rg_kind_stream32, rg_kind_stream64, rg_kind_integer;
extern const rg_kind rg_kind_stream64_large, rg_kind_integer_large;

#endif /* RG_EXACT_KIND_H */
