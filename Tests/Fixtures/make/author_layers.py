#!/usr/bin/env python3
"""Writes Tests/Fixtures/layers/author-layers.json: what NumPy makes of the layers for authors.

Each case has the settings, inputs and parameters (by their names) of one layer and its result, computed in
Float64 by the formula of the layer's paper. Numbers are drawn from a generator seeded by the case's name and
rounded to Float32, so nothing depends on the machine or the date.

    python3 Tests/Fixtures/make/author_layers.py        # needs NumPy; made with 2.4.6
"""

import json
import pathlib
import random

import numpy as np

PATH = pathlib.Path(__file__).resolve().parent.parent / "layers" / "author-layers.json"


def plain(array):
    array = np.asarray(array)
    return {"shape": list(array.shape), "values": [float(f"{x:.8g}") for x in array.reshape(-1)]}


class Case:
    def __init__(self, name):
        self.name = name
        self.generator = random.Random(name)
        self.inputs = []
        self.parameters = {}

    def draw(self, *shape):
        values = [self.generator.gauss(0, 1) for _ in range(int(np.prod(shape)))]
        return np.array(values, dtype=np.float32).astype(np.float64).reshape(shape)

    def input(self, *shape):
        self.inputs.append(self.draw(*shape))
        return self.inputs[-1]

    def parameter(self, name, *shape):
        self.parameters[name] = self.draw(*shape)
        return self.parameters[name]

    def record(self, output):
        return {
            "name": self.name, "inputs": [plain(x) for x in self.inputs],
            "parameters": {name: plain(x) for name, x in self.parameters.items()},
            "output": plain(output),
        }


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def layer_norm():
    case = Case("layer norm")
    x, scale, shift = case.input(3, 5), case.parameter("scale", 5), case.parameter("shift", 5)
    epsilon = float(np.float32(0.01))
    normal = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + epsilon)
    return case.record(normal * scale + shift)


def gate_unit():
    case = Case("gate unit")
    x = case.input(3, 5)
    w1, b1 = case.parameter("squeeze/layer0/weight", 5, 4), case.parameter("squeeze/layer0/bias", 4)
    w2, b2 = case.parameter("weight", 4, 2), case.parameter("bias", 2)
    return case.record(2 * sigmoid(np.maximum(x @ w1 + b1, 0) @ w2 + b2))


def attention():
    case = Case("attention")
    x = case.input(2, 3, 5)
    q, k, v = (x @ case.parameter(name, 5, 4) for name in ("queries", "keys", "values"))
    output = case.parameter("output", 4, 4)
    heads = []
    for head in (slice(0, 2), slice(2, 4)):
        scores = np.einsum("rid,rjd->rij", q[:, :, head], k[:, :, head]) / np.sqrt(2)
        heads.append(softmax(scores) @ v[:, :, head])
    return case.record(np.concatenate(heads, axis=-1) @ output)


def generated_affine():
    case = Case("generated affine")
    x, z = case.input(3, 5), case.input(3, 4)
    u, v, b = case.parameter("left", 5, 2), case.parameter("right", 2, 3), case.parameter("bias", 3)
    w, c = case.parameter("generator/weight", 4, 4), case.parameter("generator/bias", 4)
    rows = [row @ u @ (own @ w + c).reshape(2, 2) @ v + b for row, own in zip(x, z)]
    return case.record(np.stack(rows))


def smooth_step_gates():
    case = Case("smooth-step gates")
    x = case.input(4, 3)
    mixing, codes = case.parameter("mixing", 3, 2), case.parameter("codes", 3, 6)
    t = np.clip(x @ codes / 4, -0.5, 0.5)
    steps = (-2 * t**3 + 1.5 * t + 0.5).reshape(4, 2, 3)
    shares = softmax(x @ mixing)
    weights = np.zeros((4, 5))
    for row in range(4):
        for selector in range(2):
            for expert in range(5):
                product = shares[row, selector]
                for bit in range(3):
                    step = steps[row, selector, bit]
                    product *= step if expert >> bit & 1 else 1 - step
                weights[row, expert] += product
    return case.record(weights)


def hard_concrete():
    case = Case("hard concrete")
    a = 3 * case.input(4, 3)
    case.inputs[0] = a.astype(np.float32).astype(np.float64)
    gate = np.clip(sigmoid(case.inputs[0]) * 1.2 - 0.1, 0, 1)
    return case.record(gate)


def open_probability():
    case = Case("open probability")
    return case.record(sigmoid(case.input(4, 3) - 2 / 3 * np.log(0.1 / 1.1)))


def main():
    cases = [
        layer_norm(), gate_unit(), attention(), generated_affine(), smooth_step_gates(),
        hard_concrete(), open_probability(),
    ]
    lines = [json.dumps(case, separators=(",", ":")) for case in cases]
    PATH.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
