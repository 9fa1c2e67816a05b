/* option_value.h -- values without options of their own: numbers, words, texts and lists of them; see option.h. */
#ifndef RG_BASE_OPTION_VALUE_H
#define RG_BASE_OPTION_VALUE_H

#include "base/option.h"

/* Read a value of such a kind into a field of zeros. Returns RG_OK; RG_EINPUT or RG_ENOMEM with nothing to free. */
rg_status rg_option_read (const rg_option *option, void *field, const rg_given *given, rg_message *message);

/* The same of the kinds that are no lists. */
rg_status rg_option_read_one (const rg_option *option, void *field, const rg_given *given, rg_message *message);

/* Free what a field of such a kind holds, and zero it. */
void rg_option_release (const rg_option *option, void *field);

/* Copy a text; RG_ENOMEM with the sentence. */
rg_status rg_option_keep_text (char **out, const char *text, rg_message *message);

/* Whether what is given is the name of an .npy file. */
int rg_given_is_npy (const rg_given *given);

/* Refuse a value: "expected ..., got ..."; what it is about is left to the caller. Returns RG_EINPUT. */
rg_status rg_option_refuse (const rg_option *option, const rg_given *given, rg_message *message);

/* Put a part, or the number of an entry, before what a message is about: "filters" becomes "2.filters". Returns status. */
rg_status rg_option_within (const char *part, rg_status status, rg_message *message);
rg_status rg_option_within_entry (size_t i, rg_status status, rg_message *message);

/* Read a map of numbers, each in the option's range, into a struct of zeros. After a failure there is nothing to clear. */
rg_status rg_option_read_named (const rg_option *option, rg_named_numbers *out, const rg_given *map, rg_message *message);

#endif /* RG_BASE_OPTION_VALUE_H */
