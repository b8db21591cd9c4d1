"""A trace of `aesm2 bench trace`, and twins that train on its batches from its weights."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from training import Batch, Trainer
from twins import TWINS
from twins.shape import Shape
from twins.weights import load_tensors, load_weights


@dataclass(frozen=True)
class Trace:
    """What was trained, and on what."""

    folder: Path
    shape: Shape
    learning_rate: float
    epsilon: float
    batches: list[Batch]
    losses: list[float]

    def gradients(self) -> dict[str, Tensor]:
        """Those of the first step."""
        return load_tensors(self.folder / "gradients.safetensors")

    def trainer(self, twin: str, dtype: torch.dtype = torch.float32) -> Trainer:
        """A twin with the weights that the trace begins with."""
        trainer = Trainer(
            TWINS[twin](self.shape).to(dtype), self.shape, learning_rate=self.learning_rate,
            epsilon=self.epsilon)
        load_weights(trainer.model, self.folder / "weights.safetensors")
        return trainer

    def losses_of(self, twin: str, dtype: torch.dtype = torch.float32,
                  moved: int | None = None) -> list[float]:
        """The losses of a twin; `moved` draws for every weight whether it begins one ulp up or down."""
        trainer = self.trainer(twin, dtype)
        if moved is not None:
            random = torch.Generator().manual_seed(moved)
            for parameter in trainer.model.parameters():
                directions = torch.randint(0, 2, parameter.shape, generator=random) * 2 - 1
                parameter.data = parameter.data.nextafter(directions * torch.inf)
        return [trainer.step(cast(batch, dtype)) for batch in self.batches]


def read_trace(folder: Path) -> Trace:
    found = json.loads((folder / "trace.json").read_text())
    experts = [found["settings"].get(key) for key in
               ("expertCount", "scenarioExpertCount", "sharedExpertCount")]
    shape = Shape(
        vocabulary=found["vocabulary"], scenarios=found["scenarios"], dropout=0, noise=0,
        experts=next((count for count in experts if count), None))
    return Trace(
        folder, shape, found["training"].get("learningRate", 1e-3),
        found["training"].get("epsilon", 1e-8),
        recorded_batches(folder / "batches.safetensors", len(found["losses"])), found["losses"])


def recorded_batches(path: Path, count: int) -> list[Batch]:
    tensors = load_file(path)
    return [
        Batch(
            ids=tensors[f"{step}/ids"].long(), numericals=tensors[f"{step}/numericals"],
            leaves=tensors[f"{step}/leaves"].long(), labels=tensors[f"{step}/labels"])
        for step in range(count)]


def cast(batch: Batch, dtype: torch.dtype) -> Batch:
    return Batch(batch.ids, batch.numericals.to(dtype), batch.leaves, batch.labels.to(dtype))


def differences(losses: list[float], others: list[float]) -> list[float]:
    """Of every step, relative to the others."""
    return [abs(loss - other) / abs(other) for loss, other in zip(losses, others)]
