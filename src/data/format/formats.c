/* formats.c -- the table of data formats; see format.h. */
#include "data/format/format.h"

#include <string.h>

/* Those that recognise a file by its first bytes stand before those that take any text. */
static const rg_format *const formats[] = { &rg_format_fashion_mnist, &rg_format_idx, &rg_format_npy, &rg_format_npz,
                                            &rg_format_svmlight, &rg_format_csv };

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
