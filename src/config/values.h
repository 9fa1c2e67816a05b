/* values.h -- what a configuration says, parsed: a struct for each of its maps, written by the rows of skeleton.c. */
#ifndef RG_CONFIG_VALUES_H
#define RG_CONFIG_VALUES_H

#include "base/option.h"

/* data.train, .valid, .test */
typedef struct {
    int given;
    rg_choice kind;                /* a format; none: that of the data */
    char *inputs, *labels, *tasks; /* or NULL */
    int header, header_given;
    rg_texts columns;              /* none: all but the target */
    char *target;                  /* or NULL */
    int64_t first, count;          /* count = 0: all from the first on */
} rg_part_values;

typedef struct {
    int given;
    double valid, test; /* fractions */
} rg_split_values;

typedef struct {
    rg_choice kind;  /* a format; none: found by content */
    char *directory; /* or NULL */
    rg_part_values train, valid, test;
    rg_split_values split;
    int task;        /* 0: classes, 1: real targets */
    int missing;     /* an rg_missing */
    int standardize;
    double scale;
    int scale_given;
    int64_t batch;   /* 0: all examples */
    rg_choice order;
    int center;
    int center_by;   /* 0: train, 1: valid */
    int64_t pool, classes; /* classes = 0: by the labels */
    uint64_t crop, shift;
    int flip;
} rg_data_values;

/* model.representation, .augmentation, .weighting; words of output are activations as rg_activation has them. */
typedef struct {
    int given;
    rg_choice kind; /* its settings are rg_model_settings */
    int output, output_given; /* of weighting: sigmoid, softplus, relu */
    int64_t noise;
    char *weights;            /* or NULL */
    double scale;
    int scale_given;
} rg_second_values;

typedef struct {
    rg_choice kind; /* its settings are rg_model_settings */
    int tasks, tasks_given; /* 0: given, 1: one against all */
    rg_wholes sharing;      /* an rg_sharing a layer */
    char *weights;
    double scale;
    int scale_given;
    rg_second_values representation, augmentation, weighting;
} rg_model_values;

typedef enum { RG_RESTART_FRESH, RG_RESTART_SAME, RG_RESTART_WARM } rg_restart;
typedef enum { RG_WANT_STREAM, RG_WANT_STREAM64, RG_WANT_INTEGER } rg_wanted_buffer;

typedef struct {
    rg_choice dynamics;
    int floating; /* 0: exact */
    int64_t steps;
    int fraction_bits, ratio_bits, second_bits;
    int buffer;  /* an rg_wanted_buffer */
    int64_t shard; /* 0: the library's choice */
    int restart; /* an rg_restart */
    rg_texts adapt; /* none: all arrays */
    rg_constant rate, decay, beta1, beta2, epsilon, weight_decay, l2, proximal;
    rg_real_or_file sharing, interaction;
    int epsilon_inside;
    double smoothing;
    double clip;
} rg_inner_values;

typedef struct {
    int given;
    int64_t pieces, knots; /* 0: absent */
    int degree, degree_given;
    rg_groups groups;
    char *steps, *matrix, *entries, *sharing; /* or NULL */
} rg_tie_values;

typedef struct {
    int given;
    double min, max, budget;
    int min_given, max_given, budget_given;
    int simplex;
} rg_constraint_values;

/* An entry of hyper. */
typedef struct {
    rg_choice name;
    rg_per per;
    rg_real_or_file init;
    rg_choice transform;
    rg_chain schedule;              /* one family, or none */
    rg_texts tune;                  /* which of its numbers; none: all */
    rg_tie_values tie;
    rg_constraint_values constraint;
} rg_entry_values;

typedef struct {
    int given;
    int64_t initialisations;
} rg_average_values;

typedef struct {
    int on_validation;
    rg_choice optimizer;
    double rate, decay, decay_power;
    int64_t iterations;
    double penalty;
    int penalty_natural;
    rg_average_values average;
    double clip;      /* 0: none */
    int monitor;      /* an rg_monitor */
    int64_t patience; /* 0: never */
    int64_t keep_going;
    int result;       /* an rg_result */
    char *memory; /* or NULL */
} rg_outer_values;

typedef struct {
    rg_choice kind;
    rg_choice trajectory;
    rg_wholes batch;  /* one; none: all */
    rg_wholes window; /* one; none: auto */
    rg_chain all;     /* settings of every estimator, where rg_schema_read is for several; else none */
} rg_estimator_values;

typedef struct {
    int64_t steps; /* 0: by the clock alone */
    double minutes;
} rg_snapshots_values;

/* The whole configuration. */
typedef struct {
    int64_t seed;
    int precision;    /* 0: single, 1: double */
    rg_data_values data;
    rg_model_values model;
    rg_inner_values inner;
    rg_maps hyper;    /* of rg_entry_values */
    rg_outer_values outer;
    rg_estimator_values estimator;
    int64_t threads;
    uint64_t memory;  /* 0: no limit */
    rg_snapshots_values snapshots;
    char *study;      /* or NULL */
} rg_values;

/* The rows of rg_values: the fixed part of the schema. */
extern const rg_option rg_skeleton[];

#endif /* RG_CONFIG_VALUES_H */
