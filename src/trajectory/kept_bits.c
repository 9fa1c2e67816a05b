/* kept_bits.c -- see kept_bits.h. */
#include "trajectory/kept_bits.h"

#include <math.h>

#include "exact/buffer_forecast.h"
#include "trajectory/state.h"

/*
 * Bits that a stream will have kept after all steps: the limit, and what 32-bit heads keep beyond it,
 * measured: 1.5e-4 bits a parameter and step at 14 ratio bits, 2^1.5 times that for each bit more.
 */
static double
stream_bits (const rg_run *run, int stream, uint64_t steps)
{
    const int varies = rg_run_limit_varies (run);
    const double each = varies ? 0 : rg_run_stream_limit (run, stream, 0);
    double bits = 0;
    for (uint64_t t = 0; t < steps; t++)
        bits += varies ? rg_run_stream_limit (run, stream, t) : each;
    if (bits > 0 && rg_run_stream_kind (run, stream) == RG_BUFFER_STREAM32)
        bits += 1.5e-4 * exp2 (1.5 * (run->ratio_bits[stream] - 14)) * (double) run->weights * (double) steps;
    return bits;
}

rg_kept_bits
rg_kept_bits_of (const rg_run *run, uint64_t steps)
{
    rg_kept_bits bits = { { 0 } };
    for (int s = 0; s < run->streams; s++)
        bits.of[s] = stream_bits (run, s, steps);
    return bits;
}

double
rg_kept_buffer_bytes (const rg_run *run, const rg_kept_bits *bits, double share)
{
    double bytes = 0;
    for (int s = 0; s < run->streams; s++)
        bytes += rg_buffer_forecast (run->buffer[s], bits->of[s], bits->of[s] * share);
    return bytes;
}

double
rg_kept_state_bytes (const rg_run *run, const rg_kept_bits *bits)
{
    double bytes = (double) rg_state_whole_bytes (run);
    for (int s = 0; run->options.buffer_kind == RG_BUFFER_INTEGER && s < run->streams; s++)
        bytes += (double) run->weights * 8 * floor ((32 + bits->of[s] / 2 / (double) run->weights) / 64);
    return bytes;
}
