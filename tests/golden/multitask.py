#!/usr/bin/env python3
"""Golden hypergradients of several tasks in one problem: PyTorch in double precision, differentiating through the unrolled run.

Prints the table that check_multitask.c holds. It shares nothing with the library but the formulas below.

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch numpy
    /tmp/torch/bin/python tests/golden/multitask.py
"""
import math

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

FEATURES, CLASSES, TRAIN, VALID = 6, 4, 40, 31
DECAY_UNITS = 16384  # decays are multiples of 2^-14: those are what the library applies

# steps, rate, decay, widths, sharing of each layer, one against all, examples of each task a step (0: all), training loss
CASES = [
    (100, .4, .5, [6, 5, 4, 4], "shared separate shared", False, 0, False),
    (400, .1, .9, [6, 5, 4, 4], "tied shared separate", False, 5, False),
    (100, .3, .5, [6, 5, 2], "shared separate", True, 13, False),
    (100, .3, .5, [6, 5, 4], "separate shared", False, 0, True),
]


def inputs(first, count):
    return torch.tensor([[math.sin(1.3 * i + .7 * k + .29 * i * k) for k in range(FEATURES)]
                         for i in range(first, first + count)])


def labels(first, count):
    return torch.tensor([(3 * i + i * i // 5) % CLASSES for i in range(first, first + count)])


def members(first, count, task):
    """Positions in a set of the examples of a task."""
    return [i for i in range(count) if (first + i + (first + i) // 7) % 3 == task]


def outputs(z, mixtures, task, x, widths, sharing, tasks):
    """What the network of one task puts out."""
    at, shared = 0, 0
    for layer, (p, q) in enumerate(zip(widths, widths[1:])):
        parts = []
        for size in (p * q, q):
            copies = 1 if sharing[layer] == "tied" else tasks
            block = z[at:at + copies * size].reshape(copies, size)
            at += copies * size
            if sharing[layer] == "tied":
                parts.append(block[0])
            elif sharing[layer] == "separate":
                parts.append(block[task])
            else:
                parts.append(mixtures[shared, task] @ block)
        shared += sharing[layer] == "shared"
        x = x @ parts[0].reshape(p, q) + parts[1]
        if layer + 2 < len(widths):
            x = torch.tanh(x)
    return x


def pulls(z, strength, widths, sharing, tasks):
    """Sum over pairs of tasks of strength times the squared distance of their own weights."""
    at, total = 0, 0
    for layer, (p, q) in enumerate(zip(widths, widths[1:])):
        for size in (p * q, q):
            copies = 1 if sharing[layer] == "tied" else tasks
            block = z[at:at + copies * size].reshape(copies, size)
            at += copies * size
            if copies > 1:
                pair = 0
                for j in range(tasks):
                    for k in range(j + 1, tasks):
                        total = total + strength[pair] * ((block[j] - block[k]) ** 2).sum()
                        pair += 1
    return total


def run(steps, rate, decay, widths, sharing, one_vs_all, batch, on_training):
    sharing = sharing.split()
    tasks = CLASSES if one_vs_all else 3
    counts = [(1 if kind == "tied" else tasks) * n for kind, p, q in zip(sharing, widths, widths[1:]) for n in (p * q, q)]
    size, matrices = sum(counts), sharing.count("shared")
    # values of a block of [matrices x tasks x tasks] numbers
    mixed = [.5 / tasks + (.5 if i // tasks % tasks == i % tasks else 0) + .1 * math.sin(1.9 * i)
             for i in range(matrices * tasks * tasks)]
    blocks = {
        "rate": torch.tensor([rate * (1 + .3 * math.sin(a)) for a in range(len(counts))]),
        "decay": torch.tensor([round(DECAY_UNITS * decay) / DECAY_UNITS]),
        "l2": torch.tensor([.01 * (1 + .5 * math.sin(i)) for i in range(size)]),
        "sharing": torch.tensor(mixed),
        "interaction": torch.tensor([.02 * (1 + .5 * math.cos(i)) for i in range(tasks * (tasks - 1) // 2)]),
        "example_weight": torch.tensor([1 + .3 * math.cos(i) for i in range(TRAIN)]),
        "weights": torch.tensor([.5 * math.sin(2.1 * i + .4) for i in range(size)]),
    }
    if on_training:
        blocks["inputs"] = inputs(0, TRAIN)
    for block in blocks.values():
        block.requires_grad_()
    mixtures = blocks["sharing"].reshape(matrices, tasks, tasks)
    x_train = blocks["inputs"] if on_training else inputs(0, TRAIN)
    entropy = torch.nn.functional.cross_entropy

    def loss_of(z, task, x, y, weight):
        if one_vs_all:
            y = (y == task).long()
        return (weight * entropy(outputs(z, mixtures, task, x, widths, sharing, tasks), y, reduction="none")).mean()

    def rows(first, count, task, step, number):
        own = list(range(count)) if one_vs_all else members(first, count, task)
        number = number or len(own)
        return torch.tensor([own[(step * number + i) % len(own)] for i in range(number)])

    z, v = blocks["weights"], torch.zeros(size)
    count, y_train = torch.tensor(counts), labels(0, TRAIN)
    alpha, gamma = torch.repeat_interleave(blocks["rate"], count), blocks["decay"]
    for t in range(steps):
        loss = (blocks["l2"] * z * z).sum() + pulls(z, blocks["interaction"], widths, sharing, tasks)
        for task in range(tasks):
            chosen = rows(0, TRAIN, task, t, batch)
            loss = loss + loss_of(z, task, x_train[chosen], y_train[chosen], blocks["example_weight"][chosen])
        g, = torch.autograd.grad(loss, z, create_graph=True)
        v = gamma * v - (1 - gamma) * g
        z = z + alpha * v
    first, number = (0, TRAIN) if on_training else (100, VALID)
    x, y = (x_train, y_train) if on_training else (inputs(100, VALID), labels(100, VALID))
    outer, wrong, margins = 0, 0, []
    for task in range(tasks):
        chosen = rows(first, number, task, 0, 0)
        outer = outer + loss_of(z, task, x[chosen], y[chosen], torch.ones(len(chosen))) / tasks
        out = outputs(z, mixtures, task, x[chosen], widths, sharing, tasks)
        margins.append(out[:, 1] - out[:, 0])
        wrong += int((out.argmax(1) != y[chosen]).sum())
    if one_vs_all:
        wrong = int((torch.stack(margins).argmax(0) != y).sum())
    names = list(blocks)
    gradients = dict(zip(names, torch.autograd.grad(outer, [blocks[n] for n in names])))
    # the free numbers: log of rate and l2, logit of the decay
    for name in ("rate", "l2"):
        gradients[name] = gradients[name] * blocks[name]
    gradients["decay"] = gradients["decay"] * blocks["decay"] * (1 - blocks["decay"])
    return outer.item(), wrong, number, {n: g.detach().flatten() for n, g in gradients.items()}


def main():
    print(f"    /* PyTorch {torch.__version__.split('+')[0]}, double precision */")
    for case in CASES:
        outer, wrong, number, gradients = run(*case)
        print(f"    {{ {outer:.13g}, {wrong}, {number},\n      {{")
        for name, g in gradients.items():
            n = len(g)
            parts = ", ".join(f"{g[i].item():.13g}" for i in (n // 7, n // 2, n - 1))
            print(f'        {{ "{name}", {g.norm().item():.13g}, {{ {parts} }} }},')
        print("      } },")


main()
