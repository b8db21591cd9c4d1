"""Writes Tests/Fixtures/training/metrics.json: measures of random predictions, the plain way or
by scikit-learn.

Usage: python3 Tests/Fixtures/make/metrics.py   (made with numpy 2.4.6 and scikit-learn 1.9.1)
"""

import itertools
import json
import pathlib

import numpy
from sklearn import metrics


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


def mean_over_groups(value, scores, labels, groups):
    """The mean over the groups that have both classes."""
    values = []
    for group in numpy.unique(groups):
        rows = groups == group
        if 0 < labels[rows].sum() < rows.sum():
            values.append(value(scores[rows], labels[rows]))
    return float(numpy.mean(values)) if values else None


def ndcg(scores, labels):
    return metrics.ndcg_score(labels[None], scores[None], k=10)


def first_ranks(scores, labels):
    """The ranks that the first positive row can have, each with its chance: ties in all orders."""
    best = scores[labels == 1].max()
    before = int((scores > best).sum())
    tied = labels[scores == best]
    places = [min(chosen) for chosen in itertools.combinations(range(len(tied)), int(tied.sum()))]
    return [before + place + 1 for place in places]


def reciprocal_rank(scores, labels):
    return numpy.mean([1 / rank for rank in first_ranks(scores, labels)])


def hit(scores, labels):
    return numpy.mean([rank <= 10 for rank in first_ranks(scores, labels)])


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


def case(generator, count, step, group_size, mean=-1):
    logits = generator.normal(mean, 1.5, count)
    logits = (numpy.round(logits / step) * step).astype(numpy.float32)
    labels = (generator.random(count) < 1 / (1 + numpy.exp(-logits.astype(float)))).astype(int)
    groups = generator.integers(0, max(1, count // group_size), count)
    probabilities = 1 / (1 + numpy.exp(-logits.astype(float)))
    loss = metrics.log_loss(labels, probabilities)
    rate = numpy.full(count, labels.mean())
    in_groups = logits.astype(float), labels, groups
    return {
        "logits": logits.tolist(), "labels": labels.tolist(), "groups": groups.tolist(),
        "auc": auc(logits, labels), "gauc": grouped_auc(logits, labels, groups),
        "logLoss": float(loss), "copc": float(labels.sum() / probabilities.sum()),
        "ece": calibration_error(probabilities, labels),
        "prauc": float(metrics.average_precision_score(labels, logits)),
        "rig": float(1 - loss / metrics.log_loss(labels, rate)),
        "brier": float(metrics.brier_score_loss(labels, probabilities)),
        "ndcg@10": mean_over_groups(ndcg, *in_groups),
        "mrr": mean_over_groups(reciprocal_rank, *in_groups),
        "hit@10": mean_over_groups(hit, *in_groups),
    }


def main():
    generator = numpy.random.default_rng(3)
    shapes = [(7, 1, 6), (60, 0.5, 6), (400, 0.01, 6), (700, 0.3, 6), (800, 0.4, 40, -4)]
    cases = [case(generator, *shape) for shape in shapes]
    path = pathlib.Path(__file__).parent.parent / "training" / "metrics.json"
    path.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
