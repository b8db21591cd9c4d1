"""Writes Tests/Fixtures/training/metrics.json: measures of random predictions, the plain way.

Usage: python3 Tests/Fixtures/make/metrics.py   (made with numpy 2.4.6 and torch 2.15.0)
"""

import json
import pathlib

import numpy
import torch


def auc(scores, labels):
    positive, negative = scores[labels == 1], scores[labels == 0]
    if len(positive) == 0 or len(negative) == 0:
        return None
    difference = positive[:, None] - negative[None, :]
    return float(((difference > 0) + 0.5 * (difference == 0)).mean())


def grouped_auc(scores, labels, groups):
    total = weight = 0
    for group in numpy.unique(groups):
        rows = groups == group
        value = auc(scores[rows], labels[rows])
        if value is not None:
            total += rows.sum() * value
            weight += rows.sum()
    return float(total / weight) if weight else None


def calibration_error(probabilities, labels, bins=20):
    order = numpy.argsort(probabilities, kind="stable")
    sorted_p, sorted_y = probabilities[order], labels[order]
    first = numpy.searchsorted(sorted_p, sorted_p, side="left")
    bin_of = first * bins // len(labels)
    error = 0.0
    for index in range(bins):
        rows = bin_of == index
        error += abs(sorted_p[rows].sum() - sorted_y[rows].sum())
    return float(error / len(labels))


def case(generator, count, step):
    logits = generator.normal(-1, 1.5, count)
    logits = (numpy.round(logits / step) * step).astype(numpy.float32)
    labels = (generator.random(count) < 1 / (1 + numpy.exp(-logits.astype(float)))).astype(int)
    groups = generator.integers(0, max(1, count // 6), count)
    wide = torch.tensor(logits.astype(float))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        wide, torch.tensor(labels.astype(float)))
    probabilities = torch.sigmoid(wide).numpy()
    return {
        "logits": logits.tolist(), "labels": labels.tolist(), "groups": groups.tolist(),
        "auc": auc(logits, labels), "gauc": grouped_auc(logits, labels, groups),
        "logLoss": loss.item(), "copc": float(labels.sum() / probabilities.sum()),
        "ece": calibration_error(probabilities, labels),
    }


def main():
    generator = numpy.random.default_rng(3)
    cases = [case(generator, *shape) for shape in [(7, 1), (60, 0.5), (400, 0.01), (700, 0.3)]]
    path = pathlib.Path(__file__).parent.parent / "training" / "metrics.json"
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
