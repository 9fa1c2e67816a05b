/* check_exchange.c -- the bytes that ranks tell each other in a step are those that were foretold. */
#include "testing.h"

#include "network.h"

#include "base/memory.h"
#include "dynamics/run.h"
#include "silent_ranks.h"

/* ---- problems --------------------------------------------------------------- */

/* A rate a weight, one decay, one penalty. */
static void
add_weights_own (fixture *f, const scenario *s)
{
    double rates[WEIGHTS];
    for (size_t i = 0; i < WEIGHTS; i++)
        rates[i] = s->rate;
    rg_block_spec rate = rg_block_defaults (RG_RATE), decay = rg_block_defaults (RG_DECAY), l2 = rg_block_defaults (RG_L2);
    rate.scope = RG_PER_WEIGHT;
    rate.values = rates;
    decay.scope = l2.scope = RG_PER_ALL;
    decay.fixed = 1;
    decay.values = &s->decay;
    l2.values = &s->rate;
    ck_assert_int_eq (rg_hyper_add (f->hyper, &rate, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &decay, NULL), RG_OK);
    ck_assert_int_eq (rg_hyper_add (f->hyper, &l2, NULL), RG_OK);
}

static const struct {
    scenario s;
    rg_precision precision;
    rg_arithmetic arithmetic;
    void (*add) (fixture *f, const scenario *s);
    double clip;
} cases[] = {
    { { "damped", "momentum-damped", 6, .05, .3, .1, RG_TANH, 0, 1, RG_PER_WEIGHT, &rg_sampler_random, 7, 0, 0, 0, 0 }, RG_DOUBLE,
      RG_EXACT, add_all },
    { { "adamw", "adamw", 6, .01, .9, .05, RG_TANH, 0, 1, RG_PER_LAYER, &rg_sampler_random, 3, 1, 0, 0, 0 }, RG_SINGLE, RG_EXACT,
      add_all },
    { { "a rate a weight", "momentum", 6, .05, .5, 0, RG_TANH, 0, 0, RG_PER_ALL, &rg_sampler_cyclic, 7, 0, 0, 0, 0 }, RG_SINGLE,
      RG_EXACT, add_weights_own },
    { { "floating", "momentum", 6, .05, .5, .1, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_cyclic, 7, 0, 0, 0, 0 }, RG_DOUBLE,
      RG_FLOATING, add_all },
    { { "clipped", "momentum", 6, .05, .5, .1, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_cyclic, 7, 0, 0, 0, 0 }, RG_DOUBLE,
      RG_EXACT, add_all, .01 },
    { { "batch and penalty", "momentum", 6, .05, .5, .1, RG_TANH, 0, 1, RG_PER_ALL, &rg_sampler_cyclic, 0, 0, 0, 0, 0 }, RG_DOUBLE,
      RG_EXACT, add_all },
};

START_TEST (steps_say_as_many_bytes_as_foretold)
{
    fixture f;
    double heard = 0, w0[WEIGHTS], *gradient;
    rg_ranks ranks = silent_ranks (&heard);
    rg_run *run;
    rg_adjoint adjoint;
    rg_exchange told = { .size = sizeof told };
    rg_message message = { "" };
    fixture_init_with (&f, &cases[_i].s, cases[_i].precision, cases[_i].add);
    f.problem.run.arithmetic = cases[_i].arithmetic;
    f.problem.run.clip = cases[_i].clip;
    ck_assert_int_eq (rg_forecast_exchange (&f.problem, &told, NULL), RG_OK);
    ck_assert_int_eq (rg_team_new (&f.problem.run.team, 1, NULL), RG_OK);
    rg_team_join (f.problem.run.team, &ranks);
    ck_assert_msg (rg_run_new (&run, f.problem.dynamics, f.inner, f.hyper, &f.problem.run, &message) == RG_OK, "%s", message.text);
    for (size_t i = 0; i < WEIGHTS; i++)
        w0[i] = .5 * sin (2.1 * (double) i + .4);
    ck_assert_int_eq (rg_run_start (run, w0, 0, NULL), RG_OK);
    gradient = rg_calloc (rg_hyper_size (f.hyper), sizeof *gradient);
    ck_assert_int_eq (rg_adjoint_init (&adjoint, run), RG_OK);
    rg_adjoint_begin (&adjoint, run, gradient);
    adjoint.dlambda = rg_calloc (f.inner->lambdas, sizeof (double));
    for (int t = 0; t < 3; t++) {
        heard = 0;
        ck_assert_msg (rg_run_gradient (run, 0, &message) == RG_OK, "%s", message.text);
        ck_assert_int_eq (rg_run_advance (run, NULL), RG_OK);
        ck_assert_double_eq (heard, told.out);
    }
    heard = 0;
    if (cases[_i].arithmetic == RG_EXACT)
        ck_assert_msg (rg_run_undo (run, &message) == RG_OK, "%s", message.text);
    else {
        run->step--;
        ck_assert_int_eq (rg_run_gradient (run, 0, NULL), RG_OK);
    }
    ck_assert_int_eq (rg_run_adjoint (run, &adjoint, NULL), RG_OK);
    ck_assert_double_eq (heard, told.back);
    ck_assert_int_eq (told.shared, heard > 0);
    rg_free (adjoint.dlambda);
    rg_adjoint_clear (&adjoint);
    rg_free (gradient);
    rg_run_free (run);
    rg_team_free (f.problem.run.team);
    fixture_clear (&f);
}
END_TEST

int
main (void)
{
    (void) blocks_agree; /* of network.h */
    Suite *suite = suite_create ("exchange");
    TCase *c = tcase_create ("exchange");
    tcase_add_loop_test (c, steps_say_as_many_bytes_as_foretold, 0, (int) (sizeof cases / sizeof *cases));
    suite_add_tcase (suite, c);
    return run_suite (suite);
}
