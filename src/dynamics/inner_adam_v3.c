/* inner_adam_v3.c -- Adam and AdamW for x86-64-v3; see adam_rule.h. */
#define ADAM rg_dynamics_adam_v3
#define ADAMW rg_dynamics_adamw_v3
#include "dynamics/adam_rule.h"
