/* keys.c -- the keys of a configuration, one after another; see retrograde/config.h. */
#include <retrograde/config.h>

#include <stdio.h>
#include <string.h>

#include "config/values.h"

/* Count down to a key; what is found is written. */
typedef struct {
    size_t left;
    rg_config_key *out;
} search;

static int find_key (search *s, const char *path, const char *kind, const rg_option *options);

static int
write_key (search *s, const char *path, const char *kind, const rg_option *option)
{
    if (s->left-- > 0)
        return 0;
    *s->out = (rg_config_key) { .kind = kind, .preset = option->preset, .sentence = option->sentence, .neutral = option->neutral };
    snprintf (s->out->path, sizeof s->out->path, "%s", path);
    rg_option_expectation (option, s->out->value, sizeof s->out->value);
    return 1;
}

/* The keys inside a map, a list of maps, or of each kind; those of a kind stand in the map of its name. */
static int
find_inside (search *s, const char *map, const char *path, const rg_option *option)
{
    char entry[sizeof s->out->path];
    snprintf (entry, sizeof entry, "%.60s.*", path);
    if (option->kind == RG_OPTION_MAP)
        return find_key (s, path, NULL, option->options);
    if (option->kind == RG_OPTION_MAPS)
        return find_key (s, entry, NULL, option->options);
    for (size_t i = 0; option->kind == RG_OPTION_KIND && option->kinds->at (i).name != NULL; i++)
        if (find_key (s, map, option->kinds->at (i).name, option->kinds->at (i).options))
            return 1;
    return 0;
}

static int
find_key (search *s, const char *path, const char *kind, const rg_option *options)
{
    for (const rg_option *o = options; o != NULL && o->key != NULL; o++) {
        char own[sizeof s->out->path];
        snprintf (own, sizeof own, "%.60s%s%.32s", path, *path == '\0' ? "" : ".", o->key);
        if (write_key (s, own, kind, o) || find_inside (s, path, own, o))
            return 1;
    }
    return 0;
}

int
rg_config_key_at (size_t i, rg_config_key *out)
{
    return find_key (&(search) { i, out }, "", NULL, rg_skeleton);
}

int
rg_config_is_neutral (const char *key)
{
    rg_config_key row;
    int neutral = 0;
    for (size_t i = 0; !neutral && rg_config_key_at (i, &row); i++) {
        const size_t length = strlen (row.path);
        neutral = row.neutral && strncmp (row.path, key, length) == 0 && (key[length] == '\0' || key[length] == '.');
    }
    return neutral;
}
