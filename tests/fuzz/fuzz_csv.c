/* fuzz_csv.c -- any bytes as tables of numbers, and as tables with words. */
#include "fuzz_array.h"
#include "fuzz_table.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    fuzz_array_read (rg_csv_parse, "fuzz.csv", data, size);
    for (rg_header header = RG_HEADER_FIND; header <= RG_HEADER_NO; header++)
        fuzz_table_read (&(rg_table_options) { .size = sizeof (rg_table_options), .format = "csv", .header = header }, "fuzz.csv", data, size);
    return 0;
}
