#!/usr/bin/env python3
"""Golden hypergradients of a network: PyTorch in double precision, differentiating through the unrolled run.

Prints the table that check_network.c holds. It shares nothing with the library but the formulas
below. Decays are multiples of 2^-14, because those are what the library applies.

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch numpy
    /tmp/torch/bin/python tests/golden/network.py
"""
import math

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

WIDTHS = [9, 7, 5, 4]
TRAIN, VALID, BATCH = 50, 30, 20
ARRAYS = 2 * (len(WIDTHS) - 1)
COUNTS = [n for rows, cols in zip(WIDTHS, WIDTHS[1:]) for n in (rows * cols, cols)]
ACTIVATIONS = {"tanh": torch.tanh, "softplus_units": torch.nn.functional.softplus, "sigmoid": torch.sigmoid}

# label, dynamics, steps, rate, decay and its swing, activation, outer loss on the training set
CASES = [
    ("damped, 100 steps at .5", "momentum-damped", 100, .3, .5, .1, "tanh", False),
    ("damped, 400 steps at .9", "momentum-damped", 400, .1, .9, .03, "tanh", False),
    ("classical, 100 steps at .9", "momentum", 100, .02, .9, .03, "softplus_units", False),
    ("training loss with its direct term", "momentum-damped", 100, .3, .5, .1, "sigmoid", True),
]


def inputs(first, count):
    return torch.tensor([[math.sin(1.3 * i + .7 * k + .29 * i * k) for k in range(WIDTHS[0])]
                         for i in range(first, first + count)])


def labels(first, count):
    return torch.tensor([(3 * i + i * i // 5) % WIDTHS[-1] for i in range(first, first + count)])


def start():
    return torch.tensor([.5 * math.sin(2.1 * i + .4) for i in range(sum(COUNTS))])


def rates(steps, rate):
    return torch.tensor([[rate * (1 + .3 * math.sin(.5 * t + a)) for a in range(ARRAYS)] for t in range(steps)])


def decays(steps, decay, swing):
    return torch.tensor([[round(16384 * (decay + swing * math.sin(.9 * t + 1.7 * a))) / 16384 for a in range(ARRAYS)]
                         for t in range(steps)])


def penalties():
    return torch.tensor([.01 * (1 + .5 * math.sin(i)) for i in range(sum(COUNTS))])


def example_weights():
    return torch.tensor([1 + .3 * math.cos(i) for i in range(TRAIN)])


def logits(w, x, activation):
    first = 0
    for layer, (rows, cols) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        matrix = w[first:first + rows * cols].reshape(rows, cols)
        first += rows * cols
        x = x @ matrix + w[first:first + cols]
        first += cols
        if layer + 2 < len(WIDTHS):
            x = activation(x)
    return x


def run(dynamics, steps, rate, decay, swing, activation, on_training):
    blocks = {"rate": rates(steps, rate), "decay": decays(steps, decay, swing), "l2": penalties(),
              "example_weight": example_weights(), "weights": start(), "inputs": inputs(0, TRAIN)}
    for block in blocks.values():
        block.requires_grad_()
    y = labels(0, TRAIN)
    entropy, activate = torch.nn.functional.cross_entropy, ACTIVATIONS[activation]
    w, v = blocks["weights"], torch.zeros(sum(COUNTS))
    count = torch.tensor(COUNTS)
    for t in range(steps):
        batch = torch.tensor([(t * BATCH + i) % TRAIN for i in range(BATCH)])
        losses = entropy(logits(w, blocks["inputs"][batch], activate), y[batch], reduction="none")
        loss = (blocks["example_weight"][batch] * losses).sum() / BATCH + (blocks["l2"] * w * w).sum()
        g, = torch.autograd.grad(loss, w, create_graph=True)
        alpha = torch.repeat_interleave(blocks["rate"][t], count)
        gamma = torch.repeat_interleave(blocks["decay"][t], count)
        if dynamics == "momentum":
            v = gamma * v + g
            w = w - alpha * v
        else:
            v = gamma * v - (1 - gamma) * g
            w = w + alpha * v
    if on_training:
        out, target = logits(w, blocks["inputs"], activate), y
    else:
        out, target = logits(w, inputs(100, VALID), activate), labels(100, VALID)
    outer = entropy(out, target)
    wrong = int((out.argmax(1) != target).sum())
    names = list(blocks)
    gradients = dict(zip(names, torch.autograd.grad(outer, [blocks[n] for n in names])))
    # the free numbers: log of rate and l2, logit of the decay
    for name in ("rate", "l2"):
        gradients[name] = gradients[name] * blocks[name]
    gradients["decay"] = gradients["decay"] * blocks["decay"] * (1 - blocks["decay"])
    return outer.item(), wrong, {n: g.detach().flatten() for n, g in gradients.items()}


def main():
    print(f"/* PyTorch {torch.__version__.split('+')[0]}, double precision */")
    for label, *case in CASES:
        outer, wrong, gradients = run(*case)
        dynamics, steps, rate, decay, swing, activation, on_training = case
        print(f'    {{ "{label}", "{dynamics}", {steps}, {rate}, {decay}, {swing}, RG_{activation.upper()}, '
              f'{int(on_training)},\n      {outer:.13g}, {wrong},\n      {{')
        for name, g in gradients.items():
            n = len(g)
            parts = ", ".join(f"{g[i].item():.13g}" for i in (n // 7, n // 2, n - 1))
            print(f'        {{ "{name}", {g.norm().item():.13g}, {{ {parts} }} }},')
        print("      } },")


main()
