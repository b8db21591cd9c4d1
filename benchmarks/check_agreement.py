"""Follows a trace of `aesm2 bench trace` with a twin: losses of every step, gradients of the first.

    python check_agreement.py TRACE TWIN

Prints one line of JSON; exit status 1 where a loss differs by more than 1e-4 of itself, or a
parameter's gradient by more than 1e-4 of its norm.
"""

import json
import sys
from pathlib import Path

import torch
from torch import Tensor

from recorded import Trace, differences, read_trace
from twins import TWINS

TOLERANCE = 1e-4


def gradient_differences(trace: Trace, twin: str) -> dict[str, float]:
    """‖theirs - ours‖ / ‖ours‖ of every parameter, for the loss of the first batch."""
    trainer = trace.trainer(twin)
    trainer.loss(trace.batches[0]).backward()
    ours = trace.gradients()
    return {
        name: difference_of_norm(parameter, ours[name])
        for name, parameter in trainer.model.named_parameters()}


def difference_of_norm(parameter: Tensor, ours: Tensor) -> float:
    theirs = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    return (theirs - ours).norm().item() / max(ours.norm().item(), 1e-12)


def main(trace: Trace, twin: str) -> int:
    name, gradient = max(gradient_differences(trace, twin).items(), key=lambda item: item[1])
    losses = differences(trace.losses_of(twin), trace.losses)
    agrees = max(losses) <= TOLERANCE and gradient <= TOLERANCE
    print(json.dumps({
        "twin": twin, "steps": len(losses), "agrees": agrees, "loss_difference": max(losses),
        "loss_differences": losses, "gradient_difference": gradient, "gradient_parameter": name}))
    return 0 if agrees else 1


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in TWINS:
        sys.exit(f"usage: check_agreement.py TRACE {{{','.join(TWINS)}}}")
    sys.exit(main(read_trace(Path(sys.argv[1])), sys.argv[2]))
