#!/usr/bin/env python3
"""Convolutional networks beside PyTorch: the plain training step, and what a hypergradient costs over it.

LeNet (two convolutions, 5 x 5, three dense layers) and four blocks of 64 filters (3 x 3, batch norm, relu, max pool 2), Fashion-MNIST,
batches of 128, momentum, single precision, one thread. Of PyTorch's two memory layouts the better one counts.

    python3 pytorch_layers.py RETROGRADE [--python PYTHON] [--steps 12] [--repeats 3] [--only NAME]

RETROGRADE is the command; PYTHON an interpreter that has torch. The runs are interleaved; medians. See README.md.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

BATCH, RATE, DECAY = 128, .01, .9
NETWORKS = {
    "LeNet": "[{conv: {filters: 6, kernel: 5, pad: 2}}, relu, {max-pool: 2}, {conv: {filters: 16, kernel: 5}}, relu, {max-pool: 2}, "
             "{dense: 120}, relu, {dense: 84}, relu, {dense: 10}]",
    "4 x 64": "[%s{dense: 10}]" % ("{conv: {filters: 64, kernel: 3, pad: 1}}, batch-norm, relu, {max-pool: 2}, " * 4),
}
CONFIG = """\
precision: single
data: {{kind: fashion-mnist, train: {{count: {examples}}}, valid: {{first: 5000, count: 128}}, batch: {batch}}}
model: {{input: [28, 28, 1], layers: {layers}, init: he}}
inner: {{dynamics: momentum, steps: {steps}}}
hyper: [{{name: rate, per: step*layer, init: {rate}}}, {{name: decay, per: step, init: {decay}}}]
"""


def theirs(name, steps):
    """Seconds of a training step in both layouts, printed as JSON; runs in a process of its own."""
    import time

    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(1)

    def block(channels):
        return [nn.Conv2d(channels, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64, track_running_stats=False), nn.ReLU(), nn.MaxPool2d(2)]

    found = {"version": torch.__version__}
    for layout in torch.contiguous_format, torch.channels_last:
        layers = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                  nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
        if name != "LeNet":
            layers = block(1) + block(64) + block(64) + block(64) + [nn.Flatten(), nn.Linear(64, 10)]
        net = nn.Sequential(*layers).to(memory_format=layout)
        x = torch.randn(BATCH, 1, 28, 28).to(memory_format=layout)
        y = torch.randint(10, (BATCH,))
        optimizer = torch.optim.SGD(net.parameters(), lr=RATE, momentum=DECAY)

        def step():
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()

        for _ in range(3):
            step()
        begin = time.perf_counter()
        for _ in range(steps):
            step()
        found[str(layout)] = (time.perf_counter() - begin) / steps
    print(json.dumps(found))


def run(command):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    return json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout)


def ours(command, config, steps):
    """Seconds of a plain step, and of a hypergradient a step."""
    plain = run([command, "hypergradient", config, "--json", "--set", "inner.arithmetic=floating", "--set", "estimator.trajectory=stored"])
    whole = run([command, "hypergradient", config, "--json"])
    assert whole["certified"]
    return plain["seconds"]["forward"] / steps, (whole["seconds"]["forward"] + whole["seconds"]["backward"]) / steps


def measure(name, options, folder):
    config = os.path.join(folder, "net.yaml")
    with open(config, "w") as file:
        file.write(CONFIG.format(examples=BATCH * 4, batch=BATCH, layers=NETWORKS[name], steps=options.steps, rate=RATE, decay=DECAY))
    mine, other = [], []
    for _ in range(options.repeats):
        mine.append(ours(options.retrograde, config, options.steps))
        other.append(run([options.python, __file__, name, "--case", str(options.steps)]))
    plain, whole = (1e3 * statistics.median(case[k] for case in mine) for k in (0, 1))
    torch = 1e3 * min(statistics.median(case[key] for case in other) for key in other[0] if key != "version")
    print(f"{name:8} plain step {plain:8.1f} ms, PyTorch {torch:8.1f} ms, ratio {plain / torch:5.2f}; "
          f"hypergradient over plain {whole / plain:5.2f}", flush=True)
    return other[0]["version"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("retrograde")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=NETWORKS)
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case is not None:
        return theirs(options.retrograde, options.case)  # there the name of the network
    with tempfile.TemporaryDirectory() as folder:
        for name in [options.only] if options.only else NETWORKS:
            version = measure(name, options, folder)
    print("PyTorch %s, one thread; medians of %d" % (version, options.repeats))


sys.exit(main())
