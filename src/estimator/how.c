/* how.c -- a caller's options, and the settings of a row; see estimator.h. */
#include "base/sized.h"
#include "estimator/estimator.h"

rg_status
rg_estimator_options_read (rg_estimator_options *own, const rg_estimator_options *given, rg_message *message)
{
    *own = (rg_estimator_options) { .size = sizeof *own };
    const size_t least = RG_SIZE_TO (rg_estimator_options, settings);
    const rg_status status = given == NULL ? RG_OK : rg_sized_read (own, sizeof *own, least, given, "rg_estimator_options", message);
    return status != RG_OK || own->keeper == NULL ? status
                                                  : rg_sized_check (own->keeper, RG_SIZE_TO (rg_keeper, stop), "rg_keeper", message);
}

size_t
rg_window_memory (const rg_estimator_options *options)
{
    return options->window_memory != 0 ? options->window_memory : (size_t) 256 << 20;
}

rg_status
rg_how_read (rg_how *out, const rg_estimator *row, const rg_estimator_options *given, rg_message *message)
{
    *out = (rg_how) { { 0 } };
    rg_status status = rg_estimator_options_read (&out->options, given, message);
    if (status != RG_OK || row == NULL)
        return status;
    const rg_kind kind = { .name = row->name, .options = row->options, .bytes = row->settings_bytes, .row = row };
    status = rg_row_settings_read (&out->settings, &kind, out->options.settings, out->options.known, message);
    out->options.settings = NULL; /* the caller's */
    return status;
}

void
rg_how_clear (rg_how *how)
{
    rg_row_settings_clear (&how->settings);
}
