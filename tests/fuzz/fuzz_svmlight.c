/* fuzz_svmlight.c -- any bytes as sparse rows, and as whatever format they are recognised as. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    fuzz_table_read (&(rg_table_options) { .size = sizeof (rg_table_options), .format = "svmlight" }, "fuzz.svm", data, size);
    fuzz_table_read (NULL, "fuzz", data, size);
    return 0;
}
