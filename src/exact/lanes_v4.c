/* lanes_v4.c -- the streaming coder for x86-64-v4 (AVX-512); compiled with -march=x86-64-v4. */
#define RG_LANES_TABLE rg_lanes_v4
#define RG_LANES_LEVEL "x86-64-v4"
#include "exact/lanes_body.h"
