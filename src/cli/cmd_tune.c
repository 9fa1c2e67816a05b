/* cmd_tune.c -- retrograde tune: the outer iterations of a study. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <retrograde/realtime.h>
#include <retrograde/study.h>

#include "cli/cli.h"
#include "cli/job.h"

enum { PATH_SIZE = 4096 };
enum { LAST = 5 }; /* the summary's mean is over this many outer losses */

/* What the loop needs and remembers. */
typedef struct {
    const rg_setup *setup;
    rg_study *study;
    rg_outer *outer;
    rg_realtime *realtime;   /* the one run that is tuned as it goes, or NULL */
    uint64_t iterations;
    rg_estimator_options options; /* of the setup, and where snapshots go */
    rg_problem problem;      /* of the setup, and where warm starts go on */
    double *gradient, *weights;
    size_t weight_count;
    void *block;             /* the real-time run, for snapshots */
    uint64_t first;          /* meta-iteration that this process began with */
    rg_report before;        /* of the first meta-iteration of this process, or of the start where there is none */
    double last[LAST];       /* outer losses, a ring */
    uint64_t done, saved;    /* meta-iterations of this process */
    double seconds;
} tuning;

static double
now (void)
{
    struct timespec t;
    clock_gettime (CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* Of validation examples; NAN without any. */
static double
error_rate (const rg_setup *setup, const rg_report *r)
{
    return !setup->has_validation || r->examples == 0 ? NAN : (double) r->wrong / (double) r->examples;
}

/* NaN where there is none. */
static double
mean_last (const tuning *t)
{
    const uint64_t count = t->done < LAST ? t->done : LAST;
    double sum = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += t->last[i];
    return sum / (double) count;
}

static void
progress (const tuning *t, uint64_t iteration, const rg_report *r, double norm)
{
    if (!isatty (STDERR_FILENO) || !job_speaks ())
        return;
    const double left = t->seconds / (double) t->done * (double) (t->iterations - iteration - 1);
    fprintf (stderr, "\r\033[K%llu/%llu  outer loss %.4f  |hypergradient| %.3g  %.0f s left",
             (unsigned long long) iteration + 1, (unsigned long long) t->iterations, r->outer_loss, norm, left);
    fflush (stderr);
}

static double
monitored (const rg_setup *setup, const rg_journal_line *line)
{
    return setup->monitor == RG_MONITOR_OUTER_LOSS        ? line->outer_loss
        : setup->monitor == RG_MONITOR_VALIDATION_LOSS ? line->validation_loss
                                                       : line->validation_error;
}

/* Whether the best meta-iteration is longer ago than patience lasts, before the given one. */
static int
stops (const tuning *t, uint64_t iteration)
{
    const rg_best best = rg_study_best (t->study);
    return t->setup->patience > 0 && best.known && iteration - best.iteration > t->setup->patience;
}

/* With patience the best hyperparameters are the result, unless each run starts where the one before ended. */
static int
returns_to_best (const rg_setup *setup)
{
    return setup->patience > 0 && !setup->warm;
}

/* What the next snapshot must hold beside hyperparameters: a run in progress, or the weights that the next one begins with. */
static rg_status
carry (tuning *t, rg_message *message)
{
    if (t->weights != NULL)
        rg_study_carry (t->study, t->weights, t->weight_count * sizeof *t->weights);
    if (t->realtime == NULL)
        return RG_OK;
    const size_t bytes = rg_realtime_bytes (t->realtime);
    void *block = realloc (t->block, bytes);
    if (block == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for a snapshot of the run");
    t->block = block;
    rg_realtime_save (t->realtime, block);
    rg_study_carry (t->study, block, bytes);
    return RG_OK;
}

/* Take that over from the snapshot that the study goes on from. */
static rg_status
take_over (tuning *t, rg_message *message)
{
    size_t bytes;
    const void *data = rg_study_carried (t->study, &bytes);
    rg_status status = RG_OK;
    if (t->first == 0 || (t->weights == NULL && t->realtime == NULL))
        return RG_OK;
    if (t->realtime != NULL)
        status = data == NULL ? RG_EINPUT : rg_realtime_load (t->realtime, data, bytes);
    else if (data == NULL || bytes != t->weight_count * sizeof *t->weights)
        status = RG_EINPUT;
    else {
        memcpy (t->weights, data, bytes);
        t->problem.initial.values = t->weights;
    }
    return status == RG_OK ? RG_OK : rg_fail (message, status, "%s: the snapshot does not hold the run that goes on",
                                              t->setup->study);
}

/* One meta-iteration: hypergradient, outer step, journal, snapshot. */
static rg_status
iterate (tuning *t, uint64_t iteration, rg_message *message)
{
    const rg_setup *setup = t->setup;
    rg_hyper *hyper = setup->problem.hyper;
    rg_report report;
    const double start = now ();
    rg_status status = t->realtime != NULL
        ? rg_realtime_advance (t->realtime, setup->interval, t->gradient, &report, message)
        : rg_hypergradient_mean (&t->problem, setup->members, setup->others, setup->other_count, setup->estimator,
                                 &t->options, iteration, t->gradient, &report, message);
    if (status != RG_OK)
        return status;
    t->problem.initial.values = t->weights != NULL ? t->weights : setup->problem.initial.values;
    const double norm = norm_of (t->gradient, rg_hyper_size (hyper));
    const double factor = setup->clip > 0 ? rg_outer_clip (t->gradient, rg_hyper_size (hyper), setup->clip) : 1;
    const double seconds = now () - start;
    if (t->done == 0)
        t->before = report;
    t->last[t->done++ % LAST] = report.outer_loss;
    t->seconds += seconds;
    const rg_journal_line line = { iteration, report.outer_loss, report.inner_loss,
                                   setup->has_validation ? report.validation_loss : NAN, error_rate (setup, &report), norm,
                                   report.samples > 1 ? report.adjoint_growth : NAN, factor < 1 ? factor : NAN,
                                   seconds, &report };
    status = rg_study_append (t->study, &line, message);
    if (status == RG_OK)
        status = rg_study_note (t->study, hyper, iteration, monitored (setup, &line), message);
    if (status == RG_OK)
        status = rg_outer_descend (t->outer, report.outer_loss, t->gradient, hyper, message);
    if (status == RG_OK)
        status = carry (t, message);
    if (status == RG_OK)
        status = rg_study_save (t->study, hyper, t->outer, iteration + 1, message);
    status = rg_ranks_agree (job_ranks (), status, message);
    t->saved += status == RG_OK;
    progress (t, iteration, &report, norm);
    return status;
}

/* The outer loss: the first against the mean of the last; without a meta-iteration, that of the start. */
static void
print_outer_loss (const tuning *t)
{
    const double mean = mean_last (t), first = t->before.outer_loss;
    if (t->done == 0)
        printf ("outer loss        %.4f\n", first);
    else {
        printf ("outer loss        %.4f -> %.4f (mean of the last %llu", first, mean,
                (unsigned long long) (t->done < LAST ? t->done : LAST));
        isfinite (mean / first) ? printf (" over the first: %.3f)\n", mean / first) : puts (")");
    }
}

/* Print what the study brought. */
static int
summarise (const options *o, const tuning *t, const rg_report *after, const rg_report *tested)
{
    const double test_loss = t->setup->test != NULL ? tested->validation_loss : NAN;
    const double test_error = tested->examples > 0 ? (double) tested->wrong / (double) tested->examples : NAN;
    const double mean = mean_last (t), first = t->before.outer_loss;
    const double error_before = error_rate (t->setup, &t->before), error_after = error_rate (t->setup, after);
    const rg_best best = rg_study_best (t->study);
    const int early = t->first + t->done < t->iterations;
    if (o->json)
        return print_json (json_pack (
            "{s:s, s:I, s:I, s:{s:f, s:o, s:o, s:f}, s:{s:I, s:s, s:o}, s:b, s:{s:o, s:o}, s:o, s:o, s:f, s:I}", "study",
            t->setup->study, "iterations", (json_int_t) t->done, "hyperparameters", (json_int_t) rg_hyper_size (t->setup->problem.hyper), "outer_loss",
            "first", first, "mean_last_5", json_number (mean), "ratio", json_number (mean / first), "after", after->outer_loss, "best", "iteration",
            (json_int_t) best.iteration, "monitor", t->setup->monitor_name, "value",
            json_number (best.known ? best.value : NAN), "stopped_early", early, "validation_error",
            "before", json_number (error_before), "after", json_number (error_after), "test_loss",
            json_number (test_loss), "test_error", json_number (test_error), "seconds", t->seconds, "peak_rss",
            (json_int_t) peak_rss ()));
    printf ("tuned %zu hyperparameters in %llu meta-iterations, %.1f s\n", rg_hyper_size (t->setup->problem.hyper),
            (unsigned long long) t->done, t->seconds);
    print_outer_loss (t);
    if (best.known)
        printf ("best %s  %.4f, in meta-iteration %llu%s\n", t->setup->monitor_name, best.value,
                (unsigned long long) best.iteration, early ? "; stopped early" : "");
    if (isfinite (error_after) && t->done == 0)
        printf ("validation error  %.2f %%\n", 100 * error_after);
    else if (isfinite (error_after))
        printf ("validation error  %.2f %% -> %.2f %%\n", 100 * error_before, 100 * error_after);
    if (isfinite (test_error))
        printf ("test error        %.2f %%\n", 100 * test_error);
    return EXIT_DONE;
}

/* What hyperparameters are worth: another training run, whose last weights the test data meet too. */
static rg_status
train_and_test (const tuning *t, rg_report *after, rg_report *tested, rg_message *message)
{
    const rg_setup *setup = t->setup;
    const uint64_t iteration = t->iterations * setup->members;
    rg_problem problem = t->problem;
    problem.last_weights = NULL;
    double *w = calloc (rg_layout_weights (rg_hyper_layout (problem.hyper)), sizeof *w);
    if (w == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for the weights");
    rg_status status = rg_train (&problem, iteration, w, after, message);
    if (status == RG_OK && setup->test != NULL)
        status = rg_evaluate (&problem, setup->test, iteration, w, tested, message);
    free (w);
    return status;
}

/* What the last or the best hyperparameters have brought; of a real-time run, its state. */
static rg_status
conclude (tuning *t, rg_report *after, rg_report *tested, rg_message *message)
{
    const rg_setup *setup = t->setup;
    rg_status status = returns_to_best (setup) ? rg_study_recall (t->study, setup->problem.hyper, message) : RG_OK;
    if (status == RG_OK && t->realtime == NULL)
        return train_and_test (t, after, tested, message);
    if (status == RG_OK)
        status = rg_realtime_evaluate (t->realtime, setup->problem.validation, after, message);
    if (status == RG_OK && setup->test != NULL)
        status = rg_realtime_evaluate (t->realtime, setup->test, tested, message);
    return status;
}

/* Real-time: one run, an outer step each interval. */
static rg_status
open_run (tuning *t, rg_message *message)
{
    const rg_setup *setup = t->setup;
    t->iterations = setup->iterations;
    t->problem = setup->problem;
    if (setup->warm) {
        t->weight_count = rg_layout_weights (rg_hyper_layout (setup->problem.hyper));
        t->weights = calloc (t->weight_count, sizeof *t->weights);
        if (t->weights == NULL)
            return rg_fail (message, RG_ENOMEM, "out of memory for warm restarts");
        t->problem.last_weights = t->weights;
    }
    if (setup->interval == 0)
        return RG_OK;
    t->iterations = (rg_hyper_steps (setup->problem.hyper) + setup->interval - 1) / setup->interval;
    return rg_realtime_new (&t->realtime, &setup->problem, 0, setup->estimator_options.tangent_bytes, message);
}

static rg_status
open_study (const options *o, tuning *t, rg_message *message)
{
    const rg_setup *setup = t->setup;
    const rg_origin origin = { setup->text, setup->inputs, setup->input_count };
    t->first = 0;
    rg_status status = !job_speaks ()
        ? rg_study_follow (&t->study, setup->study, o->resume, &origin, setup->problem.hyper, t->outer, &t->first,
                           message)
        : o->resume
        ? rg_study_resume (&t->study, setup->study, &origin, setup->problem.hyper, t->outer, &t->first, message)
        : rg_study_create (&t->study, setup->study, &origin, message);
    if (status == RG_OK && job_speaks () && message->text[0] != '\0')
        complain ("%s", message->text);
    t->options = setup->estimator_options;
    if (status == RG_OK)
        status = take_over (t, message);
    status = rg_ranks_agree (job_ranks (), status, message);
    if (status == RG_OK && setup->keeps_sweeps) /* after the first rank has made the study */
        status = rg_ranks_agree (job_ranks (), rg_study_keep_sweeps (t->study, &setup->sweeps, &t->options.keeper, message),
                                 message);
    return status;
}

static int
run (const options *o, tuning *t)
{
    rg_message message = { "" };
    const rg_setup *setup = t->setup;
    const size_t size = rg_hyper_size (setup->problem.hyper);
    rg_status status = rg_outer_new (&t->outer, setup->optimizer, &setup->outer, size, &message);
    if (status == RG_OK && (t->gradient = calloc (size, sizeof *t->gradient)) == NULL)
        status = rg_fail (&message, RG_ENOMEM, "out of memory for the hypergradient");
    if (status == RG_OK)
        status = open_run (t, &message);
    if (status == RG_OK)
        status = open_study (o, t, &message);
    for (uint64_t i = t->first; status == RG_OK && i < t->iterations && !stops (t, i); i++)
        status = iterate (t, i, &message);
    if (t->done > 0 && isatty (STDERR_FILENO)) /* the progress line goes */
        fputs ("\r\033[K", stderr);
    rg_report after = { 0 };
    rg_report tested = { 0 };
    if (status == RG_OK && (t->done > 0 || t->iterations == 0))
        status = conclude (t, &after, &tested, &message);
    if (t->done == 0)
        t->before = after;
    if (status != RG_OK) {
        const int exit_status = fail (status, &message);
        const int on_its_way = t->study != NULL && rg_study_kept_sweep (t->study);
        if (t->saved > 0 || on_its_way)
            complain ("%llu meta-iterations%s are saved in %s; go on with --resume",
                      (unsigned long long) (t->first + t->saved), on_its_way ? " and the run on its way" : "", setup->study);
        return exit_status;
    }
    if (t->done == 0 && t->iterations > 0) {
        complain (stops (t, t->first) ? "%s: it has stopped early, before the last of %llu meta-iterations"
                                      : "%s: all %llu meta-iterations are done already",
                  setup->study, (unsigned long long) t->iterations);
        return EXIT_DONE;
    }
    const int exit_status = summarise (o, t, &after, &tested);
    if (!o->json)
        printf ("study             %s\n", setup->study);
    return exit_status;
}

/* With --resume, FILE may be the study itself: its configuration is in it. */
static options
with_study (const options *o, char path[PATH_SIZE])
{
    options own = *o;
    struct stat about;
    if (!o->resume || stat (o->file, &about) != 0 || !S_ISDIR (about.st_mode)
        || snprintf (path, PATH_SIZE, "%s/config.yaml", o->file) >= PATH_SIZE)
        return own;
    own.study = o->study == NULL ? o->file : o->study;
    own.file = path;
    return own;
}

static int
tune (const options *told)
{
    int exit_status;
    char path[PATH_SIZE];
    const options own = with_study (told, path), *o = &own;
    rg_config *config = load_to_differentiate (o, &exit_status);
    if (config == NULL)
        return exit_status;
    rg_setup *setup = rg_config_setup (config);
    if (o->study != NULL)
        setup->study = o->study;
    tuning t = { .setup = setup };
    exit_status = run (o, &t);
    rg_study_free (t.study);
    rg_outer_free (t.outer);
    rg_realtime_free (t.realtime);
    free (t.gradient);
    free (t.weights);
    free (t.block);
    rg_config_free (config);
    return exit_status;
}

const command command_tune = { "tune", "FILE", "tune the hyperparameters: journal, snapshots, summary",
                               TAKES_FILE | TAKES_SET | TAKES_JSON | TAKES_STUDY | TAKES_RESUME, tune };
