"""Training images of which some classes are rare: python3 imbalance.py IMAGES LABELS OUT DRAW COMMON RARE VALID

Writes OUT/{train,valid,all}-{images,labels} (IDX) and OUT/inverse.npy, weights in proportion to one over the number of
the class, of mean 1. Class numbers fall geometrically from COMMON to RARE, in an order of the draw; VALID images a class.
Standard library only.
"""
import gzip
import random
import struct
import sys


def main():
    images, labels, out, draw, common, rare, valid = sys.argv[1:4] + [int(word) for word in sys.argv[4:]]
    with gzip.open(images) as file:
        header = file.read(16)
        pixels = file.read()
    with gzip.open(labels) as file:
        classes = file.read()[8:]
    size = len(pixels) // len(classes)
    numbers = random.Random(draw)
    order = numbers.sample(range(10), 10)
    counts = {c: round(common * (rare / common) ** (k / 9)) for k, c in enumerate(order)}
    places = numbers.sample(range(len(classes)), len(classes))
    of_class = {c: [i for i in places if classes[i] == c] for c in range(10)}
    train = [i for c in range(10) for i in of_class[c][:counts[c]]]
    held = [i for c in range(10) for i in of_class[c][counts[c]:counts[c] + valid]]
    numbers.shuffle(train)
    for name, chosen in ("train", train), ("valid", held), ("all", train + held):
        with open(f"{out}/{name}-images", "wb") as file:
            file.write(header[:4] + struct.pack(">I", len(chosen)) + header[8:])
            file.writelines(pixels[i * size:(i + 1) * size] for i in chosen)
        with open(f"{out}/{name}-labels", "wb") as file:
            file.write(bytes([0, 0, 8, 1]) + struct.pack(">I", len(chosen)) + bytes(classes[i] for i in chosen))
    weights = [len(train) / 10 / counts[classes[i]] for i in train]
    shape = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(train)},), }}"
    shape += " " * (-(len(shape) + 11) % 64) + "\n"
    with open(f"{out}/inverse.npy", "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(shape)) + shape.encode())
        file.write(struct.pack(f"<{len(train)}d", *weights))
    print(len(train))


main()
