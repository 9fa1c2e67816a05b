#!/usr/bin/env python3
"""Golden values of RMSprop: torch.optim.RMSprop in double over the gradients of tests/check_outer.c.

Run it with PyTorch to print the values after six steps:  python3 tests/golden/outer.py
"""
import torch

GRADIENTS = [[1, -2, .5, 2.385], [-2, 1, .25, -1.75], [.125, 0, -3, 1.5], [4.75, -.375, 1, -.5], [-1, -1, 2, .0625],
             [.75, 1e-3, -1e3, 6.5]]

for settings in ({}, {"momentum": .75}, {"alpha": .5, "eps": .1, "momentum": .25}):
    x = torch.tensor([1, 2, 3, 4], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.RMSprop([x], lr=.1, **settings)
    for g in GRADIENTS:
        x.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
    print(settings, ", ".join(f"{v:.16g}" for v in x.tolist()))
