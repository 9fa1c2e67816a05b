/* cmd_list.c -- retrograde list: the names that a configuration may use. */
#include <stdio.h>
#include <string.h>

#include <retrograde/registry.h>

#include "cli/cli.h"

static int
list (const options *o)
{
    json_t *all = json_array ();
    const char *kind = "";
    for (size_t i = 0; rg_registry_at (i).name != NULL; i++) {
        const rg_registry_entry entry = rg_registry_at (i);
        if (o->json)
            json_array_append_new (all, json_pack ("{s:s, s:s, s:s}", "kind", entry.kind, "name", entry.name,
                                                   "summary", entry.summary));
        else {
            if (strcmp (kind, entry.kind) != 0)
                printf ("%s%s\n", *kind == '\0' ? "" : "\n", entry.kind);
            printf ("  %-24s %s\n", entry.name, entry.summary);
        }
        kind = entry.kind;
    }
    if (o->json)
        return print_json (json_pack ("{s:o}", "entries", all));
    json_decref (all);
    return EXIT_DONE;
}

const command command_list = { "list", "", "print the models, operators, dynamics, trajectories, estimators ...",
                               TAKES_JSON, list };
