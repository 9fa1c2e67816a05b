#!/usr/bin/env python3
"""The figures of experiments/penalties by another program: NumPy, written from the formulae of Lorraine, Vicol, Duvenaud 2020.

usage: penalties.py FOLDER     FOLDER: the four ...-ubyte.gz files of (Fashion-)MNIST
A line for each split and K: the hyper-step at which the validation error is first 0, and the last validation cross-entropy.
"""
import gzip
import sys

import numpy


def load(folder, count):
    images = gzip.open(folder + "/train-images-idx3-ubyte.gz").read(16 + 784 * count)
    labels = gzip.open(folder + "/train-labels-idx1-ubyte.gz").read(8 + count)
    x = numpy.frombuffer(images, numpy.uint8, offset=16).reshape(count, 784) / 255
    return numpy.hstack([x, numpy.ones((count, 1))]), numpy.frombuffer(labels, numpy.uint8, offset=8).astype(int)


def softmax(z):
    e = numpy.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def tune(x, y, xv, yv, terms, hyper_steps=300, rate=.1, outer_rate=.05):
    n, target, target_v = len(x), numpy.eye(10)[y], numpy.eye(10)[yv]
    penalty, w, square = numpy.full((785, 10), -5.), numpy.zeros((785, 10)), numpy.zeros((785, 10))
    first = None
    for step in range(hyper_steps):
        for _ in range(20):
            w = w - rate * (x.T @ (softmax(x @ w) - target) / n + 2 * numpy.exp(penalty) * w)
        pv, p = softmax(xv @ w), softmax(x @ w)
        loss = -numpy.log(pv[numpy.arange(len(yv)), yv]).mean()
        if first is None and (pv.argmax(1) == yv).all():
            first = step
        u = xv.T @ (pv - target_v) / len(yv)
        q = u.copy()
        for _ in range(terms):  # u <- (I - rate H) u
            z = x @ u
            u = u - rate * (x.T @ (p * (z - (p * z).sum(1, keepdims=True))) / n + 2 * numpy.exp(penalty) * u)
            q += u
        g = -rate * q * 2 * numpy.exp(penalty) * w
        square = .99 * square + .01 * g * g
        penalty = numpy.clip(penalty - outer_rate * g / (numpy.sqrt(square) + 1e-8), -14, 2)
    return first, loss


X, Y = load(sys.argv[1], 500)
for split in range(5):
    a, b = slice(100 * split, 100 * split + 50), slice(100 * split + 50, 100 * split + 100)
    for k in (0, 1, 20):
        first, loss = tune(X[a], Y[a], X[b], Y[b], k)
        print(f"split {split}, K = {k}: {'never' if first is None else first}, {loss:.4f}", flush=True)
