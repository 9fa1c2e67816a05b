/* inflate.h -- decompression by zlib into a block of known size. */
#ifndef RG_DATA_INFLATE_H
#define RG_DATA_INFLATE_H

#include <stddef.h>

typedef enum { RG_GZIP = 15 + 16, RG_DEFLATE = -15 } rg_packing; /* zlib's windowBits */

typedef enum {
    RG_INFLATE_END,    /* the stream ended, its checksum (gzip) is right */
    RG_INFLATE_FULL,   /* the block is full and the stream goes on */
    RG_INFLATE_SHORT,  /* the input ended before the stream */
    RG_INFLATE_BAD,    /* not such a stream, or damaged */
    RG_INFLATE_ENOMEM
} rg_inflated;

/*
 * Decompress at most `room` bytes.
 *   written   [out] bytes written to `to`
 *   used      [out] bytes of the input that the stream took
 */
rg_inflated rg_inflate (rg_packing packing, const unsigned char *from, size_t size, unsigned char *to, size_t room,
                        size_t *written, size_t *used);

/* Whether `packed` bytes can hold `size` bytes at all: deflate gains at most a factor of 1032. */
int rg_inflate_plausible (size_t packed, size_t size);

#endif /* RG_DATA_INFLATE_H */
