/* journal_read.c -- lines of the journal that are there already; see retrograde/study.h. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "study/study_parts.h"

enum { LONGEST = 4096 };

/* A number of a line; NaN where it was left out. */
static double
number (const json_t *line, const char *key)
{
    const json_t *value = json_object_get (line, key);
    return json_is_number (value) ? json_number_value (value) : NAN;
}

static int
parse (const char *text, uint64_t iteration, rg_journal_line *out)
{
    json_t *line = json_loads (text, 0, NULL);
    const json_t *own = json_object_get (line, "iteration");
    const int known = json_is_integer (own) && (uint64_t) json_integer_value (own) == iteration;
    *out = (rg_journal_line) { iteration, number (line, "outer_loss"), number (line, "inner_loss"),
                               number (line, "validation_loss"), number (line, "validation_error"),
                               number (line, "hypergradient_norm"), number (line, "adjoint_growth"), number (line, "clipped"),
                               number (line, "shortened"), number (line, "seconds"), NULL };
    json_decref (line);
    return known;
}

rg_status
rg_study_lines (const rg_study *study, uint64_t first, size_t count, rg_journal_line *out, rg_message *message)
{
    char path[RG_STUDY_PATH], text[LONGEST];
    rg_study_entry (study, RG_IN_STUDY, "journal.jsonl", path);
    const int copy = study->journal < 0 ? -1 : dup (study->journal);
    FILE *file = copy < 0 ? NULL : fdopen (copy, "r");
    if (file == NULL && copy >= 0)
        close (copy);
    if (file == NULL)
        return rg_fail (message, RG_ESYSTEM, "%s: cannot read the journal", path);
    rewind (file);
    uint64_t seen = 0;
    int good = 1;
    for (; good && seen < first + count && fgets (text, sizeof text, file) != NULL; seen++)
        good = seen < first || parse (text, seen, &out[seen - first]);
    fclose (file);
    return good && seen == first + count
        ? RG_OK
        : rg_fail (message, RG_EINPUT, "%s:%llu: expected the line of meta-iteration %llu", path,
                   (unsigned long long) (good ? seen + 1 : seen), (unsigned long long) (good ? seen : seen - 1));
}
