/* fuzz_idx.c -- any bytes as IDX files, plain or gzip. */
#include "fuzz_array.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    fuzz_array_read (rg_idx_parse, "fuzz.idx", data, size);
    return 0;
}
