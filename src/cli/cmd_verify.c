/* cmd_verify.c -- retrograde verify: forward, backward, certificate. */
#include <stdio.h>

#include "cli/cli.h"

static int
verify (const options *o)
{
    int exit_status;
    rg_config *config = load (o, &exit_status);
    if (config == NULL)
        return exit_status;
    watch_signals ();
    const rg_setup *setup = rg_config_setup (config);
    rg_report report = { .size = sizeof report };
    rg_message message = { "" };
    rg_estimator_options each_step = *setup->estimator_options;
    each_step.size = sizeof each_step;
    each_step.check_interval = 1;
    const rg_status status = rg_retrace (&setup->problem, &each_step, 0, &report, &message);
    const size_t weights = rg_layout_weights (rg_hyper_layout (setup->problem.hyper));
    const size_t steps = rg_hyper_steps (setup->problem.hyper);
    const double excess = report.bits_limit > 0 ? report.bits / report.bits_limit : 1;
    if (status != RG_OK)
        exit_status = fail (status, &message);
    else if (o->json)
        exit_status = print_json (json_pack (
            "{s:b, s:I, s:I, s:f, s:f, s:f, s:I, s:{s:f, s:f}}", "certified", report.certified, "weights",
            (json_int_t) weights, "steps", (json_int_t) steps, "bits_per_weight_step", report.bits, "bits_limit",
            report.bits_limit, "bits_ratio", excess, "buffer_bytes", (json_int_t) report.buffer_bytes, "seconds",
            "forward", report.forward_seconds, "backward", report.backward_seconds));
    else {
        printf ("certified: %zu weights back at their start after %zu steps; moments and buffers, too\n", weights, steps);
        printf ("entropy kept: %.6f bits a weight and step; the limit log2(1/decay) is %.6f (ratio %.4f)\n", report.bits,
                report.bits_limit, excess);
        printf ("buffer: %zu bytes; storing every state: %zu bytes\n", report.buffer_bytes, report.stored_bytes);
        exit_status = EXIT_DONE;
    }
    rg_config_free (config);
    return exit_status;
}

const command command_verify = { "verify", "FILE", "run forward and backward, check that the start is found again",
                                 TAKES_FILE | TAKES_SET | TAKES_JSON, verify };
