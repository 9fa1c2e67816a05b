/* mnist_files.h -- the four files of MNIST and its relatives in a folder. */
#ifndef RG_DATA_FORMAT_MNIST_FILES_H
#define RG_DATA_FORMAT_MNIST_FILES_H

#include <retrograde/data.h>

enum { RG_LONGEST_PATH = 4096 };

typedef struct {
    char images[RG_LONGEST_PATH], labels[RG_LONGEST_PATH];
} rg_mnist_files;

/* The two files of a part, each as it is or with .gz. Returns RG_OK or RG_EINPUT. */
rg_status rg_mnist_find (rg_mnist_files *out, const char *folder, rg_part part, rg_message *message);

#endif /* RG_DATA_FORMAT_MNIST_FILES_H */
