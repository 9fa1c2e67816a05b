/* weights.h -- a file of weights in an open directory. */
#ifndef RG_MODEL_WEIGHTS_H
#define RG_MODEL_WEIGHTS_H

#include <retrograde/weights.h>

#include "base/entry.h"

/* As rg_weights_write, the file being an entry of a directory. */
rg_status rg_weights_write_at (const rg_entry *entry, const rg_layout *layout, const double *w, const rg_dataset *training,
                               rg_message *message);

#endif /* RG_MODEL_WEIGHTS_H */
