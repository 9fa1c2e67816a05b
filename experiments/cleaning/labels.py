#!/usr/bin/env python3
"""Labels and example weights of experiments/cleaning; nothing but the standard library.

labels.py noise TRAIN_LABELS.gz OUT N SEED    half of the first N labels become another one, drawn at random: OUT/labels-idx1-ubyte
                                              (all labels), OUT/wrong.txt (1 where replaced), OUT/all.npy, OUT/oracle.npy (weights of
                                              the N and of N validation examples after them: 1 each; 0 where the label is wrong)
labels.py weights STUDY OUT                   the study's weights, then N times their largest: OUT/final.npy; OUT/weights.txt (weight,
                                              whether its label is wrong); prints precision, recall, F1 and the largest weight.
                                              An example counts as removed below 1e-3, and as found where its label is wrong, too.
"""
import array
import gzip
import pathlib
import random
import struct
import sys

REMOVED = 1e-3


def write_npy(path, values):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(values)},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                     + struct.pack(f"<{len(values)}d", *values))


def read_npy(path):
    data = path.read_bytes()
    return array.array("d", data[10 + struct.unpack("<H", data[8:10])[0]:])


def noise(source, out, n, seed):
    n, data, draw, out = int(n), bytearray(gzip.open(source).read()), random.Random(int(seed)), pathlib.Path(out)
    wrong = [0] * n
    for i in draw.sample(range(n), n // 2):
        data[8 + i] = (data[8 + i] + draw.randrange(1, 10)) % 10
        wrong[i] = 1
    (out / "labels-idx1-ubyte").write_bytes(data)
    (out / "wrong.txt").write_text("".join(f"{w}\n" for w in wrong))
    write_npy(out / "all.npy", [1.0] * (2 * n))
    write_npy(out / "oracle.npy", [1.0 - w for w in wrong] + [1.0] * n)


def weights(study, out):
    out = pathlib.Path(out)
    learned = list(read_npy(pathlib.Path(study) / "hyper" / "example_weight.npy"))
    wrong = [int(line) for line in (out / "wrong.txt").read_text().split()]
    largest = max(learned)
    write_npy(out / "final.npy", learned + [largest] * len(learned))
    (out / "weights.txt").write_text("".join(f"{x:.6g} {w}\n" for x, w in sorted(zip(learned, wrong))))
    found = sum(w for x, w in zip(learned, wrong) if x < REMOVED)
    removed = sum(x < REMOVED for x in learned)
    precision, recall = found / removed if removed else 0, found / sum(wrong)
    f1 = 2 * precision * recall / (precision + recall) if found else 0
    print(f"{precision:.4f} {recall:.4f} {f1:.4f} {largest:.6g}")


if len(sys.argv) < 2 or sys.argv[1] not in ("noise", "weights"):
    sys.exit(__doc__)
(noise if sys.argv[1] == "noise" else weights)(*sys.argv[2:])
