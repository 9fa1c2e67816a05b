/*
 * lanes_body.h -- the streaming coder's kernels, compiled once per processor level.
 *
 * Exactness. Every number is an integer below 2^52 held in a double, or a
 * uint64_t. With inverse = 1/n rounded, floor ((x + 1/2) * inverse) is exactly
 * x div n for 0 <= x < 2^51: x + 1/2 is at least 1/2n away from a multiple of n,
 * the product's error is below x/n 2^-52. Larger dividends need a correction
 * (|c| < 2^52) or two digits (64-bit heads).
 *
 * Speed. Lane loops have a constant trip count, no branch and no call, so that
 * the compiler makes vectors of them; loops that do several things at once do not.
 */
#include "exact/lanes32.h"
#include "exact/lanes64.h"

/* The table; each lanes_<level>.c names it and itself. */
const rg_lanes RG_LANES_TABLE = { RG_LANES_LEVEL, multiply32, divide32, multiply64, divide64 };
