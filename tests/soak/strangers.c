/* strangers.c -- tests/soak/strangers N: go on with N studies whose files were changed at random; SEED=n repeats them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
extern unsigned long fuzz_study_met[32];

enum { EDIT = 14, MOST_EDITS = 4, STATUSES = 32 };

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t
draw (uint64_t *state)
{
    uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
    return z ^ z >> 31;
}

int
main (int argc, char **argv)
{
    const unsigned long count = argc > 1 ? strtoul (argv[1], NULL, 10) : 20000;
    const char *seed = getenv ("SEED");
    uint64_t state = seed != NULL ? strtoull (seed, NULL, 10) : 20261130;
    uint8_t input[1 + MOST_EDITS * EDIT];
    for (unsigned long i = 0; i < count; i++) {
        const size_t edits = draw (&state) % (MOST_EDITS + 1), size = 1 + edits * EDIT;
        for (size_t k = 0; k < size; k++)
            input[k] = (uint8_t) draw (&state);
        LLVMFuzzerTestOneInput (input, size);
    }
    printf ("%lu studies gone on with:", count);
    for (int status = 0; status < STATUSES; status++)
        if (fuzz_study_met[status] > 0)
            printf (" %lu x status %d", fuzz_study_met[status], status);
    puts ("; nothing outside of them has changed");
    return fuzz_study_met[0] > 0 && fuzz_study_met[0] < count ? EXIT_SUCCESS : EXIT_FAILURE;
}
