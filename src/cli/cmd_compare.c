/* cmd_compare.c -- retrograde compare: several estimators on one problem. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <retrograde/registry.h>

#include "cli/cli.h"

enum { MOST_ESTIMATORS = 16, NAME_SIZE = 64 };

/* One method and what it found. */
typedef struct {
    char name[NAME_SIZE];
    const rg_estimator *estimator;
    rg_estimator_options options;
    rg_arithmetic arithmetic;
    double *gradient;
    rg_report report;
    double difference, cosine; /* against the first method; the worst block */
} method;

/* The next part of a name, up to a colon; of two parts that name an estimator together ("implicit:cg"), both. */
static char *
next_part (char **rest)
{
    char *part = *rest + strspn (*rest, ":"), *end = part + strcspn (part, ":");
    if (*part == '\0')
        return NULL;
    if (*end == ':') {
        char *second = end + 1 + strcspn (end + 1, ":");
        const char after = *second;
        *second = '\0';
        if (rg_registry_estimator (part) != NULL)
            end = second;
        *second = after;
    }
    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return part;
}

/* "reverse:stored:floating", "stored", "implicit:cg": parts in any order, each known by its name. */
static int
parse_method (const char *name, const rg_setup *setup, method *out)
{
    *out = (method) { .options = *setup->estimator_options, .arithmetic = setup->problem.run.arithmetic,
                      .report = { .size = sizeof out->report } };
    out->options.size = sizeof out->options;
    out->options.window = 0; /* each way back evaluates for itself */
    if (strlen (name) >= NAME_SIZE || name[strspn (name, ":")] == '\0') {
        complain ("--estimators: %.60s: no such estimator", name);
        return EXIT_USAGE;
    }
    strcpy (out->name, name);
    char parts[NAME_SIZE], *rest = parts;
    strcpy (parts, name);
    for (char *part = next_part (&rest); part != NULL; part = next_part (&rest)) {
        const rg_estimator *estimator = rg_registry_estimator (part);
        const rg_policy *policy = rg_registry_trajectory (part);
        if (estimator != NULL)
            out->estimator = estimator;
        else if (policy != NULL)
            out->options.policy = policy;
        else if (strcmp (part, "exact") == 0 || strcmp (part, "floating") == 0)
            out->arithmetic = part[0] == 'e' ? RG_EXACT : RG_FLOATING;
        else {
            complain ("--estimators: %s: expected an estimator, a trajectory, exact or floating (see retrograde list)",
                      part);
            return EXIT_USAGE;
        }
    }
    if (out->estimator == NULL)
        out->estimator = rg_registry_estimator ("reverse");
    return EXIT_DONE;
}

static int
parse_methods (const char *list, const rg_setup *setup, method *methods, size_t *count)
{
    char *copy = strdup (list), *rest = NULL;
    int exit_status = copy == NULL ? EXIT_SYSTEM : EXIT_DONE;
    *count = 0;
    for (char *name = copy == NULL ? NULL : strtok_r (copy, ",", &rest); exit_status == EXIT_DONE && name != NULL;
         name = strtok_r (NULL, ",", &rest)) {
        if (*count == MOST_ESTIMATORS) {
            complain ("--estimators: more than %d", MOST_ESTIMATORS);
            exit_status = EXIT_USAGE;
        } else
            exit_status = parse_method (name, setup, &methods[(*count)++]);
    }
    free (copy);
    if (exit_status == EXIT_DONE && *count < 2) {
        complain ("--estimators: expected at least two, got %zu", *count);
        exit_status = EXIT_USAGE;
    }
    return exit_status;
}

/* The largest difference of a block, relative to its largest component in the reference. */
static double
block_difference (const rg_block *b, const double *x, const double *reference)
{
    double largest = 0, difference = 0;
    for (size_t i = b->first; i < b->first + b->size; i++) {
        largest = fmax (largest, fabs (reference[i]));
        difference = fmax (difference, fabs (x[i] - reference[i]));
    }
    return difference == 0 ? 0 : difference / largest;
}

static void
judge (const rg_hyper *hyper, method *m, const method *reference)
{
    const size_t size = rg_hyper_size (hyper);
    const double norms = norm_of (m->gradient, size) * norm_of (reference->gradient, size);
    for (size_t i = 0; i < size; i++)
        m->cosine += norms == 0 ? 0 : m->gradient[i] * reference->gradient[i] / norms;
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (!b.fixed)
            m->difference = fmax (m->difference, block_difference (&b, m->gradient, reference->gradient));
    }
}

static json_t *
method_json (const rg_hyper *hyper, const method *m, const method *reference)
{
    json_t *blocks = json_object ();
    for (size_t i = 0; i < rg_hyper_blocks (hyper); i++) {
        const rg_block b = rg_hyper_block (hyper, i);
        if (!b.fixed)
            json_object_set_new (blocks, b.name, json_number (block_difference (&b, m->gradient, reference->gradient)));
    }
    json_t *object = json_pack ("{s:s, s:f, s:f, s:o, s:f, s:o, s:f, s:I, s:I}", "name", m->name, "outer_loss", m->report.outer_loss,
                      "hypergradient_norm", norm_of (m->gradient, rg_hyper_size (hyper)), "difference",
                      json_number (m->difference), "cosine", m->cosine, "blocks", blocks, "seconds",
                      seconds_of (&m->report), "trajectory_bytes",
                      (json_int_t) m->report.trajectory_bytes, "recomputed_steps",
                      (json_int_t) m->report.recomputed_steps);
    if (m->report.solve.products > 0)
        json_object_set_new (object, "implicit", solve_json (&m->report.solve));
    return object;
}

static int
print_methods (const options *o, const rg_hyper *hyper, const method *methods, size_t count, int agree)
{
    if (o->json) {
        json_t *list = json_array ();
        for (size_t i = 0; i < count; i++)
            json_array_append_new (list, method_json (hyper, &methods[i], &methods[0]));
        return print_json (json_pack ("{s:f, s:b, s:o}", "tolerance", o->tolerance, "agree", agree, "estimators", list));
    }
    printf ("%-28s %14s %14s %12s %12s %9s %12s %10s\n", "estimator", "outer loss", "norm", "difference", "1 - cosine",
            "seconds", "bytes", "recomputed");
    for (size_t i = 0; i < count; i++) {
        const method *m = &methods[i];
        printf ("%-28s %14.8g %14.8g %12.3e %12.3e %9.3f %12zu %10llu\n", m->name, m->report.outer_loss,
                norm_of (m->gradient, rg_hyper_size (hyper)), m->difference, 1 - m->cosine,
                seconds_of (&m->report), m->report.trajectory_bytes,
                (unsigned long long) m->report.recomputed_steps);
    }
    for (size_t i = 0; i < count; i++) { /* the bias of those that assume a minimum */
        const rg_solve *s = &methods[i].report.solve;
        if (s->products > 0)
            printf ("%s: residual %.1e; the gradient of the inner loss is %.1e, at the start %.1e; a minimum would change the "
                    "outer loss by %.1e\n", methods[i].name, s->residual, s->stationarity, s->stationarity_start,
                    s->outer_change);
    }
    printf ("%s within %g of %s\n", agree ? "all agree" : "not all agree", o->tolerance, methods[0].name);
    return EXIT_DONE;
}

static int
run_methods (const rg_setup *setup, method *methods, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        method *m = &methods[i];
        rg_problem problem = setup->problem;
        problem.run.arithmetic = m->arithmetic;
        rg_message message = { "" };
        m->gradient = calloc (rg_hyper_size (problem.hyper) + 1, sizeof *m->gradient);
        rg_status status = m->gradient == NULL ? rg_fail (&message, RG_ENOMEM, "out of memory for the hypergradient")
                                               : rg_hypergradient (&problem, m->estimator, &m->options, 0, m->gradient,
                                                                   &m->report, &message);
        if (status != RG_OK) {
            rg_message named;
            rg_fail (&named, status, "%s: %s", m->name, message.text);
            return fail (status, &named);
        }
        judge (problem.hyper, m, &methods[0]);
    }
    return EXIT_DONE;
}

static int
compare (const options *o)
{
    int exit_status;
    if (o->estimators == NULL) {
        complain ("compare: expected --estimators A,B,...");
        return EXIT_USAGE;
    }
    options several = *o;
    several.several = 1;
    rg_config *config = load_to_differentiate (&several, &exit_status);
    if (config == NULL)
        return exit_status;
    const rg_setup *setup = rg_config_setup (config);
    method methods[MOST_ESTIMATORS] = { 0 };
    size_t count;
    exit_status = parse_methods (o->estimators, setup, methods, &count);
    if (exit_status == EXIT_DONE)
        exit_status = run_methods (setup, methods, count);
    if (exit_status == EXIT_DONE) {
        int agree = 1;
        for (size_t i = 0; i < count; i++)
            agree &= methods[i].difference <= o->tolerance;
        exit_status = print_methods (o, setup->problem.hyper, methods, count, agree);
        if (exit_status == EXIT_DONE && !agree)
            exit_status = EXIT_CHECK_FAILED;
    }
    for (size_t i = 0; i < MOST_ESTIMATORS; i++)
        free (methods[i].gradient);
    rg_config_free (config);
    return exit_status;
}

const command command_compare = { "compare", "FILE", "check several estimators against each other",
                                  TAKES_FILE | TAKES_SET | TAKES_JSON | TAKES_ESTIMATORS | TAKES_TOLERANCE, compare };
