/* momentum.c -- momentum for every processor; see momentum_rule.h. */
#define DAMPED rg_dynamics_momentum_damped
#define CLASSICAL rg_dynamics_momentum
#include "dynamics/momentum_rule.h"
