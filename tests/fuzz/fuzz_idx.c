/* fuzz_idx.c -- any bytes as IDX files, plain or gzip: read or refused with a sentence, never a crash. */
#include <stdlib.h>

#include <retrograde/data.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Touch every element; nothing can be larger than the input, decompressed and widened. */
static void
check (const rg_array *array, size_t size)
{
    const size_t count = rg_array_count (array);
    if (count > 1033 * size + 1033)
        abort ();
    double *values = malloc (count * sizeof *values + 1);
    if (values != NULL)
        rg_array_to_double (array, values);
    free (values);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rg_array array;
    rg_message message = { "" };
    const rg_status status = rg_idx_parse (data, size, "fuzz.idx", &array, &message);
    if (status == RG_OK)
        check (&array, size);
    else if (message.text[0] == '\0' || array.data != NULL)
        abort ();
    rg_array_clear (&array);
    return 0;
}
