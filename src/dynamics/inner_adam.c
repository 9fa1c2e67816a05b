/* inner_adam.c -- Adam and AdamW for every processor; see adam_rule.h. */
#define ADAM rg_dynamics_adam
#define ADAMW rg_dynamics_adamw
#include "dynamics/adam_rule.h"
