/*
 * revolve.c -- the binomial schedule; see revolve.h.
 *
 * After a whole way out the steps up to s_T are not to be counted, and the recursion is
 *   Q(l, 1) = P(l, 1),  Q(l, s) = min_m Q(l-m, s-1) + P(m, s)
 * By the argument of Griewank and Walther, l steps of which none is repeated more than r times
 * number C(s+r+1, s) - 1 at most, and Q(l, s) = r l - C(s+r+1, s+1) + 1 + r. Q(10, 3) = 8.
 */
#include "trajectory/revolve.h"

#include "base/memory.h"

#define MOST_STEPS ((uint64_t) 1 << 62)

enum { NEVER = 0 }; /* of `next`: no further state is kept on the way out */

__extension__ typedef unsigned __int128 wide;

/* C(n, k), or UINT64_MAX where that is too small. */
static uint64_t
binomial (uint64_t n, uint64_t k)
{
    wide product = 1;
    if (k > n)
        return 0;
    if (k > n - k)
        k = n - k;
    for (uint64_t i = 1; i <= k; i++) {
        product = product * (n - k + i) / i;
        if (product >= UINT64_MAX)
            return UINT64_MAX;
    }
    return (uint64_t) product;
}

/* Steps that s slots reverse with at most r repetitions of each, in the two counts. */
static uint64_t
reach_classic (uint64_t s, uint64_t r)
{
    return binomial (s + r, s);
}

static uint64_t
reach_whole (uint64_t s, uint64_t r)
{
    const uint64_t reach = binomial (s + r + 1, s);
    return reach == UINT64_MAX ? reach : reach - 1;
}

/* The least r whose reach is l: doubled, then halved. */
static uint64_t
repetitions (uint64_t (*reach) (uint64_t, uint64_t), uint64_t l, uint64_t s)
{
    uint64_t low = 0, high = 1;
    if (reach (s, 0) >= l)
        return 0;
    while (reach (s, high) < l) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        *(reach (s, middle) < l ? &low : &high) = middle;
    }
    return high;
}

static uint64_t
narrow (wide x)
{
    return x > UINT64_MAX ? UINT64_MAX : (uint64_t) x;
}

uint64_t
rg_revolve_steps (uint64_t steps, size_t slots)
{
    if (steps == 0 || steps > MOST_STEPS || slots == 0)
        return steps == 0 ? 0 : UINT64_MAX;
    const uint64_t s = slots < steps ? slots : steps, r = repetitions (reach_classic, steps, s);
    const uint64_t less = binomial (s + r, s + 1);
    return less == UINT64_MAX ? less : narrow ((wide) r * steps - less);
}

uint64_t
rg_revolve_again (uint64_t steps, size_t slots)
{
    if (steps == 0 || steps > MOST_STEPS || slots == 0)
        return steps == 0 ? 0 : UINT64_MAX;
    const uint64_t s = slots < steps ? slots : steps, r = repetitions (reach_whole, steps, s);
    const uint64_t less = binomial (s + r + 1, s + 1);
    return less == UINT64_MAX ? less : narrow ((wide) r * steps + 1 + r - less);
}

/* The best m >= 1 of the recursions above, for l >= 2 and s >= 2. */
static uint64_t
split (int whole, uint64_t l, uint64_t s)
{
    uint64_t (*const reach) (uint64_t, uint64_t) = whole ? reach_whole : reach_classic;
    const uint64_t r = repetitions (reach, l, s);
    if (r == 0)
        return 1;
    const uint64_t most = reach_classic (s, whole ? r : r - 1), least_left = reach (s - 1, r - 1);
    return most < l - least_left ? most : l - least_left;
}

rg_status
rg_revolve_init (rg_revolve *r, rg_revolve_form form, uint64_t steps, size_t slots)
{
    *r = (rg_revolve) { .form = form, .steps = steps, .slots = slots, .interval = 1 };
    if (slots == 0 || steps > MOST_STEPS || (form != RG_REVOLVE_ONLINE && steps == 0))
        return RG_ERANGE;
    if (form != RG_REVOLVE_ONLINE && r->slots > steps)
        r->slots = (size_t) steps;
    r->position = rg_calloc (r->slots, sizeof *r->position);
    r->slot = rg_calloc (r->slots, sizeof *r->slot);
    if (r->position == NULL || r->slot == NULL)
        return RG_ENOMEM;
    for (size_t i = 0; i < r->slots; i++)
        r->slot[i] = i;
    return RG_OK;
}

void
rg_revolve_clear (rg_revolve *r)
{
    rg_free (r->position);
    rg_free (r->slot);
    *r = (rg_revolve) { 0 };
}

static rg_revolve_action
take (rg_revolve *r)
{
    r->position[r->taken] = r->at;
    const size_t slot = r->slot[r->taken++];
    return (rg_revolve_action) { RG_REVOLVE_TAKE, r->at, slot };
}

static rg_revolve_action
advance (rg_revolve *r, uint64_t step)
{
    r->at = step;
    return (rg_revolve_action) { RG_REVOLVE_ADVANCE, step, 0 };
}

/* Keep every other state, and swap the slots of the others behind them. */
static void
thin (rg_revolve *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->taken; i += 2, kept++) {
        const size_t slot = r->slot[kept];
        r->position[kept] = r->position[i];
        r->slot[kept] = r->slot[i];
        r->slot[i] = slot;
    }
    r->taken = kept;
    r->interval *= 2;
}

static rg_revolve_action
next_online (rg_revolve *r)
{
    if (r->at % r->interval == 0 && r->next == r->at) {
        if (r->taken == r->slots)
            thin (r);
        r->next += r->interval - r->at % r->interval;
        if (r->at % r->interval == 0)
            return take (r);
    }
    return advance (r, r->next);
}

/* The way out. */
static rg_revolve_action
next_out (rg_revolve *r)
{
    if (r->form == RG_REVOLVE_ONLINE)
        return next_online (r);
    const uint64_t left = r->steps - r->at;
    if (r->taken == 0 || (r->next == r->at && r->next != NEVER)) {
        const rg_revolve_action action = take (r);
        const size_t s = r->slots - r->taken + 1;
        r->next = s == 1 || left == 1 ? NEVER : r->at + split (r->form == RG_REVOLVE_WHOLE, left, s);
        return action;
    }
    if (r->next != NEVER)
        return advance (r, r->next);
    r->back = 1;
    r->target = r->steps - 1;
    if (r->form == RG_REVOLVE_WHOLE)
        return advance (r, r->steps);
    return rg_revolve_next (r);
}

rg_revolve_action
rg_revolve_next (rg_revolve *r)
{
    if (!r->back)
        return next_out (r);
    if (r->taken == 0)
        return (rg_revolve_action) { RG_REVOLVE_DONE, 0, 0 };
    const uint64_t top = r->position[r->taken - 1];
    if (r->at > r->target) {
        r->at = top;
        return (rg_revolve_action) { RG_REVOLVE_RESTORE, top, r->slot[r->taken - 1] };
    }
    if (r->at == r->target) {
        r->taken -= top == r->at;
        r->advanced = 0;
        r->target--; /* wraps after s_0, when no slot is left */
        return (rg_revolve_action) { RG_REVOLVE_ADJOINT, r->at, 0 };
    }
    if (r->advanced) {
        r->advanced = 0;
        return take (r);
    }
    const size_t s = r->slots - r->taken + 1;
    if (s == 1)
        return advance (r, r->target);
    r->advanced = 1;
    return advance (r, r->at + split (0, r->target - r->at + 1, s));
}

void
rg_revolve_back (rg_revolve *r, uint64_t t)
{
    r->back = 1;
    r->at = UINT64_MAX;
    r->advanced = 0;
    r->target = t;
    while (r->taken > 0 && r->position[r->taken - 1] > t)
        r->taken--;
}

uint64_t
rg_revolve_ahead (const rg_revolve *r)
{
    uint64_t sum = 0, end = r->target + 1;
    for (size_t i = r->taken; i-- > 0; end = r->position[i]) {
        const uint64_t part = rg_revolve_steps (end - r->position[i], r->slots - i);
        sum = sum + part < sum ? UINT64_MAX : sum + part;
    }
    return sum;
}
