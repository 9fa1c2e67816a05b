#!/usr/bin/env python3
"""Golden hypergradients of second networks: PyTorch in double precision, differentiating through the unrolled run.

Prints the table that check_second_network.c holds. The noise of an augmentation is drawn here by Philox4x32-10 and
Box-Muller, written anew from the paper (Salmon, Moraes, Dror, Shaw 2011).

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch numpy
    /tmp/torch/bin/python tests/golden/second_network.py
"""
import math

import torch
from network import ACTIVATIONS, ARRAYS, BATCH, COUNTS, TRAIN, VALID, example_weights, inputs, labels, logits, start

ACTIVATIONS = {**ACTIVATIONS, "relu": torch.relu, "linear": lambda x: x}
SEED, ITERATION, NOISE_STREAM = 7, 2, 8

# steps, rate, decay and its swing, outer loss on the training set with inputs of its own; each second network: widths,
# activation, output, and of an augmentation channels of noise
CASES = [
    (400, .1, .9, .03, False, {"representation": ([9, 6, 9], "tanh", "tanh")}),
    (100, .3, .5, .1, True, {"representation": ([9, 9], "tanh", "softplus_units")}),
    (100, .3, .5, .1, False, {"augmentation": ([9, 5, 9], "softplus_units", "tanh", 2)}),
    (100, .3, .5, .1, False, {"weighting": ([9, 4, 1], "tanh", "softplus_units")}),
    (100, .2, .7, .1, True, {"representation": ([9, 4, 9], "sigmoid", "linear"),
                             "augmentation": ([9, 9], "tanh", "linear", 1),
                             "weighting": ([9, 1], "tanh", "sigmoid")}),
]
VALUES = {"representation": lambda i: .6 * math.sin(1.7 * i + .3), "augmentation": lambda i: .3 * math.sin(1.1 * i + .8),
          "weighting": lambda i: .8 * math.sin(2.3 * i + .5)}


def philox(counter, key):
    x, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [b >> 32 ^ x[1] ^ k[0], b & 0xFFFFFFFF, a >> 32 ^ x[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return x


def noise(step, rows, channels):
    """Standard normal numbers of a step, from pairs of uniform ones."""
    numbers = []
    for block in range((rows * channels + 1) // 2):
        words = philox((block, NOISE_STREAM, step, ITERATION), (SEED, 0))
        u, v = (((words[2 * i] << 32 | words[2 * i + 1]) // 2**12 + .5) / 2**52 for i in range(2))
        radius = math.sqrt(-2 * math.log(u))
        numbers += [radius * math.cos(2 * math.pi * v), radius * math.sin(2 * math.pi * v)]
    return torch.tensor(numbers[:rows * channels]).reshape(rows, channels)


def size_of(widths, activation, output, channels=0):
    return sum((p + 1) * q for p, q in zip(widths, widths[1:])) + channels * widths[1]


def second(values, x, widths, activation, output, channels=0):
    """phi (x); x holds the noise already."""
    at = 0
    for layer, (p, q) in enumerate(zip(widths, widths[1:])):
        p += channels if layer == 0 else 0
        x = x @ values[at:at + p * q].reshape(p, q) + values[at + p * q:at + (p + 1) * q]
        at += (p + 1) * q
        x = ACTIVATIONS[activation if layer + 2 < len(widths) else output](x)
    return x


def run(steps, rate, decay, swing, on_training, networks):
    blocks = {
        "rate": torch.tensor([rate * (1 + .3 * math.sin(a)) for a in range(ARRAYS)]),
        "decay": torch.tensor([round(16384 * (decay + swing * math.sin(1.7 * a))) / 16384 for a in range(ARRAYS)]),
        "l2": torch.tensor([.01 * (1 + .5 * math.sin(i)) for i in range(ARRAYS)]),
    }
    if "weighting" not in networks:
        blocks["example_weight"] = example_weights()
    blocks["weights"] = start()
    if on_training:
        blocks["inputs"] = inputs(0, TRAIN)
    for name, network in networks.items():
        blocks[name] = torch.tensor([VALUES[name](i) for i in range(size_of(*network))])
    for block in blocks.values():
        block.requires_grad_()
    x_train, y_train = blocks["inputs"] if on_training else inputs(0, TRAIN), labels(0, TRAIN)
    entropy = torch.nn.functional.cross_entropy

    def model(w, x):
        if "representation" in networks:
            x = second(blocks["representation"], x, *networks["representation"])
        return logits(w, x, torch.tanh)

    w, v, count = blocks["weights"], torch.zeros(sum(COUNTS)), torch.tensor(COUNTS)
    alpha, gamma, l2 = (torch.repeat_interleave(blocks[name], count) for name in ("rate", "decay", "l2"))
    for t in range(steps):
        batch = torch.tensor([(t * BATCH + i) % TRAIN for i in range(BATCH)])
        x = x_train[batch]
        weight = (second(blocks["weighting"], x, *networks["weighting"])[:, 0] if "weighting" in networks
                  else blocks["example_weight"][batch])
        if "augmentation" in networks:
            network = networks["augmentation"]
            x = x + second(blocks["augmentation"], torch.cat([x, noise(t, BATCH, network[3])], 1), *network)
        loss = (weight * entropy(model(w, x), y_train[batch], reduction="none")).sum() / BATCH + (l2 * w * w).sum()
        g, = torch.autograd.grad(loss, w, create_graph=True)
        v = gamma * v - (1 - gamma) * g
        w = w + alpha * v
    out, target = (model(w, x_train), y_train) if on_training else (model(w, inputs(100, VALID)), labels(100, VALID))
    outer = entropy(out, target)
    names = list(blocks)
    gradients = dict(zip(names, torch.autograd.grad(outer, [blocks[n] for n in names])))
    for name in ("rate", "l2"):  # the free numbers: logarithms, logits of the decays
        gradients[name] = gradients[name] * blocks[name]
    gradients["decay"] = gradients["decay"] * blocks["decay"] * (1 - blocks["decay"])
    return outer.item(), int((out.argmax(1) != target).sum()), {n: g.detach().flatten() for n, g in gradients.items()}


def main():
    assert philox((0, 0, 0, 0), (0, 0)) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    print(f"    /* PyTorch {torch.__version__.split('+')[0]}, double precision */")
    for case in CASES:
        outer, wrong, gradients = run(*case)
        print(f"    {{ {outer:.13g}, {wrong},\n      {{")
        for name, g in gradients.items():
            n = len(g)
            parts = ", ".join(f"{g[i].item():.13g}" for i in (n // 7, n // 2, n - 1))
            print(f'        {{ "{name}", {g.norm().item():.13g}, {{ {parts} }} }},')
        print("      } },")


main()
