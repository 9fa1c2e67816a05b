/*
 * settings.h -- the settings of a row of some table, for who makes what the row is of: read from a text such as
 * "terms: 30, damping: .1", or found among those that somebody, a configuration, has read already.
 */
#ifndef RG_BASE_SETTINGS_H
#define RG_BASE_SETTINGS_H

#include "base/option.h"

/* Settings that are read already, those of one row or of several; opaque in the public headers. */
typedef struct rg_settings {
    size_t count;
    const rg_choice *choices; /* [count] */
} rg_settings;

/* The settings of one row while it is at work. */
typedef struct {
    const void *values; /* the row's struct; NULL where it has none */
    rg_choice own;      /* what was read from a text; empty where values belong to an rg_settings */
} rg_row_settings;

/*
 * Write options of a line of text into a struct: presets, then each "key: value" of the text, then rg_option_require.
 *   text  "terms: 30, damping: .1"; NULL or blank: nothing
 * Returns RG_OK, or RG_EINPUT with a sentence that begins with the key, or RG_ENOMEM; after a failure there is nothing to clear.
 */
rg_status rg_option_read_line (const rg_option *options, void *settings, const char *text, rg_message *message);

/*
 * The settings of a row.
 *   kind   the row's name, options, size of its struct, and itself
 *   text   as for rg_option_read_line; NULL: those of `known`
 *   known  kept by reference; where the row is not among them, or known is NULL, there are presets
 * Returns as rg_option_read_line, with a sentence that begins with the row's name; after a failure there is nothing to clear.
 */
rg_status rg_row_settings_read (rg_row_settings *out, const rg_kind *kind, const char *text, const rg_settings *known,
                                rg_message *message);
void rg_row_settings_clear (rg_row_settings *settings);

#endif /* RG_BASE_SETTINGS_H */
