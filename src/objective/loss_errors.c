/* loss_errors.c -- what a loss's last run put out, and how many examples it got wrong; see graph_loss.h. */
#include <math.h>

#include "objective/graph_loss.h"

/* One against all: the task which is surest of an example. */
static size_t
surest (const rg_graph_loss *loss, const void *logits, size_t example, size_t rows)
{
    size_t best = 0;
    double most = -INFINITY;
    for (size_t task = 0; task < loss->rows.tasks; task++) {
        const size_t at = 2 * (task * rows + example);
        const double margin = rg_loss_number (loss, logits, at + 1) - rg_loss_number (loss, logits, at);
        if (margin > most) {
            most = margin;
            best = task;
        }
    }
    return best;
}

void
rg_loss_errors (void *self, size_t index, size_t *wrong, size_t *examples)
{
    const rg_graph_loss *loss = self;
    const rg_loss_slot *s = &loss->slot[index];
    *wrong = *examples = 0;
    if (s->is_terms || loss->term.kind->is_wrong == NULL)
        return;
    const int one_vs_all = loss->rows.one_vs_all;
    const size_t ahead = loss->term.reference;
    const void *logits = rg_executor_value (s->executor, loss->term.logits);
    const void *targets = rg_executor_leaf (s->executor, loss->term.targets);
    const int32_t *classes = rg_dataset_labels (loss->data);
    *examples = one_vs_all ? rg_rows_of_task (&loss->rows, 0) : s->count;
    for (size_t n = 0; n < *examples; n++)
        *wrong += (size_t) (one_vs_all ? (int32_t) surest (loss, logits, n, *examples) != classes[s->indices[n]]
                                       : loss->term.kind->is_wrong (loss->precision, logits, targets, loss->term.outputs, ahead + n));
}

int
rg_loss_outputs (void *self, size_t index, double *out)
{
    const rg_graph_loss *loss = self;
    const rg_loss_slot *s = &loss->slot[index];
    const size_t outputs = loss->term.outputs, ahead = loss->term.reference;
    if (loss->rows.tasks > 1 || loss->rows.one_vs_all)
        return 0;
    const void *logits = s->is_terms ? NULL : rg_executor_value (s->executor, loss->term.logits);
    for (size_t n = 0; logits != NULL && n < s->count; n++)
        for (size_t c = 0; c < outputs; c++)
            out[s->indices[s->first + n] * outputs + c] = rg_loss_number (loss, logits, (ahead + n) * outputs + c);
    return 1;
}
