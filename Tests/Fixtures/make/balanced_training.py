"""Writes Tests/Fixtures/training/balanced-training.json: a small model after some steps with every balancer.

The model is that of `ToyModel` without dropout: with e the vectors of two fields and n two numbers,
x = [e; n], logit_t = x W_t + b_t + (n V_t in the second scenario), and the auxiliary loss 0.01 ‖b‖². It takes steps of
plain gradient descent on one batch of three scenarios and two tasks, the second of which is defined on clicked rows
only, and on none of the third scenario. Everything is computed in Float64 by PyTorch: losses and shares of objectives
by `docs/loss-balancing.md` and the reductions of `LossReduction`, derivatives by autograd, weights by the balancers of
`balancer_trajectories.py` and, where they are functions of the gradients alone, of `balancers.py`.

Parameters that one objective reaches have its gradient; by default, so has the table the plain sum's.

Usage: python3 Tests/Fixtures/make/balanced_training.py   (made with NumPy 2.4.6, SciPy 1.17.1, PyTorch 2.15.0)
"""

import json
import pathlib

import numpy as np
import torch

import balancer_trajectories as stateful
import balancers as stateless

ROWS, VOCABULARY, SIZE, RATE, STEPS = 36, 40, 2, 1.0, 6
TASKS, LEAVES = ["click", "buy"], ["a", "b", "c"]


class OfGradients:
    """A balancer whose weights are a function of the gradients alone, those that are not zero."""

    def __init__(self, method, settings):
        self.method, self.settings = method, settings

    def weights(self, g, L, a):
        here = (g != 0).any(1)
        w = torch.ones(len(a))
        w[here] = torch.tensor(self.method(g[here].numpy(), L[here].numpy(), **self.settings))
        return w


STATELESS = {
    "mgda": stateless.mgda, "cagrad": stateless.cagrad, "nash-mtl": stateless.nash, "fairgrad": stateless.fair,
    "imtl-g": stateless.imtl_g, "config": stateless.config, "aligned-mtl": stateless.aligned,
    "upgrad": stateless.upgrad,
}
STATEFUL = {
    "uncertainty": stateful.Uncertainty, "dwa": stateful.DynamicWeightAverage, "epoch-decay": stateful.EpochDecay,
    "gls": stateful.GeometricLoss, "stch": stateful.SmoothTchebycheff, "famo": stateful.FAMO,
    "gradnorm": stateful.GradNorm, "metabalance": stateful.MetaBalance, "gradcraft": stateful.GradCraft,
    "db-mtl": stateful.DBMTL, "pcgrad": stateful.PCGrad, "excess-mtl": stateful.ExcessMTL,
}


def eighths(random, *shape, scale=8):
    return np.round(scale * random.normal(size=shape)) / 8


def data():
    random = np.random.default_rng(31)
    leaf = np.arange(ROWS) % 7 % 3
    click = random.uniform(size=ROWS) < np.where(leaf == 2, 0, 0.6)
    buy = click & (random.uniform(size=ROWS) < 0.5)
    rows = {
        "ids": random.integers(6, size=(ROWS, 2)).tolist(), "numericals": eighths(random, ROWS, 2).tolist(),
        "leaves": leaf.tolist(), "labels": np.stack([click, buy], 1).astype(int).tolist(),
        "mask": np.stack([np.ones(ROWS), click], 1).astype(int).tolist(),
    }
    weights = {
        "embedding/table": eighths(random, 2 * VOCABULARY, SIZE, scale=4).tolist(),
        "output/weight": eighths(random, 2 * SIZE + 2, 2, scale=4).tolist(),
        "output/bias": eighths(random, 2, scale=4).tolist(), "local": eighths(random, 2, 2, scale=4).tolist(),
    }
    return rows, weights


def log_odds(w, rows):
    ids, n = torch.tensor(rows["ids"]), torch.tensor(rows["numericals"])
    table = w["embedding/table"]
    x = torch.cat([table[ids[:, 0]], table[VOCABULARY + ids[:, 1]], n], 1)
    is_second = (torch.tensor(rows["leaves"]) == 1).double()[:, None]
    return x @ w["output/weight"] + w["output/bias"] + is_second * (n @ w["local"])


def element_weights(rows, reduction, task_weights):
    """c: [rows, tasks]."""
    leaf, mask = np.array(rows["leaves"]), np.array(rows["mask"])
    counts = np.stack([mask[leaf == s].sum(0) for s in range(len(LEAVES))])  # [leaves, tasks]
    totals = counts.sum(0)
    c = np.zeros(mask.shape)
    for i, t in zip(*np.nonzero(mask)):
        n = counts[leaf[i], t]
        if reduction == "cell":
            c[i, t] = 1 / n / (counts > 0).sum()
        elif reduction == "row":
            c[i, t] = 1 / totals[t] / (totals > 0).sum()
        else:
            c[i, t] = np.sqrt(n) / n / np.sqrt(counts[:, t]).sum() / (totals > 0).sum()
    return torch.tensor(c * np.array(task_weights or [1, 1]))


def objectives(rows, axis):
    """The objective of every element, [rows, tasks], and their names."""
    leaf, task = np.array(rows["leaves"])[:, None], np.arange(len(TASKS))[None]
    if axis == "tasks":
        return torch.tensor(task + 0 * leaf), TASKS
    if axis == "scenarios":
        return torch.tensor(leaf + 0 * task), LEAVES
    return torch.tensor(task * len(LEAVES) + leaf), [f"{t}/{s}" for t in TASKS for s in LEAVES]


def trained(case, rows, initial):
    w = {name: torch.tensor(value, requires_grad=True) for name, value in initial.items()}
    names = list(w)
    index, labels_of = objectives(rows, case["axis"])
    count = len(labels_of)
    c = element_weights(rows, case["reduction"], case["taskWeights"])
    labels = torch.tensor(rows["labels"]).double()
    settings = dict(case["settings"])
    if case["id"] == "epoch-decay":
        settings["factors"] = {f"task{labels_of.index(name)}": f for name, f in settings["factors"].items()}
    balancer = (OfGradients(STATELESS[case["id"]], settings) if case["id"] in STATELESS
                else STATEFUL[case["id"]](count, **settings) if case["id"] != "fixed" else None)
    a = torch.zeros(count).index_add(0, index.flatten(), c.flatten())

    def losses():
        """L, 0 for an objective without a row."""
        errors = torch.nn.functional.binary_cross_entropy_with_logits(log_odds(w, rows), labels, reduction="none")
        sums = torch.zeros(count).index_add(0, index.flatten(), (c * errors).flatten())
        return torch.where(a > 0, sums / torch.where(a > 0, a, torch.ones(count)), torch.zeros(count))

    def gradients(scalar):
        found = torch.autograd.grad(scalar, [w[name] for name in names], retain_graph=True, allow_unused=True)
        return {name: torch.zeros_like(w[name]) if g is None else g for name, g in zip(names, found)}

    for epoch in range(STEPS):
        L = losses()
        auxiliary = gradients(0.01 * (w["output/bias"] ** 2).sum())
        if hasattr(balancer, "weights"):
            parts = [gradients(a[o] * L[o]) for o in range(count)]
            shared = [
                name for name in names
                if (case["balanced"] == "all" or name != "embedding/table")
                and sum(bool((part[name] != 0).any()) for part in parts) > 1
            ]
            balancer.epoch = epoch
            g = torch.stack([torch.cat([part[name].flatten() for name in shared]) for part in parts])
            weights = balancer.weights(g, L.detach(), a)
            step = {
                name: sum((weights[o] if name in shared else 1) * parts[o][name] for o in range(count))
                for name in names
            }
        else:
            total = (a * L).sum() if balancer is None else balancer.loss(L, a, epoch)
            step = gradients(total)
            own = getattr(balancer, "parameters", None)
            if own is not None:
                (move,) = torch.autograd.grad(total, own)
                with torch.no_grad():
                    own -= RATE * move
        with torch.no_grad():
            for name in names:
                w[name] -= RATE * (step[name] + auxiliary[name])
        if hasattr(balancer, "learn"):
            balancer.learn(L.detach(), losses().detach(), a)
    return {name: [float(f"{x:.8g}") for x in value.flatten().tolist()] for name, value in w.items()}


def cases():
    def case(id, axis="tasks", reduction="row", balanced="dense", taskWeights=(), **settings):
        return {"id": id, "axis": axis, "reduction": reduction, "balanced": balanced,
                "taskWeights": list(taskWeights), "settings": settings}

    weighted = {"taskWeights": [1, 0.25]}
    yield case("fixed", reduction="squareRoot", **weighted)
    for id in ["uncertainty", "dwa", "gls", "stch", "famo", "gradnorm", "metabalance", "gradcraft", "db-mtl",
               *STATELESS]:
        yield case(id)
        yield case(id, axis="scenarios", reduction="cell", balanced="all")
        yield case(id, axis="cells", reduction="squareRoot", **weighted)
    for case_of in [{}, {"axis": "scenarios", "reduction": "cell", "balanced": "all"},
                    {"axis": "cells", "reduction": "squareRoot", **weighted}]:
        yield case("excess-mtl", **case_of, weightRate=0.5, warmUpEpochs=1)
    # With more than two objectives, the result depends on the order that is drawn.
    yield case("pcgrad")
    yield case("pcgrad", reduction="cell", balanced="all", **weighted)
    yield case("epoch-decay", factors={"buy": 0.5})
    yield case("epoch-decay", axis="cells", reduction="cell", factors={"buy/a": 0.5, "click/c": 1.5})


def main():
    rows, initial = data()
    results = [{**case, "weights": trained(case, rows, initial)} for case in cases()]
    flat = {name: np.ravel(value).tolist() for name, value in initial.items()}
    path = pathlib.Path(__file__).parent.parent / "training" / "balanced-training.json"
    lines = ",\n".join(json.dumps(result) for result in results)
    head = json.dumps({"rate": RATE, "stepCount": STEPS, "rows": rows, "initial": flat})[1:-1]
    path.write_text("{" + head + ',\n"cases": [\n' + lines + "\n]}\n")


if __name__ == "__main__":
    main()
