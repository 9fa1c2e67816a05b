/* replay.c -- run a fuzz target on every file of the folders given, without a fuzzing engine. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

enum { LARGEST = 1 << 20 };

/* The input has a block of exactly its size, so that reading past it is seen. */
static int
replay_file (const char *path)
{
    static uint8_t bytes[LARGEST];
    FILE *file = fopen (path, "rb");
    if (file == NULL) {
        perror (path);
        return -1;
    }
    const size_t size = fread (bytes, 1, sizeof bytes, file);
    fclose (file);
    uint8_t *input = malloc (size);
    for (size_t i = 0; input != NULL && i < size; i++)
        input[i] = bytes[i];
    if (input != NULL || size == 0)
        LLVMFuzzerTestOneInput (input, size);
    free (input);
    return 0;
}

/* Returns the number of files, or -1. */
static int
replay_folder (const char *folder)
{
    DIR *entries = opendir (folder);
    if (entries == NULL) {
        perror (folder);
        return -1;
    }
    int count = 0;
    for (struct dirent *entry; count >= 0 && (entry = readdir (entries)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf (path, sizeof path, "%s/%s", folder, entry->d_name);
        count = replay_file (path) == 0 ? count + 1 : -1;
    }
    closedir (entries);
    return count;
}

int
main (int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        const int count = replay_folder (argv[i]);
        if (count < 0)
            return EXIT_FAILURE;
        total += count;
    }
    printf ("%d inputs replayed\n", total);
    return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
