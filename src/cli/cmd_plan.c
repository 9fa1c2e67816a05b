/* cmd_plan.c -- retrograde plan: what each trajectory would take, before it runs. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include <retrograde/forecast.h>
#include <retrograde/registry.h>

#include "cli/cli.h"

enum { ROWS = 4, SHARES = 7, MOST_MORE = 3 };
enum { MANY_STEPS = 100000, FEW_STEPS = 1000 };

/* Seconds of one hypergradient when so many threads, of one process or of several ranks, share the work. */
typedef struct {
    size_t by;
    double seconds;
} share;

/* A trajectory of the table. */
typedef struct {
    const char *name;
    rg_estimator_options options;
    rg_forecast forecast;
    rg_message refusal; /* empty: possible */
} row;

static uint64_t
steps_of (const rg_setup *setup)
{
    return setup->problem.forecast_steps != 0 ? setup->problem.forecast_steps : rg_hyper_steps (setup->problem.hyper);
}

/* The trajectories: checkpointed with the root of the steps, and with as many slots as are told or as fit. */
static size_t
rows_of (const rg_setup *setup, row *rows)
{
    static const char *const names[ROWS] = { "stored", "checkpointed", "checkpointed", "reversible" };
    const double steps = (double) steps_of (setup);
    const size_t root = (size_t) ceil (sqrt (steps));
    const size_t told = setup->estimator_options->slots;
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (i == 2 && (told == 0 || told == root) && setup->estimator_options->memory == 0)
            continue;
        row *r = &rows[count++];
        *r = (row) { .name = names[i], .options = *setup->estimator_options, .forecast = { .size = sizeof r->forecast } };
        r->options.size = sizeof r->options;
        r->options.policy = rg_registry_trajectory (names[i]);
        r->options.slots = i == 1 ? root : told;
        r->options.memory_slots = 0;
    }
    return count;
}

static json_t *
row_json (const row *r)
{
    const rg_forecast *f = &r->forecast;
    if (r->refusal.text[0] != '\0')
        return json_pack ("{s:s, s:b, s:s}", "trajectory", r->name, "possible", 0, "reason", r->refusal.text);
    return json_pack ("{s:s, s:b, s:I, s:f, s:f, s:I, s:f, s:b}", "trajectory", r->name, "possible", 1, "slots",
                      (json_int_t) f->slots, "bytes", f->bytes, "disk_bytes", f->disk_bytes, "recomputed_steps",
                      (json_int_t) f->recomputed_steps, "seconds", f->seconds, "fits", f->bytes_beyond == 0);
}

static void
print_row (const row *r)
{
    const rg_forecast *f = &r->forecast;
    char name[64];
    if (f->slots > 0)
        snprintf (name, sizeof name, "%s, %zu slots", r->name, f->slots);
    else
        snprintf (name, sizeof name, "%s", r->name);
    if (r->refusal.text[0] != '\0')
        printf ("%-28s not possible: %s\n", name, r->refusal.text);
    else
        printf ("%-28s %14.0f %14.0f %12llu %10.3f  %s\n", name, f->bytes, f->disk_bytes,
                (unsigned long long) f->recomputed_steps, f->seconds, f->bytes_beyond == 0 ? "yes" : "no");
}

static int
print_plan (const options *o, const rg_setup *setup, const row *rows, size_t count, const rg_forecast *forward,
            const char *picked, const share *shares, size_t share_count, const rg_exchange *exchange)
{
    const rg_hyper *hyper = setup->problem.hyper;
    const size_t weights = rg_layout_weights (rg_hyper_layout (hyper)), memory = setup->estimator_options->memory;
    if (o->json) {
        json_t *list = json_array ();
        for (size_t i = 0; i < count; i++)
            json_array_append_new (list, row_json (&rows[i]));
        json_t *shared = json_array ();
        for (size_t i = 0; i < share_count; i++)
            json_array_append_new (shared, json_pack ("{s:I, s:o}", "by", (json_int_t) shares[i].by, "seconds",
                                                      json_number (shares[i].seconds)));
        return print_json (json_pack ("{s:I, s:I, s:o, s:o, s:s, s:{s:f, s:I, s:o}, s:o, s:{s:f, s:f}}",
                                      "weights", (json_int_t) weights, "steps", (json_int_t) steps_of (setup), "memory",
                                      memory == 0 ? json_null () : json_integer ((json_int_t) memory), "trajectories",
                                      list, "auto", picked, "forward", "bytes", forward->bytes, "recomputed_steps",
                                      (json_int_t) forward->recomputed_steps, "seconds", json_number (forward->seconds),
                                      "shared", shared, "exchange", "out", exchange->out, "back", exchange->back));
    }
    printf ("%zu weights, %llu steps\n\n%-28s %14s %14s %12s %10s  %s\n", weights, (unsigned long long) steps_of (setup), "trajectory",
            "bytes", "on disk", "extra steps", "seconds", "fits");
    for (size_t i = 0; i < count; i++)
        print_row (&rows[i]);
    printf ("%-28s %14.0f %14d %12llu ", "none: forward mode", forward->bytes, 0,
            (unsigned long long) forward->recomputed_steps);
    isfinite (forward->seconds) ? printf ("%10.3f\n", forward->seconds) : printf ("%10s\n", "unknown");
    printf ("\ntrajectory: auto picks %s\n", picked);
    printf ("\nits seconds, the steps shared by threads x ranks on processors of their own (without what ranks tell each other):\n");
    for (size_t i = 0; i < share_count; i++)
        printf ("%6zu %10.3f\n", shares[i].by, shares[i].seconds);
    if (exchange->shared)
        printf ("\nranks tell each other, a step: %.0f bytes on the way out, %.0f on the way back\n", exchange->out, exchange->back);
    else
        puts ("\nranks would share nothing: the batch is one shard (inner.shard)");
    return EXIT_DONE;
}

/*
 * The settings to load with: those told, `auto`, so that a configuration whose own trajectory does not fit can be planned for,
 * and `more` [count]; NULLs are left out. 0 where they are too many.
 */
static int
add_settings (options *o, const char *const *more, size_t count)
{
    if (o->set_count + count + 1 > MOST_SETS)
        return 0;
    o->sets[o->set_count++] = "estimator.trajectory=auto";
    for (size_t i = 0; i < count; i++)
        if (more[i] != NULL)
            o->sets[o->set_count++] = more[i];
    o->quiet = o->several = 1;
    return 1;
}

/* Of a long run, the first steps alone, for which there is memory, and forecasts of all; NULL where it cannot be so short. */
static rg_config *
load_few (options *o, uint64_t steps)
{
    rg_config *config;
    const rg_config_source source = source_of (o);
    if (rg_config_load_source (&config, &source, o->set_count, o->sets, NULL, NULL) != RG_OK)
        return NULL;
    rg_problem *problem = &rg_config_setup (config)->problem;
    problem->forecast_steps = steps;
    problem->interrupted = caught_signal;
    return config;
}

/*
 * Load a configuration, of a long run as little as will do (a file of a number a step makes it load all).
 *   threads  "threads=N", or NULL: as it says
 */
static rg_config *
load_any (const options *o, const char *threads, int *exit_status)
{
    char few[40];
    uint64_t steps;
    snprintf (few, sizeof few, "inner.steps=%d", FEW_STEPS);
    options all = *o, short_run = *o;
    if (!add_settings (&all, &threads, 1) || !add_settings (&short_run, (const char *[]) { threads, few }, 2)) {
        complain ("more than %d times --set", MOST_SETS - MOST_MORE);
        *exit_status = EXIT_USAGE;
        return NULL;
    }
    rg_config *config = NULL;
    const rg_config_source source = source_of (o);
    if (rg_config_steps (&source, o->set_count, o->sets, &steps, NULL) == RG_OK && steps > MANY_STEPS)
        config = load_few (&short_run, steps);
    return config != NULL ? config : load (&all, exit_status);
}

/* Measure steps with 1, 2, 4 ... threads, as many as there are processors, each with objects of its own. */
static rg_status
measure_shares (const options *o, const rg_estimator_options *picked, share *shares, size_t *count, rg_message *message)
{
    const long processors = sysconf (_SC_NPROCESSORS_ONLN);
    rg_status status = RG_OK;
    *count = 0;
    for (size_t by = 1; status == RG_OK && *count < SHARES && (long) by <= (processors < 1 ? 1 : processors); by *= 2) {
        char threads[40];
        int exit_status;
        rg_step_seconds measured = { .size = sizeof measured };
        rg_forecast forecast = { .size = sizeof forecast };
        snprintf (threads, sizeof threads, "threads=%zu", by);
        rg_config *config = load_any (o, threads, &exit_status);
        if (config == NULL)
            return rg_fail (message, RG_ESYSTEM, "%s: cannot be read again", o->file);
        const rg_problem *problem = &rg_config_setup (config)->problem;
        status = rg_measure_steps (problem, &measured, message);
        if (status == RG_OK)
            status = rg_forecast_trajectory (problem, picked, &measured, &forecast, message);
        if (status == RG_OK)
            shares[(*count)++] = (share) { by, forecast.seconds };
        rg_config_free (config);
    }
    return status;
}

static int
plan (const options *o)
{
    int exit_status;
    rg_config *config = load_any (o, NULL, &exit_status);
    if (config == NULL)
        return exit_status;
    watch_signals ();
    const rg_setup *setup = rg_config_setup (config);
    row rows[ROWS];
    const size_t count = rows_of (setup, rows);
    rg_step_seconds measured = { .size = sizeof measured };
    rg_message message = { "" }, why = { "" };
    rg_estimator_options picked = *setup->estimator_options;
    picked.size = sizeof picked;
    rg_status status = rg_measure_steps (&setup->problem, &measured, &message);
    for (size_t i = 0; status == RG_OK && i < count; i++) {
        status = rg_forecast_trajectory (&setup->problem, &rows[i].options, &measured, &rows[i].forecast,
                                         &rows[i].refusal);
        if (status == RG_EUNSUPPORTED)
            status = RG_OK;
        else if (status != RG_OK)
            message = rows[i].refusal;
    }
    rg_forecast forward = { .size = sizeof forward };
    if (status == RG_OK)
        status = rg_forecast_estimator (&setup->problem, rg_registry_estimator ("forward"), setup->estimator_options, &measured,
                                        &forward, &message);
    rg_exchange exchange = { .size = sizeof exchange };
    if (status == RG_OK)
        status = rg_forecast_exchange (&setup->problem, &exchange, &message);
    share shares[SHARES];
    size_t share_count = 0;
    if (status == RG_OK && rg_choose_trajectory (&setup->problem, &picked, &why, &message) == RG_EUNSUPPORTED)
        why = message;
    else if (status == RG_OK)
        status = measure_shares (o, &picked, shares, &share_count, &message);
    exit_status = status != RG_OK ? fail (status, &message)
                                  : print_plan (o, setup, rows, count, &forward, why.text, shares, share_count, &exchange);
    rg_config_free (config);
    return exit_status;
}

const command command_plan = { "plan", "FILE", "tell memory, steps and time of each trajectory before running",
                               TAKES_FILE | TAKES_SET | TAKES_JSON, plan };
