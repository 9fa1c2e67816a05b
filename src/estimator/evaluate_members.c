/* evaluate_members.c -- what training runs come to, one a member; see retrograde/estimator.h. */
#include <math.h>

#include "base/memory.h"
#include "base/team.h"
#include "dense/blas.h"
#include "estimator/member.h"
#include "estimator/report.h"

rg_outcome
rg_report_outcome (const rg_report *given)
{
    rg_report r;
    rg_report_take (&r, given);
    return (rg_outcome) { r.outer_loss, r.inner_loss, r.validation_loss, r.examples == 0 ? NAN : (double) r.wrong / (double) r.examples };
}

/* One wave of members, one a set of objectives, for the pieces of a team. */
typedef struct {
    rg_problem problem;
    const rg_member *others;
    rg_hyper **hyper;       /* [sets] a set's own hyperparameters; NULL: those of the problem */
    size_t sets;
    uint64_t first, done;
    rg_outcome *outcome;    /* of the wave's first member */
} wave;

static rg_status
train_one (void *user, size_t k, size_t thread, rg_message *message)
{
    const wave *v = user;
    rg_problem own = rg_member_problem (&v->problem, v->others, v->sets, k, v->hyper);
    rg_report report = { .size = sizeof report };
    (void) thread;
    own.member = v->done + k;
    own.last_weights = NULL;
    if (own.member > 0)
        own.log = (rg_log) { 0 };
    const rg_status status = rg_train (&own, v->first + own.member, NULL, &report, message);
    v->outcome[k] = rg_report_outcome (&report);
    return status;
}

rg_status
rg_evaluate_members (const rg_problem *given, uint64_t first, uint64_t members, const rg_member *others, size_t count,
                     rg_outcome *outcome, rg_message *message)
{
    wave v = { .others = others, .first = first };
    rg_status status = rg_problem_read (&v.problem, given, message);
    if (status != RG_OK)
        return status;
    v.sets = rg_member_sets (v.problem.run.team, members, count);
    v.hyper = rg_calloc (v.sets, sizeof *v.hyper);
    status = v.hyper == NULL ? rg_fail (message, RG_ENOMEM, "out of memory for an evaluation")
                             : rg_member_hypers (v.problem.hyper, v.sets, v.hyper, message);
    rg_blas_enter (); /* before any member does, so that none sets it back while others work */
    while (status == RG_OK && v.done < members) {
        const size_t now = members - v.done < v.sets ? (size_t) (members - v.done) : v.sets;
        v.outcome = outcome + v.done;
        status = rg_team_each (v.sets > 1 ? v.problem.run.team : NULL, now, train_one, &v, message);
        v.done += now;
    }
    rg_blas_leave ();
    if (v.hyper != NULL)
        rg_member_free_hypers (v.sets, v.hyper);
    rg_free (v.hyper);
    return status;
}
