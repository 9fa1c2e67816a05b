/* cmd_list.c -- retrograde list: the names that a configuration may use, their options, and its keys. */
#include <stdio.h>
#include <string.h>

#include <retrograde/registry.h>

#include "cli/cli.h"

/* Whether an entry is of the kind that was asked for. */
static int
is_wanted (const options *o, const char *kind)
{
    return o->kind == NULL || strcmp (o->kind, kind) == 0;
}

static int
is_required (const char *preset)
{
    return preset != NULL && strcmp (preset, "!") == 0;
}

/* --- keys --- */

static int
list_keys (const options *o)
{
    rg_config_key key;
    json_t *all = json_array ();
    for (size_t i = 0; rg_config_key_at (i, &key); i++)
        if (o->json)
            json_array_append_new (all, json_pack ("{s:s, s:s?, s:s, s:s?, s:b, s:s, s:b}", "path", key.path, "kind", key.kind,
                                                   "value", key.value, "default", is_required (key.preset) ? NULL : key.preset,
                                                   "required", is_required (key.preset), "meaning", key.sentence, "neutral",
                                                   key.neutral));
        else
            printf ("%s%s%s%s\n    %s%s%s%s\n    %s\n", key.path, key.kind == NULL ? "" : " (", key.kind == NULL ? "" : key.kind,
                    key.kind == NULL ? "" : ")", key.value, is_required (key.preset) ? "; required" : "",
                    key.preset == NULL || is_required (key.preset) ? "" : "; default: ",
                    key.preset == NULL || is_required (key.preset) ? "" : key.preset, key.sentence);
    if (o->json)
        return print_json (json_pack ("{s:o}", "keys", all));
    json_decref (all);
    return EXIT_DONE;
}

/* --- kinds --- */

static json_t *
options_json (size_t entry)
{
    json_t *all = json_array ();
    rg_registry_option option;
    for (size_t i = 0; (option = rg_registry_option_at (entry, i)).key != NULL; i++)
        json_array_append_new (all, json_pack ("{s:s, s:s, s:s?, s:s}", "key", option.key, "value", option.value, "default",
                                               option.preset, "meaning", option.sentence));
    return all;
}

static void
print_options (size_t entry)
{
    rg_registry_option option;
    for (size_t i = 0; (option = rg_registry_option_at (entry, i)).key != NULL; i++)
        printf ("      %-20s %s%s%s: %s\n", option.key, option.value,
                option.preset == NULL ? "" : is_required (option.preset) ? ", required" : ", default ",
                option.preset == NULL || is_required (option.preset) ? "" : option.preset, option.sentence);
}

/* What one entry is; with its options where its kind was asked for. */
static void
print_entry (const options *o, size_t i, const char **kind)
{
    const rg_registry_entry entry = rg_registry_at (i);
    if (strcmp (*kind, entry.kind) != 0)
        printf ("%s%s\n", **kind == '\0' ? "" : "\n", entry.kind);
    printf ("  %-24s %s\n", entry.name, entry.summary);
    if (o->kind != NULL)
        print_options (i);
    *kind = entry.kind;
}

static int
list (const options *o)
{
    if (o->kind != NULL && strcmp (o->kind, "keys") == 0)
        return list_keys (o);
    json_t *all = json_array ();
    const char *kind = "";
    int found = 0;
    for (size_t i = 0; rg_registry_at (i).name != NULL; i++) {
        const rg_registry_entry entry = rg_registry_at (i);
        if (!is_wanted (o, entry.kind))
            continue;
        found = 1;
        if (o->json)
            json_array_append_new (all, json_pack ("{s:s, s:s, s:s, s:o}", "kind", entry.kind, "name", entry.name, "summary",
                                                   entry.summary, "options", options_json (i)));
        else
            print_entry (o, i, &kind);
    }
    if (found && o->json)
        return print_json (json_pack ("{s:o}", "entries", all));
    json_decref (all);
    if (found)
        return EXIT_DONE;
    complain ("list: %s: no such kind; keys are those of a configuration, and retrograde list names the others", o->kind);
    return EXIT_USAGE;
}

const command command_list = { "list", "[KIND]",
                               "print the models, operators, dynamics, trajectories, estimators ...; of one KIND with options; or keys",
                               TAKES_JSON | TAKES_KIND, list };
