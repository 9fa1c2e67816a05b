/* prepare.c -- five alphabets of Omniglot and the same turned by 90 degrees as ten tasks, with drawings parted into sets.
 * usage: prepare images_background.npz OUT ALPHABET:FIRST:CHARACTERS...; of the twenty drawings of each character, the first twelve
 * to OUT/whole-*.npy, ten of them to OUT/part-R-*.npy and the others, 2 R and 2 R + 1, to OUT/valid-R-*.npy, R = 0 to 5, and the
 * next three to OUT/test-*.npy; each -inputs (28 x 28, bytes, ink 255), -labels (the character in its alphabet) and -tasks. */
#include <retrograde.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FROM = 105, SIDE = 28, DRAWINGS = 20, WHOLE = 12, TEST = 3, ROUNDS = 6 };

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
            ink += image[y * FROM + x] * (bottom - top) * (right - left);
        }
    return (uint8_t) (255 * ink / (scale * scale) + .5);
}

/* An alphabet's place among the characters. */
typedef struct {
    size_t first, characters;
} alphabet;

/* One set: the chosen drawings of all characters, upright and turned. */
static void
write_set (const rg_array *images, const alphabet *alphabets, size_t count, const size_t *chosen, size_t drawings,
           const char *folder, const char *name)
{
    size_t rows = 0, n = 0;
    rg_array inputs, labels, tasks;
    rg_message message;
    for (size_t a = 0; a < count; a++)
        rows += 2 * alphabets[a].characters * drawings;
    check (rg_array_new (&inputs, RG_UINT8, 3, (size_t[]) { rows, SIDE, SIDE }), &(rg_message) { "out of memory" });
    check (rg_array_new (&labels, RG_INT32, 1, &rows), &(rg_message) { "out of memory" });
    check (rg_array_new (&tasks, RG_INT32, 1, &rows), &(rg_message) { "out of memory" });
    for (size_t turned = 0; turned < 2; turned++)
        for (size_t a = 0; a < count; a++)
            for (size_t c = 0; c < alphabets[a].characters; c++)
                for (size_t d = 0; d < drawings; d++, n++) {
                    const size_t drawing = (alphabets[a].first + c) * DRAWINGS + chosen[d];
                    const uint8_t *image = (const uint8_t *) images->data + drawing * FROM * FROM;
                    uint8_t *out = (uint8_t *) inputs.data + n * SIDE * SIDE;
                    for (int y = 0; y < SIDE; y++)
                        for (int x = 0; x < SIDE; x++)
                            out[turned ? (SIDE - 1 - x) * SIDE + y : y * SIDE + x] = shrink (image, y, x);
                    ((int32_t *) labels.data)[n] = (int32_t) c;
                    ((int32_t *) tasks.data)[n] = (int32_t) (turned * count + a);
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

int
main (int argc, char **argv)
{
    alphabet alphabets[16];
    const size_t count = (size_t) (argc - 3);
    rg_array images;
    rg_message message;
    if (argc < 4 || count > 16)
        return fprintf (stderr, "usage: prepare IMAGES.npz OUT ALPHABET:FIRST:CHARACTERS...\n"), 2;
    check (rg_npz_read (argv[1], "images", &images, &message), &message);
    if (images.type != RG_BOOL || images.ndim != 4 || images.shape[1] != DRAWINGS || images.shape[2] != FROM
        || images.shape[3] != FROM)
        return fprintf (stderr, "prepare: %s: expected images [characters x 20 x 105 x 105] bool\n", argv[1]), 1;
    for (size_t a = 0; a < count; a++) {
        const char *colon = strchr (argv[3 + a], ':');
        if (colon == NULL || sscanf (colon, ":%zu:%zu", &alphabets[a].first, &alphabets[a].characters) != 2
            || alphabets[a].characters > images.shape[0] || alphabets[a].first > images.shape[0] - alphabets[a].characters)
            return fprintf (stderr, "prepare: %s: expected ALPHABET:FIRST:CHARACTERS inside the %zu characters\n",
                            argv[3 + a], images.shape[0]), 2;
    }
    for (size_t i = 0; i < rg_array_count (&images); i++) /* paper is true, strokes are false */
        ((uint8_t *) images.data)[i] = !((uint8_t *) images.data)[i];
    size_t all[WHOLE + TEST];
    for (size_t d = 0; d < WHOLE + TEST; d++)
        all[d] = d;
    write_set (&images, alphabets, count, all, WHOLE, argv[2], "whole");
    write_set (&images, alphabets, count, all + WHOLE, TEST, argv[2], "test");
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t part[WHOLE], kept = 0;
        char name[32];
        for (size_t d = 0; d < WHOLE; d++)
            if (d / 2 != round)
                part[kept++] = d;
        snprintf (name, sizeof name, "part-%zu", round);
        write_set (&images, alphabets, count, part, kept, argv[2], name);
        snprintf (name, sizeof name, "valid-%zu", round);
        write_set (&images, alphabets, count, all + 2 * round, 2, argv[2], name);
    }
    rg_array_clear (&images);
    return 0;
}
