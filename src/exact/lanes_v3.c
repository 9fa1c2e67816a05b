/* lanes_v3.c -- the streaming coder for x86-64-v3 (AVX2); compiled with -march=x86-64-v3. */
#define RG_LANES_TABLE rg_lanes_v3
#define RG_LANES_LEVEL "x86-64-v3"
#include "exact/lanes_body.h"
