/* origin.c -- what a study was begun with: its configuration, and the digests of the files that it read. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "study/study_parts.h"

enum { DIGITS = 16, LARGEST = 64 << 20, DEEPEST = 8 }; /* characters of a digest; bytes of a text; maps in maps */

/* Where files go is no business of a study that may come from elsewhere: each start says it. */
static const char *const outside[] = { "spill_directory", "slot_directory" };
enum { OUTSIDE = sizeof outside / sizeof *outside };

/* ---- texts ---------------------------------------------------------------------- */

/* Which of the keys of directories a line of YAML has, or NULL. */
static const char *
key_outside (const char *line)
{
    line += strspn (line, " ");
    for (size_t i = 0; i < OUTSIDE; i++) {
        const size_t length = strlen (outside[i]);
        if (strncmp (line, outside[i], length) == 0 && line[length] == ':')
            return outside[i];
    }
    return NULL;
}

/* The next line, without its end, and go behind it; NULL at the end. */
static const char *
next_line (const char **text, size_t *length)
{
    if (**text == '\0')
        return NULL;
    const char *line = *text;
    *length = strcspn (line, "\n");
    *text += *length + (line[*length] == '\n');
    return line;
}

/* Where a reader of lines is: the key of the last one, with the maps that it stands in. */
typedef struct {
    const char *text;
    char key[RG_STUDY_PATH];
    size_t ends[DEEPEST]; /* of the key, at each depth */
} lines;

/* The key of a line of a map becomes that of the reader; of an entry of a list it is that of the list. */
static void
enter (lines *in, const char *line, size_t length)
{
    const size_t blanks = strspn (line, " "), depth = blanks / 2;
    const char *colon = memchr (line, ':', length);
    if (colon == NULL || line[blanks] == '-' || depth >= DEEPEST)
        return;
    const size_t start = depth == 0 ? 0 : in->ends[depth - 1];
    const int written = snprintf (in->key + start, sizeof in->key - start, "%s%.*s", depth == 0 ? "" : ".", (int) (colon - line - (long) blanks),
                                  line + blanks);
    const size_t end = start + (size_t) written;
    for (size_t d = depth; d < DEEPEST; d++)
        in->ends[d] = end < sizeof in->key ? end : sizeof in->key - 1;
}

/* The next line that a study that goes on must have as it was; NULL at the end. */
static const char *
next_line_that_matters (lines *in, const rg_origin *origin, size_t *length)
{
    for (const char *line; (line = next_line (&in->text, length)) != NULL;) {
        enter (in, line, *length);
        if (key_outside (line) == NULL && (origin->neutral == NULL || !origin->neutral (in->key)))
            return line;
    }
    return NULL;
}

/* A text without the lines of directories, as it is stored; ended with rg_free. */
static char *
without_outside (const char *config)
{
    char *text = rg_malloc (strlen (config) + 1, 1), *at = text;
    size_t length;
    if (text == NULL)
        return NULL;
    for (const char *line; (line = next_line (&config, &length)) != NULL;) {
        if (key_outside (line) != NULL)
            continue;
        memcpy (at, line, length);
        at += length;
        *at = '\n';
        at += line[length] == '\n';
    }
    *at = '\0';
    return text;
}

/* The files' digests, a line each after the version's; ended with rg_free. */
static char *
text_of_inputs (const rg_origin *origin)
{
    size_t bytes = 64;
    for (size_t i = 0; i < origin->input_count; i++)
        bytes += DIGITS + 4 + strlen (origin->inputs[i].path);
    char *text = rg_malloc (bytes, 1);
    if (text == NULL)
        return NULL;
    size_t at = (size_t) snprintf (text, bytes, "XXH3 of each input, version 1\n");
    for (size_t i = 0; i < origin->input_count; i++) {
        const size_t start = at;
        at += (size_t) snprintf (text + at, bytes - at, "%016" PRIx64 "  %s\n", origin->inputs[i].digest,
                                 origin->inputs[i].path);
        for (size_t k = start; k + 1 < at; k++) /* a path of several lines is one here */
            text[k] = text[k] == '\n' ? '?' : text[k];
    }
    return text;
}

/* ---- files ------------------------------------------------------------------------ */

static rg_status
write_text (const rg_study *study, const char *name, const char *text, rg_message *message)
{
    char path[RG_STUDY_PATH];
    int file;
    const rg_entry entry = rg_study_entry (study, RG_IN_STUDY, name, path);
    rg_status status = rg_entry_create (&file, &entry, message);
    if (status != RG_OK)
        return status;
    int error = rg_file_write (file, text, strlen (text), 0);
    if (error == 0 && fsync (file) != 0)
        error = errno;
    if (close (file) != 0 && error == 0)
        error = errno;
    errno = error;
    return error == 0 ? RG_OK : rg_entry_fails (message, "write", path);
}

rg_status
rg_origin_write (const rg_study *study, const rg_origin *origin, rg_message *message)
{
    char *config = without_outside (origin->config), *inputs = text_of_inputs (origin);
    rg_status status = config == NULL || inputs == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for the study") : RG_OK;
    if (status == RG_OK)
        status = write_text (study, "config.yaml", config, message);
    if (status == RG_OK)
        status = write_text (study, "inputs", inputs, message);
    rg_free (config);
    rg_free (inputs);
    return status;
}

/* A whole file, with a '\0' behind it; *text ends with rg_free. */
static rg_status
read_text (const rg_entry *entry, char **text, rg_message *message)
{
    int file;
    rg_status status = rg_entry_open (&file, entry, O_RDONLY, message);
    *text = NULL;
    if (status != RG_OK)
        return status;
    size_t used = 0;
    for (ssize_t read = 1; status == RG_OK && read > 0; used += read > 0 ? (size_t) read : 0) {
        char *longer = used > LARGEST ? NULL : rg_grow (*text, used, used + RG_STUDY_PATH + 1, 1);
        if (used > LARGEST)
            status = rg_fail (message, RG_EINPUT, "%s: expected at most %d bytes", entry->path, LARGEST);
        else if (longer == NULL)
            status = rg_fail (message, RG_ENOMEM, "out of memory for the study");
        else if ((read = rg_file_read (file, (*text = longer) + used, RG_STUDY_PATH, used)) < 0)
            status = rg_entry_fails (message, "read", entry->path);
    }
    close (file);
    if (status == RG_OK)
        (*text)[used] = '\0';
    else {
        rg_free (*text);
        *text = NULL;
    }
    return status;
}

/* ---- comparing --------------------------------------------------------------------- */

static int
shown (size_t length)
{
    return (int) (length < 80 ? length : 80);
}

/* A directory in what is stored, then the first line in which the texts differ. */
static rg_status
compare_texts (const char *path, const char *before, const rg_origin *origin, rg_message *message)
{
    size_t a = 0, b = 0;
    const char *key, *text = before;
    for (const char *line; (line = next_line (&text, &a)) != NULL;)
        if ((key = key_outside (line)) != NULL)
            return rg_fail (message, RG_EINPUT, "%s: estimator.%s: a study's own configuration does not say where files outside "
                            "of it go; give it anew when going on", path, key);
    lines stored = { .text = before }, own = { .text = origin->config };
    for (;;) {
        const char *was = next_line_that_matters (&stored, origin, &a), *is = next_line_that_matters (&own, origin, &b);
        if (was == NULL && is == NULL)
            return RG_OK;
        if (was == NULL || is == NULL || a != b || memcmp (was, is, a) != 0)
            return rg_fail (message, RG_EINPUT, "%s: the study was begun with another configuration: `%.*s`, not `%.*s`", path,
                            was == NULL ? 0 : shown (a), was == NULL ? "" : was, is == NULL ? 0 : shown (b),
                            is == NULL ? "" : is);
    }
}

static rg_status
compare_config (const rg_study *study, const rg_origin *origin, rg_message *message)
{
    char path[RG_STUDY_PATH], *text;
    const rg_entry entry = rg_study_entry (study, RG_IN_STUDY, "config.yaml", path);
    if (!rg_entry_is_there (&entry))
        return rg_fail (message, RG_EINPUT, "%s: there is no study to go on with (%s: %s)", study->directory, path,
                        strerror (errno));
    rg_status status = read_text (&entry, &text, message);
    if (status == RG_OK)
        status = compare_texts (path, text, origin, message);
    rg_free (text);
    return status;
}

/* Line by line; the paths may be others, as where the study and its files were moved. */
static rg_status
compare_digests (const char *path, const char *before, const char *now, const rg_origin *origin, rg_message *message)
{
    size_t a = 0, b = 0;
    const char *was = next_line (&before, &a), *is = next_line (&now, &b);
    if (was == NULL || a != b || memcmp (was, is, a) != 0)
        return rg_fail (message, RG_EINPUT, "%s: expected the digests of the study's input files, version 1", path);
    for (size_t i = 0; i < origin->input_count; i++) {
        was = next_line (&before, &a);
        is = next_line (&now, &b);
        if (was == NULL || a < DIGITS || memcmp (was, is, DIGITS) != 0)
            return rg_fail (message, RG_EINPUT, "%s: the content is not that with which the study was begun (%s)",
                            origin->inputs[i].path, path);
    }
    return next_line (&before, &a) == NULL
        ? RG_OK : rg_fail (message, RG_EINPUT, "%s: the study was begun with more input files than %zu", path, origin->input_count);
}

static rg_status
compare_inputs (const rg_study *study, const rg_origin *origin, rg_message *message)
{
    char path[RG_STUDY_PATH], *text, *own = text_of_inputs (origin);
    const rg_entry entry = rg_study_entry (study, RG_IN_STUDY, "inputs", path);
    if (own == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the study");
    rg_status status = RG_OK;
    if (!rg_entry_is_there (&entry))
        status = rg_fail (message, RG_EINPUT, "%s: the digests of the study's input files are not there", path);
    else if ((status = read_text (&entry, &text, message)) == RG_OK) {
        status = compare_digests (path, text, own, origin, message);
        rg_free (text);
    }
    rg_free (own);
    return status;
}

rg_status
rg_origin_compare (const rg_study *study, const rg_origin *origin, rg_message *message)
{
    const rg_status status = compare_config (study, origin, message);
    return status == RG_OK ? compare_inputs (study, origin, message) : status;
}
