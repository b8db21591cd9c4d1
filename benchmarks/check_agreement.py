"""Follows a trace of `aesm2 bench trace` with a twin: losses of every step, gradients of the first.

    python check_agreement.py TRACE TWIN

Prints one line of JSON; exit status 1 where a loss differs by more than 1e-4 of itself, or a
parameter's gradient by more than 1e-4 of its norm.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from training import Batch, Trainer
from twins import TWINS
from twins.shape import Shape
from twins.weights import load_tensors, load_weights

TOLERANCE = 1e-4


def recorded_batches(path: Path, count: int) -> list[Batch]:
    tensors = load_file(path)
    return [
        Batch(
            ids=tensors[f"{step}/ids"].long(), numericals=tensors[f"{step}/numericals"],
            leaves=tensors[f"{step}/leaves"].long(), labels=tensors[f"{step}/labels"])
        for step in range(count)]


def gradient_differences(trainer: Trainer, batch: Batch, ours: dict[str, Tensor]) -> dict[str, float]:
    """‖theirs - ours‖ / ‖ours‖ of every parameter, for the loss of one batch."""
    trainer.loss(batch).backward()
    differences = {}
    for name, parameter in trainer.model.named_parameters():
        theirs = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        norm = max(ours[name].norm().item(), 1e-12)
        differences[name] = (theirs - ours[name]).norm().item() / norm
    trainer.model.zero_grad()
    return differences


def main(folder: Path, twin: str) -> int:
    trace = json.loads((folder / "trace.json").read_text())
    experts = [trace["settings"].get(key) for key in
               ("expertCount", "scenarioExpertCount", "sharedExpertCount")]
    shape = Shape(
        vocabulary=trace["vocabulary"], scenarios=trace["scenarios"], dropout=0, noise=0,
        experts=next((count for count in experts if count), None))
    trainer = Trainer(
        TWINS[twin](shape), shape,
        learning_rate=trace["training"].get("learningRate", 1e-3),
        epsilon=trace["training"].get("epsilon", 1e-8))
    losses = trace["losses"]
    batches = recorded_batches(folder / "batches.safetensors", len(losses))
    load_weights(trainer.model, folder / "weights.safetensors")
    gradients = gradient_differences(
        trainer, batches[0], load_tensors(folder / "gradients.safetensors"))
    load_weights(trainer.model, folder / "weights.safetensors")
    differences = [
        abs(trainer.step(batch) - loss) / abs(loss) for batch, loss in zip(batches, losses)]
    name, gradient = max(gradients.items(), key=lambda item: item[1])
    agrees = max(differences) <= TOLERANCE and gradient <= TOLERANCE
    print(json.dumps({
        "twin": twin, "steps": len(losses), "agrees": agrees, "loss_difference": max(differences),
        "loss_differences": differences, "gradient_difference": gradient,
        "gradient_parameter": name}))
    return 0 if agrees else 1


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in TWINS:
        sys.exit(f"usage: check_agreement.py TRACE {{{','.join(TWINS)}}}")
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
