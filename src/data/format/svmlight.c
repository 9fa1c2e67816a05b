/*
 * svmlight.c -- SVMlight's and LibSVM's sparse rows as dense tables: "target index:value index:value ... # comment", with
 * indices that rise; from 1, or from 0 where the file has an index 0. T. Joachims, SVMlight (2008).
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "data/format/field.h"
#include "data/format/format.h"
#include "data/format/separated.h"

enum { MOST_EMPTY = 1000, SMALL = 1 << 20 }; /* zeros for each number of the file that a dense table of more than SMALL may hold */

/* A text on its way to becoming a table. */
typedef struct {
    const char *name;
    size_t rows, numbers, least, most;  /* least and most index */
    size_t columns;
    double *cells, *targets;            /* NULL while counting */
    size_t *place;
    rg_message *message;
} reading;

/* One line without its comment. */
typedef struct {
    const unsigned char *at, *end;
    size_t number;
} line;

static rg_status
refuse (const reading *r, const line *of, const unsigned char *at, size_t length, const char *expected)
{
    char quoted[RG_LONGEST_WORD];
    size_t used = 0;
    for (; used < length && used + 1 < sizeof quoted; used++)
        quoted[used] = (char) (at[used] >= ' ' && at[used] <= '~' ? at[used] : '?');
    quoted[used] = '\0';
    return rg_fail (r->message, RG_EINPUT, "%s:%zu: expected %s, got '%s'", r->name, of->number, expected, quoted);
}

/* Cut off the next word. Returns its length, 0 at the end of the line. */
static size_t
next_word (line *rest, const unsigned char **out)
{
    while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t' || *rest->at == '\r'))
        rest->at++;
    *out = rest->at;
    while (rest->at < rest->end && *rest->at != ' ' && *rest->at != '\t' && *rest->at != '\r')
        rest->at++;
    return (size_t) (rest->at - *out);
}

/* The index before a colon; (size_t) -1: it is none. */
static size_t
read_index (const unsigned char *at, size_t length)
{
    size_t index = 0;
    for (size_t i = 0; i < length; i++) {
        if (at[i] < '0' || at[i] > '9' || index > UINT32_MAX / 10)
            return (size_t) -1;
        index = 10 * index + (size_t) (at[i] - '0');
    }
    return length == 0 ? (size_t) -1 : index;
}

/* One index:value; `previous` is the index before it, or -1. */
static rg_status
read_pair (reading *r, const line *of, const unsigned char *at, size_t length, size_t *previous)
{
    const unsigned char *colon = memchr (at, ':', length);
    double value;
    const size_t index = colon == NULL ? (size_t) -1 : read_index (at, (size_t) (colon - at));
    if (colon != NULL && colon - at == 3 && memcmp (at, "qid", 3) == 0)
        return refuse (r, of, at, length, "index:value; groups of rankings are not read");
    if (index == (size_t) -1
        || rg_field_read (colon + 1, length - (size_t) (colon + 1 - at), &value) != RG_FIELD_NUMBER)
        return refuse (r, of, at, length, "index:value");
    if (*previous != (size_t) -1 && index <= *previous)
        return refuse (r, of, at, length, "indices that rise");
    *previous = index;
    r->numbers++;
    r->least = index < r->least ? index : r->least;
    r->most = index > r->most ? index : r->most;
    if (r->cells != NULL)
        r->cells[r->rows * r->columns + index - (r->least == 0 ? 0 : 1)] = value;
    return RG_OK;
}

static rg_status
read_line (reading *r, line of)
{
    const unsigned char *word;
    size_t length = next_word (&of, &word), previous = (size_t) -1;
    double target;
    if (length == 0)
        return RG_OK;
    if (rg_field_read (word, length, &target) != RG_FIELD_NUMBER)
        return refuse (r, &of, word, length, "one number as target");
    rg_status status = RG_OK;
    while (status == RG_OK && (length = next_word (&of, &word)) > 0)
        status = read_pair (r, &of, word, length, &previous);
    if (r->cells != NULL) {
        r->targets[r->rows] = target;
        r->place[r->rows] = of.number;
    }
    r->rows++;
    return status;
}

/* Both passes: the first counts, the second fills. */
static rg_status
read_lines (reading *r, const rg_source *source)
{
    const rg_text text = rg_text_begin (source);
    rg_status status = RG_OK;
    line of = { .number = 0 };
    r->rows = r->numbers = 0;
    for (const unsigned char *at = text.at; status == RG_OK && at < text.end; at = of.end + 1) {
        const unsigned char *stop = memchr (at, '\n', (size_t) (text.end - at));
        of.at = at;
        of.end = stop == NULL ? text.end : stop;
        of.number++;
        line bare = of;
        const unsigned char *comment = memchr (bare.at, '#', (size_t) (bare.end - bare.at));
        bare.end = comment == NULL ? bare.end : comment;
        status = read_line (r, bare);
    }
    return status;
}

/* The table that the first pass asks for. */
static rg_status
make_room (reading *r, rg_table *out)
{
    if (r->rows == 0 || r->numbers == 0)
        return rg_fail (r->message, RG_EINPUT, "%s: expected rows of index:value, got none", r->name);
    r->columns = r->most + (r->least == 0 ? 1 : 0);
    if (r->columns > SMALL && r->rows > (SIZE_MAX >> 8) / r->columns)
        return rg_fail (r->message, RG_EINPUT, "%s: %zu x %zu numbers are too many", r->name, r->rows, r->columns);
    if (r->rows * r->columns > SMALL && r->rows * r->columns / MOST_EMPTY > r->numbers)
        return rg_fail (r->message, RG_EINPUT,
                        "%s: %zu rows of %zu columns hold %zu numbers: too sparse, tables are held with their zeros", r->name,
                        r->rows, r->columns, r->numbers);
    out->place = r->place = rg_malloc (r->rows, sizeof *r->place);
    if (r->place == NULL || rg_array_new (&out->array, RG_FLOAT64, 2, (const size_t[]) { r->rows, r->columns }) != RG_OK
        || rg_array_new (&out->targets, RG_FLOAT64, 1, &r->rows) != RG_OK)
        return rg_fail_memory (r->message, r->name);
    out->has_lines = out->is_sparse = 1;
    r->cells = out->array.data;
    r->targets = out->targets.data;
    return RG_OK;
}

static rg_status
read_table (rg_source *source, const char *member, const rg_table_options *options, rg_table *out, rg_message *message)
{
    (void) member;
    reading r = { .name = source->name, .least = (size_t) -1, .message = message };
    rg_plain_locale locale;
    if (rg_plain_locale_begin (&locale) != 0)
        return rg_fail_memory (message, source->name);
    rg_status status = read_lines (&r, source);
    if (status == RG_OK)
        status = make_room (&r, out);
    if (status == RG_OK)
        status = read_lines (&r, source);
    rg_plain_locale_end (&locale);
    if (status == RG_OK && r.least == 0)
        rg_note (options->log, "%s: the indices begin at 0", source->name);
    return status;
}

/* A first row "number digits:number ...". */
static int
recognise (const rg_source *source)
{
    const rg_text text = rg_text_begin (source);
    const unsigned char *word;
    line of = { text.at, memchr (text.at, '\n', (size_t) (text.end - text.at)), 1 };
    of.end = of.end == NULL ? text.end : of.end;
    double ignored;
    const size_t target = next_word (&of, &word);
    if (target == 0 || memchr (word, ',', target) != NULL || memchr (word, ':', target) != NULL)
        return 0;
    const size_t length = next_word (&of, &word);
    const unsigned char *colon = length == 0 ? NULL : memchr (word, ':', length);
    return colon != NULL && read_index (word, (size_t) (colon - word)) != (size_t) -1
           && rg_field_read (colon + 1, length - (size_t) (colon + 1 - word), &ignored) == RG_FIELD_NUMBER;
}

const rg_format rg_format_svmlight = { "svmlight", "sparse rows of SVMlight and LibSVM: target index:value ...",
                                       .recognise = recognise, .read = read_table };
