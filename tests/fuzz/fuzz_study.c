/*
 * fuzz_study.c -- a study from a stranger: going on never crashes, and nothing outside of its directory changes.
 *
 * The input chooses a study that was left between or within meta-iterations and lists edits of its files: numbers, bytes, cuts,
 * links, pipes. Checksums are put right afterwards, unless the edit says not to, so that the numbers behind them are met.
 */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <retrograde.h>

#include "../archive_patch.h"
#include "../how.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* How often going on ended with each status, for those that run many. */
unsigned long fuzz_study_met[32];

enum { LAYERS = 3, EXAMPLES = 6, STEPS = 24, EVERY = 5, LEFT = 33, WEIGHTS = 26, PATH = 300, FILES = 24, LARGEST = 1 << 16 };
static const size_t widths[LAYERS] = { 3, 4, 2 };

/* What must not fail fails: the fuzzer is wrong. */
static void
must (int truth, const char *what)
{
    if (truth)
        return;
    perror (what);
    abort ();
}

typedef enum { REVERSIBLE, STORED, MEAN, REAL_TIME, COURSES } course; /* how it was left */

/* ---- a small problem --------------------------------------------------------------- */

typedef struct {
    rg_layout *layout;
    rg_hyper *hyper;
    rg_dataset *data;
    rg_objective *inner, *outer;
    rg_outer *optimizer;
    rg_problem problem;
    long left; /* steps until it is interrupted */
} parts;

static int
interrupt (void *user)
{
    parts *p = user;
    return p->left-- <= 0;
}

static rg_dataset *
examples (void)
{
    rg_array inputs, labels;
    rg_dataset *data = NULL;
    const size_t count = EXAMPLES, shape[] = { count, widths[0] };
    must (rg_array_new (&inputs, RG_FLOAT64, 2, shape) == RG_OK && rg_array_new (&labels, RG_INT32, 1, &count) == RG_OK, "arrays");
    for (size_t i = 0; i < count * widths[0]; i++)
        ((double *) inputs.data)[i] = sin (1.3 * (double) i);
    for (size_t i = 0; i < count; i++)
        ((int32_t *) labels.data)[i] = (int32_t) (i % 2);
    must (rg_dataset_new (&data, &inputs, &labels, NULL, "x", "y", NULL) == RG_OK, "examples");
    return data;
}

static void
make_parts (parts *p, course c)
{
    const rg_network network = { LAYERS, widths, RG_TANH };
    const rg_role roles[] = { RG_RATE, RG_DECAY };
    *p = (parts) { .left = 1 << 20 };
    must (rg_network_layout (&p->layout, &network) == RG_OK && rg_layout_weights (p->layout) == WEIGHTS, "layout");
    must (rg_hyper_new (&p->hyper, p->layout, STEPS, 0, 14) == RG_OK, "hyper");
    for (int i = 0; i < 2; i++) {
        rg_block_spec spec = rg_block_defaults (roles[i]);
        spec.init = .3;
        spec.per_step = c != REAL_TIME; /* which takes no schedules */
        must (rg_hyper_add (p->hyper, &spec, NULL) == RG_OK, "block");
    }
    p->data = examples ();
    rg_network_loss loss = { .size = sizeof loss, .network = network, .precision = RG_DOUBLE, .part = RG_INNER, .data = p->data,
                             .batches = { NULL, EXAMPLES, EXAMPLES, 0 }, .hyper = p->hyper };
    must (rg_objective_from_network (&p->inner, &loss, NULL) == RG_OK, "inner");
    loss.part = RG_OUTER;
    must (rg_objective_from_network (&p->outer, &loss, NULL) == RG_OK, "outer");
    const rg_optimizer *adam = rg_registry_optimizer ("adam");
    const rg_outer_options options = rg_outer_defaults ();
    must (rg_outer_new (&p->optimizer, adam, &options, rg_hyper_size (p->hyper), NULL) == RG_OK, "optimizer");
    p->problem = (rg_problem) { .size = sizeof (rg_problem), .hyper = p->hyper, .inner = p->inner, .outer = p->outer, .run = rg_run_defaults (),
                                .dynamics = rg_registry_dynamics ("momentum"), .interrupted = interrupt, .user = p,
                                .initial = { .seed = 3, .scale = .5, .fresh = c == MEAN } };
}

static void
clear_parts (parts *p)
{
    rg_outer_free (p->optimizer);
    rg_objective_free (p->inner);
    rg_objective_free (p->outer);
    rg_hyper_free (p->hyper);
    rg_layout_free (p->layout);
    rg_dataset_free (p->data);
}

/* ---- studies, and going on with them --------------------------------------------------- */

static const rg_origin origin = { "a: 1\n", NULL, 0 };

/* A hypergradient of the third meta-iteration that saves itself, interrupted after so many steps. */
static rg_status
differentiate (parts *p, rg_study *study, course c, long steps, double *gradient, rg_message *message)
{
    rg_report report = { .size = sizeof report };
    const rg_sweep_options sweeps = { .size = sizeof sweeps, .steps = EVERY };
    rg_estimator_options options = HOW (.policy = rg_registry_trajectory (c == STORED ? "stored" : "reversible"));
    const rg_status status = rg_study_keep_sweeps (study, &sweeps, &options.keeper, message);
    p->left = steps;
    return status != RG_OK ? status
                           : rg_hypergradient_mean (&p->problem, c == MEAN ? 3 : 1, NULL, 0, rg_registry_estimator ("reverse"),
                                                    &options, 2, gradient, &report, message);
}

/* A real-time run that goes on where the study's snapshot has it, if there is one, a few steps. */
static rg_status
train (parts *p, rg_study *study, double *gradient, void **block, rg_message *message)
{
    size_t bytes;
    rg_estimation *e;
    rg_report report = { .size = sizeof report };
    const rg_estimator_options options = HOW (.settings = "interval: 5");
    const void *carried = rg_study_carried (study, &bytes);
    rg_status status = rg_estimation_new (&e, &p->problem, rg_registry_estimator ("real-time"), &options, message);
    if (status == RG_OK && carried != NULL && (status = rg_estimation_load (e, carried, bytes)) != RG_OK)
        rg_fail (message, status, "what was carried is of no use");
    if (status == RG_OK)
        status = rg_estimation_advance (e, 2, gradient, &report, message);
    if (status == RG_OK && block != NULL) {
        *block = malloc (rg_estimation_bytes (e));
        rg_estimation_save (e, *block);
        rg_study_carry (study, *block, rg_estimation_bytes (e));
    }
    rg_estimation_free (e);
    return status;
}

/* A line and a snapshot. */
static rg_status
step (parts *p, rg_study *study, uint64_t iteration, const double *gradient, rg_message *message)
{
    const rg_journal_line line = { .iteration = iteration, .outer_loss = .5, .seconds = 1 };
    rg_status status = rg_outer_step (p->optimizer, gradient, rg_hyper_values (p->hyper));
    if (status == RG_OK)
        status = rg_hyper_update (p->hyper, message);
    if (status == RG_OK)
        status = rg_study_append (study, &line, message);
    if (status == RG_OK)
        status = rg_study_note (study, p->hyper, iteration, .5, message);
    return status == RG_OK ? rg_study_save (study, p->hyper, p->optimizer, iteration + 1, message) : status;
}

static rg_status
go_on (const char *directory, course c, rg_message *message)
{
    parts p;
    rg_study *study;
    uint64_t next;
    double gradient[2 * STEPS];
    make_parts (&p, c);
    rg_status status = rg_study_resume (&study, directory, &origin, p.hyper, p.optimizer, &next, message);
    if (status == RG_OK)
        status = c == REAL_TIME ? train (&p, study, gradient, NULL, message)
                                : differentiate (&p, study, c, 1 << 20, gradient, message);
    if (status == RG_OK)
        status = step (&p, study, next, gradient, message);
    rg_study_free (study);
    clear_parts (&p);
    return status;
}

/* ---- the files of a study that was left --------------------------------------------------- */

typedef struct {
    char name[64];
    unsigned char bytes[LARGEST];
    size_t size;
} file;

typedef struct {
    file *file;
    size_t count;
} sample;

static char home[PATH];
static sample samples[COURSES];

static const char *
path_of (const char *name)
{
    static char path[4][PATH + 80];
    static unsigned turn;
    char *out = path[turn++ % 4];
    snprintf (out, sizeof path[0], "%s/%.70s", home, name);
    return out;
}

static void
keep_folder (sample *s, const char *folder)
{
    DIR *listed = opendir (path_of (folder));
    must (listed != NULL, folder);
    for (const struct dirent *entry; (entry = readdir (listed)) != NULL;) {
        char name[360];
        struct stat about;
        snprintf (name, sizeof name, "%s/%.255s", folder, entry->d_name);
        must (stat (path_of (name), &about) == 0, name);
        if (!S_ISREG (about.st_mode))
            continue;
        must (s->count < FILES && strlen (name) < sizeof s->file->name && about.st_size < LARGEST, name);
        file *f = &s->file[s->count++];
        strcpy (f->name, name);
        FILE *from = fopen (path_of (name), "rb");
        must (from != NULL, name);
        f->size = fread (f->bytes, 1, sizeof f->bytes, from);
        fclose (from);
    }
    closedir (listed);
}

static void
remove_study (void)
{
    static const char *const folders[] = { "study/snapshots", "study/hyper", "study/best", "study/last", "study" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *folder = path_of (folders[i]);
        DIR *listed = unlink (folder) == 0 ? NULL : opendir (folder); /* it may be a link or a pipe by now */
        if (listed == NULL)
            continue;
        for (const struct dirent *entry; (entry = readdir (listed)) != NULL;)
            if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0) {
                unlinkat (dirfd (listed), entry->d_name, 0);
                unlinkat (dirfd (listed), entry->d_name, AT_REMOVEDIR);
            }
        closedir (listed);
        rmdir (folder);
    }
}

static void
make_sample (course c)
{
    parts p;
    rg_study *study;
    rg_message message = { "" };
    double gradient[2 * STEPS] = { .25, -1 };
    void *block = NULL;
    make_parts (&p, c);
    must (rg_study_create (&study, path_of ("study"), &origin, &message) == RG_OK, message.text);
    for (uint64_t i = 0; i < 2; i++) {
        if (c == REAL_TIME && i == 1)
            must (train (&p, study, gradient, &block, &message) == RG_OK, message.text);
        must (step (&p, study, i, gradient, &message) == RG_OK, message.text);
    }
    if (c != REAL_TIME)
        must (differentiate (&p, study, c, c == MEAN ? 2 * STEPS + LEFT : LEFT, gradient, &message) == RG_EINTERRUPTED, message.text);
    rg_study_free (study);
    clear_parts (&p);
    free (block);
    samples[c] = (sample) { calloc (FILES, sizeof (file)), 0 };
    keep_folder (&samples[c], "study");
    keep_folder (&samples[c], "study/snapshots");
    keep_folder (&samples[c], "study/hyper");
    keep_folder (&samples[c], "study/best");
    keep_folder (&samples[c], "study/last");
    remove_study ();
}

static void
go_home (void)
{
    char path[PATH];
    remove_study ();
    unlink (path_of ("victim"));
    snprintf (path, sizeof path, "%s", home);
    rmdir (path);
}

/* Once: a directory, a file outside the study, the samples. */
static void
begin (void)
{
    if (home[0] != '\0')
        return;
    snprintf (home, sizeof home, "%s/retrograde-fuzz.XXXXXX", access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    must (mkdtemp (home) != NULL, home);
    atexit (go_home);
    for (int c = 0; c < COURSES; c++)
        make_sample ((course) c);
    FILE *victim = fopen (path_of ("victim"), "wb");
    must (victim != NULL && fputs ("precious 1\nprecious 2\n", victim) >= 0 && fclose (victim) == 0, "victim");
}

/* Nothing but the victim, as it was. */
static void
check_outside (void)
{
    char text[64] = "";
    struct stat about;
    int found = 0;
    DIR *listed = opendir (home);
    must (listed != NULL, home);
    while (readdir (listed) != NULL)
        found++;
    closedir (listed);
    FILE *victim = fopen (path_of ("victim"), "rb");
    must (victim != NULL, "victim");
    const size_t size = fread (text, 1, sizeof text - 1, victim);
    fclose (victim);
    must (found == 3 && size == 22 && strcmp (text, "precious 1\nprecious 2\n") == 0 && stat (path_of ("victim"), &about) == 0
          && about.st_nlink == 1, "what is outside of the study has changed");
}

/* ---- edits ---------------------------------------------------------------------------------- */

/* An edit: what, of which file, where, and a number; EDIT bytes of the input. */
enum { EDIT = 14, AS_IT_IS = 0x80 };
typedef enum { NUMBER, CHOSEN, BYTE, CUT, LONGER, LINK, SECOND_NAME, GONE, OTHER, PIPE, FOLDER, FOLDER_LINK, FILL, KINDS } kind;

static const uint64_t chosen[] = { 0, 1, 2, 3, 7, 16, 17, 24, 25, 255, 4096, UINT64_C (1) << 16, UINT64_C (1) << 31, UINT64_C (1) << 32,
                                   UINT64_C (1) << 40, UINT64_C (1) << 52, UINT64_C (1) << 53, UINT64_C (1) << 62, UINT64_C (1) << 63,
                                   UINT64_MAX, UINT64_MAX - 7, UINT64_C (0x7ff0000000000000), UINT64_C (0x7ff8000000000000),
                                   UINT64_C (0x7fefffffffffffff), UINT64_C (0xbff0000000000000) };

static int
is_archive (const file *f)
{
    return f->size >= 8 && (memcmp (f->bytes, "RGSNAP", 6) == 0 || memcmp (f->bytes, "RGSWEEP", 7) == 0);
}

/* Put the checksums of the blocks of words right, as far as their sizes lead. */
static void
patch_words (file *f)
{
    for (size_t at = 8; at + 40 <= f->size;) {
        const uint64_t bytes = patch_number (f->bytes, at + 16);
        if (bytes > f->size - at - 40)
            return;
        const uint64_t sum = XXH3_64bits_withSeed (f->bytes + at + 8, 32 + bytes, at);
        memcpy (f->bytes + at, &sum, sizeof sum);
        at += 40 + bytes;
    }
}

static void
patch (file *f)
{
    if (is_archive (f))
        patch_checksum (f->bytes, f->size);
    else if (f->size >= 8 && memcmp (f->bytes, "RGWORDS1", 8) == 0)
        patch_words (f);
}

static void
set_number (file *f, uint32_t where, uint64_t number)
{
    const size_t first = is_archive (f) ? PATCH_HEADER - 8 : 0; /* not the identity, which is refused at once */
    if (f->size < first + 8)
        return;
    const size_t at = first + where % ((f->size - first) / 8) * 8;
    memcpy (f->bytes + at, &number, sizeof number);
}

/* Of the content. */
static void
edit_content (sample *s, file *f, kind what, uint32_t where, uint64_t number)
{
    const size_t at = f->size == 0 ? 0 : where % f->size;
    switch (what) {
    case NUMBER: set_number (f, where, number); break;
    case CHOSEN: set_number (f, where, chosen[number % (sizeof chosen / sizeof *chosen)]); break;
    case BYTE: f->bytes[at] ^= (unsigned char) (number | 1); break;
    case CUT: f->size = at; break;
    case LONGER: f->size += f->size + 64 < LARGEST ? number % 64 : 0; break;
    case OTHER: {
        const file *from = &s->file[number % s->count];
        memcpy (f->bytes, from->bytes, from->size);
        f->size = from->size;
        break;
    }
    case FILL: memset (f->bytes + at, (int) (number & 0xff), f->size - at < 64 ? f->size - at : 64); break;
    default: break;
    }
}

/* Of the directory: what is at the file's name. */
static void
edit_name (const file *f, kind what)
{
    const char *path = path_of (f->name), *victim = path_of ("victim");
    if (what < LINK || what == OTHER || what == FILL)
        return;
    if (what == FOLDER_LINK) {
        must (rename (path_of ("study/snapshots"), path_of ("study/moved")) == 0
              || access (path_of ("study/moved"), F_OK) == 0, "moved");
        (void) !symlink ("moved", path_of ("study/snapshots"));
        return;
    }
    unlink (path);
    if (what == LINK)
        (void) !symlink (victim, path);
    else if (what == SECOND_NAME)
        (void) !link (victim, path);
    else if (what == PIPE)
        mkfifo (path, 0666);
    else if (what == FOLDER)
        mkdir (path, 0777);
}

static void
write_files (const sample *s)
{
    static const char *const folders[] = { "study", "study/snapshots", "study/hyper", "study/best", "study/last" };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        must (mkdir (path_of (folders[i]), 0777) == 0, folders[i]);
    for (size_t i = 0; i < s->count; i++) {
        FILE *to = fopen (path_of (s->file[i].name), "wb");
        must (to != NULL && fwrite (s->file[i].bytes, 1, s->file[i].size, to) == s->file[i].size && fclose (to) == 0,
              s->file[i].name);
    }
}

/* Apply all edits: those of contents, then those of names. */
static void
apply (sample *s, const uint8_t *data, size_t size)
{
    for (int names = 0; names < 2; names++) {
        for (size_t i = 0; i + EDIT <= size; i += EDIT) {
            uint32_t where;
            uint64_t number;
            memcpy (&where, data + i + 2, sizeof where);
            memcpy (&number, data + i + 6, sizeof number);
            const kind what = (kind) ((data[i] & (AS_IT_IS - 1)) % KINDS);
            file *f = &s->file[data[i + 1] % s->count];
            if (names) {
                edit_name (f, what);
                continue;
            }
            edit_content (s, f, what, where, number);
            if ((data[i] & AS_IT_IS) == 0)
                patch (f);
        }
        if (!names)
            write_files (s);
    }
}

static void
remove_moved (void)
{
    if (access (path_of ("study/moved"), F_OK) != 0)
        return;
    unlink (path_of ("study/snapshots"));
    must (rename (path_of ("study/moved"), path_of ("study/snapshots")) == 0, "moved back");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static file copies[FILES];
    rg_message message = { "" };
    if (size == 0)
        return 0;
    begin ();
    const course c = (course) (data[0] % COURSES);
    sample s = { copies, samples[c].count };
    memcpy (copies, samples[c].file, s.count * sizeof *copies);
    apply (&s, data + 1, size - 1);
    const rg_status status = go_on (path_of ("study"), c, &message);
    fuzz_study_met[status % 32]++;
    must (status == RG_OK || message.text[0] != '\0', "a refusal without a sentence");
    remove_moved ();
    remove_study ();
    check_outside ();
    return 0;
}
