#!/usr/bin/env python3
"""Writes Tests/Fixtures/operations/author-operations.json: what NumPy makes of the arithmetic for authors.

The form of the file is that of operations.py. Each operation is written as a NumPy formula in Float64;
gradients are central differences of fourth order of that formula (error below 1e-9), so nothing is shared
with our backward passes. Inputs are drawn from a generator seeded by the case's name and rounded to
Float32. Nothing depends on the machine or the date.

    python3 Tests/Fixtures/make/author_operations.py        # needs NumPy; made with 2.4.6
"""

import json
import pathlib
import random

import numpy as np

PATH = pathlib.Path(__file__).resolve().parent.parent / "operations" / "author-operations.json"


def gradient(function, inputs, index, weights):
    """The gradient of sum(weights * function(inputs)) with respect to one input."""
    result = np.zeros_like(inputs[index])
    for place in np.ndindex(*inputs[index].shape):
        def value(step):
            moved = [x.copy() for x in inputs]
            moved[index][place] += step
            return np.sum(weights * function(*moved))

        h = 1e-3 * max(1.0, abs(inputs[index][place]))
        result[place] = (
            8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
    return result


def plain(array):
    array = np.asarray(array)
    return {"shape": list(array.shape), "values": [float(f"{x:.8g}") for x in array.reshape(-1)]}


def case(name, function, *shapes, draw=None):
    generator = random.Random(name)
    draw = draw or (lambda generator: generator.gauss(0, 1))

    def array(shape, draw):
        values = [draw(generator) for _ in range(int(np.prod(shape)))]
        return np.array(values, dtype=np.float32).astype(np.float64).reshape(shape)

    inputs = [array(shape, draw) for shape in shapes]
    output = np.asarray(function(*inputs))
    weights = array(output.shape, lambda generator: generator.gauss(0, 1))
    return {
        "name": name, "settings": {}, "inputs": [plain(x) for x in inputs], "constants": [],
        "output": plain(output), "outputGradient": plain(weights),
        "gradients": [plain(gradient(function, inputs, i, weights)) for i in range(len(inputs))],
    }


def positive(generator):
    return generator.uniform(0.3, 3)


def off_the_kinks(generator):
    return generator.choice([-2.25, -1.5, -0.75, -0.3, 0.3, 0.75, 1.5, 2.25]) + generator.uniform(
        -0.1, 0.1)


def wide(generator):
    return generator.gauss(0, 12)


def log_add(x):
    top = x.max(axis=-1, keepdims=True)
    return top + np.log(np.exp(x - top).sum(axis=-1, keepdims=True))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def product_logit(a, b):
    p = sigmoid(a) * sigmoid(b)
    return np.log(p) - np.log1p(-p)


def pairwise_products(x):
    vectors = x.reshape(len(x), 3, -1)
    gram = np.einsum("rif,rjf->rij", vectors, vectors)
    return np.triu(gram, 1).sum(axis=(1, 2)).reshape(-1, 1)


def smooth_step(x):
    t = np.clip(x / 5, -0.5, 0.5)
    return -2 * t**3 + 1.5 * t + 0.5


def layer_norm(x):
    mean = x.mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + np.float64(np.float32(1e-5)))


CASES = [
    case("difference", np.subtract, (3, 4), (3, 4)),
    case("quotient", np.divide, (3, 4), (3, 4), draw=positive),
    case("sum with a row", np.add, (3, 4), (4,)),
    case("difference of a column and a matrix", np.subtract, (3, 1), (3, 4)),
    case("product with a column", np.multiply, (3, 4), (3, 1)),
    case("quotient by a scalar", np.divide, (3, 4), (), draw=positive),
    case("product of a column and a row", np.multiply, (3, 1), (1, 4)),
    case("product with columns of three axes", np.multiply, (2, 3, 4), (2, 3, 1)),
    case("scalars", lambda x: 1 - 2 * x / 4 + 3 / x - 0.5, (3, 4), draw=positive),
    case("sum", np.sum, (3, 4)),
    case("mean", np.mean, (3, 4)),
    case("sum over rows", lambda x: x.sum(axis=0, keepdims=True), (3, 4)),
    case("mean over rows", lambda x: x.mean(axis=0, keepdims=True), (3, 4)),
    case("sum over columns", lambda x: x.sum(axis=-1, keepdims=True), (2, 3, 4)),
    case("mean over columns", lambda x: x.mean(axis=-1, keepdims=True), (3, 4)),
    case("log-sum-exp", log_add, (3, 4)),
    case("log-sum-exp of large numbers", log_add, (3, 4), draw=wide),
    case("exp", np.exp, (3, 4)),
    case("log", np.log, (3, 4), draw=positive),
    case("sqrt", np.sqrt, (3, 4), draw=positive),
    case("squared", np.square, (3, 4)),
    case("absolute", np.abs, (3, 4), draw=off_the_kinks),
    case("softplus", lambda x: np.logaddexp(0, x), (3, 4), draw=wide),
    case("log-sigmoid", lambda x: -np.logaddexp(0, -x), (3, 4), draw=wide),
    case("swish", lambda x: x * np.exp(-np.logaddexp(0, -x)), (3, 4), draw=wide),
    case("rows times factors", lambda x, w: x[[2, 0, 2, 1]] * 2 * w, (3, 4), (4, 4)),
    case("clamped", lambda x: np.clip(x, -0.5, 1), (3, 4), draw=off_the_kinks),
    case("smooth step", smooth_step, (3, 4), draw=off_the_kinks),
    case("maximum", np.maximum, (3, 4), (3, 1), draw=off_the_kinks),
    case("minimum", np.minimum, (3, 4), (4,), draw=off_the_kinks),
    case("matrix product", np.matmul, (3, 4), (4, 2)),
    case("batched product", np.matmul, (3, 2, 4), (3, 4, 5)),
    case("batch by one matrix", np.matmul, (3, 2, 4), (4, 5)),
    case(
        "affine by row", lambda x, w, b: np.einsum("ri,rio->ro", x, w) + b, (3, 4), (3, 4, 2),
        (3, 2)),
    case("transposed", np.transpose, (3, 4)),
    case("transposed batch", lambda x: np.swapaxes(x, 1, 2), (2, 3, 4)),
    case("row normalization", layer_norm, (3, 5)),
    case("product logit", product_logit, (3, 4), (3, 4)),
    case("pairwise products", pairwise_products, (4, 6)),
]


def main():
    cases = [json.dumps(case, separators=(",", ":")) for case in CASES]
    PATH.write_text("[\n" + ",\n".join(cases) + "\n]\n")


if __name__ == "__main__":
    main()
