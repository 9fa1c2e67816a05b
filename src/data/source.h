/* source.h -- the bytes of a file on their way to becoming an array. */
#ifndef RG_DATA_SOURCE_H
#define RG_DATA_SOURCE_H

#include <retrograde/data.h>

/*
 * What a parser reads. When `block` is not NULL the bytes lie in it and a parser
 * may hand it to an array, setting it to NULL: large files are then not copied.
 */
typedef struct {
    const unsigned char *bytes;
    size_t size;
    const char *name; /* for messages */
    void *block;      /* ended with rg_free by who made the source, or NULL */
} rg_source;

/*
 * Read a whole regular file, inflated where gzip compressed it; one in a format that is known by name only is refused.
 *   out   [out] end with rg_free (out->block)
 * Returns RG_OK, RG_EINPUT (no such file, not a regular file), RG_ENOMEM or RG_ESYSTEM.
 */
rg_status rg_source_open (rg_source *out, const char *path, rg_message *message);

/* Open a file, parse it and free what the array did not keep. */
typedef rg_status rg_parser (rg_source *source, rg_array *out, rg_message *message);
rg_status rg_source_read (const char *path, rg_parser *parse, rg_array *out, rg_message *message);

/* XXH3 of all bytes: what an array says it was parsed from. */
uint64_t rg_source_digest (const rg_source *source);

/* Inflate a source that is compressed by gzip, of one member or several. Returns RG_OK, RG_EINPUT or RG_ENOMEM. */
rg_status rg_source_unpack (rg_source *source, rg_message *message);

/* Refuse a file that is in a format known by name only (Parquet, pickle ...), with the way out; RG_OK: it is in none. */
rg_status rg_foreign_refuse (const rg_source *source, rg_message *message);

/* What is done to each source before it is parsed: unpack, refuse. */
rg_status rg_source_prepare (rg_source *source, rg_message *message);

/* Parse memory that stays the caller's. */
rg_status rg_source_parse (const void *bytes, size_t size, const char *name, rg_parser *parse, rg_array *out,
                           rg_message *message);

/* Parse an NPY file that may lie inside another one. */
rg_status rg_npy_from_source (rg_source *source, rg_array *out, rg_message *message);

/* How elements lie in a file. */
typedef enum { RG_RAW_U1, RG_RAW_I1, RG_RAW_B1, RG_RAW_I2, RG_RAW_U2, RG_RAW_I4, RG_RAW_U4, RG_RAW_I8,
               RG_RAW_U8, RG_RAW_F2, RG_RAW_F4, RG_RAW_F8 } rg_raw;

typedef struct {
    rg_raw raw;
    int big_endian;
    int fortran;    /* the first index runs fastest */
    int ndim;
    size_t shape[RG_MAX_DIMENSIONS];
} rg_element_layout;

/*
 * Bytes that the elements of a layout take in a file.
 *   bytes   [out]
 * Returns 0, or -1 when the number does not fit a size_t, or the converted array's would not.
 */
int rg_element_layout_bytes (const rg_element_layout *layout, size_t *bytes);

/*
 * Make an array of all bytes of a source from `offset` on, taking the source's
 * block over where type, byte order and alignment are those of the machine.
 * Returns RG_OK, RG_EINPUT (too few or too many bytes, a bool neither 0 nor 1) or RG_ENOMEM.
 */
rg_status rg_layout_read (const rg_element_layout *layout, rg_source *source, size_t offset, rg_array *out,
                          rg_message *message);

/* "name: out of memory" */
rg_status rg_fail_memory (rg_message *message, const char *name);

#endif /* RG_DATA_SOURCE_H */
