/* formats.c -- the table of data formats; see format.h. */
#include "data/format/format.h"

#include <string.h>

static const rg_format *const formats[] = {
#define ROW(name) &rg_format_##name,
    RG_FORMAT_TABLE (ROW)
#undef ROW
};

enum { FORMATS = sizeof formats / sizeof *formats };

const rg_format *
rg_format_find (const char *name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp (formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

const rg_format *
rg_format_recognise (const rg_source *source)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i]->recognise != NULL && formats[i]->recognise (source))
            return formats[i];
    return NULL;
}

const char *
rg_format_name (size_t i)
{
    return i < FORMATS ? formats[i]->name : NULL;
}

const char *
rg_format_summary (size_t i)
{
    return i < FORMATS ? formats[i]->summary : NULL;
}
