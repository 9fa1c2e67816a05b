#!/usr/bin/env python3
"""Golden numbers of layers and of whole networks: PyTorch's own modules in double precision.

Prints the table that check_layer_golden.c holds: of each network the loss; of the gradient, of the product of the Hessian with
cos(1.3 i), and of each block of hypergradients of 50 steps, the length and the inner product with cos(.37 i + .2).

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch numpy
    /tmp/torch/bin/python tests/golden/layers.py
"""
import math

import torch
import torch.nn.functional as F
from torch.func import functional_call

torch.set_default_dtype(torch.float64)
TRAIN, VALID, CLASSES, STEPS = 12, 8, 3, 50
GAMMA, BETA2, EPSILON, RATE, ADAM_RATE, SHRINK = 14746 / 2**14, round(.99 * 2**28) / 2**28, 1e-3, .03, .01, .5


def inputs(first, count, features):
    return torch.tensor([[math.sin(1.3 * i + .7 * k + .29 * i * k) for k in range(features)] for i in range(first, first + count)])


def tokens(first, count, features):
    return torch.tensor([[(i * i + 3 * k + i * k) % 5 for k in range(features)] for i in range(first, first + count)])


def labels(first, count):
    return torch.tensor([(3 * i + i * i // 5) % CLASSES for i in range(first, first + count)])


def start(count):
    return torch.tensor([.5 * math.sin(2.1 * i + .4) for i in range(count)])


class Reader:
    """The flat weights, array after array."""

    def __init__(self, w):
        self.w, self.at = w, 0

    def __call__(self, *shape):
        size = math.prod(shape)
        self.at += size
        return self.w[self.at - size:self.at].reshape(shape)


# Images are [n x C x H x W] here, and in the library [n x H x W x C].

def image(x, height, width, channels):
    return x.reshape(-1, height, width, channels).permute(0, 3, 1, 2)


def flat(x):
    return x.permute(0, 2, 3, 1).reshape(len(x), -1)


def conv(r, x, filters, kernel, bias=True, groups=1, **options):
    w = r(*kernel, x.shape[1] // groups, filters).permute(3, 2, 0, 1)
    return F.conv2d(x, w, r(filters) if bias else None, groups=groups, **options)


def dense(r, x, units):
    w = r(x.shape[-1], units)
    return F.linear(x, w.T, r(units))


def batch_norm(r, x):
    return F.batch_norm(x, None, None, r(x.shape[1]), r(x.shape[1]), training=True)


def lstm(r, x, units):
    names = dict(weight_ih_l0=r(x.shape[2], 4 * units).T, weight_hh_l0=r(units, 4 * units).T, bias_ih_l0=r(4 * units),
                 bias_hh_l0=torch.zeros(4 * units))
    return functional_call(torch.nn.LSTM(x.shape[2], units, batch_first=True), names, (x,))[0]


def gru(r, x, units):
    names = dict(weight_ih_l0=r(x.shape[2], 3 * units).T, weight_hh_l0=r(units, 3 * units).T, bias_ih_l0=r(3 * units))
    names["bias_hh_l0"] = torch.cat([torch.zeros(2 * units), r(units)])
    return functional_call(torch.nn.GRU(x.shape[2], units, batch_first=True), names, (x,))[0]


def projections(r, n):
    parts = [(r(n, n).T, r(n)) for _ in range(4)]
    return {"in_proj_weight": torch.cat([w for w, _ in parts[:3]]), "in_proj_bias": torch.cat([b for _, b in parts[:3]]),
            "out_proj.weight": parts[3][0], "out_proj.bias": parts[3][1]}


def attention(r, x, heads):
    n = x.shape[2]
    return functional_call(torch.nn.MultiheadAttention(n, heads, batch_first=True), projections(r, n), (x, x, x))[0]


def transformer(r, x, heads, hidden, causal, pre):
    n, steps = x.shape[2], x.shape[1]
    block = torch.nn.TransformerEncoderLayer(n, heads, hidden, 0, "gelu", batch_first=True, norm_first=pre)
    names = {}

    def norm(k):
        names.update({"norm%d.weight" % k: r(n), "norm%d.bias" % k: r(n)})

    if pre:
        norm(1)
    names.update({"self_attn." + name: value for name, value in projections(r, n).items()})
    norm(2 if pre else 1)
    names.update({"linear1.weight": r(n, hidden).T, "linear1.bias": r(hidden), "linear2.weight": r(hidden, n).T, "linear2.bias": r(n)})
    if not pre:
        norm(2)
    mask = torch.triu(torch.full((steps, steps), -math.inf), 1) if causal else None
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        return functional_call(block, names, (x,), {"src_mask": mask})


def lenet(r, x):
    x = F.max_pool2d(torch.tanh(conv(r, image(x, 6, 6, 1), 3, (3, 3), padding=1)), 2)
    x = torch.tanh(conv(r, x, 4, (2, 2)))
    return dense(r, torch.tanh(dense(r, flat(x), 5)), CLASSES)


def residual(r, x):
    x = torch.tanh(batch_norm(r, conv(r, image(x, 6, 6, 1), 3, (3, 3), bias=False, padding=1)))
    x = x + torch.tanh(batch_norm(r, conv(r, x, 3, (3, 3), bias=False, padding=1)))
    return dense(r, x.mean((2, 3)), CLASSES)


def embedding(r, x):
    return dense(r, F.embedding(x, r(5, 4)).mean(1), CLASSES)


def sequence(x):
    return x.reshape(-1, 6, 6)


def strided(r, x):
    x = torch.tanh(conv(r, image(x, 6, 6, 1), 4, (3, 2), stride=2, padding=1))
    x = conv(r, x, 4, (2, 2), groups=2, dilation=2)
    return dense(r, flat(F.avg_pool2d(x, (1, 2))), CLASSES)


def norms(r, x):
    x = F.group_norm(conv(r, image(x, 6, 6, 1), 4, (3, 3), bias=False), 2, r(4), r(4))
    x = F.layer_norm(torch.tanh(x).permute(0, 2, 3, 1), (4,), r(4), r(4)).permute(0, 3, 1, 2)
    return dense(r, flat(x), CLASSES)


def places(r, x):
    table, place = r(5, 4), r(6, 4)
    return dense(r, (F.embedding(x, table) + place).mean(1), CLASSES)


WHOLE = [
    ("LeNet", lenet), ("residual, batch norm", residual),
    ("LSTM", lambda r, x: dense(r, lstm(r, lstm(r, sequence(x), 4), 3)[:, -1], CLASSES)),
    ("transformer", lambda r, x: dense(r, transformer(r, sequence(x), 2, 24, True, True).mean(1), CLASSES)),
    ("embedding, mean", embedding),
]
LAYERS = [
    ("strided, grouped, dilated", strided), ("group and layer norm", norms),
    ("GRU", lambda r, x: dense(r, gru(r, sequence(x), 4).mean(1), CLASSES)),
    ("attention", lambda r, x: dense(r, attention(r, sequence(x), 3).mean(1), CLASSES)),
    ("norms after", lambda r, x: dense(r, transformer(r, sequence(x), 1, 5, False, False).mean(1), CLASSES)),
    ("embedding, places", places),
]


def measure(x):
    direction = torch.cos(.37 * torch.arange(x.numel()) + .2)
    return "{ %.17g, %.17g }" % (x.norm().item(), (x @ direction).item())


def hypergradient(train, valid, w, adam):
    """Momentum: rate, decay, w; AdamW: rate, beta1, weight decay, w."""
    rate = torch.full((STEPS,), ADAM_RATE if adam else RATE).requires_grad_()
    decay, shrink, w0 = (torch.full((STEPS,), GAMMA).requires_grad_(), torch.full((STEPS,), SHRINK).requires_grad_(),
                         w.clone().requires_grad_())
    w, v, u, product1, product2 = w0, torch.zeros_like(w0), torch.zeros_like(w0), torch.ones(()), 1.
    for t in range(STEPS):
        g, = torch.autograd.grad(train(w), w, create_graph=True)
        if adam:
            product1, product2 = product1 * decay[t], product2 * BETA2
            v, u = decay[t] * v + (1 - decay[t]) * g, BETA2 * u + (1 - BETA2) * g * g
            step = v / (1 - product1) / (torch.sqrt(u / (1 - product2)) + EPSILON)
            keep = 1 - rate[t] * shrink[t]
            keep = keep + (torch.round(keep * 2**28) / 2**28 - keep).detach()  # as the library applies it
            w = keep * w - rate[t] * step
        else:
            v = decay[t] * v + g
            w = w - rate[t] * v
    loss = valid(w)
    blocks = torch.autograd.grad(loss, [rate, decay] + [shrink] * adam + [w0])
    return ["%.17g" % loss.item()] + [measure(block) for block in blocks]


def row(name, network, whole):
    data = tokens if name.startswith("embedding") else inputs
    features = 6 if data is tokens else 36
    reader = Reader(start(1000))
    network(reader, data(0, TRAIN, features))
    w = start(reader.at).requires_grad_()

    def loss(first, count):
        x, y = data(first, count, features), labels(first, count)
        return lambda w: F.cross_entropy(network(Reader(w), x), y)

    train = loss(0, TRAIN)
    value = train(w)
    g, = torch.autograd.grad(value, w, create_graph=True)
    product, = torch.autograd.grad(g @ torch.cos(1.3 * torch.arange(len(w))), w)
    lines = ["%d, %.17g, %s" % (len(w), value.item(), measure(g.detach())), measure(product)]
    for adam in (False, True) if whole else ():
        outer, *blocks = hypergradient(train, loss(TRAIN, VALID), w.detach(), adam)
        lines.append("{ %s, { %s } }" % (outer, ",\n        ".join(blocks)))
    print('    { "%s", %s },' % (name, ",\n      ".join(lines)))


for name, network in WHOLE:
    row(name, network, True)
for name, network in LAYERS:
    row(name, network, False)
