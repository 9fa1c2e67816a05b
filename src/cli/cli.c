/* cli.c -- what the commands share; see cli.h. */
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/job.h"
#include "cli/notes.h"

rg_config_source
source_of (const options *o)
{
    return (rg_config_source) { .size = sizeof (rg_config_source), .path = o->file, .text = o->text, .bytes = o->text_bytes,
                                .several = o->several, .examples = o->examples, .bare = o->bare, .join = o->join };
}

rg_config *
load (const options *o, int *exit_status)
{
    const rg_config_source source = source_of (o);
    rg_config *config;
    rg_message message = { "" };
    const rg_log log = { o->quiet || !job_speaks () ? NULL : say_note, NULL };
    const rg_status status = rg_config_load_source (&config, &source, o->set_count, o->sets, &log, &message);
    if (status == RG_OK) {
        rg_problem *problem = &rg_config_setup (config)->problem;
        problem->interrupted = caught_signal;
        rg_team_join (problem->run.team, job_ranks ());
        return config;
    }
    *exit_status = fail (status, &message);
    if (*exit_status == EXIT_DIVERGED) /* numbers of the input, not of a run */
        *exit_status = EXIT_USAGE;
    return NULL;
}

rg_config *
load_to_differentiate (const options *o, int *exit_status)
{
    rg_config *config = load (o, exit_status);
    if (config != NULL && rg_hyper_size (rg_config_setup (config)->problem.hyper) == 0) {
        complain ("%s: there is nothing under hyper", o->file);
        *exit_status = EXIT_USAGE;
        rg_config_free (config);
        return NULL;
    }
    watch_signals ();
    return config;
}

size_t
peak_rss (void)
{
    struct rusage usage;
    getrusage (RUSAGE_SELF, &usage);
#ifdef __APPLE__ /* there in bytes, elsewhere in KiB */
    return (size_t) usage.ru_maxrss;
#else
    return (size_t) usage.ru_maxrss * 1024;
#endif
}

int
print_json (json_t *object)
{
    const int failed = json_dumpf (object, stdout, JSON_COMPACT | JSON_REAL_PRECISION (17)) != 0;
    putchar ('\n'); /* main looks whether all could be written */
    json_decref (object);
    if (failed && !ferror (stdout)) {
        complain ("out of memory for the JSON text");
        return EXIT_SYSTEM;
    }
    return EXIT_DONE;
}

int
finish_output (void)
{
    const int failed = fflush (stdout) != 0, reason = failed ? errno : EIO;
    if (!failed && !ferror (stdout))
        return EXIT_DONE;
    complain ("cannot write to standard output: %s", strerror (reason));
    return EXIT_SYSTEM;
}

json_t *
json_number (double value)
{
    return isfinite (value) ? json_real (value) : json_null ();
}

double
norm_of (const double *x, size_t count)
{
    double largest = 0, sum = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax (largest, fabs (x[i]));
    for (size_t i = 0; largest > 0 && i < count; i++)
        sum += x[i] / largest * (x[i] / largest);
    return largest * sqrt (sum);
}

double
seconds_of (const rg_report *r)
{
    return r->forward_seconds + r->outer_seconds + r->backward_seconds;
}

json_t *
solve_json (const rg_solve *s)
{
    json_t *history = json_array ();
    for (size_t i = 0; i < s->residuals; i++)
        json_array_append_new (history, json_number (s->history[i]));
    return json_pack ("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "iterations", (json_int_t) s->iterations,
                      "products", (json_int_t) s->products, "residual", json_number (s->residual), "residuals", history,
                      "least_curvature", json_number (s->curvature), "largest_eigenvalue",
                      json_number (s->largest_eigenvalue), "step", json_number (s->step), "stationarity",
                      json_number (s->stationarity), "stationarity_start", json_number (s->stationarity_start),
                      "outer_change", json_number (s->outer_change));
}
