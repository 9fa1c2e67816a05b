#!/usr/bin/env python3
"""The initial weights of the paper's program, for the key model.weights, without its packages.

usage: weights.py LAYERS > WEIGHTS.npy

That program drew from numpy.random.RandomState(0), the velocity's numbers first: the Mersenne Twister (Matsumoto, Nishimura 1998), which
Python's own generator is too, seeded in its simple way, and normal numbers by the polar method.
LAYERS is like 784,200,50,10; the scale is e^-2.
"""
import array
import math
import random
import sys

SCALE = math.exp(-2)


def seeded(seed):
    words = [seed]
    for i in range(1, 624):
        words.append((1812433253 * (words[-1] ^ words[-1] >> 30) + i) & 0xffffffff)
    generator = random.Random()
    generator.setstate((3, (*words, 624), None))
    return generator


def normals(generator):
    while True:
        x, y = 2 * generator.random() - 1, 2 * generator.random() - 1
        square = x * x + y * y
        if 0 < square < 1:
            factor = math.sqrt(-2 * math.log(square) / square)
            yield factor * y
            yield factor * x


def main():
    widths = [int(n) for n in sys.argv[1].split(",")]
    size = sum((m + 1) * n for m, n in zip(widths, widths[1:]))
    drawn = normals(seeded(0))
    for _ in range(size):
        next(drawn)
    weights = array.array("d", (SCALE * next(drawn) for _ in range(size)))
    if sys.byteorder == "big":
        weights.byteswap()
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({size},), }}"
    sys.stdout.buffer.write(b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + f"{header:<117}\n".encode() + weights.tobytes())


main()
