/*
 * conv2d.c -- the operator y = x ∗ w: x images [n x H x W x C], w [KH x KW x C/groups x F], y [n x OH x OW x F];
 * y_nijf = Σ_klc x_n,(i s + k d - pad),(j s + l d - pad),c w_klcf (a correlation, as everywhere in this field).
 *
 * Windows are unrolled into rows of a matrix, TILE of them at a time, so that each product is one of matrices. A tile
 * has always as many rows, the last ones zero where there are no more windows: an image's bits depend on no other's.
 * Example by hand: a 2 x 2 image of ones and a 2 x 2 kernel of ones give 4.
 */
#include <string.h>

#include "graph/op/bilinear.h"
#include "graph/op/window.h"
#include "graph/operators.h"

enum { X, W };
enum { TILE = 96 };

static const rg_option options[] = {
    RG_WINDOW_STRIDE,
    RG_WINDOW_PAD,
    RG_WINDOW_DILATION,
    { "groups", RG_OPTION_WHOLE, RG_FIELD (rg_window, groups), RG_POSITIVE, "1",
      "parts of the channels that do not see each other: as many as channels are depthwise" },
    { 0 },
};

/* Geometry, and the sizes of a group's products. */
typedef struct {
    rg_geometry g;
    size_t groups, channels, filters, patch; /* of one group; patch: numbers of a window */
} sizes;

static bool
set_sizes (const rg_window *window, const rg_shape *x, const rg_shape *w, sizes *s)
{
    if (w->dimensions != 4 || w->batched || window->groups > w->dim[3] || w->dim[3] % window->groups != 0
        || !rg_window_geometry (window, x, w->dim, &s->g) || w->dim[2] * window->groups != s->g.channels)
        return false;
    s->groups = window->groups;
    s->channels = w->dim[2];
    s->filters = w->dim[3] / window->groups;
    s->patch = w->dim[0] * w->dim[1] * w->dim[2];
    return true;
}

static sizes
sizes_of (const rg_call *call)
{
    sizes s = { 0 };
    set_sizes (call->node->settings, &call->operand[X]->shape, &call->operand[W]->shape, &s);
    return s;
}

static rg_status
shape (rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    sizes s = { 0 };
    (void) examples;
    if (!set_sizes (node->settings, &operand[X]->shape, &operand[W]->shape, &s))
        return RG_ESHAPE;
    node->shape = operand[X]->shape;
    node->shape.dim[1] = s.g.out[0];
    node->shape.dim[2] = s.g.out[1];
    node->shape.dim[3] = s.groups * s.filters;
    node->scratch = TILE * (s.patch + s.filters) + s.patch * s.filters;
    return RG_OK;
}

static double
work (const rg_graph_node *node, const rg_graph_node *const *operand, size_t examples)
{
    const rg_shape *w = &operand[W]->shape;
    return 2 * (double) rg_node_size (node, examples) * (double) (w->dim[0] * w->dim[1] * w->dim[2]);
}

/* Workspaces of a tile and a group. */
typedef struct {
    const rg_call *call;
    sizes s;
    size_t first, rows, group; /* windows of the tile */
    char *patches, *outputs, *filters;
} tile;

static tile
tile_of (const rg_call *call)
{
    tile t = { .call = call, .s = sizes_of (call) };
    t.patches = call->scratch;
    t.outputs = rg_real_at (call->dense, t.patches, TILE * t.s.patch);
    t.filters = rg_real_at (call->dense, t.outputs, TILE * t.s.filters);
    return t;
}

/* Whether there is another tile of the images' windows; the next one. */
static bool
next_tile (tile *t)
{
    const size_t windows = t->s.g.images * t->s.g.out[0] * t->s.g.out[1];
    t->first += t->rows;
    t->rows = windows - t->first < TILE ? windows - t->first : TILE;
    return t->first < windows;
}

static void
add_numbers (const rg_call *call, size_t n, const void *x, void *out)
{
    call->dense->scaled (n, 1, x, out, true);
}

/* The row of a window in column j of the result, pixel by pixel; pixels: the row of the image. */
static void
unroll_pixels (const tile *t, char *pixels, size_t j, char *patch, bool back)
{
    const rg_geometry *g = &t->s.g;
    const size_t real = t->call->dense->size, run = t->s.channels * real;
    for (size_t l = 0; l < g->kernel[1]; l++, patch += run) {
        size_t col;
        if (!rg_window_pixel (g, 1, j, l, &col)) {
            if (!back)
                memset (patch, 0, run);
            continue;
        }
        char *pixel = pixels + (col * g->channels + t->group * t->s.channels) * real;
        if (back)
            add_numbers (t->call, t->s.channels, patch, pixel);
        else
            memcpy (patch, pixel, run);
    }
}

/* The same where the pixels of a row stand together in the image: those that are inside it at once. */
static void
unroll_run (const tile *t, char *pixels, size_t j, char *patch, bool back)
{
    const rg_geometry *g = &t->s.g;
    const size_t run = g->channels * t->call->dense->size, at = j * g->stride[1], before = g->before[1], kernel = g->kernel[1];
    const size_t end = before + g->in[1], all = at >= end ? 0 : end - at < kernel ? end - at : kernel;
    const size_t first = at >= before ? 0 : before - at < all ? before - at : all;
    char *inside = first < all ? pixels + (at + first - before) * run : pixels;
    if (back) {
        add_numbers (t->call, (all - first) * g->channels, patch + first * run, inside);
        return;
    }
    if (all - first < kernel)
        memset (patch, 0, kernel * run);
    memcpy (patch + first * run, inside, (all - first) * run);
}

/* Copy windows of images into the tile's rows; back: add the rows to the images they came from. */
static void
unroll (const tile *t, char *image, bool back)
{
    const rg_geometry *g = &t->s.g;
    const size_t real = t->call->dense->size, row_bytes = g->in[1] * g->channels * real;
    const size_t run = g->kernel[1] * t->s.channels * real;
    const bool together = t->s.groups == 1 && g->dilation[1] == 1;
    char *patch = t->patches;
    for (size_t r = t->first; r < t->first + t->rows; r++) {
        const size_t windows = r / g->out[1], n = windows / g->out[0], i = windows % g->out[0], j = r % g->out[1];
        for (size_t k = 0; k < g->kernel[0]; k++, patch += run) {
            size_t row;
            if (rg_window_pixel (g, 0, i, k, &row))
                (together ? unroll_run : unroll_pixels) (t, image + (n * g->in[0] + row) * row_bytes, j, patch, back);
            else if (!back)
                memset (patch, 0, run);
        }
    }
    if (!back)
        memset (patch, 0, (TILE - t->rows) * t->s.patch * real);
}

/* Copy the group's outputs of the tile from an array of y's shape, zeros after them. */
static void
take_outputs (const tile *t, const char *y)
{
    const size_t real = t->call->dense->size, run = t->s.filters * real;
    if (t->s.groups == 1)
        memcpy (t->outputs, y + t->first * run, t->rows * run);
    else
        for (size_t r = 0; r < t->rows; r++)
            memcpy (t->outputs + r * run, y + ((t->first + r) * t->s.groups + t->group) * run, run);
    memset (t->outputs + t->rows * run, 0, (TILE - t->rows) * run);
}

/* Put them back, or add them. */
static void
give_outputs (const tile *t, char *y, bool accumulate)
{
    const size_t run = t->s.filters * t->call->dense->size;
    const size_t together = t->s.groups == 1 ? t->rows : 1; /* rows that stand together in y */
    for (size_t r = 0; r < t->rows; r += together)
        t->call->dense->scaled (together * t->s.filters, 1, t->outputs + r * run,
                                y + ((t->first + r) * t->s.groups + t->group) * run, accumulate);
}

/* The group's filters [patch x filters] as one matrix: they stand apart where there are several groups. */
static void
take_filters (const tile *t, const char *w)
{
    const size_t run = t->s.filters * t->call->dense->size;
    for (size_t p = 0; p < t->s.patch; p++)
        memcpy (t->filters + p * run, w + (p * t->s.groups + t->group) * run, run);
}

static void
result (const rg_call *call, const void *x, const void *w, void *out, bool accumulate)
{
    tile t = tile_of (call);
    for (t.group = 0; t.group < t.s.groups; t.group++) {
        take_filters (&t, w);
        for (t.first = t.rows = 0; next_tile (&t);) {
            unroll (&t, (char *) (uintptr_t) x, false);
            call->dense->multiply_nn (TILE, t.s.filters, t.s.patch, t.patches, t.filters, t.outputs, false);
            give_outputs (&t, out, accumulate);
        }
    }
}

static void
first (const rg_call *call, const void *y, const void *w, void *out, bool accumulate)
{
    tile t = tile_of (call);
    if (!accumulate)
        memset (out, 0, rg_array_size (call->operand[X]) * call->dense->size);
    for (t.group = 0; t.group < t.s.groups; t.group++) {
        take_filters (&t, w);
        for (t.first = t.rows = 0; next_tile (&t);) {
            take_outputs (&t, y);
            call->dense->multiply_nt (TILE, t.s.patch, t.s.filters, t.outputs, t.filters, t.patches, false);
            unroll (&t, out, true);
        }
    }
}

static void
second (const rg_call *call, const void *x, const void *y, void *out, bool accumulate)
{
    tile t = tile_of (call);
    for (t.group = 0; t.group < t.s.groups; t.group++) {
        for (t.first = t.rows = 0; next_tile (&t);) {
            unroll (&t, (char *) (uintptr_t) x, false);
            take_outputs (&t, y);
            call->dense->multiply_tn (t.s.patch, t.s.filters, TILE, t.patches, t.outputs, t.filters, t.first > 0);
        }
        for (size_t p = 0; p < t.s.patch; p++)
            call->dense->scaled (t.s.filters, 1, t.filters + p * t.s.filters * call->dense->size,
                                 rg_real_at (call->dense, out, (p * t.s.groups + t.group) * t.s.filters), accumulate);
    }
}

static const rg_bilinear products = { .result = result, .first = first, .second = second };

static void
forward (rg_call *call)
{
    result (call, call->operand[X]->value, call->operand[W]->value, call->result->value, false);
}

static void
backward (rg_call *call)
{
    rg_bilinear_backward (call, &products);
}

static void
tangents (rg_call *call)
{
    rg_bilinear_tangents (call, &products);
}

static void
adjoint_tangents (rg_call *call)
{
    rg_bilinear_adjoint_tangents (call, &products);
}

const rg_operator rg_operator_conv2d = {
    .name = "conv2d", .formula = "images [n x H x W x C] with filters [KH x KW x C/groups x F]", .options = options,
    .settings_bytes = sizeof (rg_window), .needs = 2, .takes = 2,
    .shape = shape, .forward = forward, .backward = backward, .tangents = tangents,
    .adjoint_tangents = adjoint_tangents, .single = true, .work = work, .forgets = RG_FORGETS_RESULT | RG_FORGETS_MOVE,
};
