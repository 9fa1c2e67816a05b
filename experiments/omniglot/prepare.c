/* prepare.c -- five alphabets of Omniglot and the same turned by 90 degrees as ten tasks, with drawings parted into sets.
 * usage: prepare images_background.npz OUT SEED ROUNDS ALPHABET:FIRST:CHARACTERS...; of the twenty drawings of each character
 * twelve, drawn at random, go to OUT/whole-*.npy and three others to OUT/test-*.npy; for R = 0, 1 ... ROUNDS - 1 ten of the twelve,
 * drawn anew, go to OUT/part-R-*.npy and the other two to OUT/valid-R-*.npy. A drawing and the same turned go to the same set. Each
 * set is of three files, -inputs (28 x 28, bytes, ink 255), -labels (the character in its alphabet) and -tasks. */
#include <retrograde.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FROM = 105, SIDE = 28, DRAWINGS = 20, WHOLE = 12, TEST = 3, PART = 10, VALID = 2 };

static void
check (rg_status status, const rg_message *message)
{
    if (status == RG_OK)
        return;
    fprintf (stderr, "prepare: %s\n", message->text);
    exit (1);
}

/* Ink of the square that a pixel of the smaller image covers, 0 to 255. */
static uint8_t
shrink (const uint8_t *image, int row, int column)
{
    const double scale = (double) FROM / SIDE;
    double ink = 0;
    for (int y = (int) (row * scale); y < FROM && y < (row + 1) * scale; y++)
        for (int x = (int) (column * scale); x < FROM && x < (column + 1) * scale; x++) {
            const double top = y > row * scale ? y : row * scale, left = x > column * scale ? x : column * scale;
            const double bottom = y + 1 < (row + 1) * scale ? y + 1 : (row + 1) * scale;
            const double right = x + 1 < (column + 1) * scale ? x + 1 : (column + 1) * scale;
            ink += !image[y * FROM + x] * (bottom - top) * (right - left); /* paper is true, strokes are false */
        }
    return (uint8_t) (255 * ink / (scale * scale) + .5);
}

/* A character of a task: its smaller drawings, and their order, drawn at random. */
typedef struct {
    int32_t task, label;
    uint8_t image[DRAWINGS][SIDE * SIDE];
    size_t order[DRAWINGS];
} character;

static void
read_character (character *c, const uint8_t *images, int turned)
{
    for (size_t d = 0; d < DRAWINGS; d++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                c->image[d][turned ? (SIDE - 1 - x) * SIDE + y : y * SIDE + x] = shrink (images + d * FROM * FROM, y, x);
    for (size_t d = 0; d < DRAWINGS; d++)
        c->order[d] = d;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t
random_next (uint64_t *state)
{
    uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Shuffle the first drawings of every character, and of the same turned, in the list's second half, alike. */
static void
shuffle (character *characters, size_t count, size_t drawings, uint64_t *state)
{
    for (character *c = characters; c < characters + count / 2; c++) {
        for (size_t i = drawings - 1; i > 0; i--) {
            const size_t j = random_next (state) % (i + 1), swapped = c->order[i];
            c->order[i] = c->order[j];
            c->order[j] = swapped;
        }
        memcpy (c[count / 2].order, c->order, sizeof c->order);
    }
}

/* One set: so many drawings of each character, from the first on. */
static void
write_set (const character *characters, size_t count, size_t first, size_t drawings, const char *folder, const char *name)
{
    const size_t rows = count * drawings;
    rg_array inputs, labels, tasks;
    rg_message message;
    check (rg_array_new (&inputs, RG_UINT8, 3, (size_t[]) { rows, SIDE, SIDE }), &(rg_message) { "out of memory" });
    check (rg_array_new (&labels, RG_INT32, 1, &rows), &(rg_message) { "out of memory" });
    check (rg_array_new (&tasks, RG_INT32, 1, &rows), &(rg_message) { "out of memory" });
    for (size_t n = 0; n < rows; n++) {
        const character *c = &characters[n / drawings];
        memcpy ((uint8_t *) inputs.data + n * SIDE * SIDE, c->image[c->order[first + n % drawings]], SIDE * SIDE);
        ((int32_t *) labels.data)[n] = c->label;
        ((int32_t *) tasks.data)[n] = c->task;
    }
    const struct {
        const char *what;
        rg_array *array;
    } files[] = { { "inputs", &inputs }, { "labels", &labels }, { "tasks", &tasks } };
    for (int i = 0; i < 3; i++) {
        char path[4096];
        snprintf (path, sizeof path, "%s/%s-%s.npy", folder, name, files[i].what);
        check (rg_npy_write (path, files[i].array, &message), &message);
        rg_array_clear (files[i].array);
    }
}

/* All sets. */
static void
write_sets (character *characters, size_t count, uint64_t seed, unsigned long rounds, const char *folder)
{
    shuffle (characters, count, DRAWINGS, &seed);
    write_set (characters, count, 0, WHOLE, folder, "whole");
    write_set (characters, count, WHOLE, TEST, folder, "test");
    for (unsigned long round = 0; round < rounds; round++) {
        char name[32];
        shuffle (characters, count, WHOLE, &seed);
        snprintf (name, sizeof name, "part-%lu", round);
        write_set (characters, count, 0, PART, folder, name);
        snprintf (name, sizeof name, "valid-%lu", round);
        write_set (characters, count, PART, VALID, folder, name);
    }
}

/* The characters of the alphabets, upright and turned, the tasks in this order; the caller frees them. */
static character *
read_alphabets (const rg_array *images, char **alphabets, size_t count, size_t *characters)
{
    const size_t all = images->shape[0];
    character *list = NULL;
    *characters = 0;
    for (size_t task = 0; task < 2 * count; task++) {
        const char *name = alphabets[task % count], *colon = strchr (name, ':');
        size_t first, size;
        if (colon == NULL || sscanf (colon, ":%zu:%zu", &first, &size) != 2 || size > all || first > all - size) {
            fprintf (stderr, "prepare: %s: expected ALPHABET:FIRST:CHARACTERS inside the %zu characters\n", name, all);
            exit (2);
        }
        character *longer = realloc (list, (*characters + size) * sizeof *list);
        check (longer == NULL ? RG_ENOMEM : RG_OK, &(rg_message) { "out of memory" });
        list = longer;
        for (size_t c = 0; c < size; c++) {
            character *one = &list[(*characters)++];
            one->task = (int32_t) task;
            one->label = (int32_t) c;
            read_character (one, (const uint8_t *) images->data + (first + c) * DRAWINGS * FROM * FROM, task >= count);
        }
    }
    return list;
}

int
main (int argc, char **argv)
{
    rg_array images;
    rg_message message;
    size_t count;
    if (argc < 6)
        return fprintf (stderr, "usage: prepare IMAGES.npz OUT SEED ROUNDS ALPHABET:FIRST:CHARACTERS...\n"), 2;
    check (rg_npz_read (argv[1], "images", &images, &message), &message);
    if (images.type != RG_BOOL || images.ndim != 4 || images.shape[1] != DRAWINGS || images.shape[2] != FROM
        || images.shape[3] != FROM)
        return fprintf (stderr, "prepare: %s: expected images [characters x 20 x 105 x 105] bool\n", argv[1]), 1;
    character *characters = read_alphabets (&images, argv + 5, (size_t) argc - 5, &count);
    write_sets (characters, count, strtoull (argv[3], NULL, 10), strtoul (argv[4], NULL, 10), argv[2]);
    free (characters);
    rg_array_clear (&images);
    return 0;
}
