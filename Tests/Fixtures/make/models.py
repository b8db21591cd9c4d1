#!/usr/bin/env python3
"""Writes Tests/Fixtures/models/*.json: what PyTorch twins of the models make of a few rows.

The Swift tests write the cases (settings, names and shapes of parameters, rows), and this script adds the results:
log-odds, mean log losses, auxiliary losses, the total loss and its gradients. Parameters are functions of their names
that both sides know, so the fixtures hold none. The twins in `models/` are written from the papers' equations and from
`docs/weights.md`; everything is computed in Float64.

    AESM2_RECORD=1 make test FILTER=TwinTests/record
    python3 Tests/Fixtures/make/models.py [model ...]     # needs PyTorch (CPU); made with 2.15.0
"""

import importlib
import json
import pathlib
import sys

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE.parent / "models"
sys.path.insert(0, str(HERE / "models"))

from twin import TWINS, Batch, Problem, use_batch_moments  # noqa: E402


def hashed(name, count):
    """Numbers in -1 ..< 1 with 12 bits: FNV-1a of the name, and the last step of MurmurHash3 on the index."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    bits = (seed + np.arange(count, dtype=np.uint64) * 2654435761) % 2**32
    bits = (bits ^ (bits >> 16)) * 0x85EBCA6B % 2**32
    bits = (bits ^ (bits >> 13)) * 0xC2B2AE35 % 2**32
    bits ^= bits >> 16
    return torch.from_numpy(((bits >> 20).astype(np.float64) - 2047.5) / 2048)


def values(name, shape):
    numbers = hashed(name, int(np.prod(shape, dtype=int))).reshape(shape)
    last = name.split("/")[-1]
    if last == "logits":
        return 4 * numbers
    if last in ("scale", "runningVariance"):
        return 1 + numbers / 2
    return numbers / 2


def weights_of(case):
    weights = {
        name: values(name, parameter["shape"]).requires_grad_("isFrozen" not in parameter)
        for name, parameter in case["parameters"].items()
    }
    for name, buffer in case["buffers"].items():
        weights[name] = (
            values(name, buffer["shape"]) if "values" not in buffer
            else torch.tensor(buffer["values"], dtype=torch.float64).reshape(buffer["shape"]))
    return weights


def read_problem(description):
    problem, rows = Problem(description["problem"]), description["rows"]
    features = {
        name: torch.tensor([row["ids"][i] for row in rows])
        for i, (name, _) in enumerate(problem.fields)
    }
    features |= {
        name: [torch.tensor(row["bags"][i], dtype=torch.long) for row in rows]
        for i, (name, _) in enumerate(problem.bags)
    }
    labels = [[row["labels"][t] for row in rows] for t in range(len(problem.tasks))]
    return Batch(
        problem, features,
        torch.tensor([row["numericals"] for row in rows], dtype=torch.float64),
        torch.tensor([row["leaf"] for row in rows]),
        {
            task: torch.tensor([float(y or 0) for y in labels[t]], dtype=torch.float64)
            for t, task in enumerate(problem.tasks)
        },
        {
            task: torch.tensor([float(y is not None) for y in labels[t]], dtype=torch.float64)
            for t, task in enumerate(problem.tasks)
        })


def written(scalar):
    return float(f"{scalar.item():.7g}")


def digest(name, parameter):
    """Up to two elements of a gradient; of a larger one the norm, and the product with a fixed direction."""
    g = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    g = g.flatten()
    if len(g) <= 2:
        return [written(x) for x in g]
    return [written(g.norm()), written(g @ hashed(f"{name}/direction", len(g)))]


def run(twin, case, batch):
    """Adds the results of the twin to a case."""
    problem, weights = batch.problem, weights_of(case)
    use_batch_moments(case["hasBatchMoments"])
    moment = {"epoch": case["epoch"], "phase": case["phase"]}
    logits, auxiliary = twin(weights, batch, problem, case["settings"] | moment)
    errors = {
        task: binary_cross_entropy_with_logits(
            logits[task], batch.labels[task], reduction="none")
        for task in problem.tasks
    }
    total = sum((batch.cell_weights(task) * errors[task]).sum() for task in problem.tasks)
    total = total + sum(auxiliary.values())
    total.backward()
    return case | {
        "logits": [
            written(logits[task][row]) for row in range(len(batch)) for task in problem.tasks
        ],
        "losses": [
            written((batch.mask[task] * errors[task]).sum() / batch.mask[task].sum().clamp(min=1))
            for task in problem.tasks
        ],
        "auxiliary": {
            name: written(torch.as_tensor(term)) for name, term in auxiliary.items()
        },
        "total": written(total),
        "parameters": {
            name: parameter | {"gradient": digest(name, weights[name])}
            for name, parameter in case["parameters"].items()
        },
    }


def main(chosen):
    torch.set_num_threads(1)
    for path in sorted((HERE / "models").glob("*.py")):
        importlib.import_module(path.stem)
    problems = json.loads((FOLDER / "problems.json").read_text())
    batches = {name: read_problem(problem) for name, problem in problems.items()}
    for path in sorted(FOLDER.glob("*.json")):
        model = path.stem
        if model == "problems" or (chosen and model not in chosen):
            continue
        if model not in TWINS:
            print(f"{model}: no twin")
            continue
        cases = json.loads(path.read_text())["cases"]
        cases = [run(TWINS[model], case, batches[case["problem"]]) for case in cases]
        lines = ",\n".join(json.dumps(case, sort_keys=True, separators=(",", ":")) for case in cases)
        path.write_text('{"cases":[\n' + lines + "\n]}\n")
        print(f"{model}: {len(cases)} cases, {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
