/* format.h -- what a data format is. A new one is one file here and one row of the table below. */
#ifndef RG_DATA_FORMAT_FORMAT_H
#define RG_DATA_FORMAT_FORMAT_H

#include "data/table/table.h"

typedef struct {
    const char *name, *summary;
    int in_folder;                        /* a set is the files of a folder, named like MNIST's */
    const char *(*folder) (void);         /* where that is installed; NULL: nowhere */
    int (*recognise) (const rg_source *); /* whether a file is one of these, by its content or its name */
    /*
     * Fill the table.
     *   source  without compression by gzip
     *   member  what follows FILE.npz: in the path, or NULL
     */
    rg_status (*read) (rg_source *source, const char *member, const rg_table_options *options, rg_table *out,
                       rg_message *message);
} rg_format;

/* A row each. Those that recognise a file by its first bytes stand before those that take any text. */
#define RG_FORMAT_TABLE(ROW) \
    ROW (fashion_mnist)      \
    ROW (idx)                \
    ROW (npy)                \
    ROW (npz)                \
    ROW (svmlight)           \
    ROW (csv)

#define RG_FORMAT_ROW(name) extern const rg_format rg_format_##name;
RG_FORMAT_TABLE (RG_FORMAT_ROW)
#undef RG_FORMAT_ROW

/* The format of a name, and the one that recognises a file; NULL: none. */
const rg_format *rg_format_find (const char *name);
const rg_format *rg_format_recognise (const rg_source *source);

#endif /* RG_DATA_FORMAT_FORMAT_H */
