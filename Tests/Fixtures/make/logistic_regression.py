#!/usr/bin/env python3
"""Writes Tests/Fixtures/training/logistic-regression.json: optima found by scikit-learn.

The rows have two categorical fields, a bag, two numericals, three scenarios and two tasks, the second
defined where the first happened. For several strengths of the penalty, both kinds of loss reduction,
and with and without weights of scenarios, the file holds the log-odds that scikit-learn's Newton
solver gives every row. Nothing depends on the machine or the date.

    python3 Tests/Fixtures/make/logistic_regression.py   # needs scikit-learn; made with 1.9.1
"""

import json
import math
import pathlib
import random

import numpy as np
from sklearn.linear_model import LogisticRegression

PATH = pathlib.Path(__file__).resolve().parent.parent / "training" / "logistic-regression.json"
FIELDS, BAG, SCENARIOS = [6, 4], 5, 3


def rows():
    generator = random.Random(7)
    for _ in range(240):
        ids = [min(generator.randrange(size), generator.randrange(size)) for size in FIELDS]
        bag = [generator.randrange(BAG) for _ in range(generator.randrange(4))]
        numericals = [round(generator.gauss(0, 1), 3) for _ in range(2)]
        leaf = min(generator.randrange(4), SCENARIOS - 1)
        odds = 0.5 * ids[0] - 1 + numericals[0] * (leaf - 0.5) + 0.3 * len(bag)
        first = int(generator.random() < 1 / (1 + math.exp(-odds)))
        second = int(generator.random() < 1 / (1 + math.exp(-numericals[1])))
        labels = [first, second if first else None]
        yield {"ids": ids, "bag": bag, "numericals": numericals, "leaf": leaf, "labels": labels}


def features(row, scenario_weights):
    parts = [np.eye(size)[id] for size, id in zip(FIELDS, row["ids"])]
    parts.append(np.eye(SCENARIOS)[row["leaf"]])
    parts.append(np.mean([np.eye(BAG)[id] for id in row["bag"]] or [np.zeros(BAG)], axis=0))
    parts.append(np.array(row["numericals"], dtype=np.float32).astype(float))
    shared = np.concatenate(parts)
    if not scenario_weights:
        return shared
    own = np.concatenate([[1.0], shared])
    zeros = np.zeros_like(own)
    return np.concatenate([shared] + [own if s == row["leaf"] else zeros for s in range(SCENARIOS)])


def log_odds(table, task, l2, reduction, scenario_weights):
    x = np.array([features(row, scenario_weights) for row in table])
    used = np.array([row["labels"][task] is not None for row in table])
    y = np.array([row["labels"][task] or 0 for row in table])
    leaves = np.array([row["leaf"] for row in table])
    factors = used.astype(float)
    if reduction == "cell":
        for leaf in range(SCENARIOS):
            factors[leaves == leaf] /= factors[leaves == leaf].sum()
    factors /= factors.sum()
    model = LogisticRegression(C=1 / l2, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    model.fit(x[used], y[used], sample_weight=factors[used])
    return model.decision_function(x)


def main():
    table = list(rows())
    cases = []
    for l2, reduction, scenario_weights in [
        (1e-1, "row", False), (1e-3, "row", False), (1e-5, "row", False),
        (1e-3, "cell", False), (1e-2, "row", True), (1e-4, "cell", True),
    ]:
        found = [log_odds(table, task, l2, reduction, scenario_weights) for task in range(2)]
        cases.append({
            "l2": l2, "lossReduction": reduction, "scenarioWeights": scenario_weights,
            "logOdds": [[float(f"{value:.9g}") for value in pair] for pair in zip(*found)],
        })
    PATH.write_text(json.dumps({"rows": table, "cases": cases}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
