/* main.c -- retrograde COMMAND [OPTION]... [FILE] */
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <retrograde/version.h>

#include "cli/cli.h"
#include "cli/job.h"

static const command *const commands[] = { &command_tune, &command_hypergradient, &command_compare, &command_verify, &command_plan, &command_data,
                                           &command_list, &command_train, &command_predict, &command_evaluate };
enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct {
    struct option option;
    unsigned bit;
    const char *argument, *summary;
} option_table[] = {
    { { "set", required_argument, NULL, 's' }, TAKES_SET, "KEY=VALUE", "override a key of the configuration" },
    { { "json", no_argument, NULL, 'j' }, TAKES_JSON, "", "print one JSON object" },
    { { "study", required_argument, NULL, 'd' }, TAKES_STUDY, "DIR", "directory of the study" },
    { { "resume", no_argument, NULL, 'r' }, TAKES_RESUME, "", "go on with an existing study; FILE may be its directory" },
    { { "estimators", required_argument, NULL, 'e' }, TAKES_ESTIMATORS, "A,B,...",
      "methods to compare, e.g. reversible,stored,differences" },
    { { "tolerance", required_argument, NULL, 't' }, TAKES_TOLERANCE, "X",
      "largest difference, relative to a block's largest component (1e-6)" },
    { { "save", required_argument, NULL, 'o' }, TAKES_SAVE, "DIR", "write one .npy file a block" },
    { { "natural", no_argument, NULL, 'n' }, TAKES_NATURAL, "", "derivatives in the natural values" },
    { { "keep-going", required_argument, NULL, 'k' }, TAKES_KEEP_GOING, "N",
      "halve an outer step whose run diverges, N times at most (outer.keep_going)" },
    { { "diagnose", no_argument, NULL, 'g' }, TAKES_DIAGNOSE, "", "Lyapunov exponent, and single against double precision" },
    { { "output", required_argument, NULL, 'f' }, TAKES_OUTPUT, "FILE", "where to write; also -o FILE" },
    { { "weights", required_argument, NULL, 'w' }, TAKES_WEIGHTS, "FILE", "weights of `train`, instead of the study's own" },
    { { "last", no_argument, NULL, 'l' }, TAKES_LAST, "", "of the study's last run, not of its best" },
    { { "with-valid", no_argument, NULL, 'v' }, TAKES_JOIN, "", "training and validation examples together are the training examples" },
    { { "steps", required_argument, NULL, 'i' }, TAKES_STEPS, "N", "train for N steps; beyond those of the study its last values go on" },
};
enum { OPTIONS = sizeof option_table / sizeof *option_table, LONG = 256 /* tells a long option from a letter */ };

static void
print_options (unsigned takes)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if ((option_table[i].bit & takes) != 0) {
            char left[64];
            snprintf (left, sizeof left, "--%s %s", option_table[i].option.name, option_table[i].argument);
            printf ("  %-24s %s\n", left, option_table[i].summary);
        }
}

static int
help (void)
{
    puts ("usage: retrograde COMMAND [OPTION]... [FILE]\n"
          "Hypergradients by running training exactly backwards.\n\ncommands:");
    for (size_t i = 0; i < COMMANDS; i++) {
        char left[64];
        snprintf (left, sizeof left, "%s %s", commands[i]->name, commands[i]->arguments);
        printf ("  %-24s %s\n", left, commands[i]->summary);
    }
    puts ("\noptions:");
    print_options (~0u);
    puts ("  --help, --version\n\n"
          "- as FILE: the configuration comes from standard input\n"
          "exit status: 0 done, 1 a check failed, 2 bad usage or input, 3 diverged or overflow,\n"
          "4 irreversible, 5 the system, 129, 130 and 143 interrupted");
    return EXIT_DONE;
}

static int
help_on (const command *c)
{
    printf ("usage: retrograde %s [OPTION]... %s\n%s\n\noptions:\n", c->name, c->arguments, c->summary);
    print_options (c->takes);
    return EXIT_DONE;
}

/* The same as a key of the configuration, whose range is its. */
static int
take_keep_going (options *out, const char *argument)
{
    static char edit[64];
    const int written = snprintf (edit, sizeof edit, "outer.keep_going=%s", argument);
    if (written >= (int) sizeof edit || out->set_count == MOST_SETS) {
        complain ("--keep-going: expected a whole number >= 0, got %s", argument);
        return EXIT_USAGE;
    }
    out->sets[out->set_count++] = edit;
    return 0;
}

static int
take_steps (options *out, const char *argument)
{
    char *end;
    const double steps = strtod (argument, &end);
    if (*end != '\0' || !(steps >= 1 && steps < 9e15) || steps != (double) (uint64_t) steps) {
        complain ("--steps: expected a whole number >= 1, got %s", argument);
        return EXIT_USAGE;
    }
    out->steps = (uint64_t) steps;
    return 0;
}

/* Put one option where it belongs. Returns 0, or an exit status. */
static int
take (options *out, int letter, const char *argument)
{
    char *end;
    for (size_t i = 0; i < OPTIONS; i++)
        if (option_table[i].option.val == letter && argument != NULL && *argument == '\0') {
            complain ("--%s: expected a value", option_table[i].option.name);
            return EXIT_USAGE;
        }
    switch (letter) {
    case 's':
        if (out->set_count == MOST_SETS) {
            complain ("more than %d times --set", MOST_SETS);
            return EXIT_USAGE;
        }
        out->sets[out->set_count++] = argument;
        return 0;
    case 'k': return take_keep_going (out, argument);
    case 'j': out->json = 1; return 0;
    case 'd': out->study = argument; return 0;
    case 'r': out->resume = 1; return 0;
    case 'e': out->estimators = argument; return 0;
    case 'o': out->save = argument; return 0;
    case 'n': out->natural = 1; return 0;
    case 'g': out->diagnose = 1; return 0;
    case 'f': out->output = argument; return 0;
    case 'w': out->weights = argument; return 0;
    case 'l': out->last = 1; return 0;
    case 'v': out->join = 1; return 0;
    case 'i': return take_steps (out, argument);
    default:
        out->tolerance = strtod (argument, &end);
        if (*end != '\0' || !(out->tolerance >= 0 && isfinite (out->tolerance))) {
            complain ("--tolerance: expected a number >= 0, got %s", argument);
            return EXIT_USAGE;
        }
        return 0;
    }
}

/* What getopt_long could not take: '?' or ':', with optopt a letter, a long option, or 0 for an unknown long one. */
static int
refuse_option (const command *c, int problem, const char *argument)
{
    const char letter[] = { '-', (char) optopt, '\0' };
    complain ("%s: %s: %s (see retrograde %s --help)", c->name, optopt > 0 && optopt < LONG ? letter : argument,
              problem == ':' ? "expected a value" : optopt > LONG ? "takes no value" : "no such option", c->name);
    return EXIT_USAGE;
}

static int
run (const command *c, int argc, char **argv)
{
    struct option accepted[OPTIONS + 2] = { { "help", no_argument, NULL, LONG + 'h' } };
    size_t count = 1;
    for (size_t i = 0; i < OPTIONS; i++)
        if ((option_table[i].bit & c->takes) != 0) {
            accepted[count] = option_table[i].option;
            accepted[count++].val += LONG;
        }
    options o = { .tolerance = 1e-6 };
    opterr = 0;
    for (int letter; (letter = getopt_long (argc, argv, (c->takes & TAKES_OUTPUT) != 0 ? ":o:" : ":", accepted, NULL)) != -1;) {
        if (letter == LONG + 'h')
            return help_on (c);
        if (letter == 'o')
            letter = LONG + 'f';
        if (letter < LONG)
            return refuse_option (c, letter, argv[optind - 1]);
        const int refused = take (&o, letter - LONG, optarg);
        if (refused != 0)
            return refused;
    }
    const int files = (c->takes & TAKES_FILE) != 0;
    const int kinds = (c->takes & TAKES_KIND) != 0 && argc > optind; /* may be left out */
    const int must = (c->takes & NEEDS_EXAMPLES) != 0, may = (c->takes & TAKES_EXAMPLES) != 0 && argc - optind > files;
    if (argc - optind != files + kinds + must + may) {
        complain ("%s: expected %s, got %d (see retrograde %s --help)", c->name,
                  (c->takes & TAKES_DATA) != 0 ? "one file of examples"
                  : must ? "a study and a file of examples" : (c->takes & TAKES_EXAMPLES) != 0 ? "a study, and at most one file of examples"
                  : files ? "one configuration file" : kinds ? "one kind" : "no file", argc - optind, c->name);
        return EXIT_USAGE;
    }
    o.file = files ? argv[optind] : NULL;
    o.kind = kinds ? argv[optind] : NULL;
    o.examples = must || may ? argv[optind + 1] : NULL;
    int exit_status = files && (c->takes & TAKES_DATA) == 0 ? take_standard_input (&o) : EXIT_DONE;
    if (exit_status == EXIT_DONE)
        exit_status = c->run (&o);
    free_text (&o);
    return exit_status;
}

static int
dispatch (int argc, char **argv)
{
    if (argc < 2) {
        complain ("expected a command (see retrograde --help)");
        return EXIT_USAGE;
    }
    if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "help") == 0)
        return help ();
    if (strcmp (argv[1], "--version") == 0) {
        printf ("retrograde %s\n", rg_version ());
        return EXIT_DONE;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp (argv[1], commands[i]->name) == 0)
            return run (commands[i], argc - 1, argv + 1);
    complain ("%s: no such command (see retrograde --help)", argv[1]);
    return EXIT_USAGE;
}

/* Where standard streams are closed, no file may get their numbers: it would be printed into. Writing to them still fails. */
static void
occupy_standard_streams (void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl (stream, F_GETFD) == -1)
            (void) !open ("/dev/null", O_RDONLY);
}

int
main (int argc, char **argv)
{
    occupy_standard_streams ();
    signal (SIGXFSZ, SIG_IGN); /* a file that may not grow is a failure like others */
    int exit_status = job_begin ();
    if (exit_status == EXIT_DONE)
        exit_status = dispatch (argc, argv);
    const int failed = finish_output ();
    return job_end (exit_status > EXIT_CHECK_FAILED || failed == EXIT_DONE ? exit_status : failed);
}
