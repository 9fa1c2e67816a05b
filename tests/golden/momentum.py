#!/usr/bin/env python3
"""Golden hypergradients of momentum in plain Python: forward-mode dual numbers, no library.

The problem: v1 starts at (10, 21) (a hyperparameter), v2 at [[-1, -2], [1, -1]];
J = mean(v1^2) + sum(lambda v2^2), lambda = 1 each; classical momentum, rate .1, decay .9,
five steps; E = mean(v1^2) + mean(v2^2). The numbers agree with the float32 ones of
lucfra/FAR-HO, tests/phi_0.ipynb. Run it to print them:  python3 tests/golden/momentum.py
"""


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


def outer_loss(w, lam, rate, decay, steps=5):
    velocity = [0.0] * 6
    for _ in range(steps):
        gradient = [1.0 * w[i] if i < 2 else 2.0 * lam[i - 2] * w[i] for i in range(6)]
        velocity = [decay * velocity[i] + gradient[i] for i in range(6)]
        w = [w[i] - rate * velocity[i] for i in range(6)]
    return sum(w[i] * w[i] * (0.5 if i < 2 else 0.25) for i in range(6))


def main():
    base = [10.0, 21.0, -1.0, -2.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 0.1, 0.9]
    names = ["v1[0]", "v1[1]", "v2[0]", "v2[1]", "v2[2]", "v2[3]",
             "lambda[0]", "lambda[1]", "lambda[2]", "lambda[3]", "rate", "decay"]
    for i, name in enumerate(names):
        x = [Dual(value, 1.0 if k == i else 0.0) for k, value in enumerate(base)]
        e = outer_loss(x[:6], x[6:10], x[10], x[11])
        print(f"{name:10s} E = {e.value:.17g}  dE = {e.tangent:.17g}")


main()
