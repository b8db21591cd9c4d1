#!/usr/bin/env python3
"""Writes Tests/Fixtures/layers/numerical-encodings.json: what rtdl_num_embeddings makes of numbers.

That package is the published code of Gorishniy et al., NeurIPS 2022. The file holds training numbers with
the quantiles that NumPy finds in them, other numbers with their piecewise-linear columns, and the
columns of a periodic embedding with its weights. Nothing depends on the machine or the date.

    python3 Tests/Fixtures/make/numerical_encodings.py
    # needs PyTorch, NumPy and rtdl_num_embeddings; made with 2.13.0, 2.3 and 0.0.12
"""

import json
import pathlib

import numpy as np
import torch
from rtdl_num_embeddings import PeriodicEmbeddings, PiecewiseLinearEncoding

PATH = pathlib.Path(__file__).resolve().parent.parent / "layers" / "numerical-encodings.json"
BINS = 5


def plain(values):
    array = np.asarray(values, dtype=np.float64)
    return {"shape": list(array.shape), "values": [float(f"{x:.9g}") for x in array.reshape(-1)]}


def main():
    generator = np.random.default_rng(3)
    train = np.stack(
        [generator.normal(size=64), generator.exponential(size=64), generator.uniform(-3, 9, 64)],
        axis=1).astype(np.float32)
    edges = np.quantile(train, np.arange(BINS + 1) / BINS, axis=0, method="lower").T
    numbers = np.concatenate(
        [generator.normal(scale=3, size=(20, 3)), edges.T]).astype(np.float32)
    linear = PiecewiseLinearEncoding([torch.tensor(row) for row in edges])
    torch.manual_seed(4)
    periodic = PeriodicEmbeddings(
        3, 4, n_frequencies=6, frequency_init_scale=0.3, activation=True, lite=True).double()
    with torch.no_grad():
        waves = periodic(torch.tensor(numbers, dtype=torch.float64)).reshape(len(numbers), -1)
        parameters = {name: plain(value) for name, value in periodic.named_parameters()}
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps({
        "train": plain(train), "quantiles": plain(edges), "numbers": plain(numbers),
        "piecewiseLinear": plain(linear(torch.tensor(numbers))),
        "frequencies": parameters["periodic.weight"],
        "weight": plain(np.array(parameters["linear.weight"]["values"]).reshape(4, 12).T),
        "bias": parameters["linear.bias"], "periodic": plain(waves),
    }, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
