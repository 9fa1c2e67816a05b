/* strided.c -- see strided.h. */
#include "graph/op/strided.h"

#include <string.h>

/* A map turned into loops: rows, one dimension in each row, and dimensions that are added up. */
typedef struct {
    size_t rows, row, row_in, row_out;
    size_t kept, dim[RG_DIMENSIONS + 1], in[RG_DIMENSIONS + 1], out[RG_DIMENSIONS + 1];
    size_t added, adds, add_dim[RG_DIMENSIONS], add_in[RG_DIMENSIONS]; /* added: how many numbers */
    size_t in_at, out_at;
} loops;

/* Where the a-th number that is added up lies, from the first. */
static inline size_t
offset_of (const loops *l, size_t a)
{
    size_t at = 0;
    for (size_t d = l->adds; d-- > 0;) {
        at += a % l->add_dim[d] * l->add_in[d];
        a /= l->add_dim[d];
    }
    return at;
}

#define real float
#define MOVE move_single
#define ROW row_single
#include "graph/op/strided_body.h"
#undef real
#undef MOVE
#undef ROW
#define real double
#define MOVE move_double
#define ROW row_double
#include "graph/op/strided_body.h"

static void
keep (loops *l, size_t dim, size_t in, size_t out)
{
    if (dim == 1)
        return;
    const size_t last = l->kept - 1;
    if (l->kept > 0 && l->in[last] == dim * in && l->out[last] == dim * out) { /* the two are one */
        l->dim[last] *= dim;
        l->in[last] = in;
        l->out[last] = out;
        return;
    }
    l->dim[l->kept] = dim;
    l->in[l->kept] = in;
    l->out[l->kept++] = out;
}

/* The loops of a map, there or back, for a block of directions. */
static loops
loops_along (const rg_map_of_numbers *map, bool back, size_t width)
{
    const size_t *in = back ? map->out : map->in, *out = back ? map->in : map->out;
    loops l = { .rows = 1, .row = 1, .added = 1, .in_at = width * (back ? map->out_at : map->in_at),
                   .out_at = width * (back ? map->in_at : map->out_at) };
    for (size_t d = 0; d < RG_DIMENSIONS; d++) {
        if (out[d] != 0 || map->dim[d] == 1) {
            keep (&l, map->dim[d], in[d] * width, out[d] * width);
            continue;
        }
        l.add_dim[l.adds] = map->dim[d];
        l.add_in[l.adds++] = in[d] * width;
        l.added *= map->dim[d];
    }
    keep (&l, width, 1, 1);
    if (l.kept > 0) { /* the last one is the row */
        l.kept--;
        l.row = l.dim[l.kept];
        l.row_in = l.in[l.kept];
        l.row_out = l.out[l.kept];
    }
    for (size_t d = 0; d < l.kept; d++)
        l.rows *= l.dim[d];
    return l;
}

/* Move numbers along a map into a slot or value of so many numbers, zeroed first where some are not met. */
static void
move (const rg_call *call, const rg_map_of_numbers *map, bool back, const void *in, size_t size, void *out,
      bool accumulate)
{
    const loops l = loops_along (map, back, call->width);
    if (!(back ? map->fills_in : map->fills_out) && !accumulate) {
        memset (out, 0, size * call->width * call->dense->size);
        accumulate = true;
    }
    if (call->dense->precision == RG_SINGLE)
        move_single (&l, map->scale, in, out, accumulate);
    else
        move_double (&l, map->scale, in, out, accumulate);
}

void
rg_strided_forward (rg_call *call, rg_strided_map *map_of)
{
    const rg_graph_array *y = call->result;
    for (size_t k = 0; k < call->node->operands; k++) {
        const rg_map_of_numbers map = map_of (call, k);
        if (map.scale != 0)
            move (call, &map, false, call->operand[k]->value, rg_array_size (y), y->value, k > 0);
    }
}

void
rg_strided_tangents (rg_call *call, rg_strided_map *map_of)
{
    rg_slot *out = &call->result->tangent;
    for (size_t k = 0; k < call->node->operands && out->data != NULL; k++) {
        if (!call->operand[k]->tangent.present)
            continue;
        const rg_map_of_numbers map = map_of (call, k);
        if (map.scale != 0)
            move (call, &map, false, call->operand[k]->tangent.data, rg_array_size (call->result), out->data,
                  rg_claim (out));
    }
}

/* Send a derivative of the result to an operand. */
static void
send (const rg_call *call, rg_strided_map *map_of, size_t k, const rg_slot *from, rg_slot *to)
{
    if (!from->present || to->data == NULL)
        return;
    const rg_map_of_numbers map = map_of (call, k);
    if (map.scale != 0)
        move (call, &map, true, from->data, rg_array_size (call->operand[k]), to->data, rg_claim (to));
}

void
rg_strided_backward (rg_call *call, rg_strided_map *map_of)
{
    for (size_t k = 0; k < call->node->operands; k++)
        send (call, map_of, k, &call->result->adjoint, &call->operand[k]->adjoint);
}

void
rg_strided_adjoint_tangents (rg_call *call, rg_strided_map *map_of)
{
    for (size_t k = 0; k < call->node->operands; k++)
        send (call, map_of, k, &call->result->adjoint_tangent, &call->operand[k]->adjoint_tangent);
}

void
rg_strides (const rg_shape *shape, size_t *stride)
{
    size_t next = 1;
    for (size_t d = RG_DIMENSIONS; d-- > 0;) {
        stride[d] = d < shape->dimensions ? next : 0;
        next *= d < shape->dimensions ? shape->dim[d] : 1;
    }
}

rg_map_of_numbers
rg_map_identity (const rg_shape *shape)
{
    rg_map_of_numbers map = { .scale = 1, .fills_in = true, .fills_out = true };
    rg_strides (shape, map.in);
    for (size_t d = 0; d < RG_DIMENSIONS; d++) {
        map.dim[d] = d < shape->dimensions ? shape->dim[d] : 1;
        map.out[d] = map.in[d];
    }
    return map;
}
