"""Whole meta-iterations of MAML and first-order MAML in double precision by PyTorch's reverse mode: the rows of
tests/golden_maml.h, which tests/check_maml.c meets. PyTorch 2.15, CPU.

The examples are those of check_maml.c; which of them an episode takes (support, query) is written down here, as
rg_episodes_draw chose for the episodes 12, 13 and 14.
"""
import math

import torch

torch.set_default_dtype(torch.double)
GROUPS, EXAMPLES, FEATURES, STEPS = 7, 84, 3, 3
EPISODES = {
    True: [([60, 32], [46, 53, 39, 18, 4]), ([25, 67], [32, 74, 11, 4, 53]), ([79, 72], [51, 44, 58, 30, 23])],
    False: [([60, 32, 75, 33, 63, 28], [46, 53, 39, 68, 82, 26, 70, 7, 49]),
            ([25, 67, 78, 36, 65, 2], [32, 74, 11, 22, 29, 57, 37, 23, 58]),
            ([79, 72, 34, 6, 60, 39], [51, 44, 58, 62, 48, 27, 46, 25, 53])],
}


def inputs(i):
    return [math.sin(2.385 * i + .7 * k * k) + i % GROUPS * k / 5 for k in range(FEATURES)]


def loss(w, rows, real):
    x = torch.tensor([inputs(i) for i in rows])
    z = torch.tanh(x @ w[0] + w[1]) @ w[2] + w[3]
    if real:
        y = torch.tensor([(i % GROUPS + 1) * math.sin(inputs(i)[0] - i % GROUPS / 2) for i in rows])
        return ((z[:, 0] - y) ** 2).mean()
    labels = torch.arange(3).repeat_interleave(len(rows) // 3)
    return torch.nn.functional.cross_entropy(z, labels)


def mean(real, exact):
    outputs = 1 if real else 3
    shapes = [(FEATURES, 4), (4,), (4, outputs), (outputs,)]
    n = sum(math.prod(s) for s in shapes)
    flat = torch.tensor([.6 * math.sin(2.1 * i + .4) for i in range(n)], requires_grad=True)
    rates = torch.tensor([.15 + .05 * math.cos(1.3 * i) for i in range(STEPS * 4)], requires_grad=True)
    total = 0
    for support, query in EPISODES[real]:
        w, at = [], 0
        for s in shapes:
            w.append(flat[at:at + math.prod(s)].reshape(s))
            at += math.prod(s)
        for t in range(STEPS):
            g = torch.autograd.grad(loss(w, support, real), w, create_graph=exact)
            if not exact:
                g = [x.detach() for x in g]
            w = [w[k] - rates[4 * t + k] * g[k] for k in range(4)]
        total = total + loss(w, query, real) / 3
    return total.item(), torch.autograd.grad(total, [rates, flat])


for real in (True, False):
    for exact in (True, False):
        value, gradients = mean(real, exact)
        print('{ "%s, %s", "%s", %d, %.17g,' % ("functions" if real else "classes", "exact" if exact else "first order",
                                              "reverse" if exact else "first-order", real, value))
        for k, (name, g) in enumerate(zip(("rate", "weights"), gradients)):
            n = g.numel()
            print('  %s{ "%s", %.17g, { %.17g, %.17g, %.17g } }%s' % ("{ " if k == 0 else "  ", name, g.norm().item(), g[n // 7], g[n // 2], g[-1],
                                                             "," if k == 0 else " } },"))
