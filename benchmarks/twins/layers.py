"""What the twins have in common: input, multi-layer perceptrons, experts, towers."""

from itertools import accumulate

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from twins.shape import Shape


class InputLayer(nn.Module):
    """One table for all fields, and the numericals through one linear map as one more field."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.table = nn.Embedding(
            shape.vocabulary, shape.embedding_size, sparse=shape.sparse_embedding)
        self.numericals = nn.Linear(shape.numericals, shape.embedding_size, bias=False)
        starts = [0, *accumulate(shape.field_sizes)][:-1]
        self.register_buffer("starts", torch.tensor(starts), persistent=False)

    def forward(self, ids: Tensor, numericals: Tensor) -> Tensor:
        embedded = self.table(ids + self.starts).flatten(1)
        return torch.cat([embedded, self.numericals(numericals)], dim=1)


class HiddenLayer(nn.Linear):
    """dropout(relu(norm(x W + b))); with normalization there is no bias."""

    def __init__(self, inputs: int, outputs: int, normalizes: bool, dropout: float) -> None:
        super().__init__(inputs, outputs, bias=not normalizes)
        self.norm = nn.BatchNorm1d(outputs) if normalizes else nn.Identity()
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm(super().forward(x)), inplace=True)
        return F.dropout(y, self.dropout, self.training) if self.dropout > 0 else y


class MLP(nn.Module):
    """Hidden layers named layer0, layer1, …"""

    def __init__(
        self, inputs: int, sizes: tuple[int, ...], normalizes: bool, dropout: float
    ) -> None:
        super().__init__()
        for index, (before, after) in enumerate(zip((inputs, *sizes), sizes)):
            self.add_module(f"layer{index}", HiddenLayer(before, after, normalizes, dropout))
        self.hidden_count = len(sizes)

    def forward(self, x: Tensor) -> Tensor:
        for index in range(self.hidden_count):
            x = getattr(self, f"layer{index}")(x)
        return x


class Tower(MLP):
    """Hidden layers with batch normalization, then one log-odds."""

    def __init__(self, inputs: int, shape: Shape) -> None:
        super().__init__(inputs, shape.tower_sizes, normalizes=True, dropout=shape.dropout)
        self.output = nn.Linear((inputs, *shape.tower_sizes)[-1], 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.output(super().forward(x))


class Towers(nn.ModuleDict):
    """One tower per task; reads one input per task."""

    def __init__(self, inputs: int, shape: Shape) -> None:
        super().__init__({task: Tower(inputs, shape) for task in shape.tasks})

    def forward(self, inputs: list[Tensor]) -> Tensor:
        return torch.cat([tower(x) for tower, x in zip(self.values(), inputs)], dim=1)


def experts(count: int, inputs: int, shape: Shape, normalizes: bool) -> nn.ModuleList:
    """Networks of one form, each of its own weights."""
    return nn.ModuleList(
        MLP(inputs, shape.expert_sizes, normalizes, shape.dropout) for _ in range(count))


def mixed(outputs: Tensor, weights: Tensor) -> Tensor:
    """Σ_k weights[b, k] · outputs[b, k], for outputs [B, K, D] and weights [B, K]."""
    return torch.bmm(weights.unsqueeze(1), outputs).squeeze(1)
