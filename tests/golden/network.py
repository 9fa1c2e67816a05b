#!/usr/bin/env python3
"""Golden hypergradients of a network: PyTorch in double precision, differentiating through the unrolled run.

Prints the tables that check_network.c and check_adam_network.c hold. It shares nothing with the library but the formulas
below. Decays are multiples of 2^-14 (beta2 and what weight decay leaves: of 2^-28), because those are what the library
applies; weight decay is differentiated as if it were not rounded. Adam's step is first compared with torch.optim.

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
    ("adam", "adam", 100, .02, .9, .05, "tanh", False),
    ("adamw", "adamw", 100, .02, .9, .05, "tanh", False),
    ("rmsprop", "rmsprop", 60, .005, .9, .05, "tanh", False),
    ("adamw, epsilon inside", "adamw", 60, .02, .5, .1, "sigmoid", True, True),
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


def schedule(steps, f):
    return torch.tensor([[f(t, a) for a in range(ARRAYS)] for t in range(steps)])


def adams(dynamics, steps, rate, decay, swing):
    """The coefficients of Adam and AdamW."""
    blocks = {"rate": rates(steps, rate), "beta1": decays(steps, decay, swing),
              "beta2": schedule(steps, lambda t, a: round(2**28 * (.99 + .005 * math.sin(.7 * t + 1.1 * a))) / 2**28),
              "epsilon": schedule(steps, lambda t, a: 1e-3 * (1 + .5 * math.sin(.3 * t + a)))}
    if dynamics == "adamw":
        blocks["weight_decay"] = schedule(steps, lambda t, a: .5 * (1 + .5 * math.cos(.4 * t + a)))
    if dynamics == "rmsprop":
        del blocks["beta1"]
    return blocks


class Adam:
    """Kingma and Ba 2015, Algorithm 1, and Loshchilov and Hutter 2019, with another coefficient each step and array."""

    def __init__(self, inside, rounded=True):
        self.m = self.u = torch.zeros(sum(COUNTS))
        self.product1 = self.product2 = torch.ones(ARRAYS)
        self.inside, self.rounded = inside, rounded

    def step(self, w, g, blocks, t):
        at = {name: block[t] for name, block in blocks.items()}
        self.product1, self.product2 = self.product1 * at["beta1"], self.product2 * at["beta2"]
        a, b1, b2, e, c1, c2 = (torch.repeat_interleave(x, torch.tensor(COUNTS)) for x in (
            at["rate"], at["beta1"], at["beta2"], at["epsilon"], 1 - self.product1, 1 - self.product2))
        self.m = b1 * self.m + (1 - b1) * g
        self.u = b2 * self.u + (1 - b2) * g * g
        step = self.m / c1 / (torch.sqrt(self.u / c2 + e) if self.inside else torch.sqrt(self.u / c2) + e)
        if "weight_decay" in at:
            keep = 1 - at["rate"] * at["weight_decay"]
            if self.rounded:
                keep = keep + (torch.round(keep * 2**28) / 2**28 - keep).detach()
            w = torch.repeat_interleave(keep, torch.tensor(COUNTS)) * w
        return w - a * step


def check_adam():
    """Coefficients that are constants: the steps above are those of torch.optim."""
    x, y, steps = inputs(0, TRAIN), labels(0, TRAIN), 60
    for decay, kind in ((0, torch.optim.Adam), (.3, torch.optim.AdamW)):
        constants = {"rate": .02, "beta1": .9, "beta2": .99, "epsilon": 1e-3, "weight_decay": decay}
        blocks = {name: torch.full((steps, ARRAYS), c) for name, c in constants.items()}
        w, own, adam = start().requires_grad_(), start(), Adam(False, False)
        optimizer = kind([w], lr=.02, betas=(.9, .99), eps=1e-3, weight_decay=decay)
        for t in range(steps):
            own.requires_grad_()
            loss = torch.nn.functional.cross_entropy(logits(own, x, torch.tanh), y)
            own = adam.step(own, torch.autograd.grad(loss, own)[0], blocks, t).detach()
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(logits(w, x, torch.tanh), y).backward()
            optimizer.step()
        assert (own - w).abs().max() < 1e-13, (own - w).abs().max()
    w, own, u = start().requires_grad_(), start(), torch.zeros(sum(COUNTS))
    optimizer = torch.optim.RMSprop([w], lr=.005, alpha=.99, eps=1e-3)
    for _ in range(steps):
        own.requires_grad_()
        g, = torch.autograd.grad(torch.nn.functional.cross_entropy(logits(own, x, torch.tanh), y), own)
        u = .99 * u + (1 - .99) * g * g
        own = (own - .005 * g / (torch.sqrt(u) + 1e-3)).detach()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits(w, x, torch.tanh), y).backward()
        optimizer.step()
    assert (own - w).abs().max() < 1e-13, (own - w).abs().max()


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


def run(dynamics, steps, rate, decay, swing, activation, on_training, inside=False):
    schedules = ({"rate": rates(steps, rate), "decay": decays(steps, decay, swing)} if "momentum" in dynamics
                 else adams(dynamics, steps, rate, decay, swing))
    blocks = {**schedules, "l2": penalties(),
              "example_weight": example_weights(), "weights": start(), "inputs": inputs(0, TRAIN)}
    adam = Adam(inside)
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
        if dynamics == "rmsprop":
            alpha, beta, e = (torch.repeat_interleave(b[t], count) for b in schedules.values())
            v = beta * v + (1 - beta) * g * g
            w = w - alpha * g / (torch.sqrt(v) + e)
            continue
        if "momentum" not in dynamics:
            w = adam.step(w, g, schedules, t)
            continue
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
    # the free numbers: logarithms, logits of the decays
    for name in {"rate", "l2", "epsilon", "weight_decay"} & set(names):
        gradients[name] = gradients[name] * blocks[name]
    for name in {"decay", "beta1", "beta2"} & set(names):
        gradients[name] = gradients[name] * blocks[name] * (1 - blocks[name])
    return outer.item(), wrong, {n: g.detach().flatten() for n, g in gradients.items()}


def main():
    check_adam()
    print(f"/* PyTorch {torch.__version__.split('+')[0]}, double precision */")
    for label, *case in CASES:
        outer, wrong, gradients = run(*case)
        dynamics, steps, rate, decay, swing, activation, on_training = case[:7]
        print(f'    {{ "{label}", "{dynamics}", {steps}, {rate}, {decay}, {swing}, RG_{activation.upper()}, '
              f'{int(on_training)},\n      {outer:.13g}, {wrong},\n      {{')
        for name, g in gradients.items():
            n = len(g)
            parts = ", ".join(f"{g[i].item():.13g}" for i in (n // 7, n // 2, n - 1))
            print(f'        {{ "{name}", {g.norm().item():.13g}, {{ {parts} }} }},')
        print("      } },")


if __name__ == "__main__":
    main()
