/* table_read.c -- from a file to a table, by the format that reads it; see retrograde/table.h. */
#include <string.h>

#include "base/memory.h"
#include "base/sized.h"
#include "data/format/format.h"

/* Where ":MEMBER" starts in FILE.npz:MEMBER; NULL: it is no such path. */
static const char *
member_of (const char *path)
{
    const char *colon = strrchr (path, ':');
    return colon != NULL && colon - path > 4 && memcmp (colon - 4, ".npz", 4) == 0 ? colon : NULL;
}

static rg_status
find_format (const rg_source *source, const char *member, const rg_table_options *options, const rg_format **out,
             rg_message *message)
{
    *out = member != NULL           ? &rg_format_npz
           : options->format != NULL ? rg_format_find (options->format)
                                     : rg_format_recognise (source);
    if (*out != NULL)
        return RG_OK;
    if (options->format != NULL)
        return rg_fail (message, RG_EINPUT, "%s: %s: no such format", source->name, options->format);
    return rg_fail (message, RG_EINPUT, "%s: expected data in a known format, recognised none", source->name);
}

static rg_status
read_into (rg_source *source, const char *member, const rg_table_options *options, rg_table *out, rg_message *message)
{
    const rg_format *format = NULL;
    rg_status status = find_format (source, member, options, &format, message);
    if (status != RG_OK)
        return status;
    out->format = format->name;
    out->digest = rg_source_digest (source);
    status = format->read (source, member, options, out, message);
    if (status == RG_OK && out->array.ndim > 0 && out->array.shape[0] > 0)
        out->columns = rg_array_count (&out->array) / out->array.shape[0];
    return status;
}

static rg_status
read_source (rg_table **out, rg_source *source, const char *path, const char *member, const rg_table_options *options,
             rg_message *message)
{
    rg_table_options own = { .size = sizeof own };
    const size_t least = RG_SIZE_TO (rg_table_options, log);
    rg_status status = options == NULL ? RG_OK : rg_sized_read (&own, sizeof own, least, options, "rg_table_options", message);
    if (status != RG_OK)
        return status;
    rg_table *table = rg_table_new (path);
    status = table == NULL ? rg_fail_memory (message, path) : read_into (source, member, &own, table, message);
    if (status == RG_OK)
        *out = table;
    else
        rg_table_free (table);
    return status;
}

/* The path without its member, which *member then is. */
static char *
split_path (const char *path, const char **member)
{
    char *file = rg_strdup (path);
    const char *colon = member_of (path);
    *member = colon == NULL ? NULL : colon + 1;
    if (file != NULL && colon != NULL)
        file[colon - path] = '\0';
    return file;
}

rg_status
rg_table_read (rg_table **out, const char *path, const rg_table_options *options, rg_message *message)
{
    *out = NULL;
    const char *member;
    char *file = split_path (path, &member);
    rg_source source = { 0 };
    rg_status status = file == NULL ? rg_fail_memory (message, path) : rg_source_open (&source, file, message);
    if (status == RG_OK)
        status = read_source (out, &source, path, member, options, message);
    rg_free (source.block);
    rg_free (file);
    return status;
}

rg_status
rg_table_parse (rg_table **out, const void *bytes, size_t size, const char *path, const rg_table_options *options,
                rg_message *message)
{
    *out = NULL;
    const char *member;
    char *file = split_path (path, &member);
    rg_source source = { .bytes = size == 0 ? (const unsigned char *) "" : bytes, .size = size, .name = file };
    rg_status status = file == NULL ? rg_fail_memory (message, path) : rg_source_prepare (&source, message);
    if (status == RG_OK)
        status = read_source (out, &source, path, member, options, message);
    rg_free (source.block);
    rg_free (file);
    return status;
}
