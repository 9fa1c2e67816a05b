#!/usr/bin/env python3
"""Golden numbers of tests/check_first_order.c: hypergradients with the gradients of the training run held constant.

A run of floating arithmetic down Rosenbrock's valley records its gradients. The same run with these gradients as constants is a
function of initial weights and coefficients alone; its derivatives are taken by complex steps (Squire, Trapp 1998), which
no adjoint is a part of.
"""
import cmath

STEPS, START = 12, [-1.2, 1.0]


def gradient(w):
    return [-2 * (1 - w[0]) - 40 * w[0] * (w[1] - w[0] ** 2), 20 * (w[1] - w[0] ** 2)]


def outer(w):
    return (w[0] - 0.5) ** 2 + 0.25 * w[1] ** 2


def momentum_damped(w, state, g, c, t):
    rate, decay = c
    v = [decay * a + -(1 - decay) * b for a, b in zip(state["v"], g)]
    return [a + rate * b for a, b in zip(w, v)], {"v": v}


def adam(w, state, g, c, t):
    rate, beta1, beta2, epsilon = c
    m = [beta1 * a + (1 - beta1) * b for a, b in zip(state["m"], g)]
    u = [beta2 * a + (1 - beta2) * b * b for a, b in zip(state["u"], g)]
    step = [rate * (a / (1 - beta1 ** t)) / (cmath.sqrt(b / (1 - beta2 ** t)) + epsilon) for a, b in zip(m, u)]
    return [a - b for a, b in zip(w, step)], {"m": m, "u": u}


RULES = {
    "momentum-damped": (momentum_damped, {"v": [0, 0]}, [0.01, 0.75]),
    "adam": (adam, {"m": [0, 0], "u": [0, 0]}, [0.05, 0.75, 0.9375, 1e-3]),
}


def run(rule, state, w, c, frozen=None):
    seen = []
    for t in range(STEPS):
        seen.append(gradient(w) if frozen is None else frozen[t])
        w, state = rule(w, state, seen[-1], c, t + 1)
    return w, seen


for name, (rule, state, c) in RULES.items():
    w, frozen = run(rule, state, list(START), c)
    print(name, "outer loss", repr(complex(outer(w)).real))
    h = 1e-30
    numbers = list(START) + c
    for i in range(len(numbers)):
        moved = [complex(x, h if k == i else 0) for k, x in enumerate(numbers)]
        w, _ = run(rule, state, moved[:2], moved[2:], frozen)
        print("   ", repr(outer(w).imag / h))
