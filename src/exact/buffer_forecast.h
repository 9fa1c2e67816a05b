/* buffer_forecast.h -- how large an entropy buffer will be. */
#ifndef RG_EXACT_BUFFER_FORECAST_H
#define RG_EXACT_BUFFER_FORECAST_H

#include <retrograde/exact.h>

/*
 * What rg_buffer_bytes of a buffer, now at its start, will be, within a few percent.
 *   bits  kept in all, spread evenly over the parameters
 *   held  of the last of them the words are still there; the integer kind holds all
 */
double rg_buffer_forecast (const rg_buffer *buffer, double bits, double held);

#endif /* RG_EXACT_BUFFER_FORECAST_H */
