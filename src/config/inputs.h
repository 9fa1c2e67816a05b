/* inputs.h -- the files that a configuration was built from, in the order in which they were read. */
#ifndef RG_CONFIG_INPUTS_H
#define RG_CONFIG_INPUTS_H

#include <retrograde/data.h>

/* A zeroed struct is empty. */
typedef struct {
    rg_input *input;
    size_t count, place;
    int lost; /* whether memory was too short for one */
} rg_inputs;

/* Add a file, its path copied; an rg_dataset_options.read with a list as its user. */
void rg_inputs_add (void *inputs, const rg_input *input);
void rg_inputs_clear (rg_inputs *inputs);

/* Read an .npy file and add it. */
rg_status rg_inputs_read_npy (rg_inputs *inputs, const char *path, rg_array *out, rg_message *message);

#endif /* RG_CONFIG_INPUTS_H */
