/* cmd_tune.c -- retrograde tune: tune, and print how it goes and what it has brought. */
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <retrograde/tune.h>

#include "cli/cli.h"
#include "cli/job.h"
#include "cli/notes.h"
#include "cli/tuning.h"

enum { PATH_SIZE = 4096 };

static int
progress (void *user, const rg_progress *p)
{
    (void) user;
    if (!isatty (STDERR_FILENO) || !job_speaks ())
        return 0;
    const double left = p->seconds / (double) p->done * (double) (p->iterations - p->iteration - 1);
    fprintf (stderr, "\r\033[K%llu/%llu  outer loss %.4f  |hypergradient| %.3g  %.0f s left",
             (unsigned long long) p->iteration + 1, (unsigned long long) p->iterations, p->line->outer_loss,
             p->line->hypergradient_norm, left);
    fflush (stderr);
    return 0;
}

/* A training run and its losses, "meta-iteration 7: outer loss 0.3210, validation error 4.00 %". */
static void
print_run (const char *name, const rg_setup *setup, const rg_tuned *run)
{
    const rg_outcome *found = &run->outcome;
    if (!run->known)
        return;
    printf ("%-17s meta-iteration %llu: outer loss %.4f", name, (unsigned long long) run->iteration, found->outer_loss);
    if (isfinite (found->validation_loss) && setup->problem.validation != NULL)
        printf (", validation loss %.4f", found->validation_loss);
    if (isfinite (found->validation_error))
        printf (", validation error %.2f %%", 100 * found->validation_error);
    if (isfinite (run->test_loss))
        printf (", test loss %.4f", run->test_loss);
    if (isfinite (run->test_error))
        printf (", test error %.2f %%", 100 * run->test_error);
    putchar ('\n');
}

static json_t *
json_run (const rg_tuned *run)
{
    const rg_outcome *found = &run->outcome;
    return !run->known ? json_null ()
                       : json_pack ("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "iteration", (json_int_t) run->iteration, "outer_loss",
                                    json_number (found->outer_loss), "inner_loss", json_number (found->inner_loss),
                                    "validation_loss", json_number (found->validation_loss), "validation_error",
                                    json_number (found->validation_error), "test_loss", json_number (run->test_loss),
                                    "test_error", json_number (run->test_error));
}

static int
print_summary_json (const rg_setup *setup, const rg_summary *s)
{
    const double first = s->before.outer_loss;
    json_t *summary = json_pack (
        "{s:s, s:s, s:o, s:o, s:I, s:I, s:{s:f, s:o, s:o, s:f}, s:{s:I, s:s, s:o}, s:b, s:{s:o, s:o}, s:o, s:o, s:f, s:I}", "study",
        setup->study, "result", s->result == RG_RESULT_BEST ? "best" : "last", "best_run", json_run (&s->best_run), "last_run",
        json_run (&s->last_run), "iterations", (json_int_t) (s->first + s->done), "hyperparameters",
        (json_int_t) rg_hyper_size (setup->problem.hyper), "outer_loss", "first", first, "mean_last_5",
        json_number (s->mean_last), "ratio", json_number (s->mean_last / first), "after", s->after.outer_loss, "best",
        "iteration", (json_int_t) s->best.iteration, "monitor", setup->monitor_name, "value",
        json_number (s->best.known ? s->best.value : NAN), "stopped_early", s->stopped_early, "validation_error", "before",
        json_number (s->before.validation_error), "after", json_number (s->after.validation_error), "test_loss",
        json_number (s->test_loss), "test_error", json_number (s->test_error), "seconds", s->seconds, "peak_rss", (json_int_t) peak_rss ());
    if (isfinite (s->adjoint_left))
        json_object_set_new (summary, "left_out", json_pack ("{s:f, s:o}", "adjoint", s->adjoint_left, "hypergradient",
                                                             json_number (s->left_out)));
    fit_json (summary, setup, s->after.validation_loss, s->test_loss);
    return print_json (summary);
}

/* The outer loss: the first against the mean of the last; without a meta-iteration, that of the start. */
static void
print_outer_loss (const rg_summary *s)
{
    const double ratio = s->mean_last / s->before.outer_loss;
    if (s->done == 0)
        printf ("outer loss        %.4f\n", s->before.outer_loss);
    else {
        printf ("outer loss        %.4f -> %.4f (mean of the last %llu", s->before.outer_loss, s->mean_last,
                (unsigned long long) s->mean_of);
        isfinite (ratio) ? printf (" over the first: %.3f)\n", ratio) : puts (")");
    }
}

static int
print_summary (const rg_setup *setup, const rg_summary *s)
{
    const double before = s->before.validation_error, after = s->after.validation_error;
    printf ("tuned %zu hyperparameters in %llu meta-iterations", rg_hyper_size (setup->problem.hyper),
            (unsigned long long) (s->first + s->done));
    if (s->first > 0)
        printf (", %llu of them now", (unsigned long long) s->done);
    printf (", %.1f s\n", s->seconds);
    print_outer_loss (s);
    if (s->best.known)
        printf ("best %s  %.4f, in meta-iteration %llu%s\n", setup->monitor_name, s->best.value,
                (unsigned long long) s->best.iteration, s->stopped_early ? "; stopped early" : "");
    if (isfinite (after) && s->done == 0)
        printf ("validation error  %.2f %%\n", 100 * after);
    else if (isfinite (after))
        printf ("validation error  %.2f %% -> %.2f %%\n", 100 * before, 100 * after);
    if (isfinite (s->test_error))
        printf ("test error        %.2f %%\n", 100 * s->test_error);
    left_out_text (s->adjoint_left, s->left_out);
    fit_text (setup, s->after.validation_loss, s->test_loss);
    print_run ("best", setup, &s->best_run);
    print_run ("last", setup, &s->last_run);
    printf ("result            %s\nstudy             %s\n", s->result == RG_RESULT_BEST ? "best" : "last", setup->study);
    return EXIT_DONE;
}

/* A failure, and what is saved of it. */
static int
fail_saved (rg_status status, const rg_message *message, const rg_setup *setup, const rg_summary *s)
{
    const int exit_status = fail (status, message);
    if (s->saved > s->first || s->on_its_way)
        complain ("%llu meta-iterations%s are saved in %s; go on with --resume", (unsigned long long) s->saved,
                  s->on_its_way ? " and the run on its way" : "", setup->study);
    return exit_status;
}

static int
run (const options *o, const rg_setup *setup)
{
    rg_summary s = { .size = sizeof s };
    rg_message message = { "" };
    const rg_tuning tuning = tuning_of (o, setup);
    say_notes_once ();
    const rg_status status = rg_tune (&tuning, progress, NULL, &s, &message);
    if (s.done > 0 && isatty (STDERR_FILENO)) /* the progress line goes */
        fputs ("\r\033[K", stderr);
    say_repeated ();
    if (status != RG_OK)
        return fail_saved (status, &message, setup, &s);
    if (s.concluded)
        return o->json ? print_summary_json (setup, &s) : print_summary (setup, &s);
    complain (s.stopped_early ? "%s: it has stopped early, before the last of %llu meta-iterations"
                              : "%s: all %llu meta-iterations are done already",
              setup->study, (unsigned long long) s.iterations);
    return EXIT_DONE;
}

/* With --resume, FILE may be the study itself: its configuration is in it. */
static options
with_study (const options *o, char path[PATH_SIZE])
{
    options own = *o;
    struct stat about;
    if (!o->resume || o->text != NULL || stat (o->file, &about) != 0 || !S_ISDIR (about.st_mode)
        || snprintf (path, PATH_SIZE, "%s/config.yaml", o->file) >= PATH_SIZE)
        return own;
    own.study = o->study == NULL ? o->file : o->study;
    own.file = path;
    return own;
}

/* The configuration is loaded; its study is named, by an option or by a key, where no file's name gives one. */
static int
run_in_study (const options *o, rg_setup *setup)
{
    if (o->study != NULL)
        setup->study = o->study;
    if (setup->study != NULL)
        return run (o, setup);
    complain ("%s: expected the study's name: --study DIR, or the key study", o->file);
    return EXIT_USAGE;
}

static int
tune (const options *told)
{
    int exit_status;
    char path[PATH_SIZE];
    const options own = with_study (told, path);
    if (own.file == path && !is_own_file (path))
        return EXIT_USAGE;
    rg_config *config = load_to_differentiate (&own, &exit_status);
    if (config == NULL)
        return exit_status;
    exit_status = run_in_study (&own, rg_config_setup (config));
    rg_config_free (config);
    return exit_status;
}

const command command_tune = { "tune", "FILE", "tune the hyperparameters: journal, snapshots, summary",
                               TAKES_FILE | TAKES_SET | TAKES_JSON | TAKES_STUDY | TAKES_RESUME | TAKES_KEEP_GOING, tune };
