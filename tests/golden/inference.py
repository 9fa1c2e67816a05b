#!/usr/bin/env python3
"""Golden numbers of running statistics: PyTorch's BatchNorm2d with momentum=None, then eval ().

Prints the arrays that check_inference.c holds: running means and variances of two batch norms after two parts of 6 examples, and
what the network puts out for one example.

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch numpy
    /tmp/torch/bin/python tests/golden/inference.py
"""
import math

import torch

torch.set_default_dtype(torch.float64)
net = torch.nn.Sequential(
    torch.nn.Conv2d(1, 3, 3, padding=1, bias=False), torch.nn.BatchNorm2d(3, momentum=None), torch.nn.Tanh(),
    torch.nn.Conv2d(3, 2, 2, bias=False), torch.nn.BatchNorm2d(2, eps=1e-3, momentum=None), torch.nn.Tanh(),
    torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(2, 3))
at = 0
with torch.no_grad():
    for p in net.parameters():
        values = torch.tensor([.5 * math.sin(2.1 * (at + i) + .4) for i in range(p.numel())])
        at += p.numel()
        if p.ndim == 4:  # the library has [height x width x channels x filters]
            values = values.reshape(*p.shape[2:], p.shape[1], p.shape[0]).permute(3, 2, 0, 1)
        elif p.ndim == 2:
            values = values.reshape(p.shape[1], p.shape[0]).T
        p.copy_(values.reshape(p.shape))


def example(i):
    return [math.sin(1.3 * i + .7 * k + .29 * i * k) for k in range(36)]


def parts(first, count):
    return torch.tensor([example(i) for i in range(first, first + count)]).reshape(-1, 1, 6, 6)


for first in (0, 6):
    net(parts(first, 6))
net.eval()


def line(x):
    print("    " + ", ".join("%.17g" % value for value in x))


for norm in (net[1], net[4]):
    line(torch.cat([norm.running_mean, norm.running_var]).tolist())
line(net(parts(20, 1)).flatten().tolist())
