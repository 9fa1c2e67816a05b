/* own_rule.c -- a rule of a user's as a row of the table: see rg_own_rule in retrograde/dynamics.h. */
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/sized.h"
#include "dynamics/dynamics.h"
#include "hyper/role.h"

_Static_assert ((int) RG_OWN_COEFFICIENTS == (int) RG_COEFFICIENTS, "a rule of one's own has as many coefficients as any");

/* A row, and what it calls. */
typedef struct {
    rg_dynamics dynamics;
    rg_own_rule rule;
    char name[48];
} own;

static rg_status
check (const rg_own_rule *rule, rg_message *message)
{
    if (rule->name == NULL || rule->step == NULL)
        return rg_fail (message, RG_ERANGE, "%s: expected a name and a step",
                        rule->name == NULL ? "a rule of one's own" : rule->name);
    if (rule->coefficients > RG_OWN_COEFFICIENTS || rule->arrays > INT_MAX)
        return rg_fail (message, RG_ERANGE, "%s: expected 0 to %d coefficients, and arrays that an int can count, got %zu and %zu",
                        rule->name, RG_OWN_COEFFICIENTS, rule->coefficients, rule->arrays);
    for (size_t c = 0; c < rule->coefficients; c++) {
        const rg_role role = rule->coefficient[c];
        if (role < RG_RATE || role > RG_WEIGHT_DECAY)
            return rg_fail (message, RG_ERANGE, "%s: coefficient %zu: expected a role of RG_RATE to RG_WEIGHT_DECAY", rule->name, c);
        for (size_t k = 0; k < c; k++)
            if (rule->coefficient[k] == role)
                return rg_fail (message, RG_ERANGE, "%s: %s is there twice", rule->name, rg_role_name (role));
    }
    return RG_OK;
}

rg_status
rg_dynamics_from_rule (rg_dynamics **out, const rg_own_rule *rule, rg_message *message)
{
    rg_own_rule given = { 0 };
    *out = NULL;
    rg_status status = rg_sized_read (&given, sizeof given, RG_SIZE_TO (rg_own_rule, step), rule, "rg_own_rule", message);
    if (status == RG_OK)
        status = check (&given, message);
    if (status != RG_OK)
        return status;
    own *o = rg_calloc (1, sizeof *o);
    if (o == NULL)
        return rg_fail (message, RG_ENOMEM, "out of memory for a rule");
    snprintf (o->name, sizeof o->name, "%s", given.name);
    o->rule = given;
    o->rule.name = o->name;
    o->dynamics = (rg_dynamics) { .name = o->name, .formula = "", .coefficients = (int) given.coefficients,
                                  .irreversible = "a rule of one's own is not undone", .slots = (int) given.arrays,
                                  .own = &o->rule };
    for (size_t c = 0; c < given.coefficients; c++)
        o->dynamics.coefficient[c] = (rg_coefficient_row) { given.coefficient[c], NAN };
    *out = &o->dynamics;
    return RG_OK;
}

void
rg_dynamics_free (rg_dynamics *dynamics)
{
    if (dynamics == NULL || dynamics->own == NULL)
        return;
    if (dynamics->own->release != NULL)
        dynamics->own->release (dynamics->own->user);
    rg_free (dynamics); /* the first member */
}
