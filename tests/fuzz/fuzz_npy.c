/* fuzz_npy.c -- any bytes as NPY files, and as NPZ archives of one. */
#include "fuzz_array.h"

static rg_status
read_member (const void *bytes, size_t size, const char *name, rg_array *array, rg_message *message)
{
    return rg_npz_parse (bytes, size, name, "w", array, message);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    fuzz_array_read (rg_npy_parse, "fuzz.npy", data, size);
    fuzz_array_read (read_member, "fuzz.npz", data, size);
    return 0;
}
