/*
 * pool.c -- the operators y = the greatest, or the mean, of each window of an image, channel by channel. Of equal
 * numbers the first is the greatest; what is around the image is never it, but it counts as zeros in the mean.
 *
 * Both are linear around a point: a number of y is a sum of numbers of x, the greatest of one, whose place is kept.
 */
#include <math.h>
#include <string.h>

#include "graph/op/window.h"
#include "graph/operators.h"

static const rg_option options[] = {
    { "kernel", RG_OPTION_WHOLES, RG_FIELD (rg_window, kernel), RG_POSITIVE, RG_REQUIRED, "sides of a window",
      .least = 1, .most = 2 },
    { "stride", RG_OPTION_WHOLES, RG_FIELD (rg_window, stride), RG_POSITIVE, NULL,
      "from one window to the next; default: the kernel", .least = 1, .most = 2 },
    RG_WINDOW_PAD,
    { 0 },
};

static bool
set_geometry (const rg_window *window, const rg_shape *x, rg_geometry *g)
{
    const size_t kernel[2] = { rg_window_side (&window->kernel, 0), rg_window_side (&window->kernel, 1) };
    return rg_window_geometry (window, x, kernel, g);
}

static rg_status
mean_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    rg_geometry g;
    (void) examples;
    if (!set_geometry (node->settings, &operand[0]->shape, &g))
        return RG_ESHAPE;
    node->shape = operand[0]->shape;
    node->shape.dim[1] = g.out[0];
    node->shape.dim[2] = g.out[1];
    return RG_OK;
}

/* Every window of the greatest meets the image. */
static rg_status
max_shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    rg_geometry g;
    const rg_status status = mean_shape (node, operand, examples);
    if (status != RG_OK)
        return status;
    set_geometry (node->settings, &operand[0]->shape, &g);
    node->kept = rg_node_size (node, examples);
    for (int side = 0; side < 2; side++)
        if (g.before[side] >= g.kernel[side] || (g.out[side] - 1) * g.stride[side] >= g.in[side] + g.before[side])
            return RG_ESHAPE;
    return rg_node_size (operand[0], examples) > INT32_MAX ? RG_ESHAPE : RG_OK;
}

static double
get (const rg_call *call, const void *data, size_t i)
{
    return call->dense->precision == RG_SINGLE ? (double) ((const float *) data)[i] : ((const double *) data)[i];
}

/* Call `visit` for each pixel in the window of a row of y: its numbers are the channels. */
typedef void visitor (const rg_call *call, size_t pixel, size_t window, void *to);

static void
each_pixel (const rg_call *call, visitor *visit, void *to)
{
    rg_geometry g;
    set_geometry (call->node->settings, &call->operand[0]->shape, &g);
    for (size_t r = 0; r < g.images * g.out[0] * g.out[1]; r++) {
        const size_t n = r / (g.out[0] * g.out[1]), i = r / g.out[1] % g.out[0], j = r % g.out[1];
        for (size_t k = 0; k < g.kernel[0]; k++)
            for (size_t l = 0; l < g.kernel[1]; l++) {
                size_t row, col;
                if (rg_window_pixel (&g, 0, i, k, &row) && rg_window_pixel (&g, 1, j, l, &col))
                    visit (call, (n * g.in[0] + row) * g.in[1] + col, r, to);
            }
    }
}

/* ---- The greatest --------------------------------------------------------------- */

/* The place of each number of y in x; -1: none yet. */
static void
keep_greater (const rg_call *call, size_t pixel, size_t window, void *to)
{
    const size_t channels = rg_array_last (call->result);
    const void *x = call->operand[0]->value;
    int32_t *place = (int32_t *) to + window * channels;
    for (size_t c = 0; c < channels; c++) {
        const double now = get (call, x, pixel * channels + c);
        if (place[c] < 0 || now > get (call, x, (size_t) place[c]) || isnan (now))
            place[c] = (int32_t) (pixel * channels + c);
    }
}

/* y_i = x_place(i), of a block of directions. */
static void
pick (const rg_call *call, const void *x, void *y, bool accumulate)
{
    const int32_t *place = call->kept;
    const size_t width = call->width, size = call->dense->size;
    for (size_t i = 0; i < rg_array_size (call->result); i++)
        call->dense->scaled (width, 1, (const char *) x + (size_t) place[i] * width * size,
                             rg_real_at (call->dense, y, i * width), accumulate);
}

/* x_place(i) += y_i */
static void
put (const rg_call *call, const rg_slot *from, rg_slot *to)
{
    const int32_t *place = call->kept;
    const size_t width = call->width, size = call->dense->size;
    if (!from->present || to->data == NULL)
        return;
    if (!rg_claim (to))
        memset (to->data, 0, rg_array_size (call->operand[0]) * width * size);
    for (size_t i = 0; i < rg_array_size (call->result); i++)
        call->dense->scaled (width, 1, (const char *) from->data + i * width * size,
                             rg_real_at (call->dense, to->data, (size_t) place[i] * width), true);
}

static void
max_forward (rg_call *call)
{
    memset (call->kept, 0xff, rg_array_size (call->result) * sizeof (int32_t));
    each_pixel (call, keep_greater, call->kept);
    pick (call, call->operand[0]->value, call->result->value, false);
}

static void
max_backward (rg_call *call)
{
    put (call, &call->result->adjoint, &call->operand[0]->adjoint);
}

static void
max_tangents (rg_call *call)
{
    rg_slot *out = &call->result->tangent;
    if (out->data != NULL)
        pick (call, call->operand[0]->tangent.data, out->data, rg_claim (out));
}

static void
max_adjoint_tangents (rg_call *call)
{
    put (call, &call->result->adjoint_tangent, &call->operand[0]->adjoint_tangent);
}

const rg_operator rg_operator_max_pool = {
    .name = "max_pool", .formula = "the greatest number of each window of an image", .options = options,
    .settings_bytes = sizeof (rg_window), .needs = 1, .takes = 1,
    .shape = max_shape, .forward = max_forward, .backward = max_backward, .tangents = max_tangents,
    .adjoint_tangents = max_adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};

/* ---- The mean -------------------------------------------------------------------- */

/* Where numbers go from, and what they are divided by. */
typedef struct {
    const char *from;
    char *to;
    double scale;
} way;

static void
add_to_window (const rg_call *call, size_t pixel, size_t window, void *to)
{
    const way *w = to;
    const size_t n = rg_array_last (call->result) * call->width, run = n * call->dense->size;
    call->dense->scaled (n, w->scale, w->from + pixel * run, w->to + window * run, true);
}

static void
add_to_pixel (const rg_call *call, size_t pixel, size_t window, void *to)
{
    const way *w = to;
    const size_t n = rg_array_last (call->result) * call->width, run = n * call->dense->size;
    call->dense->scaled (n, w->scale, w->from + window * run, w->to + pixel * run, true);
}

static void
average (const rg_call *call, visitor *visit, const void *from, void *to, size_t count, bool accumulate)
{
    const rg_window *window = call->node->settings;
    way w = { from, to,
              1 / ((double) rg_window_side (&window->kernel, 0) * (double) rg_window_side (&window->kernel, 1)) };
    if (!accumulate)
        memset (to, 0, count * call->width * call->dense->size);
    each_pixel (call, visit, &w);
}

static void
mean_forward (rg_call *call)
{
    average (call, add_to_window, call->operand[0]->value, call->result->value, rg_array_size (call->result), false);
}

static void
mean_backward (rg_call *call)
{
    rg_slot *out = &call->operand[0]->adjoint;
    if (out->data != NULL)
        average (call, add_to_pixel, call->result->adjoint.data, out->data, rg_array_size (call->operand[0]),
                 rg_claim (out));
}

static void
mean_tangents (rg_call *call)
{
    rg_slot *out = &call->result->tangent;
    if (out->data != NULL)
        average (call, add_to_window, call->operand[0]->tangent.data, out->data, rg_array_size (call->result),
                 rg_claim (out));
}

static void
mean_adjoint_tangents (rg_call *call)
{
    const rg_slot *from = &call->result->adjoint_tangent;
    rg_slot *out = &call->operand[0]->adjoint_tangent;
    if (from->present && out->data != NULL)
        average (call, add_to_pixel, from->data, out->data, rg_array_size (call->operand[0]), rg_claim (out));
}

const rg_operator rg_operator_average_pool = {
    .name = "average_pool", .formula = "the mean of each window of an image, zeros around it", .options = options,
    .settings_bytes = sizeof (rg_window), .needs = 1, .takes = 1,
    .shape = mean_shape, .forward = mean_forward, .backward = mean_backward, .tangents = mean_tangents,
    .adjoint_tangents = mean_adjoint_tangents,
    .forgets = RG_FORGETS_OPERAND | RG_FORGETS_RESULT | RG_FORGETS_MOVES | RG_FORGETS_MOVE,
};
