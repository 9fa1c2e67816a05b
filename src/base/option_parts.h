/* option_parts.h -- what the files of option.h share: fields by offset, clearing, refusals. */
#ifndef RG_BASE_OPTION_PARTS_H
#define RG_BASE_OPTION_PARTS_H

#include "base/option.h"

/* The field of an option. */
static inline void *
rg_option_field (const rg_option *option, void *settings)
{
    return (char *) settings + option->offset;
}

/* The choice that an option of that kind has made. */
static inline const rg_choice *
rg_option_choice (const rg_option *option, const void *settings)
{
    return (const rg_choice *) ((const char *) settings + option->offset);
}

/* Note whether an option was given, where that is recorded. */
static inline void
rg_option_note (const rg_option *option, void *settings, int given)
{
    if (option->given != 0)
        *(int *) ((char *) settings + option->given - 1) = given;
}

/* Free what one field holds, and zero it. */
void rg_option_clear_field (const rg_option *option, void *at);
void rg_option_clear_maps (const rg_option *option, rg_maps *maps);
void rg_option_clear_chain (rg_chain *chain);

/* Refuse a key that neither the options nor the kinds chosen have, and say which kinds have it. Returns RG_EINPUT. */
rg_status rg_option_refuse_key (const rg_option *options, const void *settings, const char *key, rg_message *message);

/* Refuse what is required and not there: no key of the map or, where by_map is 0, not given to the struct. */
rg_status rg_option_require_of (const rg_option *options, const void *settings, const rg_given *map, int by_map,
                                rg_message *message);

#endif /* RG_BASE_OPTION_PARTS_H */
