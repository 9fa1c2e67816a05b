/* parse.c -- libyaml's events to a tree; see parse.h. */
#include "config/parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#include "base/memory.h"
#include "config/value.h"

/* One text being read. */
typedef struct {
    yaml_parser_t parser;
    const char *origin;  /* of the nodes */
    const char *path;    /* the key that the text is the value of; NULL for a file */
    rg_message *message;
} reader;

static rg_place
place_of (const reader *in, yaml_mark_t mark)
{
    if (in->path != NULL)
        return (rg_place) { in->origin, 0, 0 };
    return (rg_place) { in->origin, mark.line + 1, mark.column + 1 };
}

static rg_status
refuse (const reader *in, yaml_mark_t mark, const char *sentence)
{
    if (in->path != NULL)
        return rg_fail (in->message, RG_EINPUT, "%s: %s: %s", in->origin, in->path, sentence);
    return rg_fail (in->message, RG_EINPUT, "%s:%zu:%zu: %s", in->origin, mark.line + 1,
                    mark.column + 1, sentence);
}

static rg_status
no_memory (const reader *in)
{
    return rg_fail (in->message, RG_ENOMEM, "%s", rg_status_text (RG_ENOMEM));
}

/* The next event; the caller ends it with yaml_event_delete on success. */
static rg_status
next_event (reader *in, yaml_event_t *event)
{
    if (yaml_parser_parse (&in->parser, event))
        return RG_OK;
    const yaml_parser_t *parser = &in->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "unreadable";
    char sentence[256];
    if (parser->error == YAML_MEMORY_ERROR)
        return no_memory (in);
    if (parser->error == YAML_READER_ERROR) {
        snprintf (sentence, sizeof sentence, "not UTF-8 text: %s at byte %zu", problem,
                  parser->problem_offset);
        return refuse (in, parser->mark, sentence);
    }
    snprintf (sentence, sizeof sentence, "not valid YAML: %s", problem);
    return refuse (in, parser->problem_mark, sentence);
}

static rg_status read_node (reader *in, const yaml_event_t *event, int depth, rg_node **out);

/* Anchors and tags are refused: nothing here needs them. */
static rg_status
check_plainness (const reader *in, yaml_mark_t mark, const yaml_char_t *anchor,
                 const yaml_char_t *tag)
{
    if (anchor != NULL)
        return refuse (in, mark, "anchors (&name) are not allowed");
    if (tag != NULL)
        return refuse (in, mark, "tags (!name) are not allowed");
    return RG_OK;
}

/* Without quotes, these mean that there is no value. */
static bool
means_nothing (const char *text)
{
    static const char *const words[] = { "", "~", "null", "Null", "NULL" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp (text, words[i]) == 0)
            return true;
    return false;
}

static rg_status
read_scalar (const reader *in, const yaml_event_t *event, rg_node **out)
{
    const char *text = (const char *) event->data.scalar.value;
    const bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    rg_status status = check_plainness (in, event->start_mark, event->data.scalar.anchor,
                                        event->data.scalar.tag);
    if (status != RG_OK)
        return status;
    if (strlen (text) != event->data.scalar.length)
        return refuse (in, event->start_mark, "a NUL character is not allowed");
    const rg_node_kind kind = !quoted && means_nothing (text) ? RG_NODE_NOTHING : RG_NODE_SCALAR;
    status = rg_node_new (out, kind, text, quoted, place_of (in, event->start_mark));
    return status == RG_OK ? status : no_memory (in);
}

static rg_status
check_key (const reader *in, const yaml_event_t *event, const rg_node *map)
{
    if (event->type != YAML_SCALAR_EVENT)
        return refuse (in, event->start_mark, "expected a key");
    const char *key = (const char *) event->data.scalar.value;
    char sentence[128];
    const rg_status status = check_plainness (in, event->start_mark, event->data.scalar.anchor,
                                              event->data.scalar.tag);
    if (status != RG_OK)
        return status;
    if (strlen (key) != event->data.scalar.length)
        return refuse (in, event->start_mark, "a NUL character is not allowed");
    if (strlen (key) > RG_TREE_KEY) {
        snprintf (sentence, sizeof sentence, "a key of more than %d bytes", RG_TREE_KEY);
        return refuse (in, event->start_mark, sentence);
    }
    if (strchr (key, '.') != NULL) {
        snprintf (sentence, sizeof sentence, "key %s has a point: write maps inside each other", key);
        return refuse (in, event->start_mark, sentence);
    }
    if (rg_node_has_key (map, key)) {
        snprintf (sentence, sizeof sentence, "key %s is here twice", key);
        return refuse (in, event->start_mark, sentence);
    }
    if (rg_node_count (map) == RG_TREE_KEYS)
        return refuse (in, event->start_mark, "too many keys in one map");
    return RG_OK;
}

/* Read one entry of `parent`, whose first event (a key, or the value in a list) is given. */
static rg_status
read_entry (reader *in, const yaml_event_t *first, int depth, rg_node *parent)
{
    rg_node *child = NULL;
    yaml_event_t value;
    rg_status status;
    if (rg_node_kind_of (parent) == RG_NODE_LIST) {
        status = read_node (in, first, depth, &child);
        if (status == RG_OK)
            status = rg_node_append (parent, NULL, place_of (in, first->start_mark), child);
    } else {
        status = check_key (in, first, parent);
        if (status != RG_OK)
            return status;
        status = next_event (in, &value);
        if (status != RG_OK)
            return status;
        status = read_node (in, &value, depth, &child);
        yaml_event_delete (&value);
        if (status == RG_OK)
            status = rg_node_append (parent, (const char *) first->data.scalar.value,
                                     place_of (in, first->start_mark), child);
    }
    if (status != RG_OK)
        rg_node_free (child);
    return status == RG_ENOMEM ? no_memory (in) : status;
}

/* Read the entries of a map or a list up to its end. */
static rg_status
read_entries (reader *in, int depth, rg_node *parent)
{
    const yaml_event_type_t end = rg_node_kind_of (parent) == RG_NODE_MAP ? YAML_MAPPING_END_EVENT
                                                                          : YAML_SEQUENCE_END_EVENT;
    for (;;) {
        yaml_event_t event;
        rg_status status = next_event (in, &event);
        if (status != RG_OK)
            return status;
        const bool ended = event.type == end;
        if (!ended)
            status = read_entry (in, &event, depth, parent);
        yaml_event_delete (&event);
        if (ended || status != RG_OK)
            return status;
    }
}

/* Read the node that starts with an event; depth counts the maps and lists around it. */
static rg_status
read_node (reader *in, const yaml_event_t *event, int depth, rg_node **out)
{
    *out = NULL;
    if (event->type == YAML_SCALAR_EVENT)
        return read_scalar (in, event, out);
    if (event->type == YAML_ALIAS_EVENT)
        return refuse (in, event->start_mark, "aliases (*name) are not allowed");
    const bool map = event->type == YAML_MAPPING_START_EVENT;
    rg_status status = check_plainness (
        in, event->start_mark,
        map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
        map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    if (status != RG_OK)
        return status;
    if (depth == RG_TREE_DEPTH)
        return refuse (in, event->start_mark, "too many maps and lists inside each other");
    status = rg_node_new (out, map ? RG_NODE_MAP : RG_NODE_LIST, NULL, false,
                          place_of (in, event->start_mark));
    if (status != RG_OK)
        return no_memory (in);
    status = read_entries (in, depth + 1, *out);
    if (status != RG_OK) {
        rg_node_free (*out);
        *out = NULL;
    }
    return status;
}

/* Skip the events before the first node and return that node's first event. */
static rg_status
first_event (reader *in, yaml_event_t *event)
{
    for (;;) {
        const rg_status status = next_event (in, event);
        if (status != RG_OK)
            return status;
        if (event->type == YAML_STREAM_END_EVENT) {
            const yaml_mark_t mark = event->start_mark;
            yaml_event_delete (event);
            return refuse (in, mark, in->path == NULL ? "the file is empty" : "there is no value");
        }
        if (event->type != YAML_STREAM_START_EVENT && event->type != YAML_DOCUMENT_START_EVENT)
            return RG_OK;
        yaml_event_delete (event);
    }
}

/* After the node there may only be the end. */
static rg_status
read_end (reader *in)
{
    for (;;) {
        yaml_event_t event;
        rg_status status = next_event (in, &event);
        if (status != RG_OK)
            return status;
        const yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT)
            status = refuse (in, event.start_mark, "a second document is not allowed");
        yaml_event_delete (&event);
        if (status != RG_OK || type == YAML_STREAM_END_EVENT)
            return status;
    }
}

static rg_status
read_text (reader *in, const char *text, size_t bytes, int depth, rg_node **out)
{
    yaml_event_t event;
    *out = NULL;
    if (!yaml_parser_initialize (&in->parser))
        return no_memory (in);
    const size_t mark = bytes >= 3 && memcmp (text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* a byte order mark, which some editors write */
    yaml_parser_set_encoding (&in->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string (&in->parser, (const unsigned char *) text + mark, bytes - mark);
    rg_status status = first_event (in, &event);
    if (status == RG_OK) {
        status = read_node (in, &event, depth, out);
        yaml_event_delete (&event);
    }
    if (status == RG_OK)
        status = read_end (in);
    yaml_parser_delete (&in->parser);
    if (status != RG_OK) {
        rg_node_free (*out);
        *out = NULL;
    }
    return status;
}

rg_status
rg_tree_parse (rg_tree **out, const char *file, const char *text, size_t bytes,
               rg_message *message)
{
    rg_tree *tree = NULL;
    rg_node *root = NULL;
    *out = NULL;
    if (bytes > RG_TREE_BYTES)
        return rg_fail (message, RG_EINPUT, "%s: more than %d bytes", file, RG_TREE_BYTES);
    rg_status status = rg_tree_new (&tree, file);
    if (status != RG_OK)
        return rg_fail (message, status, "%s", rg_status_text (status));
    reader in = { .origin = rg_tree_file (tree), .path = NULL, .message = message };
    status = read_text (&in, text, bytes, 0, &root);
    if (status == RG_OK && rg_node_kind_of (root) == RG_NODE_NOTHING)
        status = rg_fail (message, RG_EINPUT, "%s:1:1: the file is empty", file);
    else if (status == RG_OK && rg_node_kind_of (root) != RG_NODE_MAP) {
        char looks[64];
        rg_node_describe (root, looks, sizeof looks);
        status = rg_fail (message, RG_EINPUT, "%s:1:1: expected keys and values, got %s", file,
                          looks);
    }
    if (status != RG_OK) {
        rg_node_free (root);
        rg_tree_free (tree);
        return status;
    }
    rg_tree_set_root (tree, root);
    *out = tree;
    return RG_OK;
}

/* A path that leads nowhere is a mistake in the input; the rest is the system's. */
static rg_status
fail_system (const char *file, int reason, rg_message *message)
{
    const int input = reason == ENOENT || reason == ENOTDIR || reason == EISDIR || reason == ENAMETOOLONG;
    return rg_fail (message, input ? RG_EINPUT : RG_ESYSTEM, "%s: cannot read: %s", file, strerror (reason));
}

/* Read a file of at most RG_TREE_BYTES bytes; one byte more tells that there is more. */
static rg_status
read_file (const char *file, char *text, size_t *bytes, rg_message *message)
{
    errno = 0;
    FILE *stream = fopen (file, "rb");
    if (stream == NULL)
        return fail_system (file, errno, message);
    *bytes = fread (text, 1, RG_TREE_BYTES + 1, stream);
    const int bad = ferror (stream), reason = errno;
    fclose (stream);
    return bad ? fail_system (file, reason, message) : RG_OK;
}

rg_status
rg_tree_read (rg_tree **out, const char *file, rg_message *message)
{
    size_t bytes = 0;
    *out = NULL;
    char *text = rg_malloc (RG_TREE_BYTES + 1, 1);
    if (text == NULL)
        return rg_fail (message, RG_ENOMEM, "%s", rg_status_text (RG_ENOMEM));
    rg_status status = read_file (file, text, &bytes, message);
    if (status == RG_OK)
        status = rg_tree_parse (out, file, text, bytes, message);
    rg_free (text);
    return status;
}

rg_status
rg_tree_set (rg_tree *tree, const char *assignment, rg_message *message)
{
    static const char origin[] = "command line";
    char path[RG_TREE_PATH];
    rg_node *node = NULL;
    const char *equal = strchr (assignment, '=');
    if (equal == NULL || equal == assignment || equal - assignment >= RG_TREE_PATH)
        return rg_fail (message, RG_EINPUT, "%s: expected key=value, got %.64s", origin,
                        assignment);
    memcpy (path, assignment, (size_t) (equal - assignment));
    path[equal - assignment] = '\0';
    const char *text = equal + 1;
    const size_t bytes = strlen (text);
    reader in = { .origin = origin, .path = path, .message = message };
    if (bytes > RG_TREE_BYTES)
        return rg_fail (message, RG_EINPUT, "%s: %s: more than %d bytes", origin, path,
                        RG_TREE_BYTES);
    rg_status status = read_text (&in, text, bytes, RG_TREE_PARTS, &node);
    if (status == RG_OK && rg_node_kind_of (node) == RG_NODE_NOTHING) {
        rg_node_free (node);
        node = NULL;
    }
    if (status == RG_OK)
        status = rg_tree_put (tree, path, node, (rg_place) { origin, 0, 0 }, message);
    if (status != RG_OK)
        rg_node_free (node);
    return status;
}
