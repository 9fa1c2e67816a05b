/* report.h -- a report in a snapshot, and one of a caller that may be of another version's size. */
#ifndef RG_ESTIMATOR_REPORT_H
#define RG_ESTIMATOR_REPORT_H

#include <retrograde/estimator.h>

/* 8 bytes a number (base/record.h), in the order of rg_report. */
enum { RG_REPORT_BYTES = 8 * (37 + RG_RESIDUALS + 4 * RG_SAMPLES + RG_SAMPLES * RG_SKETCH) };

void rg_report_write (const rg_report *report, unsigned char block[RG_REPORT_BYTES]);

/* Read one; 0 where a number is out of its range: the report is then undefined. */
int rg_report_read (rg_report *report, const unsigned char block[RG_REPORT_BYTES]);

/*
 * A report of the library's own, all zero, in place of a caller's; NULL: none is wanted. RG_EINPUT where its size is not set.
 * rg_report_give writes of it what the caller's has room for.
 */
rg_status rg_report_begin (rg_report *own, const rg_report *given, rg_message *message);
void rg_report_give (rg_report *given, const rg_report *own);

/* Read a caller's report; what it does not have is 0. */
void rg_report_take (rg_report *own, const rg_report *given);

#endif /* RG_ESTIMATOR_REPORT_H */
