/* texts.c -- see texts.h. UTF-8 is RFC 3629's: no more bytes than needed, no surrogates, nothing above U+10FFFF. */
#include "data/texts.h"

enum { REPLACEMENT = 0xFFFD };

/* How many bytes follow a first one, and the least character that needs so many; -1: no first byte. */
static int
following (unsigned char first, uint32_t *bits, uint32_t *least)
{
    static const struct {
        unsigned char mask, value;
        uint32_t least;
    } forms[] = { { 0x80, 0, 0 }, { 0xE0, 0xC0, 0x80 }, { 0xF0, 0xE0, 0x800 }, { 0xF8, 0xF0, 0x10000 } };
    for (int i = 0; i < 4; i++)
        if ((first & forms[i].mask) == forms[i].value) {
            *bits = first & (unsigned char) ~forms[i].mask;
            *least = forms[i].least;
            return i;
        }
    return -1;
}

/* The next character; 0 at the end, where *text stays. */
static uint32_t
next (const char **text)
{
    const unsigned char *at = (const unsigned char *) *text;
    uint32_t out = 0, least = 0;
    if (*at == 0)
        return 0;
    const int more = following (*at, &out, &least);
    int i = 1;
    for (; i <= more && (at[i] & 0xC0) == 0x80; i++)
        out = out << 6 | (at[i] & 0x3F);
    if (i <= more || more < 0 || out < least || out > 0x10FFFF || (out >= 0xD800 && out < 0xE000)) {
        *text += 1;
        return REPLACEMENT;
    }
    *text += i;
    return out;
}

size_t
rg_text_length (const char *text)
{
    size_t length = 0;
    while (next (&text) != 0)
        length++;
    return length;
}

void
rg_text_decode (const char *text, uint32_t *out, size_t length)
{
    for (size_t i = 0; i < length; i++)
        out[i] = next (&text);
}
