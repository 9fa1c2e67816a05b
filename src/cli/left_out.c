/* left_out.c -- what a truncated way back left out, in words; see cli.h. */
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"

void
left_out_text (double adjoint, double hypergradient)
{
    if (!isfinite (adjoint))
        return;
    printf ("left out          at the cut the adjoint is %.3g of that at the end", adjoint);
    if (isfinite (hypergradient))
        printf ("; of the hypergradient at most %.3g, where steps before contract as those after\n", hypergradient);
    else
        puts (isinf (hypergradient) ? "; it does not contract: no bound" : "");
}
