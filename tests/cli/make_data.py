"""Small data sets for the command-line tests: NPY, IDX, CSV, sound and broken. Standard library only."""
import gzip
import random
import struct

TRAIN, VALID, INPUTS, CLASSES, STEPS, ARRAYS = 60, 30, 9, 4, 40, 6
WEIGHTS = 9 * 7 + 7 + 7 * 5 + 5 + 5 * 4 + 4

CONFIG = """\
seed: 1
data:
  kind: npy
  train: {inputs: x.npy, labels: y.npy}
  valid: {inputs: xv.npy, labels: yv.npy}
  batch: 20
model: {layers: [9, 7, 5, 4], scale: 0.5}
inner: {steps: 40}
hyper:
  - {name: rate, per: step*array, init: 0.3, transform: log}
  - {name: decay, per: step, init: 0.9, transform: logit}
outer: {iterations: 3}
"""

# The complete configuration of the design, with all blocks that go together.
COMPLETE = """\
seed: 1
precision: double
data:
  kind: npy
  train: {inputs: x.npy, labels: y.npy}
  valid: {inputs: xv.npy, labels: yv.npy}
  batch: 20
  order: cyclic
model: {kind: mlp, layers: [9, 7, 5, 4], activation: tanh, weights: w0.npy}
inner: {dynamics: momentum-damped, steps: 40, fraction_bits: 44}
hyper:
  - {name: rate,    per: step*array,    init: rate.npy,  transform: log}
  - {name: decay,   per: step,          init: 0.9,       transform: logit}
  - {name: l2,      per: weight,        init: 1.0e-3,    transform: log}
  - {name: example_weight, per: example, init: 1, constraint: {min: 0, max: 1}}
  - {name: weights}
  - {name: inputs}
outer: {loss: validation, optimizer: adam, rate: 0.04, iterations: 4}
estimator: {kind: reverse, trajectory: reversible}
"""

FORMATS = {"d": "<f8", "q": "<i8", "B": "|u1"}


def npy(shape, values, code="d", fortran=False):
    """The bytes of an NPY file, version 1.0."""
    shape_text = "(%s)" % "".join("%d, " % n for n in shape)
    header = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (FORMATS[code], fortran, shape_text)
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(
        "<%d%s" % (len(values), code), *values)


def idx(shape, values):
    """The bytes of an IDX file of unsigned bytes."""
    return bytes([0, 0, 8, len(shape)]) + struct.pack(">%dI" % len(shape), *shape) + bytes(values)


def csv(rows):
    return "".join(",".join("%.17g" % x for x in row) + "\n" for row in rows).encode()


EPISODES = """\
data:
  train: {inputs: characters.npy}
  order: episodes
  way: 3
  query: 2
  rotations: 2
  valid_classes: 3
  test_classes: 3
model: {input: [3, 3], layers: [flatten, {dense: 5}, tanh, {dense: 3}], init: glorot}
inner: {dynamics: gradient-descent, arithmetic: floating, steps: 2, rate: 0.4}
hyper: [{name: weights}]
outer: {iterations: 3, average: {initialisations: 4}}
estimator: {trajectory: stored}
"""


def few_shot():
    """Arrays [class x example x ...], and of functions."""
    draw = random.Random(14)
    characters = [min(255, max(0, int(draw.gauss(90 + 20 * (c * k % 7), 20)))) for c in range(12) for e in range(6) for k in range(9)]
    x = [draw.uniform(-2, 2) for _ in range(7 * 12)]
    y = [(i // 12 + 1) * v for i, v in enumerate(x)]
    return {"e.yaml": EPISODES.encode(), "characters.npy": npy([12, 6, 3, 3], characters, "B"), "fx.npy": npy([7, 12, 1], x),
            "fy.npy": npy([7, 12], y), "fy_short.npy": npy([7, 11], y[:77])}


def make(write):
    """Call write (name, bytes) for each file."""
    draw = random.Random(2385)

    def normal(count, scale=1.0):
        return [draw.gauss(0, scale) for _ in range(count)]

    centres = [normal(INPUTS) for _ in range(CLASSES)]

    def examples(count):
        labels = [draw.randrange(CLASSES) for _ in range(count - CLASSES)] + list(range(CLASSES))
        return [c + e for label in labels for c, e in zip(centres[label], normal(INPUTS, .7))], labels

    x, y = examples(TRAIN)
    xv, yv = examples(VALID)
    rows = [x[i * INPUTS:(i + 1) * INPUTS] + [y[i]] for i in range(TRAIN)]
    pixels = [max(0, min(255, int(128 + 40 * value))) for value in x]
    images, labels = idx([TRAIN, 3, 3], pixels), idx([TRAIN], y)
    sound = {
        "t.yaml": CONFIG.encode(), "complete.yaml": COMPLETE.encode(),
        "x.npy": npy([TRAIN, INPUTS], x), "y.npy": npy([TRAIN], y, "q"),
        "xv.npy": npy([VALID, INPUTS], xv), "yv.npy": npy([VALID], yv, "B"),
        "xv_centred.npy": npy([VALID, INPUTS], [v - sum(xv[i % INPUTS::INPUTS]) / VALID for i, v in enumerate(xv)]),
        "w0.npy": npy([WEIGHTS], normal(WEIGHTS, .5)),
        "rate.npy": npy([STEPS, ARRAYS], [.1 + .3 * draw.random() for _ in range(STEPS * ARRAYS)]),
        "x.idx": images, "y.idx": labels, "x.idx.gz": gzip.compress(images), "y.idx.gz": gzip.compress(labels),
        "d.csv": csv(rows),
    }
    sound.update(few_shot())
    broken = {
        "empty": b"", "long.npy": sound["x.npy"] + b"\0", "short.npy": sound["x.npy"][:-9],
        "cut.npy": sound["x.npy"][:40], "flat.npy": npy([TRAIN * INPUTS], x),
        "fortran.npy": npy([TRAIN, INPUTS], x, fortran=True),
        "nan.npy": npy([TRAIN, INPUTS], x[:100] + [float("nan")] + x[101:]),
        "inf_rate.npy": npy([STEPS, ARRAYS], [.3] * (STEPS * ARRAYS - 1) + [float("inf")]),
        "narrow.npy": npy([VALID, INPUTS - 1], xv[VALID:]),
        "y_negative.npy": npy([TRAIN], y[:7] + [-1] + y[8:], "q"),
        "y_half.npy": npy([TRAIN], y[:7] + [1.5] + y[8:]), "y_many.npy": npy([TRAIN + 1], y + [0], "q"),
        "yv_5.npy": npy([VALID], yv[:7] + [5] + yv[8:], "B"),
        "rate_turned.npy": npy([ARRAYS, STEPS], [.3] * (STEPS * ARRAYS)), "w_short.npy": npy([133], normal(133)),
        "w_nan.npy": npy([WEIGHTS], [.1] * 70 + [float("nan")] + [.1] * 63),
        "short.idx": images[:-1], "type.idx": bytes([0, 0, 7]) + images[3:], "zip.idx": b"PK" + images[2:],
        "short.idx.gz": gzip.compress(images)[:-20], "hurt.idx.gz": hurt(gzip.compress(images)),
        "ragged.csv": csv(rows[:3] + [rows[3][:-1]] + rows[4:]), "text.csv": csv(rows[:3]) + b"1,2,three,4,5,6,7,8,9,0\n",
        "nan.csv": csv(rows[:3]) + b"1,2,nan,4,5,6,7,8,9,0\n",
    }
    for files in sound, broken:
        for name in files:
            write(name, files[name])


def hurt(data):
    """Turn over one bit in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 16]) + data[middle + 1:]
