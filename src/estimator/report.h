/* report.h -- a report in a snapshot. */
#ifndef RG_ESTIMATOR_REPORT_H
#define RG_ESTIMATOR_REPORT_H

#include <retrograde/estimator.h>

/* 8 bytes a number (base/record.h), in the order of rg_report. */
enum { RG_REPORT_BYTES = 8 * (35 + RG_RESIDUALS + 4 * RG_SAMPLES + RG_SAMPLES * RG_SKETCH) };

void rg_report_write (const rg_report *report, unsigned char block[RG_REPORT_BYTES]);

/* Read one; 0 where a number is out of its range: the report is then undefined. */
int rg_report_read (rg_report *report, const unsigned char block[RG_REPORT_BYTES]);

#endif /* RG_ESTIMATOR_REPORT_H */
