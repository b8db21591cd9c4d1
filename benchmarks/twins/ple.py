"""Progressive layered extraction (Tang et al., RecSys 2020) with one level: customised gate control."""

import torch
from torch import Tensor, nn

from twins.layers import InputLayer, Towers, experts, mixed
from twins.shape import Shape


class Level(nn.Module):
    """The last level: every task mixes its own experts and the shared ones, in this order."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        count = shape.experts or 4
        self.shared = experts(count, shape.input_size, shape, normalizes=True)
        self.specific = nn.ModuleDict({
            task: experts(count, shape.input_size, shape, normalizes=True)
            for task in shape.tasks})
        self.gates = nn.ModuleDict({
            task: nn.Linear(shape.input_size, 2 * count, bias=False) for task in shape.tasks})

    def forward(self, x: Tensor) -> list[Tensor]:
        shared = [expert(x) for expert in self.shared]
        return [
            mixed(
                torch.stack([expert(x) for expert in own] + shared, dim=1),
                self.gates[task](x).softmax(dim=1))
            for task, own in self.specific.items()]


class PLE(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input = InputLayer(shape)
        self.levels = nn.ModuleList([Level(shape)])
        self.towers = Towers(shape.expert_sizes[-1], shape)

    def forward(self, ids: Tensor, numericals: Tensor, leaves: Tensor) -> tuple[Tensor, None]:
        return self.towers(self.levels[0](self.input(ids, numericals))), None
