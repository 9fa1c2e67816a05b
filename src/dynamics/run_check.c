/* run_check.c -- what a run's options and coefficients may be, and what is said of a number that left its range; see run_parts.h. */
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "dynamics/run_parts.h"
#include "hyper/layout.h"
#include "hyper/role.h"

static int
has_second_moment (const rg_dynamics *rule)
{
    int any = 0;
    for (int m = 0; m < rule->moments; m++)
        any |= rule->moment[m].second;
    return any;
}

rg_status
rg_run_check_options (const rg_run_options *options, const rg_dynamics *rule, rg_message *message)
{
    if (options->epsilon_inside && (rg_dynamics_coefficient (rule, RG_EPSILON) < 0 || rule->own != NULL))
        return rg_fail (message, RG_EUNSUPPORTED, "%s has no epsilon to stand inside a root", rule->name);
    if (!(options->clip >= 0 && isfinite (options->clip)))
        return rg_fail (message, RG_ERANGE, "clip: expected a number >= 0, got %g", options->clip);
    if (options->clip > 0 && rg_dynamics_needs_loss (rule))
        return rg_fail (message, RG_EUNSUPPORTED, "a clipped gradient does not go with %s, which uses the loss of the step: how that depends on "
                        "the weights is the gradient before it is clipped", rule->name);
    if (options->arithmetic == RG_FLOATING)
        return RG_OK;
    if (rule->slots > 0 || rule->own != NULL)
        return rg_fail (message, RG_EUNSUPPORTED, "%s takes its steps in floating arithmetic only: it is a rule of one's own",
                        rule->name);
    const int most = options->buffer_kind == RG_BUFFER_STREAM32 ? 16 : 28;
    if (options->fraction_bits < 8 || options->fraction_bits > 51)
        return rg_fail (message, RG_ERANGE, "fraction_bits: expected 8 to 51, got %d", options->fraction_bits);
    if (options->ratio_bits < 1 || options->ratio_bits > most)
        return rg_fail (message, RG_ERANGE, "ratio_bits: expected 1 to %d with this buffer, got %d", most,
                        options->ratio_bits);
    if (has_second_moment (rule) && (options->second_bits < 24 || options->second_bits > 61))
        return rg_fail (message, RG_ERANGE, "second_bits: expected 24 to 61, got %d", options->second_bits);
    if (options->ratio.d != 0 && options->buffer_kind != RG_BUFFER_INTEGER)
        return rg_fail (message, RG_EUNSUPPORTED, "an exact ratio %llu/%llu needs the integer buffer",
                        (unsigned long long) options->ratio.n, (unsigned long long) options->ratio.d);
    if (options->ratio.d != 0 && rg_dynamics_coefficient (rule, RG_DECAY) < 0)
        return rg_fail (message, RG_EUNSUPPORTED, "an exact ratio is that of `decay`, which %s does not have", rule->name);
    return RG_OK;
}

/* "rate, beta1 and epsilon" */
static void
list_coefficients (const rg_dynamics *rule, char *out, size_t size)
{
    size_t at = rule->coefficients == 0 ? (size_t) snprintf (out, size, "no coefficients") : 0;
    for (int c = 0; c < rule->coefficients && at < size; c++)
        at += (size_t) snprintf (out + at, size - at, "%s%s", c == 0 ? "" : c + 1 == rule->coefficients ? " and " : ", ",
                                 rg_role_name (rule->coefficient[c].role));
}

/* How many hyperparameters a rule has beside its coefficients. */
static size_t
own_lambdas (const rg_dynamics *rule)
{
    return rule->own == NULL ? 0 : rule->own->lambdas;
}

/* The block of the role RG_RULE. */
static rg_status
find_own (rg_run *run, rg_message *message)
{
    const size_t wanted = own_lambdas (run->dynamics);
    if (wanted == 0 || (rg_hyper_find (run->hyper, RG_RULE, &run->rule) && run->rule.slice == wanted))
        return RG_OK;
    return rg_fail (message, RG_EUNSUPPORTED, "%s needs a block of the role `rule` among the hyperparameters, of %zu numbers",
                    run->dynamics->name, wanted);
}

rg_status
rg_run_find_coefficients (rg_run *run, rg_message *message)
{
    const rg_dynamics *rule = run->dynamics;
    char all[96];
    list_coefficients (rule, all, sizeof all);
    for (int c = 0; c < rule->coefficients; c++)
        if (!rg_hyper_find (run->hyper, rule->coefficient[c].role, &run->coefficient[c]))
            return rg_fail (message, RG_EUNSUPPORTED, "%s needs %s among the hyperparameters", rule->name, all);
    for (size_t i = 0; i < rg_hyper_blocks (run->hyper); i++) {
        const rg_block b = rg_hyper_block (run->hyper, i);
        const int taken = rg_dynamics_coefficient (rule, b.role) >= 0 || (b.role == RG_RULE && own_lambdas (rule) > 0);
        if (!b.fixed && rg_role_get (b.role)->uses & RG_OF_DYNAMICS && !taken)
            return rg_fail (message, RG_EUNSUPPORTED, "%s cannot tune `%s`: it takes %s", rule->name, b.name, all);
    }
    return find_own (run, message);
}

/* The least epsilon: fixed point carries second moments from its unit on; reals need one that is not 0. */
static double
least_epsilon (const rg_run_options *options, rg_precision precision)
{
    if (options->arithmetic == RG_FLOATING)
        return precision == RG_SINGLE ? (double) FLT_MIN : DBL_MIN;
    return options->epsilon_inside ? ldexp (1, -options->second_bits) : sqrt (ldexp (1, -options->second_bits));
}

/* A decay of 0 loses everything it multiplies; those that are less than the least ratio are applied as that. */
double
rg_run_least (const rg_run_options *options, const rg_dynamics *rule, rg_precision precision, rg_role role)
{
    const int c = rg_dynamics_coefficient (rule, role);
    if (c < 0 || role == RG_EPSILON)
        return c < 0 ? -INFINITY : least_epsilon (options, precision);
    for (int m = 0; options->arithmetic == RG_EXACT && m < rule->moments; m++)
        if (rule->moment[m].decay == c)
            return ldexp (1, -rg_role_ratio_bits (role, options->ratio_bits));
    return -INFINITY;
}

static rg_status
check_decays (const rg_run *run, rg_message *message)
{
    for (int m = 0; rg_run_is_exact (run) && m < run->dynamics->moments; m++) {
        const rg_block *decay = &run->coefficient[run->dynamics->moment[m].decay];
        /* of a tied one only a step's slice is there: the step says it */
        for (size_t i = 0; i < (decay->tied != NULL ? decay->slice : decay->size); i++)
            if (decay->natural[i] == 0)
                return rg_fail (message, RG_EUNSUPPORTED,
                                "%s: a decay of 0 forgets the %s and cannot be run backwards: expected a number in "
                                "(0, 1%c, or floating arithmetic", rg_role_name (decay->role),
                                run->dynamics->moment[m].name, decay->role == RG_DECAY ? ']' : ')');
    }
    return RG_OK;
}

static rg_status
check_epsilon (const rg_run *run, rg_message *message)
{
    const int c = rg_dynamics_coefficient (run->dynamics, RG_EPSILON);
    const rg_run_options *o = &run->options;
    const double least = least_epsilon (o, run->inner->precision);
    const rg_block *b = &run->coefficient[c < 0 ? 0 : c];
    for (size_t i = 0; c >= 0 && i < (b->tied != NULL ? b->slice : b->size); i++) {
        const double epsilon = b->natural[i];
        if (epsilon >= least)
            continue;
        if (!rg_run_is_exact (run))
            return rg_fail (message, RG_ERANGE, "epsilon: value %zu: expected a number > 0 (at least %.3g), got %g", i, least,
                            epsilon);
        return rg_fail (message, RG_ERANGE, "epsilon: value %zu: expected at least %.3g, %s of second moments of %d fraction "
                        "bits (second_bits), got %g", i, least, o->epsilon_inside ? "the resolution" : "the root of the resolution",
                        o->second_bits, epsilon);
    }
    return RG_OK;
}

rg_status
rg_run_check_coefficients (const rg_run *run, rg_message *message)
{
    const rg_status status = check_decays (run, message);
    return status == RG_OK ? check_epsilon (run, message) : status;
}

const char *
rg_run_array_name (const rg_run *run, size_t weight)
{
    const rg_layout *layout = rg_hyper_layout (run->hyper);
    return rg_layout_name (layout, rg_layout_array_of (layout, weight));
}

rg_status
rg_run_overflow (const rg_run *run, const char *what, size_t weight, rg_message *message)
{
    const rg_layout *layout = rg_hyper_layout (run->hyper);
    const size_t array = rg_layout_array_of (layout, weight), index = weight - rg_layout_offset (layout, array);
    const char *name = rg_run_array_name (run, weight);
    const int bits = 52 - run->options.fraction_bits;
    for (int m = 0; m < run->dynamics->moments; m++)
        if (run->dynamics->moment[m].second && strcmp (run->dynamics->moment[m].name, what) == 0)
            return rg_fail (message, RG_EOVERFLOW,
                            "step %llu: the %s of parameter %zu of array %s left [0, 2^%d), the range of %d fraction bits "
                            "(second_bits)", (unsigned long long) run->step, what, index, name,
                            62 - run->options.second_bits, run->options.second_bits);
    return rg_fail (message, RG_EOVERFLOW,
                    "step %llu: the %s of parameter %zu of array %s left (-2^%d, 2^%d), the range of %d fraction bits",
                    (unsigned long long) run->step, what, index, name, bits, bits, run->options.fraction_bits);
}
