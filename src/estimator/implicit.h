/* implicit.h -- the linear system of the implicit function theorem, and its solvers, one a file. */
#ifndef RG_ESTIMATOR_IMPLICIT_H
#define RG_ESTIMATOR_IMPLICIT_H

#include "estimator/estimator.h"

typedef struct {
    size_t terms;        /* of the series, or most iterations; 0: the solver's own number */
    double tolerance;    /* 0: by the precision */
    double rate;         /* 0: the last step's, or 1 / lambda_max */
    double damping;
    size_t damped_steps; /* >= 1 */
} rg_implicit_settings;

/* (H + damping I) q = right, with H the Hessian of the inner objective at w_T; linearisations are kept in the objective. */
typedef struct {
    const rg_problem *problem;
    const rg_implicit_settings *settings;
    rg_run *run;
    size_t size;          /* weights */
    const double *right;  /* [size] */
    double norm;          /* of right, > 0 */
    double tolerance;     /* relative residual at which to stop */
    const char *name;     /* of the estimator */
    rg_solve *found;      /* what is reported */
    rg_message *message;
} rg_system;

/*
 * out = (H + damping I) p, counted in found->products.
 *   dlambda  [lambdas] the mixed derivative's product with p is added to it; NULL: not wanted
 */
rg_status rg_system_product (const rg_system *system, const double *p, double *out, double *dlambda);

/* Take note of the relative residual after an iteration: the last RG_RESIDUALS are kept. */
void rg_system_residual (const rg_system *system, double residual);

double rg_system_dot (size_t count, const double *x, const double *y);

/* Solvers: q [size] is written. */
rg_status rg_solve_cg (const rg_system *system, double *q);
rg_status rg_solve_neumann (const rg_system *system, double *q);
rg_status rg_solve_fixed_point (const rg_system *system, double *q);
rg_status rg_solve_dense (const rg_system *system, double *q);


#endif /* RG_ESTIMATOR_IMPLICIT_H */
