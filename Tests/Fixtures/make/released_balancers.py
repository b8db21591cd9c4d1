#!/usr/bin/env python3
"""Compares the fixture of balancers of gradients with LibMTL's code, which is not kept here.

Steps of training/balancers.json have to be K times LibMTL's, or equal to them where the card of the balancer names no
factor. Where LibMTL minimizes by iterations, its weights may miss the minimum; then those of the fixture have to be
nearer to it. ExcessMTL, which has state, is compared in the form that makes the fixture of trajectories.

    git clone https://github.com/median-research-group/LibMTL CLONES/LibMTL     # at 4336804
    python3 Tests/Fixtures/make/released_balancers.py CLONES     # needs PyTorch, qpsolvers, quadprog, cvxpy and ecos
"""

import importlib
import json
import pathlib
import sys
import types

import numpy as np
import torch

import balancer_trajectories

torch.set_default_dtype(torch.float64)
FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "training" / "balancers.json"

# id -> the class in LibMTL/weighting, whether our step is K times its own, and its options by our settings
METHODS = {
    "mgda": ("MGDA", True, lambda s: {"mgda_gn": {"gradient": "l2", "loss": "loss", "both": "loss+"}.get(
        s.get("normalization"), "none")}),
    "cagrad": ("CAGrad", True, lambda s: {"calpha": s.get("radius", 0.5), "rescale": 1}),
    "nash-mtl": ("Nash_MTL", False, lambda s: {
        "update_weights_every": 1, "optim_niter": 60, "max_norm": s.get("maximumNorm", 1.0)}),
    "fairgrad": ("FairGrad", False, lambda s: {"FairGrad_alpha": s.get("fairness", 1.0)}),
    "imtl-g": ("IMTL", True, lambda s: {}),
    "aligned-mtl": ("Aligned_MTL", False, lambda s: {}),
    "upgrad": ("UPGrad", True, lambda s: {"UPGrad_norm_eps": 1e-12, "UPGrad_reg_eps": 1e-12}),
    "db-mtl": ("DB_MTL", False, lambda s: {"DB_beta": 0.0, "DB_beta_sigma": 0.0}),
}


def released(name, count, size):
    """A weighting of LibMTL for losses of one shared parameter."""
    base = getattr(importlib.import_module(f"LibMTL.weighting.{name}"), name)

    class Weighting(base):
        def __init__(self):
            super().__init__()
            self.theta = torch.nn.Parameter(torch.zeros(size))
            self.task_num, self.task_name = count, [str(task) for task in range(count)]
            self.device, self.rep_grad, self.epoch = torch.device("cpu"), False, 0
            self.init_param()

        def get_share_params(self):
            return [self.theta]

        def zero_grad_share_params(self):
            if self.theta.grad is not None:
                self.theta.grad = torch.zeros_like(self.theta)

    return Weighting()


def divisors(case):
    """What MGDA divides the gradients by."""
    losses, norms = np.array(case["losses"]), np.linalg.norm(case["gradients"], axis=1)
    choices = {"gradient": norms, "loss": losses, "both": norms * losses}
    return choices.get(case["settings"].get("normalization"), np.ones(len(norms)))


def objective(case, weights):
    """What MGDA and CAGrad minimize over weights that add up to 1."""
    g = np.array(case["gradients"])
    if case["id"] == "mgda":
        return np.linalg.norm(weights / divisors(case) @ g)
    mean = g.mean(0)
    return weights @ g @ mean + case["settings"].get("radius", 0.5) * np.linalg.norm(mean) * np.linalg.norm(weights @ g)


def own_weights(case):
    """The weights on the simplex that the fixture's step has."""
    weights, count = np.array(case["weights"]), len(case["weights"])
    if case["id"] == "mgda":
        return weights * divisors(case) / count
    radius = case["settings"].get("radius", 0.5)
    extra = weights * (1 + radius**2) / count - 1 / count
    return extra / extra.sum()


def compare_excess_mtl(count=3, size=12, steps=200, rate=0.3):
    """Weights over steps in which the gradients of all objectives shrink, each at its own rate."""
    random = np.random.default_rng(7)
    own = balancer_trajectories.ExcessMTL(count, weightRate=rate)
    weighting = released("ExcessMTL", count, size)
    weighting.encoder = torch.nn.Identity()
    largest = 0
    for step in range(steps):
        g = torch.tensor(random.normal(size=(count, size)) * np.array([[5.0], [1], [0.3]]))
        g *= torch.tensor([[0.9], [0.97], [0.995]]) ** step
        expected = weighting.backward(1 + g @ weighting.theta, robust_step_size=rate)
        found = own.weights(g, torch.ones(count), torch.ones(count)).numpy()
        largest = max(largest, np.abs(found - expected).max())
    print(f"excess-mtl: largest difference of weights {largest:.1e}, weights at last {found.round(3)}")
    assert largest < 1e-3


def main(clones):
    for name in ("LibMTL", "LibMTL.weighting"):  # without what the packages import
        module = types.ModuleType(name)
        module.__path__ = [str(pathlib.Path(clones, "LibMTL", *name.split(".")))]
        sys.modules[name] = module
    torch.symeig = lambda matrix, eigenvectors: torch.linalg.eigh(matrix)  # its name until PyTorch 2
    cases = json.loads(FIXTURE.read_text())
    for id, (name, is_multiple, options) in METHODS.items():
        largest, nearer = 0, 0
        for case in (case for case in cases if case["id"] == id):
            g, losses = torch.tensor(case["gradients"]), torch.tensor(case["losses"])
            weighting = released(name, len(g), g.shape[1])
            # The fixture has the gradients of losses with equal shares.
            slopes = len(g) * g if id == "db-mtl" else g
            chosen = weighting.backward(losses + slopes @ weighting.theta, **options(case["settings"]))
            found = weighting.theta.grad.numpy() * (len(g) if is_multiple else 1)
            step = np.array(case["step"])
            distance = np.linalg.norm(found - step) / np.linalg.norm(step)
            if distance > 1e-4 and id in ("mgda", "cagrad"):
                assert objective(case, own_weights(case)) < objective(case, np.array(chosen)), case
                nearer += 1
            else:
                largest = max(largest, distance)
        print(f"{id}: largest relative difference {largest:.1e}, {nearer} nearer to the minimum")
        assert largest < 1e-3, id
    compare_excess_mtl()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
