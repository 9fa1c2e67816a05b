/* data.h -- arrays in files, sets of examples, and which examples a step uses. */
#ifndef RETROGRADE_DATA_H
#define RETROGRADE_DATA_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Arrays ---------------------------------------------------------- */

typedef enum { RG_UINT8, RG_INT32, RG_INT64, RG_FLOAT32, RG_FLOAT64, RG_BOOL } rg_element;

enum { RG_MAX_DIMENSIONS = 8 };

/*
 * An array in memory, row-major, in the byte order of the machine. RG_BOOL is a
 * byte, 0 or 1. With ndim = 0 it holds one number. A zeroed struct is empty and
 * may be cleared.
 */
typedef struct {
    rg_element type;
    int ndim;                         /* 0 ... RG_MAX_DIMENSIONS */
    size_t shape[RG_MAX_DIMENSIONS];  /* the first ndim count */
    void *data;                       /* aligned at least to the element */
    void *owner;                      /* the block that rg_array_clear frees; NULL: data is borrowed */
    uint64_t digest;                  /* XXH3 of the bytes that a reader parsed, inflated where they were packed; else 0 */
} rg_array;

/* Bytes of one element, and its name ("uint8", "float64" ...). */
RG_API size_t rg_element_bytes (rg_element type);
RG_API const char *rg_element_name (rg_element type);

/*
 * Allocate a zeroed array.
 *   out   [out] ended with rg_array_clear; zeroed on failure
 * Returns RG_OK, RG_ERANGE (ndim, or a shape whose product overflows) or RG_ENOMEM.
 */
RG_API rg_status rg_array_new (rg_array *out, rg_element type, int ndim, const size_t *shape);

/* Free what the array owns and zero the struct; NULL is allowed. */
RG_API void rg_array_clear (rg_array *array);

/* Number of elements: the product of the shape. */
RG_API size_t rg_array_count (const rg_array *array);

/* Copy all elements, converted to double. out: rg_array_count (array) numbers [out]. */
RG_API void rg_array_to_double (const rg_array *array, double *out);

/*
 * Read an array from a file, or (parse) from `size` bytes of memory that stay
 * the caller's; `name` is what messages call them.
 *   idx   the format of MNIST; plain or gzip, told apart by content
 *   npy   NPY 1, 2, 3 in C order, little-endian
 *   npz   one member of a ZIP file of NPY files, stored or deflated; the
 *         member's ".npy" may be left out
 *   csv   numbers separated by commas into a float64 table [rows x columns]; a
 *         first line without any number is a header; no quotes; '.' whatever
 *         the locale
 * Signed bytes and 16-bit integers become int32, unsigned 32-bit ones int64.
 *   out   [out] ended with rg_array_clear; zeroed on failure
 * Returns RG_OK; RG_EINPUT (no such file, not the format, or its size is not
 * what its header says), RG_ENONFINITE (CSV only), RG_ENOMEM or RG_ESYSTEM; the
 * message names the file. Nothing larger than the content is ever allocated.
 */
RG_API rg_status rg_idx_read (const char *path, rg_array *out, rg_message *message);
RG_API rg_status rg_npy_read (const char *path, rg_array *out, rg_message *message);
RG_API rg_status rg_npz_read (const char *path, const char *member, rg_array *out, rg_message *message);
RG_API rg_status rg_csv_read (const char *path, rg_array *out, rg_message *message);
RG_API rg_status rg_idx_parse (const void *bytes, size_t size, const char *name, rg_array *out,
                               rg_message *message);
RG_API rg_status rg_npy_parse (const void *bytes, size_t size, const char *name, rg_array *out,
                               rg_message *message);
RG_API rg_status rg_npz_parse (const void *bytes, size_t size, const char *name, const char *member,
                               rg_array *out, rg_message *message);
RG_API rg_status rg_csv_parse (const void *bytes, size_t size, const char *name, rg_array *out,
                               rg_message *message);

/*
 * Write an array as NPY 1.0: to a temporary name in the same folder, fsync,
 * rename, so that `path` is at any time the old file or the new one.
 * Returns RG_OK, RG_ENOMEM or RG_ESYSTEM.
 */
RG_API rg_status rg_npy_write (const char *path, const rg_array *array, rg_message *message);

/* An array of an NPZ file: numbers, or texts. */
typedef struct {
    const char *name;         /* unlike the others; could be a file's */
    const rg_array *array;    /* NULL: texts */
    const char *const *texts; /* [count] UTF-8; str in NumPy */
    size_t count;
} rg_npz_member;

/*
 * Write arrays as an NPZ file, not compressed, in the same safe way; equal arrays give equal bytes.
 *   count  1 ... 65535
 * Returns RG_OK; RG_ERANGE (the count), RG_EINPUT (a name that cannot be a file's, or twice the same), RG_EUNSUPPORTED (more than
 * 4 GiB), RG_ENOMEM or RG_ESYSTEM.
 */
RG_API rg_status rg_npz_write (const char *path, const rg_npz_member *members, size_t count, rg_message *message);

/* ---- Sets of examples ------------------------------------------------ */

/*
 * Examples: inputs [count x features] kept as bytes, float32 or float64, as
 * they came (other integers become float64) and converted when used; and for
 * each example a label, or real targets. Constant after rg_dataset_center; may
 * then be read by any number of threads.
 */
typedef struct rg_dataset rg_dataset;

typedef enum { RG_TARGET_LABELS, RG_TARGET_REALS } rg_target;

/* A file that was read: its path, and the digest of what was parsed (rg_array). */
typedef struct {
    const char *path;
    uint64_t digest;
} rg_input;

/* How to understand inputs and targets; { .size = sizeof (rg_dataset_options) } holds the defaults. */
typedef struct {
    size_t size;        /* sizeof (rg_dataset_options) */
    rg_target target;   /* labels (default), or real targets [count] or [count x k] */
    uint32_t classes;   /* number of classes; 0: the largest label + 1 */
    double scale;       /* what 1 is worth as input; 0: 1/255 in inputs of bytes (uint8), 1 in all others */
    uint32_t pool;      /* average pool x pool pixels; 0 or 1: leave as is. Inputs [count x rows x columns] */
    uint32_t column;    /* one CSV table: the column of the target, from 1; 0: the last */
    void (*read) (void *user, const rg_input *input); /* rg_dataset_load_*: told of each file; NULL: nobody */
    void *user;
} rg_dataset_options;

/*
 * Make a set of two arrays.
 *   out       [out] ended with rg_dataset_free; NULL on failure
 *   inputs    [count x ...]; taken over on success (the struct is zeroed), unchanged on failure
 *   targets   [count] or [count x 1], whole numbers 0 <= label < classes; real targets [count] or
 *             [count x k]; taken over or unchanged like inputs
 *   options   NULL: the defaults
 *   inputs_name, targets_name   what messages call them, e.g. their paths
 * Returns RG_OK; RG_ESHAPE (dimensions, counts, pool does not divide), RG_ERANGE
 * (a label outside the classes, an option), RG_EINPUT (no examples, a label
 * that is not whole), RG_ENONFINITE (naming example and feature, from 0) or
 * RG_ENOMEM. Cost: one pass over the inputs; rows are copied only to pool.
 */
RG_API rg_status rg_dataset_new (rg_dataset **out, rg_array *inputs, rg_array *targets,
                                 const rg_dataset_options *options, const char *inputs_name,
                                 const char *targets_name, rg_message *message);

/* Read two files, or one CSV table when targets_path is NULL. Statuses: those of the readers and rg_dataset_new. */
RG_API rg_status rg_dataset_load_idx (rg_dataset **out, const char *inputs_path, const char *targets_path,
                                      const rg_dataset_options *options, rg_message *message);
RG_API rg_status rg_dataset_load_npy (rg_dataset **out, const char *inputs_path, const char *targets_path,
                                      const rg_dataset_options *options, rg_message *message);
RG_API rg_status rg_dataset_load_csv (rg_dataset **out, const char *inputs_path, const char *targets_path,
                                      const rg_dataset_options *options, rg_message *message);

typedef enum { RG_PART_TRAIN, RG_PART_TEST } rg_part;

/* Read train-images-idx3-ubyte and its labels (or t10k-...), each plain or with .gz, from a folder. */
RG_API rg_status rg_dataset_load_mnist (rg_dataset **out, const char *folder, rg_part part,
                                        const rg_dataset_options *options, rg_message *message);

/* The folder where Debian's package dataset-fashion-mnist put its files; NULL if it is not installed. */
RG_API const char *rg_fashion_mnist_directory (void);

/*
 * Copy examples [first, first + count) to a set of their own, with classes, scale and mean.
 * Returns RG_OK, RG_ERANGE (count = 0, or past the end), RG_EUNSUPPORTED (a set with turned examples) or RG_ENOMEM; *out = NULL on
 * failure.
 */
RG_API rg_status rg_dataset_subset (rg_dataset **out, const rg_dataset *dataset, size_t first, size_t count,
                                    rg_message *message);

/*
 * Copy the examples of one set and of another, in this order, to a set of their own; it is like the first else.
 * Returns RG_OK; RG_ESHAPE (other features, targets or classes), RG_EUNSUPPORTED (inputs of other types, or centred) or RG_ENOMEM;
 * *out = NULL on failure.
 */
RG_API rg_status rg_dataset_join (rg_dataset **out, const rg_dataset *a, const rg_dataset *b, rg_message *message);

/*
 * From now on subtract the mean of the inputs of `training` (after scale and
 * pool, before any centring) from the inputs of `dataset`, feature by feature.
 * Both may be the same set. The bytes stay as they are; subtraction is part of gathering.
 * Returns RG_OK, RG_ESHAPE (features differ), RG_ENONFINITE (the mean overflows) or RG_ENOMEM.
 */
RG_API rg_status rg_dataset_center (rg_dataset *dataset, const rg_dataset *training, rg_message *message);

/*
 * From now on subtract the mean of the inputs of `training` and divide by their deviation (of all examples, not an estimate;
 * 1 where a feature is constant), feature by feature, when inputs are gathered; real targets are changed so at once.
 * Where both are the same set, it comes last.
 * Returns RG_OK, RG_ESHAPE (features or targets differ), RG_EUNSUPPORTED (one is centred already), RG_ENONFINITE (a
 * deviation overflows) or RG_ENOMEM; then the set is unchanged.
 */
RG_API rg_status rg_dataset_standardize (rg_dataset *dataset, const rg_dataset *training, rg_message *message);

/*
 * Say which task each example belongs to.
 *   tasks  [count] whole numbers >= 0; copied
 *   name   what messages call them, e.g. their path; NULL: "tasks"
 * Returns RG_OK; RG_ESHAPE (not one an example), RG_EINPUT (not whole), RG_ERANGE or RG_ENOMEM, with the set unchanged.
 */
RG_API rg_status rg_dataset_set_tasks (rg_dataset *dataset, const rg_array *tasks, const char *name,
                                       rg_message *message);

/*
 * Add the examples turned by quarter turns, as classes of their own: rotations as classes (Santoro et al., 2016). Example e of n
 * turned k times (counter-clockwise) is example e + k n, of class c + k classes. They cost their labels alone: inputs are turned as they
 * are gathered, after what is subtracted. It comes after centring and standardising, and once.
 *   turns  1 ... 4; 1: nothing happens
 * Returns RG_OK; RG_ERANGE (turns; too many examples); RG_ESHAPE (no square images); RG_EUNSUPPORTED (real targets; turned already);
 * RG_ENOMEM, with the set unchanged.
 */
RG_API rg_status rg_dataset_turn (rg_dataset *dataset, uint32_t turns, rg_message *message);

/* Check that every input and real target is finite as a float32 too: RG_OK, or RG_ENONFINITE naming the first. */
RG_API rg_status rg_dataset_fits_single (const rg_dataset *dataset, rg_message *message);

/* Free a set; NULL is allowed. */
RG_API void rg_dataset_free (rg_dataset *dataset);

RG_API uint32_t rg_dataset_count (const rg_dataset *dataset);    /* examples, >= 1 */
RG_API size_t rg_dataset_features (const rg_dataset *dataset);   /* numbers in an input, >= 1 */
RG_API uint32_t rg_dataset_classes (const rg_dataset *dataset);  /* 0 with real targets */
RG_API size_t rg_dataset_targets (const rg_dataset *dataset);    /* real targets of an example; 0 with labels */

/* Shape of one input, after pooling: e.g. 28 28. Returns its number of dimensions (0: one number). */
RG_API int rg_dataset_shape (const rg_dataset *dataset, size_t shape[RG_MAX_DIMENSIONS]);

/* The mean that is subtracted [features]; NULL before rg_dataset_center and _standardize. */
RG_API const double *rg_dataset_mean (const rg_dataset *dataset);

/* After rg_dataset_standardize: what inputs are divided by [features], real targets were shifted and divided by [targets]; else NULL. */
RG_API const double *rg_dataset_divisor (const rg_dataset *dataset);
RG_API const double *rg_dataset_target_mean (const rg_dataset *dataset);
RG_API const double *rg_dataset_target_divisor (const rg_dataset *dataset);

/*
 * What a mean squared error over the real targets of a set (a loss of RG_OUTER) says of the fit: its root, in the target's own
 * unit also where one target was standardised, and the share of the targets' variance in this set that is explained, 1 at
 * best. NaN with labels; r2 is NaN where the targets are constant. Cost: two passes over the targets.
 */
typedef struct {
    double rmse, r2;
} rg_fit;

RG_API rg_fit rg_dataset_fit (const rg_dataset *dataset, double mean_squared_error);

/* Names of a feature and of a class, where its file had some; else NULL. */
RG_API const char *rg_dataset_feature_name (const rg_dataset *dataset, size_t feature);
RG_API const char *rg_dataset_class_name (const rg_dataset *dataset, uint32_t class_of_it);

/* Which rows of its file, from 0, a split took [count]; NULL without one. Whether an index column of the file was left out. */
RG_API const size_t *rg_dataset_rows (const rg_dataset *dataset);
RG_API int rg_dataset_had_index (const rg_dataset *dataset);

/* The largest task and 1, of the set that a subset was taken from too; 0 without tasks. Each example's task [count], or NULL. */
RG_API uint32_t rg_dataset_tasks (const rg_dataset *dataset);
RG_API const int32_t *rg_dataset_task (const rg_dataset *dataset);

/* All labels [count]; NULL with real targets. */
RG_API const int32_t *rg_dataset_labels (const rg_dataset *dataset);

/*
 * Convert the inputs of some examples: byte * scale - mean, in the precision of `out`.
 *   indices   [count], each below rg_dataset_count
 *   out       [out] [count x features], row-major
 */
RG_API void rg_dataset_gather_single (const rg_dataset *dataset, const uint32_t *indices, size_t count, float *out);
RG_API void rg_dataset_gather_double (const rg_dataset *dataset, const uint32_t *indices, size_t count, double *out);

/* Copy the labels of some examples; the set must have labels. out: [count] [out]. */
RG_API void rg_dataset_gather_labels (const rg_dataset *dataset, const uint32_t *indices, size_t count, int32_t *out);

/* Copy the real targets of some examples. out: [count x rg_dataset_targets] [out]. */
RG_API void rg_dataset_gather_targets_single (const rg_dataset *dataset, const uint32_t *indices, size_t count,
                                              float *out);
RG_API void rg_dataset_gather_targets_double (const rg_dataset *dataset, const uint32_t *indices, size_t count,
                                              double *out);

/* ---- Distortion of training images ------------------------------------- */

/*
 * Random changes of training images, anew at each step: a pure function of seed, meta-iteration, step and the row in the step's batch, so
 * that a step that is replayed sees the same images. In this order, each by itself; all offsets are uniform:
 *   crop   the image gets `crop` pixels of 0 on each side, and a part of its old size is cut out
 *   shift  it moves by at most `shift` pixels up or down and to a side; the pixels at the edge are repeated
 *   flip   it is mirrored left to right, or not, with equal chances
 * The 0 is that of the inputs as a model takes them: of centred data the mean. A zeroed struct changes nothing.
 */
typedef struct {
    uint32_t crop, shift; /* pixels, fewer than a side has */
    int flip;
    size_t height, width, channels; /* of an example; 0: those of the model's input, or of the data */
} rg_distortion;

/* ---- Batches --------------------------------------------------------- */

/*
 * Which examples a step uses: a pure function of (seed, meta-iteration, step).
 * With p = step * batch + i the position of the i-th example of a step:
 *   cyclic     p mod n, whatever the meta-iteration
 *   shuffled   the image of p mod n under a permutation of its own for each epoch p div n
 *   random     drawn uniformly with replacement
 *   episodes   of the support or the query of a few-shot task, see retrograde/episodes.h
 */
typedef struct rg_sampler rg_sampler;

RG_API extern const rg_sampler rg_sampler_cyclic, rg_sampler_shuffled, rg_sampler_random, rg_sampler_episodes;

/* The sampler of a name, and row i of their table; NULL where there is none. */
RG_API const rg_sampler *rg_sampler_find (const char *name);
RG_API const rg_sampler *rg_sampler_at (size_t i);

/* Its name in a configuration, and what it does in a few words. */
RG_API const char *rg_sampler_name (const rg_sampler *sampler);
RG_API const char *rg_sampler_summary (const rg_sampler *sampler);

/* The two halves of an episode: what the inner loss is of, and what the outer one is. */
typedef enum { RG_SUPPORT, RG_QUERY } rg_half;

typedef struct {
    const rg_sampler *sampler;  /* NULL: cyclic */
    uint32_t examples;          /* n >= 1 */
    uint32_t batch;             /* 1 <= batch <= n; of episodes at most the rows of a half */
    uint64_t seed;
    const struct rg_episodes *episodes; /* of the sampler `episodes`, see retrograde/episodes.h; NULL for others */
    rg_half half;
} rg_batches;

/* Check the members: RG_OK, or RG_ERANGE with a message. */
RG_API rg_status rg_batches_check (const rg_batches *batches, rg_message *message);

/*
 * Write the examples of one step.
 *   batches   as accepted by rg_batches_check
 *   out       [out] [batch], each below n
 */
RG_API void rg_batches_indices (const rg_batches *batches, uint32_t iteration, uint32_t step, uint32_t *out);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_DATA_H */
