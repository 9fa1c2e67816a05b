/* lanes_base.c -- the streaming coder for any processor. */
#define RG_LANES_TABLE rg_lanes_base
#define RG_LANES_LEVEL "base"
#include "exact/lanes_body.h"
