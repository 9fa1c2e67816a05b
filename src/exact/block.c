/* block.c -- see block.h. */
#include "exact/block.h"

#include <string.h>
#define XXH_NO_STREAM
#include <xxhash.h>

uint64_t
rg_digest (uint64_t digest, const void *data, size_t bytes)
{
    return XXH3_64bits_withSeed (data, bytes, digest);
}

void
rg_write (rg_writer *writer, const void *data, size_t bytes)
{
    if (bytes != 0)
        memcpy (writer->at, data, bytes);
    writer->at += bytes;
}

rg_status
rg_read (rg_reader *reader, void *data, size_t bytes)
{
    if (reader->left < bytes)
        return RG_EINPUT;
    if (bytes != 0)
        memcpy (data, reader->at, bytes);
    reader->at += bytes;
    reader->left -= bytes;
    return RG_OK;
}
