#!/usr/bin/env python3
"""Golden hypergradients of training with a clipped gradient, in plain Python: forward-mode dual numbers, no library.

The problem of momentum.py, with J's gradient g replaced by g min (1, 3 / ||g||), ||.|| over all six weights; classical momentum, rate
.1, decay .9; 12 steps, of which the norm is clipped in some and in others not (a line says which). Run it to print them:
    python3 tests/golden/clip.py
"""
import math

CLIP, STEPS = 3.0, 12


class Dual:
    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    @staticmethod
    def of(x):
        return x if isinstance(x, Dual) else Dual(x)

    def __add__(self, other):
        other = Dual.of(other)
        return Dual(self.value + other.value, self.tangent + other.tangent)

    __radd__ = __add__

    def __mul__(self, other):
        other = Dual.of(other)
        return Dual(self.value * other.value, self.tangent * other.value + self.value * other.tangent)

    __rmul__ = __mul__

    def __sub__(self, other):
        return self + -1.0 * Dual.of(other)

    def over_root(self, number):
        """number / sqrt (self)"""
        root = math.sqrt(self.value)
        return Dual(number / root, -0.5 * number * self.tangent / (root * self.value))


def outer_loss(w, lam, rate, decay, clipped=None):
    velocity = [0.0] * 6
    for t in range(STEPS):
        gradient = [1.0 * w[i] if i < 2 else 2.0 * lam[i - 2] * w[i] for i in range(6)]
        square = sum((Dual.of(g) * g for g in gradient), Dual(0.0))
        if square.value > CLIP ** 2:
            factor = square.over_root(CLIP)
            gradient = [factor * g for g in gradient]
            if clipped is not None:
                clipped.append(t)
        velocity = [decay * velocity[i] + gradient[i] for i in range(6)]
        w = [Dual.of(w[i]) - rate * velocity[i] for i in range(6)]
    return sum((0.5 if i < 2 else 0.25) * w[i] * w[i] for i in range(6))


START, LAMBDA, RATE, DECAY = [2.0, 3.5, -1.0, -2.0, 1.0, -1.0], [1.0, 0.7, 1.3, 0.4], 0.1, 0.9


def derivative(kind, index):
    def seeded(name, values):
        return [Dual(x, 1.0 if (name, i) == (kind, index) else 0.0) for i, x in enumerate(values)]
    rate, decay = seeded("rate", [RATE])[0], seeded("decay", [DECAY])[0]
    return outer_loss(seeded("weights", START), seeded("lambda", LAMBDA), rate, decay).tangent


clipped = []
print("outer loss", repr(Dual.of(outer_loss(START, LAMBDA, RATE, DECAY, clipped)).value))
print("clipped in steps", clipped)
for kind, count in ("weights", 6), ("rate", 1), ("decay", 1), ("lambda", 4):
    scale = RATE if kind == "rate" else 1.0
    print(kind, [derivative(kind, i) * scale for i in range(count)])
