#!/usr/bin/env python3
"""PyTorch's unrolled hypergradient beside `retrograde hypergradient`, on the same problem.

784-100-100-10, tanh, single precision, one thread, batches of 200 in cyclic order of 10,000 examples
of Fashion-MNIST; damped momentum; hyperparameters: log rate and logit decay per step and array; outer
loss: the mean over another 10,000 examples. Both start from the same weights and apply the decay
14746/16384 = .90002.

    python3 pytorch_unrolled.py RETROGRADE [--python PYTHON] [--steps 100 1000] [--repeats 3]

RETROGRADE is the command; PYTHON an interpreter that has torch and numpy. Each case runs in a process of
its own; the runs are interleaved; medians. See README.md. This driver imports nothing large on
purpose: a child's ru_maxrss starts at the size its parent had.
"""
import argparse
import ast
import json
import math
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile

WIDTHS = [784, 100, 100, 10]
EXAMPLES, BATCH, RATE, DECAY, SCALE = 10000, 200, .1, 14746 / 16384, .05
FOLDER = "/usr/share/datasets/fashion-mnist"
CONFIG = """\
precision: single
data:
  kind: fashion-mnist
  train: {{count: {examples}}}
  valid: {{first: {examples}, count: {examples}}}
  batch: {batch}
  order: cyclic
model: {{layers: {widths}, activation: tanh, weights: weights.npy}}
inner: {{dynamics: momentum-damped, steps: {steps}}}
hyper:
  - {{name: rate,  per: step*array, init: {rate}, transform: log}}
  - {{name: decay, per: step*array, init: {decay}, transform: logit}}
outer: {{loss: validation}}
estimator: {{kind: reverse, trajectory: reversible}}
"""


def write_npy(path, values):
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }" % len(values)
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(struct.pack("<%dd" % len(values), *values))


def read_npy(path):
    with open(path, "rb") as file:
        file.read(8)
        header = ast.literal_eval(file.read(struct.unpack("<H", file.read(2))[0]).decode())
        assert header["descr"] == "<f8" and not header["fortran_order"]
        return struct.unpack("<%dd" % math.prod(header["shape"]), file.read())


def write_problem(folder, steps):
    """weights.npy, exact in single precision, and a configuration for each number of steps."""
    source = random.Random(1)
    count = sum((rows + 1) * cols for rows, cols in zip(WIDTHS, WIDTHS[1:]))
    weights = [source.gauss(0, SCALE) for _ in range(count)]
    write_npy(f"{folder}/weights.npy", struct.unpack(f"<{count}f", struct.pack(f"<{count}f", *weights)))
    for T in steps:
        with open(f"{folder}/{T}.yaml", "w") as file:
            file.write(CONFIG.format(examples=EXAMPLES, batch=BATCH, widths=WIDTHS, steps=T, rate=RATE, decay=DECAY))


def theirs(folder, T):
    """One case of PyTorch's, printed as JSON; runs in a process of its own."""
    import gzip
    import resource
    import time

    import numpy as np
    import torch

    torch.set_num_threads(1)

    def read(name, header):
        with gzip.open(f"{FOLDER}/{name}") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)

    def peak():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 784)[:2 * EXAMPLES]
    labels = read("train-labels-idx1-ubyte.gz", 8)[:2 * EXAMPLES]
    x = torch.from_numpy(images.astype(np.float32) / np.float32(255))
    y = torch.from_numpy(labels.astype(np.int64))
    flat = torch.from_numpy(np.load(f"{folder}/weights.npy").astype(np.float32))
    shapes = [s for rows, cols in zip(WIDTHS, WIDTHS[1:]) for s in ((rows, cols), (cols,))]
    start = [part.reshape(s) for part, s in zip(flat.split([math.prod(s) for s in shapes]), shapes)]

    def loss(w, first, count):
        h = x[first:first + count]
        for layer in range(3):
            h = torch.addmm(w[2 * layer + 1], h, w[2 * layer])
            h = torch.tanh(h) if layer < 2 else h
        return torch.nn.functional.cross_entropy(h, y[first:first + count])

    def hypergradient(steps):
        log_rate = torch.full((steps * 6,), math.log(RATE), requires_grad=True)
        logit_decay = torch.full((steps * 6,), math.log(DECAY / (1 - DECAY)), requires_grad=True)
        rates, decays = log_rate.exp().unbind(), logit_decay.sigmoid().unbind()
        w, v = [p.clone().requires_grad_() for p in start], [torch.zeros_like(p) for p in start]
        for t in range(steps):
            g = torch.autograd.grad(loss(w, t * BATCH % EXAMPLES, BATCH), w, create_graph=True)
            rate, decay = rates[6 * t:6 * t + 6], decays[6 * t:6 * t + 6]
            v = [c * b - (1 - c) * a for a, b, c in zip(g, v, decay)]
            w = [a + b * c for a, b, c in zip(w, v, rate)]
        outer = loss(w, EXAMPLES, EXAMPLES)
        return outer.item(), torch.autograd.grad(outer, (log_rate, logit_decay))

    hypergradient(2)  # what is made once: thread pools, kernels, workspaces, the activations of the outer loss
    baseline, begin = peak(), time.perf_counter()
    outer, gradients = hypergradient(T)
    seconds = time.perf_counter() - begin
    for name, g in zip(("rate", "decay"), gradients):
        np.save(f"{folder}/theirs-{T}-{name}.npy", g.double().numpy())
    print(json.dumps({"seconds": seconds, "baseline": baseline, "peak": peak(), "outer": outer,
                      "version": torch.__version__}))


def environment():
    return dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")


def run(command):
    done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def run_ours(command, folder, T):
    report = run([command, "hypergradient", f"{folder}/{T}.yaml", "--json", "--save", f"{folder}/ours-{T}"])
    assert report["certified"]
    return {"seconds": report["seconds"]["total"], "peak": report["bytes"]["peak_rss"],
            "trajectory": report["bytes"]["trajectory"], "outer": report["loss"]["outer"]}


def agreement(folder, T, ours, other):
    """Print outer losses and norms; return the largest distance between two blocks, over the norm."""
    line, largest = f"T = {T}: outer loss {ours['outer']:.7g} and {other['outer']:.7g}", 0
    for name in ("rate", "decay"):
        a, b = read_npy(f"{folder}/ours-{T}/{name}.npy"), read_npy(f"{folder}/theirs-{T}-{name}.npy")
        norm = math.hypot(*b)
        apart = math.dist(a, b) / norm
        largest = max(largest, apart)
        line += f"; {name}: norm {math.hypot(*a):.6g} and {norm:.6g}, {apart:.1e} apart"
    print(line)
    return largest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("retrograde")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--steps", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case is not None:
        return theirs(options.retrograde, options.case)  # there the folder of the problem
    with tempfile.TemporaryDirectory() as folder:
        write_problem(folder, options.steps)
        ours = {T: [] for T in options.steps}
        others = {T: [] for T in options.steps}
        for _ in range(options.repeats):
            for T in options.steps:
                ours[T].append(run_ours(options.retrograde, folder, T))
                others[T].append(run([options.python, __file__, folder, "--case", str(T)]))

        def median(cases, key):
            return statistics.median(case[key] for case in cases)

        print(f"PyTorch {others[options.steps[0]][0]['version']}, one thread; medians of {options.repeats}")
        print(f"{'':8}{'retrograde':>24}{'PyTorch':>24}{'ratio':>9}")
        for T in options.steps:
            a, b = median(ours[T], "seconds"), median(others[T], "seconds")
            print(f"T ={T:5} forward and backward {a:9.2f} s {b:21.2f} s {a / b:9.3f}")
        for T in options.steps:
            a, b = median(ours[T], "peak"), median(others[T], "peak") - median(others[T], "baseline")
            print(f"T ={T:5} memory          {a / 2**20:12.1f} MiB peak {b / 2**20:9.1f} MiB above its base")
        first, last = options.steps[0], options.steps[-1]
        a = median(ours[last], "peak") - median(ours[first], "peak")
        b = median(others[last], "peak") - median(others[first], "peak")
        kept = ours[last][0]["trajectory"] - ours[first][0]["trajectory"]
        # part of ours lies in memory that reading the data has left, so the larger of two figures counts
        ratio = max(a, kept) / b
        print(f"growth, T = {first} to {last}: peak {a / 2**20:.2f} MiB, trajectory {kept / 2**20:.2f} MiB; "
              f"PyTorch {b / 2**20:.1f} MiB; ratio {ratio:.5f}")
        apart = [agreement(folder, T, ours[T][0], others[T][0]) for T in options.steps]
        faster = all(median(ours[T], "seconds") < median(others[T], "seconds") for T in options.steps)
        passed = faster and ratio <= .01 and max(apart) <= 1e-3
        print(f"faster, at most 1/100 of the growth, hypergradients within 1e-3: {'yes' if passed else 'NO'}")
        return 0 if passed else 1


sys.exit(main())
