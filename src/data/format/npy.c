/*
 * npy.c -- reading NumPy's NPY format, versions 1 to 3: magic, version, length
 * of the header, a header that is a Python dictionary, then the elements.
 * numpy/lib/format.py, NEP 1.
 */
#include <stdlib.h>
#include <string.h>

#include "data/format/format.h"

static const unsigned char magic[6] = { 0x93, 'N', 'U', 'M', 'P', 'Y' };

static const struct {
    char code[3];
    rg_raw raw;
} types[] = { { "b1", RG_RAW_B1 }, { "u1", RG_RAW_U1 }, { "i1", RG_RAW_I1 }, { "i2", RG_RAW_I2 }, { "u2", RG_RAW_U2 },
              { "i4", RG_RAW_I4 }, { "u4", RG_RAW_U4 }, { "i8", RG_RAW_I8 }, { "u8", RG_RAW_U8 }, { "f2", RG_RAW_F2 }, { "f4", RG_RAW_F4 }, { "f8", RG_RAW_F8 } };

/* The text of a header being read. */
typedef struct {
    const unsigned char *at, *end;
    const char *name;
} cursor;

static rg_status
fail_syntax (const cursor *text, rg_message *message)
{
    return rg_fail (message, RG_EINPUT, "%s: expected a header {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)}",
                    text->name);
}

static void
skip_blanks (cursor *text)
{
    while (text->at < text->end && (*text->at == ' ' || *text->at == '\n' || *text->at == '\t' || *text->at == '\r'))
        text->at++;
}

/* Whether the next thing is `token`, and if so pass it. */
static int
take (cursor *text, const char *token)
{
    skip_blanks (text);
    const size_t length = strlen (token);
    if ((size_t) (text->end - text->at) < length || memcmp (text->at, token, length) != 0)
        return 0;
    text->at += length;
    return 1;
}

/* A quoted string of printable characters, shorter than `room`. */
static int
take_string (cursor *text, char *out, size_t room)
{
    skip_blanks (text);
    if (text->at == text->end || (*text->at != '\'' && *text->at != '"'))
        return 0;
    const unsigned char quote = *text->at++;
    size_t length = 0;
    for (; text->at < text->end && *text->at != quote; text->at++) {
        if (length + 1 == room || *text->at < ' ' || *text->at > '~')
            return 0;
        out[length++] = (char) *text->at;
    }
    out[length] = '\0';
    return take (text, quote == '"' ? "\"" : "'");
}

static int
take_extent (cursor *text, size_t *out)
{
    skip_blanks (text);
    const unsigned char *start = text->at;
    size_t extent = 0;
    for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++) {
        const size_t digit = (size_t) (*text->at - '0');
        if (extent > (SIZE_MAX - digit) / 10)
            return 0;
        extent = 10 * extent + digit;
    }
    *out = extent;
    return text->at != start;
}

static rg_status
read_shape (cursor *text, rg_element_layout *layout, rg_message *message)
{
    if (!take (text, "("))
        return fail_syntax (text, message);
    layout->ndim = 0;
    for (int comma = 1; !take (text, ")"); comma = take (text, ",")) {
        size_t extent;
        if (!comma || !take_extent (text, &extent))
            return fail_syntax (text, message);
        if (layout->ndim == RG_MAX_DIMENSIONS)
            return rg_fail (message, RG_EINPUT, "%s: expected at most %d dimensions, got more", text->name,
                            RG_MAX_DIMENSIONS);
        layout->shape[layout->ndim++] = extent;
    }
    return RG_OK;
}

static rg_status
read_type (cursor *text, rg_element_layout *layout, rg_message *message)
{
    char descr[32];
    if (take (text, "["))
        return rg_fail (message, RG_EINPUT, "%s: expected plain numbers, got a structured array", text->name);
    if (!take_string (text, descr, sizeof descr))
        return fail_syntax (text, message);
    for (size_t i = 0; descr[0] != '\0' && i < sizeof types / sizeof *types; i++) {
        if (strcmp (descr + 1, types[i].code) != 0)
            continue;
        if (descr[0] != '<' && descr[0] != '>' && descr[0] != (types[i].code[1] == '1' ? '|' : '<'))
            break;
        layout->big_endian = descr[0] == '>';
        layout->raw = types[i].raw;
        return RG_OK;
    }
    return rg_fail (message, RG_EINPUT, "%s: expected elements of type b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 or f8, got '%s'",
                    text->name, descr);
}

static rg_status
read_order (cursor *text, rg_element_layout *layout, rg_message *message)
{
    layout->fortran = take (text, "True");
    return layout->fortran || take (text, "False") ? RG_OK : fail_syntax (text, message);
}

static rg_status
read_dictionary (cursor *text, rg_element_layout *layout, rg_message *message)
{
    static const char *const keys[] = { "descr", "fortran_order", "shape" };
    unsigned seen = 0;
    if (!take (text, "{"))
        return fail_syntax (text, message);
    for (int comma = 1; !take (text, "}"); comma = take (text, ",")) {
        char key[16];
        unsigned which = 0;
        if (!comma || !take_string (text, key, sizeof key) || !take (text, ":"))
            return fail_syntax (text, message);
        while (which < 3 && strcmp (key, keys[which]) != 0)
            which++;
        if (which == 3 || (seen & 1u << which) != 0)
            return fail_syntax (text, message);
        seen |= 1u << which;
        const rg_status status = which == 0   ? read_type (text, layout, message)
                                 : which == 1 ? read_order (text, layout, message)
                                              : read_shape (text, layout, message);
        if (status != RG_OK)
            return status;
    }
    skip_blanks (text);
    return seen == 7 && text->at == text->end ? RG_OK : fail_syntax (text, message);
}

rg_status
rg_npy_from_source (rg_source *source, rg_array *out, rg_message *message)
{
    const unsigned char *bytes = source->bytes;
    if (source->size < 8 || memcmp (bytes, magic, sizeof magic) != 0)
        return rg_fail (message, RG_EINPUT, "%s: expected an NPY file, which starts with \\x93NUMPY", source->name);
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return rg_fail (message, RG_EINPUT, "%s: expected NPY version 1.0, 2.0 or 3.0, got %d.%d", source->name, bytes[6],
                        bytes[7]);
    const size_t start = bytes[6] == 1 ? 10 : 12;
    if (source->size < start)
        return rg_fail (message, RG_EINPUT, "%s: the file ends within the length of its header", source->name);
    size_t length = (size_t) bytes[8] | (size_t) bytes[9] << 8;
    if (bytes[6] != 1)
        length |= (size_t) bytes[10] << 16 | (size_t) bytes[11] << 24;
    if (source->size - start < length)
        return rg_fail (message, RG_EINPUT, "%s: expected a header of %zu bytes, got %zu", source->name, length,
                        source->size - start);
    cursor text = { bytes + start, bytes + start + length, source->name };
    rg_element_layout layout = { 0 };
    const rg_status status = read_dictionary (&text, &layout, message);
    return status != RG_OK ? status : rg_layout_read (&layout, source, start + length, out, message);
}

rg_status
rg_npy_read (const char *path, rg_array *out, rg_message *message)
{
    return rg_source_read (path, rg_npy_from_source, out, message);
}

rg_status
rg_npy_parse (const void *bytes, size_t size, const char *name, rg_array *out, rg_message *message)
{
    return rg_source_parse (bytes, size, name, rg_npy_from_source, out, message);
}

static rg_status
read_table (rg_source *source, const char *member, const rg_table_options *options, rg_table *out, rg_message *message)
{
    (void) member, (void) options;
    return rg_npy_from_source (source, &out->array, message);
}

static int
recognise (const rg_source *source)
{
    return source->size >= sizeof magic && memcmp (source->bytes, magic, sizeof magic) == 0;
}

const rg_format rg_format_npy = { "npy", "NumPy's arrays", .recognise = recognise, .read = read_table };
