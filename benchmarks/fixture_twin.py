"""The PyTorch twins of Tests/Fixtures/make/models, trained on the shape of `aesm2 bench train`.

They are written for checking, in functions of a dict of weights: plain eager PyTorch, without dropout, with the
moments of the batch in normalizations. Weights, batches and settings are those of `aesm2 bench trace`.
"""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from recorded import recorded_batches
from runner import environment
from training import Batch
from twins.shape import Shape

FIXTURE_TWINS = Path(__file__).resolve().parent.parent / "Tests/Fixtures/make/models"
FILES = {"deepfm": "factorization", "fm": "factorization", "epnet": "pepnet", "ppnet": "pepnet"}


class FixtureTwin:
    """A twin with its weights and Adam with weight decay 1e-6, in PyTorch's fastest form."""

    def __init__(self, tool: str, model: str, trace: Path) -> None:
        sys.path.insert(0, str(FIXTURE_TWINS))
        twin = importlib.import_module("twin")
        importlib.import_module(FILES.get(model, model.replace("-", "_")))
        twin.use_batch_moments(True)
        self.make_batch, self.forward = twin.Batch, twin.TWINS[model]
        found = json.loads((trace / "trace.json").read_text())
        self.shape = Shape(vocabulary=found["vocabulary"], scenarios=found["scenarios"])
        self.problem = twin.Problem(problem(self.shape))
        self.settings = defaults(tool, model) | found["settings"] | {"epoch": 0.0, "phase": ""}
        self.batches = [
            self.fixture_batch(rows)
            for rows in recorded_batches(trace / "batches.safetensors", len(found["losses"]))]
        self.weights = load_file(trace / "weights.safetensors")
        trained = load_file(trace / "gradients.safetensors").keys()
        for name in trained:
            self.weights[name].requires_grad_(True)
        groups = [
            {"params": [self.weights[n] for n in trained if decays(n)], "weight_decay": 1e-6},
            {"params": [self.weights[n] for n in trained if not decays(n)], "weight_decay": 0.0}]
        self.optimizer = torch.optim.Adam(groups, lr=1e-3, fused=True)

    def fixture_batch(self, rows: Batch):
        features = {name: rows.ids[:, i] for i, (name, _) in enumerate(self.problem.fields)}
        labels = {task: rows.labels[:, t] for t, task in enumerate(self.problem.tasks)}
        mask = {task: torch.ones_like(column) for task, column in labels.items()}
        return self.make_batch(self.problem, features, rows.numericals, rows.leaves, labels, mask)

    def loss(self, batch) -> Tensor:
        logits, auxiliary = self.forward(self.weights, batch, self.problem, self.settings)
        tasks = self.problem.tasks
        loss = F.binary_cross_entropy_with_logits(
            torch.stack([logits[task] for task in tasks]),
            torch.stack([batch.labels[task] for task in tasks]))
        return loss + sum(auxiliary.values())

    def step(self, batch) -> float:
        loss = self.loss(batch)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.item()


def make_trace(tool: str, model: str, batch_size: int, folder: str) -> Path:
    """Writes weights and three batches of the model into a folder."""
    subprocess.run(
        [tool, "bench", "trace", "--model", model, "--steps", "3", "--batch-size", str(batch_size),
         "--output", folder], check=True, stdout=subprocess.DEVNULL, env=environment())
    return Path(folder)


def defaults(tool: str, model: str) -> dict:
    described = json.loads(subprocess.run(
        [tool, "models", model, "--json"], capture_output=True, text=True, check=True,
        env=environment()).stdout)
    return {setting["name"]: setting["default"] for setting in described["settings"]}


def problem(shape: Shape) -> dict:
    """The rows of `aesm2 bench train`, as `dataset.json` describes them."""
    scenarios = range(shape.scenarios)
    return {
        "fields": [
            {"name": f"categorical_{field + 1}", "vocabularySize": size}
            for field, size in enumerate(shape.field_sizes)],
        "bags": [], "numericals": [f"numerical_{i + 1}" for i in range(shape.numericals)],
        "tasks": [{"name": task} for task in shape.tasks],
        "roles": {"categorical_1": "user", "categorical_2": "item"},
        "scenarios": {
            "levels": [{"name": "country", "values": [f"scenario_{i + 1}" for i in scenarios]}],
            "leaves": [[i] for i in scenarios]},
    }


def decays(name: str) -> bool:
    """Whether weight decay applies to a parameter: not to biases and normalization."""
    return name.split("/")[-1] not in ("bias", "scale", "shift")
