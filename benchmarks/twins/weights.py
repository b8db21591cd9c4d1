"""Weights of this project's files in a twin, and back: a match of names.

Our names have slashes where PyTorch has dots. Our matrices are [inputs, outputs], PyTorch's
`Linear.weight` is [outputs, inputs]: all but embedding tables are transposed.
"""

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

LEAVES = {
    "scale": "weight", "shift": "bias", "runningMean": "running_mean",
    "runningVariance": "running_var", "table": "table.weight", "numericals": "numericals.weight",
}


def twin_name(name: str) -> str:
    """Returns the twin's name of a parameter or buffer."""
    *path, leaf = name.split("/")
    return ".".join([*path, LEAVES.get(leaf, leaf)])


def twin_value(name: str, value: Tensor) -> Tensor:
    """Returns a tensor of ours as the twin stores it."""
    is_matrix = value.dim() == 2 and not name.endswith("table")
    return value.t().contiguous() if is_matrix else value


def load_tensors(path: str) -> dict[str, Tensor]:
    """Reads a file of ours, under the twin's names."""
    return {twin_name(name): twin_value(name, value) for name, value in load_file(path).items()}


def load_weights(model: nn.Module, path: str) -> None:
    """Gives a twin our weights; every name must match, on both sides."""
    missing, unexpected = model.load_state_dict(load_tensors(path), strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"{path} does not fit: missing {missing}, unexpected {unexpected}")


def decays(name: str) -> bool:
    """Whether weight decay applies to a twin's parameter: not to biases and normalization."""
    return not name.endswith(".bias") and ".norm." not in name
