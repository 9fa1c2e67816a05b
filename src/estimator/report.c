/* report.c -- a report in a snapshot, and one of a caller; see report.h. What counts entries of an array is at most their number. */
#include "estimator/report.h"

#include <string.h>

#include "base/record.h"
#include "base/sized.h"

#define REAL(member) RG_REAL (rg_report, member)
#define SIZE(member, most) RG_SIZE (rg_report, member, most)
static const rg_field fields[] = {
    REAL (inner_loss), REAL (outer_loss), REAL (validation_loss),
    SIZE (wrong, SIZE_MAX), SIZE (examples, SIZE_MAX),
    REAL (forward_seconds), REAL (outer_seconds), REAL (backward_seconds),
    SIZE (trajectory_bytes, SIZE_MAX), SIZE (disk_bytes, SIZE_MAX), RG_UINT64 (rg_report, recomputed_steps, UINT64_MAX),
    SIZE (buffer_bytes, SIZE_MAX), SIZE (stored_bytes, SIZE_MAX),
    REAL (bits), REAL (bits_limit),
    SIZE (solve.iterations, SIZE_MAX), SIZE (solve.products, SIZE_MAX),
    REAL (solve.residual), RG_REALS (rg_report, solve.history, RG_RESIDUALS), SIZE (solve.residuals, RG_RESIDUALS),
    RG_FLAG (rg_report, solve.sought), REAL (solve.curvature), REAL (solve.largest_eigenvalue), REAL (solve.step),
    REAL (solve.stationarity), REAL (solve.stationarity_start), REAL (solve.outer_change),
    SIZE (samples, RG_SAMPLES), RG_UINT64S (rg_report, sample_step, RG_SAMPLES, UINT64_MAX),
    RG_REALS (rg_report, adjoint_norm, RG_SAMPLES), REAL (adjoint_growth),
    RG_REALS (rg_report, adjoint_sketch, RG_SAMPLES * RG_SKETCH),
    SIZE (tangent_samples, RG_SAMPLES), RG_UINT64S (rg_report, tangent_step, RG_SAMPLES, UINT64_MAX),
    RG_REALS (rg_report, tangent_norm, RG_SAMPLES), REAL (tangent_growth),
    REAL (usable_steps), REAL (adjoint_end), REAL (adjoint_cut), REAL (left_out), RG_FLAG (rg_report, certified), RG_UINT64 (rg_report, window, UINT64_MAX),
    RG_UINT64 (rg_report, evaluated_again, UINT64_MAX),
};
_Static_assert (sizeof (size_t) != 8 || sizeof (rg_report) == sizeof (size_t) + RG_REPORT_BYTES, "a member of rg_report is not among the fields");
enum { FIELDS = sizeof fields / sizeof *fields };

void
rg_report_write (const rg_report *report, unsigned char block[RG_REPORT_BYTES])
{
    rg_record_write (fields, FIELDS, report, block);
}

int
rg_report_read (rg_report *report, const unsigned char block[RG_REPORT_BYTES])
{
    return rg_record_read (fields, FIELDS, report, block) && report->wrong <= report->examples;
}

rg_status
rg_report_begin (rg_report *own, const rg_report *given, rg_message *message)
{
    *own = (rg_report) { .size = sizeof *own };
    return given == NULL ? RG_OK : rg_sized_check (given, RG_SIZE_TO (rg_report, examples), "rg_report", message);
}

void
rg_report_give (rg_report *given, const rg_report *own)
{
    if (given != NULL)
        rg_sized_write (given, given->size, own, sizeof *own);
}

void
rg_report_take (rg_report *own, const rg_report *given)
{
    *own = (rg_report) { .size = sizeof *own };
    memcpy (own, given, given->size < sizeof *own ? given->size : sizeof *own);
    own->size = sizeof *own;
}
