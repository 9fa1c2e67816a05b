/* mnist_files.c -- see mnist_files.h. */
#define _POSIX_C_SOURCE 200809L
#include "data/format/mnist_files.h"

#include <stdio.h>
#include <unistd.h>

/* Find a file of a folder, as it is or with .gz. */
static rg_status
find_file (const char *folder, const char *name, char path[RG_LONGEST_PATH], rg_message *message)
{
    static const char *const endings[] = { "", ".gz" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const int length = snprintf (path, RG_LONGEST_PATH, "%s/%s%s", folder, name, endings[i]);
        if (length > 0 && length < RG_LONGEST_PATH && access (path, R_OK) == 0)
            return RG_OK;
    }
    return rg_fail (message, RG_EINPUT, "%s: expected a file %s or %s.gz in this folder", folder, name, name);
}

rg_status
rg_mnist_find (rg_mnist_files *out, const char *folder, rg_part part, rg_message *message)
{
    static const char *const names[][2] = {
        [RG_PART_TRAIN] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte" },
        [RG_PART_TEST] = { "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" },
    };
    const rg_status status = find_file (folder, names[part][0], out->images, message);
    return status == RG_OK ? find_file (folder, names[part][1], out->labels, message) : status;
}

const char *
rg_fashion_mnist_directory (void)
{
    static const char *const folders[] = { "/usr/share/datasets/fashion-mnist", "/usr/share/dataset-fashion-mnist",
                                           "/usr/local/share/datasets/fashion-mnist" };
    char path[RG_LONGEST_PATH];
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (find_file (folders[i], "train-images-idx3-ubyte", path, NULL) == RG_OK)
            return folders[i];
    return NULL;
}
