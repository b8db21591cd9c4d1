"""The functions of Tests/TestKit/Experiments/SearchFunction.swift, and their search spaces for Optuna.

Every function takes a dictionary of settings and returns a value, of which less is better.
"""

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TABLE = Path(__file__).resolve().parents[2] / "Tests/Fixtures/search/mmoe-runs.csv"


@dataclass
class Function:
    minimum: float
    #: The value at some settings.
    value: Callable[[dict], float]
    #: Lets an Optuna trial choose settings.
    suggest: Callable[[object], dict]
    #: What Optuna's first trial chooses: our trial 0, the defaults.
    defaults: dict


def branin(p: dict) -> float:
    x, y = p["x"], p["y"]
    valley = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


SCALES = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14],
                   [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
CENTERS = np.array([[0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
                    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
                    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
                    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]])
NAMES = [f"x{number}" for number in range(1, 7)]


def hartmann6(p: dict) -> float:
    x = np.array([p[name] for name in NAMES])
    return -float(np.dot([1, 1.2, 3, 3.2], np.exp(-(SCALES * (x - CENTERS) ** 2).sum(1))))


def mixed(p: dict) -> float:
    best, rate, depth = {
        "plain": (0.5, -1, 0), "momentum": (2 * (p.get("momentum", 0) - 0.9) ** 2, -2, 1),
        "adaptive": (0.3, -3, 2)}[p["kind"]]
    return (best + (math.log10(p["rate"]) - rate) ** 2 / 2 + math.log2(p["width"] / 24) ** 2 / 8
            + abs(math.log2(p["depth"]) - depth) / 4)


def suggest_mixed(trial) -> dict:
    found = {
        "kind": trial.suggest_categorical("kind", ["plain", "momentum", "adaptive"]),
        "rate": trial.suggest_float("rate", 1e-5, 1, log=True),
        "width": trial.suggest_int("width", 1, 64, log=True),
        "depth": 2 ** trial.suggest_int("depth", 0, 3),
    }
    if found["kind"] == "momentum":
        found["momentum"] = trial.suggest_float("momentum", 0, 1)
    return found


#: The recorded settings: lists of numbers, which Optuna is told to be in order, and other lists.
ORDERED = {"expertCount": [2, 4, 8], "embeddingSize": [2, 4, 8], "dropout": [0, 0.2],
           "learningRate": [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]}
LISTS = {"axis": ["flat", "task"], "expertSizes": ["16", "32", "32x16"],
         "optimizer": ["sgd", "adam", "adagrad"]}


def cell(value) -> str:
    """A setting as the table has it."""
    if isinstance(value, list):
        return "x".join(map(str, value))
    return value if isinstance(value, str) else f"{value:g}"


def recorded() -> Function:
    with TABLE.open() as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "auc"]
    aucs = {tuple(row[name] for name in names): float(row["auc"]) for row in rows}

    def suggest(trial) -> dict:
        found = {name: trial.suggest_categorical(name, values) for name, values in LISTS.items()}
        for name, values in ORDERED.items():
            found[name] = values[trial.suggest_int(name, 0, len(values) - 1)]
        return found

    return Function(
        1 - max(aucs.values()), lambda p: 1 - aucs[tuple(cell(p[name]) for name in names)], suggest,
        {"axis": "flat", "expertCount": 1, "expertSizes": "16", "embeddingSize": 1, "dropout": 0,
         "optimizer": "adam", "learningRate": 1})


FUNCTIONS: dict[str, Callable[[], Function]] = {
    "branin": lambda: Function(
        0.397887357729738, branin,
        lambda trial: {"x": trial.suggest_float("x", -5, 10), "y": trial.suggest_float("y", 0, 15)},
        {"x": 2.5, "y": 7.5}),
    "hartmann6": lambda: Function(
        -3.322368011415515, hartmann6,
        lambda trial: {name: trial.suggest_float(name, 0, 1) for name in NAMES},
        {name: 0.5 for name in NAMES}),
    "mixed": lambda: Function(
        0, mixed, suggest_mixed, {"kind": "plain", "rate": 0.01, "width": 8, "depth": 1}),
    "recorded": recorded,
}
