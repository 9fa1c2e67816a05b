/* option_clear.c -- free what structs of settings hold; see option.h. */
#include "base/memory.h"
#include "base/option_parts.h"
#include "base/option_value.h"

void
rg_option_clear_maps (const rg_option *option, rg_maps *maps)
{
    for (size_t i = 0; i < maps->count; i++)
        rg_option_clear (option->options, (char *) maps->values + i * option->entry_bytes);
    rg_free (maps->values);
    *maps = (rg_maps) { 0 };
}

void
rg_option_clear_chain (rg_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        rg_choice_clear (&chain->values[i]);
    rg_free (chain->values);
    *chain = (rg_chain) { 0 };
}

void
rg_option_clear_field (const rg_option *option, void *at)
{
    switch (option->kind) {
    case RG_OPTION_MAP: rg_option_clear (option->options, at); return;
    case RG_OPTION_MAPS: rg_option_clear_maps (option, at); return;
    case RG_OPTION_KIND: rg_choice_clear (at); return;
    case RG_OPTION_CHAIN: rg_option_clear_chain (at); return;
    case RG_OPTION_CONSTANT:
        rg_option_clear_chain (&((rg_constant *) at)->kind);
        rg_option_release (option, at);
        return;
    default: rg_option_release (option, at); return;
    }
}

void
rg_option_clear (const rg_option *options, void *settings)
{
    for (const rg_option *o = options; o != NULL && o->key != NULL; o++) {
        rg_option_clear_field (o, rg_option_field (o, settings));
        rg_option_note (o, settings, 0);
    }
}

void
rg_choice_clear (rg_choice *choice)
{
    if (choice->settings != NULL)
        rg_option_clear (choice->kind.options, choice->settings);
    rg_free (choice->settings);
    *choice = (rg_choice) { 0 };
}
