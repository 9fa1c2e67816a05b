/* fuzz_csv.c -- any bytes as CSV tables. */
#include "fuzz_array.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    fuzz_array_read (rg_csv_parse, "fuzz.csv", data, size);
    return 0;
}
