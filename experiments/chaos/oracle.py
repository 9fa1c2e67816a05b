#!/usr/bin/env python3
"""The sweep of run by an independent program: NumPy in double precision, every state stored.

usage: oracle.py [--center] FOLDER LAYERS SEED FROM TO POINTS > SWEEP

A line a point, so many in each .25 of the log rate: log rate, loss, derivative, as bins.awk reads them. FOLDER has train-...-ubyte.gz;
LAYERS is like 784,50,50,10. SEED is one of numpy.random.RandomState; the paper's program took seed 0 and drew as
many numbers for the velocity first: SEED "paper" (weights.py draws them, too).
"""
import argparse
import gzip

import numpy as np

STEPS, BATCH, COUNT, DECAY, SCALE = 50, 250, 1000, .9, np.exp(-2.)


def images(folder, center):
    def read(name, header, size):
        with gzip.open(f"{folder}/train-{name}-ubyte.gz") as file:
            return np.frombuffer(file.read(header + COUNT * size)[header:], np.uint8)
    inputs = read("images-idx3", 16, 784).reshape(COUNT, 784) / 255.
    return inputs - inputs.mean(0) * center, np.eye(10)[read("labels-idx1", 8, 1)]


def initial(layers, seed):
    shapes = list(zip(layers, layers[1:]))
    size = sum((m + 1) * n for m, n in shapes)
    random = np.random.RandomState(0 if seed == "paper" else int(seed))
    if seed == "paper":
        random.randn(size)
    return shapes, random.randn(size) * SCALE


def views(vector, shapes):
    """The weights and biases of each layer, of one vector."""
    parts, at = [], 0
    for m, n in shapes:
        parts.append((vector[at:at + m * n].reshape(m, n), vector[at + m * n:at + (m + 1) * n]))
        at += (m + 1) * n
    return parts


def forward(layers, inputs):
    units = [inputs]
    for weights, bias in layers[:-1]:
        units.append(np.tanh(units[-1] @ weights + bias))
    logits = units[-1] @ layers[-1][0] + layers[-1][1]
    logits = logits - logits.max(1, keepdims=True)
    return units, logits - np.log(np.exp(logits).sum(1, keepdims=True))


def loss_gradient(vector, shapes, inputs, targets):
    layers = views(vector, shapes)
    units, logs = forward(layers, inputs)
    delta, parts = (np.exp(logs) - targets) / len(inputs), []
    for l in reversed(range(len(layers))):
        parts += [delta.sum(0), (units[l].T @ delta).ravel()]
        if l:
            delta = (delta @ layers[l][0].T) * (1 - units[l] ** 2)
    return -(logs * targets).sum() / len(inputs), np.concatenate(parts[::-1])


def hessian_times(vector, direction, shapes, inputs, targets):
    """Pearlmutter's R-operator: the gradient's derivative along a direction."""
    layers, moves = views(vector, shapes), views(direction, shapes)
    units, logs = forward(layers, inputs)
    tangents = [None]
    for l, (move, shift) in enumerate(moves):
        tangent = units[l] @ move + shift
        if l:
            tangent += tangents[l] @ layers[l][0]
        tangents.append(tangent * (1 - units[l + 1] ** 2) if l + 1 < len(layers) else tangent)
    chance, tangent = np.exp(logs), tangents.pop()
    delta = (chance - targets) / len(inputs)
    turn = chance * (tangent - (chance * tangent).sum(1, keepdims=True)) / len(inputs)
    parts = []
    for l in reversed(range(len(layers))):
        parts += [turn.sum(0), (units[l].T @ turn + (tangents[l].T @ delta if l else 0)).ravel()]
        if l:
            slope, back = 1 - units[l] ** 2, delta @ layers[l][0].T
            turn = (turn @ layers[l][0].T + delta @ moves[l][0].T) * slope - 2 * back * units[l] * tangents[l]
            delta = back * slope
    return np.concatenate(parts[::-1])


def train(start, shapes, inputs, targets, rate):
    """The loss after training, and its derivative by the log rate."""
    batches = [(inputs[i:i + BATCH], targets[i:i + BATCH]) for i in range(0, COUNT, BATCH)]
    w, v, states = start, np.zeros_like(start), []
    for t in range(STEPS):
        v = DECAY * v - (1 - DECAY) * loss_gradient(w, shapes, *batches[t % len(batches)])[1]
        states.append((w, v))
        w = w + rate * v
    loss, dw = loss_gradient(w, shapes, inputs, targets)
    dv, drate = np.zeros_like(w), 0.
    for t in reversed(range(STEPS)):
        w, v = states[t]
        drate += dw @ v
        dv = dv + rate * dw
        dw = dw - (1 - DECAY) * hessian_times(w, dv, shapes, *batches[t % len(batches)])
        dv = DECAY * dv
    return loss, rate * drate


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--center", action="store_true")
    for name in ("folder", "layers", "seed"):
        parser.add_argument(name)
    for name, kind in (("first", float), ("end", float), ("points", int)):
        parser.add_argument(name, type=kind)
    args = parser.parse_args()
    inputs, targets = images(args.folder, args.center)
    shapes, start = initial([int(n) for n in args.layers.split(",")], args.seed)
    np.seterr(all="ignore")
    for log_rate in np.arange(args.first + .125 / args.points, args.end, .25 / args.points):
        print(log_rate, *train(start, shapes, inputs, targets, np.exp(log_rate)), flush=True)


main()
