/* foreign.c -- formats that are not read are called by their names, with the way out; see source.h. */
#include <string.h>

#include "data/source.h"

#define TO_CSV "to_csv (\"x.csv\", index=False)"

typedef struct {
    const char *name, *way_out;
    size_t length;
    const char *magic;
} foreign;

static const foreign table[] = {
    { "a Parquet file", "in pandas: read_parquet (...)." TO_CSV, 4, "PAR1" },
    { "a Feather (Arrow) file", "in pandas: read_feather (...)." TO_CSV, 6, "ARROW1" },
    { "a Feather file", "in pandas: read_feather (...)." TO_CSV, 4, "FEA1" },
    { "an HDF5 file", "in Python: numpy.save (\"x.npy\", h5py.File (...)[\"name\"][()])", 8, "\x89HDF\r\n\x1a\n" },
    { "a MATLAB file", "in Python: numpy.save (\"x.npy\", scipy.io.loadmat (...)[\"name\"])", 10, "MATLAB 5.0" },
    { "an old Excel file", "in pandas: read_excel (...)." TO_CSV, 8, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" },
    { "a pickle", "in Python: numpy.save (\"x.npy\", numpy.asarray (pickle.load (...)))", 2, "\x80\x02" },
    { "a pickle", "in Python: numpy.save (\"x.npy\", numpy.asarray (pickle.load (...)))", 2, "\x80\x03" },
    { "a pickle", "in Python: numpy.save (\"x.npy\", numpy.asarray (pickle.load (...)))", 2, "\x80\x04" },
    { "a pickle", "in Python: numpy.save (\"x.npy\", numpy.asarray (pickle.load (...)))", 2, "\x80\x05" },
    { "text in UTF-16", "write it in UTF-8: iconv -f UTF-16 -t UTF-8", 2, "\xFF\xFE" },
    { "text in UTF-16", "write it in UTF-8: iconv -f UTF-16 -t UTF-8", 2, "\xFE\xFF" },
    { "compressed by bzip2", "decompress it, or compress it by gzip", 3, "BZh" },
    { "compressed by xz", "decompress it, or compress it by gzip", 6, "\xFD\x37zXZ\0" },
    { "compressed by Zstandard", "decompress it, or compress it by gzip", 4, "\x28\xB5\x2F\xFD" },
    { "an SQLite database", "export a table as CSV", 15, "SQLite format 3" },
};

/* Whether a ZIP archive is a workbook: its first entries are those of Office Open XML. */
static int
is_workbook (const rg_source *source)
{
    static const char *const names[] = { "[Content_Types].xml", "xl/", "_rels/", "docProps/" };
    enum { NAME = 30 }; /* where the name of the first entry starts */
    if (source->size < NAME || memcmp (source->bytes, "PK\3\4", 4) != 0)
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (source->size - NAME >= strlen (names[i]) && memcmp (source->bytes + NAME, names[i], strlen (names[i])) == 0)
            return 1;
    return 0;
}

/* Whether the first line that is not a comment is ARFF's @relation, in any case. */
static int
is_arff (const rg_source *source)
{
    static const char word[] = "@relation";
    const unsigned char *at = source->bytes, *end = at + source->size;
    while (at < end && (*at == '%' || *at == '\n' || *at == '\r')) {
        at = memchr (at, '\n', (size_t) (end - at));
        if (at == NULL)
            return 0;
        at++;
    }
    if ((size_t) (end - at) < sizeof word - 1)
        return 0;
    for (size_t i = 0; word[i] != '\0'; i++)
        if (word[i] != (char) (at[i] >= 'A' && at[i] <= 'Z' ? at[i] + ('a' - 'A') : at[i]))
            return 0;
    return 1;
}

static rg_status
refuse (const rg_source *source, const char *name, const char *way_out, rg_message *message)
{
    return rg_fail (message, RG_EINPUT, "%s: this is %s, which is not read; %s", source->name, name, way_out);
}

rg_status
rg_foreign_refuse (const rg_source *source, rg_message *message)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (source->size >= table[i].length
            && memcmp (source->bytes, table[i].magic, table[i].length) == 0)
            return refuse (source, table[i].name, table[i].way_out, message);
    if (is_workbook (source))
        return refuse (source, "an Excel workbook (XLSX)", "in pandas: read_excel (...)." TO_CSV, message);
    if (is_arff (source))
        return refuse (source, "an ARFF file",
                       "in Python: pandas.DataFrame (scipy.io.arff.loadarff (...)[0])." TO_CSV, message);
    return RG_OK;
}
