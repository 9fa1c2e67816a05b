/* inner_adam_v4.c -- Adam and AdamW for x86-64-v4; see adam_rule.h. */
#define ADAM rg_dynamics_adam_v4
#define ADAMW rg_dynamics_adamw_v4
#include "dynamics/adam_rule.h"
