/* objective.h -- what every objective offers to the floors above. */
#ifndef RG_OBJECTIVE_OBJECTIVE_H
#define RG_OBJECTIVE_OBJECTIVE_H

#include <retrograde/objective.h>

#include "base/team.h"
#include "dense/precision.h"
#include "graph/kept.h"

/*
 * One table a kind of objective. A step's batch is cut into shards; each is
 * evaluated alone. Weights and gradients are float or double arrays by the
 * objective's precision. `slot` says where a linearisation is kept: slots
 * 0 .. slots-1 are alive side by side, each for the last gradient evaluated in it;
 * different slots may be worked on by different threads at once. `tangents` is also at one slot, in different rooms,
 * and then at most one `tangent` there.
 */
typedef struct {
    const char *name;
    void (*free) (void *self);
    /* Loss (may be NULL: not wanted) and gradient [weights] (written) of one shard; keeps the linearisation in the slot. */
    rg_status (*gradient) (void *self, size_t slot, rg_instant at, size_t shard, const void *w,
                           const double *lambda, double *loss, void *g, rg_message *message);
    /* The loss of one shard alone. */
    rg_status (*loss) (void *self, size_t slot, rg_instant at, size_t shard, const void *w, const double *lambda,
                       double *loss, rg_message *message);
    /*
     * R-operator at the slot's linearisation: g_dot [weights] is written,
     * lambda_g_dot [lambdas] is added to; lambda_dot and lambda_g_dot may be NULL.
     */
    rg_status (*tangent) (void *self, size_t slot, const void *w_dot, const double *lambda_dot, void *g_dot,
                          double *lambda_g_dot, rg_message *message);
    /* Add what the slot's last tangent would have added to lambda_g_dot. NULL only where there is one shard. */
    void (*lambda_tangent) (void *self, size_t slot, double *lambda_g_dot);
    /*
     * The same for several directions side by side, for the weights alone; NULL: one at a time.
     *   room    whose workspaces are used: one of those that widen made
     *   width   >= 1, as many as widen made room for
     *   w_dot   [weights x width]: the directions of one weight stand together
     *   lambda  [width] index of the one lambda that moves, by 1, in each direction; SIZE_MAX: none does
     *   g_dot   [weights x width] [out]
     */
    rg_status (*tangents) (void *self, size_t slot, size_t room, size_t width, const void *w_dot, const size_t *lambda,
                           void *g_dot, rg_message *message);
    /* Make at least so many rooms for `tangents` of at least so many directions; RG_OK or RG_ENOMEM. NULL where tangents is. */
    rg_status (*widen) (void *self, size_t rooms, size_t width);
    /* Whether nothing tells how J depends on lambda: neither this nor tangent gives lambda_g_dot. */
    int blind;
    /* dJ/dlambda of the slot's shard, added to h [lambdas]. NULL: none. */
    rg_status (*lambda_gradient) (void *self, size_t slot, double *h, rg_message *message);
    /* How many examples of the slot's last shard are classified wrongly, and how many there are; NULL: no classes. */
    void (*errors) (void *self, size_t slot, size_t *wrong, size_t *examples);
    /* Write what the model puts out for the slot's last shard, each example's at its place in out [examples x outputs]. Returns 0 where
       examples are rows of several tasks. NULL: there is no model. */
    int (*outputs) (void *self, size_t slot, double *out);
    /*
     * A shard's linearisation in memory of the caller's, where it outlives the next one in its slot (graph/kept.h). NULL, all three:
     * it cannot be kept, and is evaluated again.
     *   kept_bytes  of the parts
     *   keep        all that follows in the slot, for this shard, reads and writes the parts here; NULL parts: its own memory
     *   kept        as gradient, at a linearisation that is in the parts, and at the same point: the same bits. `adjoints`: both
     *               parts hold it, and g is not written
     */
    void (*kept_bytes) (const void *self, size_t slot, size_t shard, size_t bytes[RG_KEPT_PARTS]);
    void (*keep) (void *self, size_t slot, size_t shard, void *const part[RG_KEPT_PARTS]);
    rg_status (*kept) (void *self, size_t slot, rg_instant at, size_t shard, const void *w, const double *lambda, int adjoints,
                       double *loss, void *g, rg_message *message);
    /* Have at least so many slots, at most one a shard: RG_OK or RG_ENOMEM. NULL: there are as many as there will be. */
    rg_status (*reserve) (void *self, size_t slots);
} rg_objective_table;

struct rg_objective {
    const rg_objective_table *table;
    void *self;
    size_t weights, lambdas, shards, slots;
    rg_precision precision;
    int per_member;     /* whether members of a mean may differ in it: few-shot tasks, and whatever callers tell the members apart */
    const char *varies; /* why it is another function at each step, in words; NULL: it is not, or nobody knows */
    size_t mixes;       /* of how many shards batch norm takes statistics, each by itself; 0: there is none, or one shard */
};

/* Make the handle of a kind of objective; takes over self, also on failure. */
rg_status rg_objective_wrap (rg_objective **out, const rg_objective_table *table, void *self, size_t weights,
                             size_t lambdas, size_t shards, size_t slots, rg_precision precision);

/*
 * Loss, gradient and direct term summed over all shards of one step, in order.
 *   team    who evaluates shards side by side; NULL: the caller alone
 *   g       [weights] double, written; NULL: the loss only
 *   direct  [lambdas] added to; NULL: not wanted
 * Returns RG_OK, RG_ENONFINITE, RG_ENOMEM, or what the objective returns.
 */
rg_status rg_objective_total (rg_objective *objective, rg_team *team, rg_instant at, const void *w,
                              const double *lambda, rg_evaluation *found, double *g, double *direct,
                              rg_message *message);

#endif /* RG_OBJECTIVE_OBJECTIVE_H */
