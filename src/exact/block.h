/* block.h -- a block of memory that an entropy buffer is written to, or read from. */
#ifndef RG_EXACT_BLOCK_H
#define RG_EXACT_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

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

#endif /* RG_EXACT_BLOCK_H */
