#!/usr/bin/env python3
"""Golden hypergradients of tied hyperparameters: PyTorch in double precision, through the unrolled run.

The network, its examples and its batches are those of network.py; what is tied is written here as formulas of the free
numbers, so that PyTorch does the chain rule. Decays are rounded to multiples of 2^-14 after the tie, with the derivative
of the logistic function where they are applied. Prints the table of check_tied_network.c:

    /tmp/torch/bin/python tests/golden/ties.py      (a virtual environment as in network.py)
"""
import math

import torch

from network import BATCH, COUNTS, TRAIN, VALID, inputs, labels, logits, start

STEPS = 40
WEIGHTS = sum(COUNTS)
SHARES = torch.tensor([[.75, .25], [.125, .875]])


def spline(steps, knots, degree):
    """Values of B-splines with clamped ends, [steps x knots]: the triangular recurrence of de Boor 1978."""
    n, rows = knots - degree, []
    knot = [min(max(0, i - degree), n) for i in range(knots + degree + 1)]
    for t in range(steps):
        x = t * n / (steps - 1) if degree > 0 else t * n // steps
        place = max(i for i in range(knots) if knot[i] <= x and knot[i] < knot[i + 1])
        basis = [float(i == place) for i in range(knots + degree)]
        for d in range(1, degree + 1):
            for i in range(knots + degree - d):
                left, right = knot[i + d] - knot[i], knot[i + d + 1] - knot[i + 1]
                basis[i] = ((x - knot[i]) / left * basis[i] if left > 0 else 0) + (
                    (knot[i + d + 1] - x) / right * basis[i + 1] if right > 0 else 0)
        rows.append(basis[:knots])
    return torch.tensor(rows)


def wave(count, center, a, b):
    return torch.tensor([center * (1 + .3 * math.sin(a * i + b)) for i in range(count)])


def rounded_logistic(x):
    y = torch.round(torch.sigmoid(x.detach()) * 16384) / 16384
    return y + y * (1 - y) * (x - x.detach())


def of_each(values):
    return torch.repeat_interleave(values, torch.tensor(COUNTS), dim=1)


def schedules():
    """Rate: a cubic for each array; decay: pieces for all weights; L2: weights in groups."""
    free = {"rate": torch.log(wave(7 * len(COUNTS), .3, .5, 0)).reshape(7, -1), "decay": torch.logit(wave(5, .6, .9, .4)),
            "l2": torch.log(wave(6, .01, 1.1, .2))}
    group = torch.tensor([(i * i // 3) % 6 for i in range(WEIGHTS)])
    return free, lambda f: (of_each(torch.exp(spline(STEPS, 7, 3) @ f["rate"])),
                            rounded_logistic(spline(STEPS, 5, 0) @ f["decay"]).reshape(STEPS, 1).expand(STEPS, WEIGHTS),
                            torch.exp(f["l2"])[group])


def sharing():
    """Rate and decay: two halves of the weights share; decay by straight lines over the steps, too; L2: a matrix."""
    half = WEIGHTS // 2
    free = {"rate": torch.log(wave(WEIGHTS, .3, .5, 0)).reshape(2, half),
            "decay": torch.logit(wave(4 * WEIGHTS, .6, .9, .4)).reshape(4, 2, half), "l2": torch.log(wave(2, .01, 1.1, .2))}
    matrix = torch.tensor([[math.cos(.3 * a) ** 2, math.sin(.7 * a)] for a in range(len(COUNTS))])
    return free, lambda f: (torch.exp(SHARES @ f["rate"]).reshape(1, -1).expand(STEPS, WEIGHTS),
                            rounded_logistic(torch.einsum("tk,rs,ksi->tri", spline(STEPS, 4, 1), SHARES, f["decay"]))
                            .reshape(STEPS, WEIGHTS), of_each(torch.exp(matrix @ f["l2"]).reshape(1, -1))[0])


def run(case):
    free, used = case()
    free["weights"] = start()
    for block in free.values():
        block.requires_grad_()
    rate, decay, l2 = used(free)
    x, y, entropy = inputs(0, TRAIN), labels(0, TRAIN), torch.nn.functional.cross_entropy
    w, v = free["weights"], torch.zeros(WEIGHTS)
    for t in range(STEPS):
        batch = torch.tensor([(t * BATCH + i) % TRAIN for i in range(BATCH)])
        loss = entropy(logits(w, x[batch], torch.tanh), y[batch]) + (l2 * w * w).sum()
        g, = torch.autograd.grad(loss, w, create_graph=True)
        v = decay[t] * v - (1 - decay[t]) * g
        w = w + rate[t] * v
    out, target = logits(w, inputs(100, VALID), torch.tanh), labels(100, VALID)
    outer = entropy(out, target)
    gradients = torch.autograd.grad(outer, list(free.values()))
    return outer.item(), int((out.argmax(1) != target).sum()), dict(zip(free, (g.flatten() for g in gradients)))


def main():
    print(f"    /* PyTorch {torch.__version__.split('+')[0]}, double precision */")
    for case in (schedules, sharing):
        outer, wrong, gradients = run(case)
        print(f'    {{ "{case.__name__}", {outer:.13g}, {wrong},')
        print("      { " + ", ".join(str(len(g)) for g in gradients.values()) + " },\n      {")
        for name, g in gradients.items():
            n = len(g)
            parts = ", ".join(f"{g[i].item():.13g}" for i in (n // 7, n // 2, n - 1))
            print(f'        {{ "{name}", {g.norm().item():.13g}, {{ {parts} }} }},')
        print("      } },")


main()
