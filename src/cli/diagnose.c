/* diagnose.c -- what --diagnose adds to a hypergradient: the Lyapunov exponent, and single against double precision. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

/* From this relative difference on nothing of an adjoint is left. */
static const double eaten = .5;

/* Both have been computed; the reference is what double precision found. */
static void
compare (const rg_setup *setup, const rg_report *report, const double *gradient, const rg_report *other_report,
         const double *other, diagnosis *out)
{
    const int single = setup->precision == RG_SINGLE;
    const rg_report *reference = single ? other_report : report;
    const size_t size = rg_hyper_size (setup->problem.hyper);
    double *apart = calloc (size + 1, sizeof *apart);
    out->samples = reference->samples;
    rg_adjoint_differences (single ? report : other_report, reference, out->adjoint_difference);
    for (size_t i = 0; apart != NULL && i < size; i++)
        apart[i] = gradient[i] - other[i];
    out->difference = apart == NULL ? NAN : norm_of (apart, size) / norm_of (single ? other : gradient, size);
    free (apart);
    for (size_t i = 0; i < out->samples && !out->is_eaten; i++)
        if (out->adjoint_difference[i] >= eaten) {
            out->is_eaten = 1;
            out->eaten_step = reference->sample_step[i];
        }
}

/* The same hypergradient in the other precision; where that cannot be had, out->failure says why. */
static rg_status
other_precision (const options *o, const rg_setup *setup, const rg_report *report, const double *gradient, diagnosis *out,
                 rg_message *message)
{
    options changed = *o;
    rg_config *config;
    rg_report found = { .size = sizeof found };
    if (changed.set_count == MOST_SETS)
        return rg_fail (message, RG_EINPUT, "more than %d times --set", MOST_SETS - 1);
    changed.sets[changed.set_count++] = setup->precision == RG_SINGLE ? "precision=double" : "precision=single";
    const rg_config_source source = source_of (o);
    rg_status status = rg_config_load_source (&config, &source, changed.set_count, changed.sets, &(rg_log) { NULL, NULL }, &out->failure);
    if (status != RG_OK)
        return RG_OK; /* data that single precision cannot hold, for one */
    rg_setup *other = rg_config_setup (config);
    double *values = calloc (rg_hyper_size (other->problem.hyper) + 1, sizeof *values);
    other->problem.interrupted = caught_signal;
    other->problem.log = (rg_log) { NULL, NULL };
    other->estimator_options->sketch = 1;
    status = values == NULL ? rg_fail (&out->failure, RG_ENOMEM, "out of memory for the hypergradient")
                            : rg_hypergradient (&other->problem, other->estimator, other->estimator_options, 0, values, &found,
                                                &out->failure);
    if (status == RG_OK)
        compare (setup, report, gradient, &found, values, out);
    free (values);
    rg_config_free (config);
    if (status == RG_EINTERRUPTED)
        *message = out->failure;
    return status == RG_EINTERRUPTED ? status : RG_OK;
}

rg_status
diagnose (const options *o, const rg_setup *setup, const rg_report *report, const double *gradient, diagnosis *out,
          rg_message *message)
{
    *out = (diagnosis) { .exponent = NAN, .difference = NAN };
    if (!o->diagnose)
        return RG_OK;
    const rg_status status = rg_lyapunov (&setup->problem, 0, &out->exponent, message);
    return status == RG_OK ? other_precision (o, setup, report, gradient, out, message) : status;
}

static json_t *
numbers_json (const double *x, size_t count)
{
    json_t *list = json_array ();
    for (size_t i = 0; i < count; i++)
        json_array_append_new (list, json_number (x[i]));
    return list;
}

static json_t *
steps_json (const uint64_t *step, size_t count)
{
    json_t *list = json_array ();
    for (size_t i = 0; i < count; i++)
        json_array_append_new (list, json_integer ((json_int_t) step[i]));
    return list;
}

json_t *
diagnosis_json (const options *o, const rg_report *r, const diagnosis *d)
{
    const int grows = r->samples > 1 || r->tangent_samples > 1;
    json_t *object = json_pack (
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "adjoint_steps", steps_json (r->sample_step, r->samples), "adjoint_norms",
        numbers_json (r->adjoint_norm, r->samples), "adjoint_growth", json_number (r->samples > 1 ? r->adjoint_growth : NAN),
        "tangent_steps", steps_json (r->tangent_step, r->tangent_samples), "tangent_norms",
        numbers_json (r->tangent_norm, r->tangent_samples), "tangent_growth",
        json_number (r->tangent_samples > 1 ? r->tangent_growth : NAN), "usable_steps",
        json_number (grows ? r->usable_steps : NAN), "lyapunov_exponent", json_number (d->exponent));
    if (o->diagnose)
        json_object_set_new (object, "single_precision",
                             json_pack ("{s:o, s:o, s:o, s:o}", "hypergradient_difference", json_number (d->difference),
                                        "adjoint_differences", numbers_json (d->adjoint_difference, d->samples), "eaten_step",
                                        d->is_eaten ? json_integer ((json_int_t) d->eaten_step) : json_null (), "failure",
                                        d->failure.text[0] != '\0' ? json_string (d->failure.text) : json_null ()));
    return object;
}

void
diagnosis_text (const options *o, const rg_report *r, const diagnosis *d)
{
    const size_t last = r->samples - 1, top = r->tangent_samples - 1;
    if (r->samples > 1)
        printf ("adjoint: norm %.3e at step %llu, %.3e at step %llu; growth %.3g a step back\n", r->adjoint_norm[0],
                (unsigned long long) r->sample_step[0], r->adjoint_norm[last], (unsigned long long) r->sample_step[last],
                r->adjoint_growth);
    if (r->tangent_samples > 1)
        printf ("tangents: norm %.3e at step %llu, %.3e at step %llu; growth %.3g a step\n", r->tangent_norm[0],
                (unsigned long long) r->tangent_step[0], r->tangent_norm[top], (unsigned long long) r->tangent_step[top],
                r->tangent_growth);
    if (!o->diagnose)
        return;
    printf ("largest Lyapunov exponent: %.4g a step\n", d->exponent);
    if (d->failure.text[0] != '\0') {
        printf ("single against double precision: not both can be had: %s\n", d->failure.text);
        return;
    }
    printf ("single against double precision: the hypergradient differs by %.1e of its norm", d->difference);
    if (d->samples > 1)
        printf ("; the adjoint by %.1e at step %llu, %.1e at step %llu", d->adjoint_difference[0],
                (unsigned long long) r->sample_step[0], d->adjoint_difference[d->samples - 1],
                (unsigned long long) r->sample_step[d->samples - 1]);
    if (d->is_eaten)
        printf ("\nsingle precision: rounding has eaten the adjoint at step %llu on the way back, and before",
                (unsigned long long) d->eaten_step);
    putchar ('\n');
}
