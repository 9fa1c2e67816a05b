/* result.c -- see result.h. */
#include "study/result.h"

#include <unistd.h>

#include "model/weights.h"
#include "study/study_parts.h"
#include "study/values.h"

static const char file[] = "weights.npz", schedule[] = "schedule.csv";

static rg_folder
folder_of (rg_result_kind kind)
{
    return kind == RG_THE_BEST ? RG_IN_BEST : RG_IN_LAST;
}

rg_status
rg_result_write (const rg_study *study, rg_result_kind kind, const rg_hyper *hyper, const double *w, const rg_dataset *training,
                 rg_message *message)
{
    char path[RG_STUDY_PATH];
    if (study->follows)
        return RG_OK;
    rg_status status = rg_values_write (study, folder_of (kind), hyper, message);
    rg_entry entry = rg_study_entry (study, folder_of (kind), schedule, path);
    if (status == RG_OK)
        status = rg_result_write_schedule (&entry, hyper, message);
    entry = rg_study_entry (study, folder_of (kind), file, path);
    return status == RG_OK && w != NULL ? rg_weights_write_at (&entry, rg_hyper_layout (hyper), w, training, message) : status;
}

int
rg_result_is_there (const rg_study *study)
{
    char path[RG_STUDY_PATH];
    const rg_entry entry = rg_study_entry (study, RG_IN_LAST, file, path);
    return study->folder[RG_IN_LAST] >= 0 && rg_entry_is_there (&entry);
}

void
rg_result_drop (const rg_study *study)
{
    for (int kind = RG_THE_BEST; !study->follows && kind <= RG_THE_LAST; kind++) {
        unlinkat (study->folder[folder_of ((rg_result_kind) kind)], file, 0);
        unlinkat (study->folder[folder_of ((rg_result_kind) kind)], schedule, 0);
    }
}
