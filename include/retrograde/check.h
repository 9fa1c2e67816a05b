/* check.h -- whether an objective is what the library takes it for. */
#ifndef RETROGRADE_CHECK_H
#define RETROGRADE_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include <retrograde/objective.h>
#include <retrograde/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How to check; what is zero has its default. */
typedef struct {
    size_t size;                 /* sizeof (rg_check_options): start from { .size = sizeof (rg_check_options) } */
    unsigned directions;         /* random ones; 0: 3 */
    uint64_t seed;               /* of the directions */
    double tolerance;            /* largest error allowed; 0: 1e-5 in double precision, 2e-2 in single */
    double precision_tolerance;  /* and of single against double precision; 0: 1e-3 */
} rg_check_options;

/* What was found: errors relative to the length of what is compared, the largest over all directions. Not a number: not asked for. */
typedef struct {
    size_t size;              /* set by the caller, to sizeof (rg_check_report): no more is written */
    int same_bits;            /* whether the gradient is the same bits again, after the objective was asked elsewhere */
    double gradient_error;    /* the gradient against central differences of the loss */
    double lambda_error;      /* dJ/dlambda against the same */
    double product_error;     /* the product, in w and lambda, against central differences of the gradient */
    double symmetry_error;    /* u' H v against v' H u */
    double precision_error;   /* gradient and product in single against double precision */
} rg_check_report;

/*
 * Check an objective at a point where it is smooth: a relu at its kink has no derivative to compare with.
 *   objective  in either precision
 *   other      the same objective in the other precision; NULL: there is none
 *   at         when
 *   w, lambda  the point: [weights], [lambdas]; lambda may be NULL where there is none
 *   options    NULL: the defaults
 *   report     [out] filled as far as the checks came; its size is set before
 * Returns RG_OK where all errors are within the tolerance; RG_EIRREVERSIBLE where the bits differ; RG_EINPUT where a derivative is
 * wrong, with a sentence that says which one and by how much; RG_ESHAPE where the two objectives do not fit; RG_ENOMEM; else what the
 * objective returns; RG_EINPUT, too, where a size is not set. Cost: about ten evaluations a direction.
 */
RG_API rg_status rg_check_objective (rg_objective *objective, rg_objective *other, rg_instant at, const double *w, const double *lambda,
                                     const rg_check_options *options, rg_check_report *report, rg_message *message);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRADE_CHECK_H */
