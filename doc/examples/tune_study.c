/* tune_study.c -- let the library do the whole of tuning: a loss of one's own, and a study that can be left and gone on with.
 * A curve y = a + b x + c x^2 is fitted to ten noisy points by 60 steps of gradient descent. How much each coefficient is
 * pulled to zero is tuned, so that ten other points are met: ridge regression with a penalty for each coefficient.
 *   cc tune_study.c $(pkg-config --cflags --libs retrograde) -lm && ./a.out STUDY */
#include <math.h>
#include <retrograde.h>
#include <stdio.h>
#include <stdlib.h>

enum { POINTS = 10, NUMBERS = 3, STEPS = 60 };

typedef struct {
    double x[POINTS], y[POINTS];
    int penalised; /* whether the penalties count: in training, not in judging it */
} points;

/* 1/2 mean (a + b x + c x^2 - y)^2 + sum penalty_i w_i^2; the weights are w = (a, b, c), lambda the penalties. */
static int
loss (void *user, rg_instant at, const double *w, const double *lambda, double *value)
{
    const points *p = user;
    (void) at;
    *value = 0;
    for (int k = 0; k < POINTS; k++)
        *value += .5 / POINTS * pow (w[0] + w[1] * p->x[k] + w[2] * p->x[k] * p->x[k] - p->y[k], 2);
    for (int i = 0; p->penalised && i < NUMBERS; i++)
        *value += lambda[i] * w[i] * w[i];
    return 0;
}

static int
gradient (void *user, rg_instant at, const double *w, const double *lambda, double *g)
{
    const points *p = user;
    (void) at;
    for (int i = 0; i < NUMBERS; i++)
        g[i] = p->penalised ? 2 * lambda[i] * w[i] : 0;
    for (int k = 0; k < POINTS; k++) {
        const double x[NUMBERS] = { 1, p->x[k], p->x[k] * p->x[k] };
        for (int i = 0; i < NUMBERS; i++)
            g[i] += (w[0] + w[1] * x[1] + w[2] * x[2] - p->y[k]) * x[i] / POINTS;
    }
    return 0;
}

/* dJ/dlambda: with it the library knows what the penalties do. Second derivatives are differences of these two. */
static int
in_penalties (void *user, rg_instant at, const double *w, const double *lambda, double *h)
{
    (void) user, (void) at, (void) lambda;
    for (int i = 0; i < NUMBERS; i++)
        h[i] = w[i] * w[i];
    return 0;
}

/* Called after each meta-iteration; another result than 0 would end it here, with all saved. */
static int
tell (void *user, const rg_progress *p)
{
    (void) user;
    if ((p->iteration + 1) % 20 == 0)
        printf ("%llu of %llu: loss %.6f\n", (unsigned long long) p->iteration + 1, (unsigned long long) p->iterations,
                p->line->outer_loss);
    return 0;
}

static rg_message m;
static void
must (rg_status status)
{
    if (status != RG_OK)
        exit ((fprintf (stderr, "%s: %s\n", rg_status_text (status), m.text), 2));
}

int
main (int count, char **arguments)
{
    points train = { .penalised = 1 }, judge = { .penalised = 0 };
    for (int k = 0; k < POINTS; k++) { /* y = 1 + x, and noise that is larger in training */
        train.x[k] = k / 4.5 - 1, train.y[k] = 1 + train.x[k] + .8 * sin (17. * k);
        judge.x[k] = k / 5. - .9, judge.y[k] = 1 + judge.x[k] + .1 * sin (29. * k);
    }
    rg_layout *layout;
    rg_hyper *hyper;
    rg_objective *inner, *outer;
    rg_block_spec rate = rg_block_defaults (RG_RATE), penalties = rg_block_defaults (RG_PARAMETER);
    rate.fixed = 1, rate.init = .5;
    penalties.name = "penalties", penalties.transform = RG_LOG, penalties.count = NUMBERS, penalties.init = 1e-2;
    must (rg_layout_new (&layout, 1, &(rg_array_spec) { .name = "w", .count = NUMBERS }));
    must (rg_hyper_new (&hyper, layout, STEPS, 0, rg_run_defaults ().ratio_bits));
    must (rg_hyper_add (hyper, &rate, &m)), must (rg_hyper_add (hyper, &penalties, &m));
    const rg_callbacks training = { .size = sizeof (rg_callbacks), .loss = loss, .gradient = gradient,
                                    .lambda_gradient = in_penalties, .user = &train, .lambdas = NUMBERS };
    const rg_callbacks judging = { .size = sizeof (rg_callbacks), .loss = loss, .gradient = gradient, .user = &judge };
    must (rg_objective_from_callbacks (&inner, NUMBERS, &training, NULL, &m));
    must (rg_objective_from_callbacks (&outer, NUMBERS, &judging, NULL, &m));
    const double start[NUMBERS] = { 0 };
    const rg_estimator_options how = { .size = sizeof (rg_estimator_options), .policy = rg_registry_trajectory ("stored") };
    const rg_problem problem = { .size = sizeof problem, .hyper = hyper, .inner = inner, .outer = outer, .run = rg_run_defaults (),
                                 .dynamics = rg_registry_dynamics ("gradient-descent"), .initial = { .values = start } };
    const rg_tuning tuning = {
        .size = sizeof tuning, .problem = &problem,
        .estimator = rg_registry_estimator ("reverse"), .estimator_options = &how,
        .optimizer = rg_registry_optimizer ("adam"), .iterations = 100,
        .study = count > 1 ? arguments[1] : NULL, .origin = { .config = "penalties of a parabola\n" } /* another text is refused */
    };
    rg_summary s = { .size = sizeof s };
    must (rg_tune (&tuning, tell, NULL, &s, &m));
    rg_block found;
    rg_hyper_find (hyper, RG_PARAMETER, &found);
    printf ("loss %.6f -> %.6f; penalties of 1, x, x^2: %.2g %.2g %.2g\n", s.before.outer_loss, s.after.outer_loss,
            found.natural[0], found.natural[1], found.natural[2]);
    const int better = s.after.outer_loss < s.before.outer_loss && found.natural[2] > found.natural[1];
    rg_objective_free (inner), rg_objective_free (outer), rg_hyper_free (hyper), rg_layout_free (layout);
    return better ? 0 : 1;
}
