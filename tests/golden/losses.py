#!/usr/bin/env python3
"""Golden numbers of tests/check_losses.c: logistic loss of one output, smoothed labels, over 400 steps at decay .9.

    python3 -m venv /tmp/jax && /tmp/jax/bin/pip install jax
    /tmp/jax/bin/python tests/golden/losses.py
"""
import math

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)
FEATURES, TRAIN, VALID, BATCH, STEPS = 6, 11, 9, 4, 400
CASES = [("logistic", 2, 1, 0), ("logistic, smoothed", 2, 1, .2), ("softmax, smoothed", 3, 3, .15)]


def examples(first, count, classes):
    x = [[math.sin(2.385 * i + .7 * k * k) for k in range(FEATURES)] for i in range(first, first + count)]
    return jnp.array(x), jnp.array([i * i // 3 % classes for i in range(first, first + count)])


def losses(z, y, smoothing):
    """The cross-entropy of each row against the smoothed label, by probabilities of all classes."""
    if z.shape[1] == 1:
        z = jnp.concatenate([jnp.zeros_like(z), z], 1)
    classes = z.shape[1]
    target = (1 - smoothing) * jax.nn.one_hot(y, classes) + smoothing / classes
    return -(target * jax.nn.log_softmax(z, axis=1)).sum(1)


def model(w, x, outputs):
    a = 5 * FEATURES
    hidden = jnp.tanh(x @ w[:a].reshape(FEATURES, 5) + w[a:a + 5])
    return hidden @ w[a + 5:a + 5 + 5 * outputs].reshape(5, outputs) + w[a + 5 + 5 * outputs:]


def run(p, classes, outputs, smoothing):
    (x, y), (xv, yv) = examples(0, TRAIN, classes), examples(20, VALID, classes)

    def inner(w, batch):
        return (p["example_weight"][batch] * losses(model(w, x[batch], outputs), y[batch], smoothing)).mean() + p["l2"][0] * (w * w).sum()

    def step(state, t):
        w, v = state
        g = jax.grad(inner)(w, (t * BATCH + jnp.arange(BATCH)) % TRAIN)
        v = p["decay"][0] * v - (1 - p["decay"][0]) * g
        return (w + p["rate"][0] * v, v), None

    (w, _), _ = jax.lax.scan(step, (p["weights"], jnp.zeros_like(p["weights"])), jnp.arange(STEPS))
    z = model(w, xv, outputs)
    guess = (z[:, 0] > 0) if outputs == 1 else z.argmax(1)
    return losses(z, yv, 0).mean(), (guess != yv).sum()


def main():
    print("/* JAX %s, double precision */" % jax.__version__)
    for label, classes, outputs, smoothing in CASES:
        count = 5 * FEATURES + 5 + 6 * outputs
        p = {"rate": jnp.array([.2]), "decay": jnp.array([round(.9 * 2 ** 14) / 2 ** 14]), "l2": jnp.array([.01]),
             "example_weight": 1 + .3 * jnp.cos(jnp.arange(TRAIN)), "weights": .6 * jnp.sin(2.1 * jnp.arange(count) + .4)}
        (outer, wrong), g = jax.value_and_grad(run, has_aux=True)(p, classes, outputs, smoothing)
        g["rate"], g["l2"] = g["rate"] * p["rate"], g["l2"] * p["l2"]  # the free numbers: logarithms, a logit
        g["decay"] = g["decay"] * p["decay"] * (1 - p["decay"])
        print('    { "%s", %d, %d, %g, %.15g, %d, {' % (label, classes, outputs, smoothing, outer, wrong))
        for name in p:
            n = len(g[name])
            print('        { "%s", %.15g, { %s } },' % (name, jnp.linalg.norm(g[name]),
                                                      ", ".join("%.15g" % g[name][i] for i in (n // 7, n // 2, n - 1))))
        print("    } },")


if __name__ == "__main__":
    main()
