/* momentum_v4.c -- momentum for x86-64-v4; see momentum_rule.h. */
#define DAMPED rg_dynamics_momentum_damped_v4
#define CLASSICAL rg_dynamics_momentum_v4
#include "dynamics/momentum_rule.h"
