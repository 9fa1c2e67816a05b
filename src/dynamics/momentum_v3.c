/* momentum_v3.c -- momentum for x86-64-v3; see momentum_rule.h. */
#define DAMPED rg_dynamics_momentum_damped_v3
#define CLASSICAL rg_dynamics_momentum_v3
#include "dynamics/momentum_rule.h"
