/* fuzz_array.h -- any bytes to a reader of arrays: it reads them or refuses with a sentence. */
#ifndef TESTS_FUZZ_ARRAY_H
#define TESTS_FUZZ_ARRAY_H

#include <stdlib.h>

#include <retrograde/data.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

typedef rg_status array_reader (const void *bytes, size_t size, const char *name, rg_array *array, rg_message *message);

/* Touch every element; nothing can be larger than the input, decompressed and widened. */
static inline void
fuzz_array_check (const rg_array *array, size_t size)
{
    const size_t count = rg_array_count (array);
    if (count > 1033 * size + 1033)
        abort ();
    double *values = malloc (count * sizeof *values + 1);
    if (values != NULL)
        rg_array_to_double (array, values);
    free (values);
}

static inline void
fuzz_array_read (array_reader *read, const char *name, const uint8_t *data, size_t size)
{
    rg_array array;
    rg_message message = { "" };
    const rg_status status = read (data, size, name, &array, &message);
    if (status == RG_OK)
        fuzz_array_check (&array, size);
    else if (message.text[0] == '\0' || array.data != NULL)
        abort ();
    rg_array_clear (&array);
}

#endif /* TESTS_FUZZ_ARRAY_H */
