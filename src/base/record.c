/* record.c -- see record.h. */
#include "base/record.h"

#include <string.h>

enum { BYTES = 8 };

static const size_t sizes[] = { [RG_FIELD_REAL] = sizeof (double), [RG_FIELD_UINT64] = sizeof (uint64_t),
                                [RG_FIELD_SIZE] = sizeof (size_t), [RG_FIELD_INT] = sizeof (int) };

size_t
rg_record_bytes (const rg_field *fields, size_t count)
{
    size_t numbers = 0;
    for (size_t i = 0; i < count; i++)
        numbers += fields[i].count;
    return numbers * BYTES;
}

/* A member as 64 bits. */
static uint64_t
get (rg_field_kind kind, const void *member)
{
    uint64_t bits = 0;
    size_t size;
    int small;
    switch (kind) {
    case RG_FIELD_REAL:
    case RG_FIELD_UINT64: memcpy (&bits, member, sizeof bits); return bits;
    case RG_FIELD_SIZE: memcpy (&size, member, sizeof size); return size;
    case RG_FIELD_INT: memcpy (&small, member, sizeof small); return (uint64_t) small;
    }
    return 0;
}

/* 0 where the number is out of range. */
static int
set (const rg_field *field, uint64_t bits, void *member)
{
    const size_t size = (size_t) bits;
    const int small = (int) bits;
    if (field->kind != RG_FIELD_REAL && bits > field->most)
        return 0;
    switch (field->kind) {
    case RG_FIELD_REAL:
    case RG_FIELD_UINT64: memcpy (member, &bits, sizeof bits); return 1;
    case RG_FIELD_SIZE: memcpy (member, &size, sizeof size); return size == bits;
    case RG_FIELD_INT: memcpy (member, &small, sizeof small); return 1;
    }
    return 0;
}

void
rg_record_write (const rg_field *fields, size_t count, const void *object, void *block)
{
    unsigned char *out = block;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < fields[i].count; k++) {
            uint64_t bits = get (fields[i].kind, (const char *) object + fields[i].offset + k * sizes[fields[i].kind]);
            for (int b = 0; b < BYTES; b++, bits >>= 8)
                *out++ = (unsigned char) bits;
        }
}

int
rg_record_read (const rg_field *fields, size_t count, void *object, const void *block)
{
    const unsigned char *in = block;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < fields[i].count; k++, in += BYTES) {
            uint64_t bits = 0;
            for (int b = BYTES - 1; b >= 0; b--)
                bits = bits << 8 | in[b];
            if (!set (&fields[i], bits, (char *) object + fields[i].offset + k * sizes[fields[i].kind]))
                return 0;
        }
    return 1;
}
