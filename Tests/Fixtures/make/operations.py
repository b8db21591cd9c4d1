#!/usr/bin/env python3
"""Writes Tests/Fixtures/operations/*.json: what PyTorch makes of our operations.

Each file is named after an operation and holds a list of cases. A case has inputs, constants and
settings, the output, and the gradients of all inputs for the given gradient of the output. Inputs
are drawn from a generator seeded by the case's name and rounded to Float32; everything is then
computed in Float64, so the fixtures are exact to the digits they are written with. Nothing depends
on the machine or the date: running the script again changes no byte.

    python3 Tests/Fixtures/make/operations.py        # needs PyTorch (CPU); made with 2.15.0
"""

import json
import pathlib
import random
import struct

import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "operations"


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


class Case:
    def __init__(self, name):
        self.name = name
        self.generator = random.Random(name)
        self.inputs = []
        self.constants = []
        self.settings = {}

    def normal(self, *shape, scale=1.0):
        count = 1
        for size in shape:
            count *= size
        values = [float32(self.generator.gauss(0, 1) * scale) for _ in range(count)]
        return torch.tensor(values, dtype=torch.float64).reshape(shape)

    def input(self, *shape, scale=1.0):
        return self.given(self.normal(*shape, scale=scale))

    def given(self, tensor):
        tensor = tensor.clone().double().requires_grad_(True)
        self.inputs.append(tensor)
        return tensor

    def constant(self, tensor):
        self.constants.append(tensor)
        return tensor

    def set(self, **settings):
        self.settings.update(settings)

    def result(self, output):
        self.output = output
        self.output_gradient = self.normal(*output.shape)
        output.backward(self.output_gradient)

    def record(self):
        return {
            "name": self.name,
            "settings": self.settings,
            "inputs": [plain(x) for x in self.inputs],
            "constants": [plain(x) for x in self.constants],
            "output": plain(self.output),
            "outputGradient": plain(self.output_gradient),
            "gradients": [
                plain(torch.zeros_like(x) if x.grad is None else x.grad) for x in self.inputs
            ],
        }


def plain(tensor):
    values = [float(f"{x:.9g}") for x in tensor.detach().reshape(-1).tolist()]
    return {"shape": list(tensor.shape), "values": values}


ACTIVATIONS = {
    "identity": lambda x: x,
    "relu": F.relu,
    "leaky-relu": lambda x: F.leaky_relu(x, float32(0.01)),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


def activation():
    for name, function in ACTIVATIONS.items():
        for scale in (0.01, 1, 20):
            case = Case(f"{name}, scale {scale}")
            case.set(activation=[name])
            case.result(function(case.input(4, 6, scale=scale)))
            yield case


def affine():
    for name, function in ACTIVATIONS.items():
        case = Case(f"one map, {name}")
        case.set(counts=[5], activation=[name])
        x, w, b = case.input(5, 7), case.input(7, 4), case.input(4)
        case.result(function(F.linear(x, w.T, b)))
        yield case
    for counts in ([3, 0, 2], [1], [0, 4], [2, 2, 2]):
        case = Case(f"segments {counts}")
        case.set(counts=counts, activation=["tanh"])
        x = case.input(sum(counts), 3)
        weights = [case.input(3, 2) for _ in counts]
        biases = [case.input(2) for _ in counts]
        parts = zip(torch.split(x, counts), weights, biases)
        case.result(torch.cat([torch.tanh(F.linear(p, w.T, b)) for p, w, b in parts]))
        yield case
    case = Case("maps that share rows")
    case.set(shared=[3], activation=["relu"])
    x = case.input(4, 3)
    weights = [case.input(3, 2) for _ in range(3)]
    biases = [case.input(2) for _ in range(3)]
    case.result(torch.cat([F.relu(F.linear(x, w.T, b)) for w, b in zip(weights, biases)]))
    yield case


def arithmetic():
    case = Case("sum")
    case.result(case.input(3, 4) + case.input(3, 4))
    yield case
    case = Case("product")
    case.result(case.input(3, 4) * case.input(3, 4))
    yield case
    case = Case("scaled")
    case.result(case.input(3, 4) * float32(-0.7))
    yield case
    case = Case("weighted sum")
    weights = case.constant(case.normal(3, 4))
    case.result((case.input(3, 4) * weights).sum())
    yield case


def columns():
    case = Case("side by side")
    case.result(torch.cat([case.input(3, 2), case.input(3, 1), case.input(3, 4)], dim=1))
    yield case
    case = Case("some columns")
    case.set(range=[1, 4])
    case.result(case.input(3, 6)[:, 1:4])
    yield case


def rows():
    case = Case("rows")
    case.set(indices=[2, 2, 0, 4])
    case.result(case.input(5, 3).index_select(0, torch.tensor([2, 2, 0, 4])))
    yield case
    case = Case("spread")
    case.set(indices=[4, 0, 2], rowCount=[6])
    case.result(torch.zeros(6, 2).double().index_add(0, torch.tensor([4, 0, 2]), case.input(3, 2)))
    yield case
    case = Case("slices")
    case.set(indices=[1, 0, 3])
    choices = torch.tensor([1, 0, 3]).reshape(3, 1, 1).expand(3, 1, 2)
    case.result(case.input(3, 4, 2).gather(1, choices).squeeze(1))
    yield case
    case = Case("stacked")
    case.result(torch.cat([case.input(2, 3), case.input(1, 3)]))
    yield case


def softmax():
    for scale in (1, 30):
        case = Case(f"softmax, scale {scale}")
        case.result(F.softmax(case.input(4, 6, scale=scale), dim=-1))
        yield case
        case = Case(f"log-softmax, scale {scale}")
        case.result(F.log_softmax(case.input(3, 4, 5, scale=scale), dim=1))
        yield case
    case = Case("masked softmax")
    kept = [1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1]
    case.set(kept=kept)
    mask = torch.tensor(kept).reshape(3, 4) == 0
    case.result(F.softmax(case.input(3, 4).masked_fill(mask, float("-inf")), dim=-1))
    yield case


def cross_entropy():
    for scale in (1, 50):
        case = Case(f"weighted, scale {scale}")
        labels = case.constant((case.normal(5, 2) > 0).double())
        weights = case.constant(case.normal(5, 2).abs())
        logits = case.input(5, 2, scale=scale)
        case.result(
            F.binary_cross_entropy_with_logits(logits, labels, weight=weights, reduction="sum"))
        yield case


def batch_normalization():
    for counts in ([6], [4, 3], [0, 5]):
        for training in (True, False):
            case = Case(f"{'batch' if training else 'kept'} moments, segments {counts}")
            case.set(counts=counts, training=[int(training)])
            x = case.input(sum(counts), 3)
            scales = [case.input(3) for _ in counts]
            shifts = [case.input(3) for _ in counts]
            means = [case.normal(3) for _ in counts]
            variances = [case.normal(3).square() + 0.5 for _ in counts]
            variances = [torch.tensor([float32(v) for v in x.tolist()]).double() for x in variances]
            if not training:
                case.constant(torch.stack(means))
                case.constant(torch.stack(variances))
            parts = []
            for part, scale, shift, mean, variance in zip(
                torch.split(x, counts), scales, shifts, means, variances
            ):
                if len(part) == 0:
                    continue
                parts.append(
                    F.batch_norm(
                        part, mean.clone(), variance.clone(), scale, shift, training=training,
                        eps=float32(1e-3)))
            case.result(torch.cat(parts))
            yield case


def embedding():
    ids = [3, 0, 3, 5, 1, 1]
    case = Case("two fields")
    case.set(ids=ids, fieldCount=[2])
    case.result(F.embedding(torch.tensor(ids).reshape(3, 2), case.input(7, 3)).reshape(3, 6))
    yield case
    case = Case("two fields beside other columns")
    case.set(ids=ids, fieldCount=[2])
    fields = F.embedding(torch.tensor(ids).reshape(3, 2), case.input(7, 3)).reshape(3, 6)
    case.result(torch.cat([fields, case.input(3, 2), case.input(3, 1)], 1))
    yield case
    for size in (7, 300):
        for mode in ("sum", "mean"):
            case = Case(f"{mode} of bags, {size} ids")
            case.set(ids=ids, offsets=[0, 0, 3, 3, 6], mean=[int(mode == "mean")])
            offsets = torch.tensor([0, 0, 3, 3, 6])
            case.result(
                F.embedding_bag(
                    torch.tensor(ids), case.input(size, 2), offsets, mode=mode,
                    include_last_offset=True))
            yield case


def sparse_product():
    columns, values = [3, 0, 3, 5, 1, 1], [0.5, 1.0, -2.0, 0.25, 1.5, 1.0]
    case = Case("weighted bags")
    case.set(columns=columns, offsets=[0, 0, 3, 3, 6])
    weights = case.constant(torch.tensor(values, dtype=torch.float64))
    case.result(
        F.embedding_bag(
            torch.tensor(columns), case.input(7, 2), torch.tensor([0, 0, 3, 3, 6]), mode="sum",
            per_sample_weights=weights, include_last_offset=True))
    yield case


def waves():
    case = Case("waves")
    x = case.constant(case.normal(5, 3))
    angles = 2 * torch.pi * case.input(3, 4, scale=0.3) * x[:, :, None]
    case.result(torch.cat([torch.cos(angles), torch.sin(angles)], -1).reshape(5, 24))
    yield case


def mixture():
    slots = [4, 1, -1, 0, 5, 2]
    case = Case("three rows of two choices")
    case.set(slots=slots)
    x, w = case.input(6, 4), case.input(3, 2)
    chosen = x[torch.tensor(slots).clamp(min=0)].reshape(3, 2, 4)
    kept = (torch.tensor(slots) >= 0).double().reshape(3, 2)
    case.result(((w * kept).unsqueeze(-1) * chosen).sum(1))
    yield case


OPERATIONS = [
    activation, affine, arithmetic, columns, rows, softmax, cross_entropy, batch_normalization,
    embedding, sparse_product, waves, mixture,
]


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for operation in OPERATIONS:
        cases = [json.dumps(case.record(), separators=(",", ":")) for case in operation()]
        path = FOLDER / (operation.__name__.replace("_", "-") + ".json")
        path.write_text("[\n" + ",\n".join(cases) + "\n]\n")


if __name__ == "__main__":
    main()
