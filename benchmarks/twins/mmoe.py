"""Multi-gate mixture of experts (Ma et al., KDD 2018)."""

import torch
from torch import Tensor, nn

from twins.layers import InputLayer, Towers, experts
from twins.shape import Shape


class MMoE(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        count = shape.experts or 8
        self.task_count = len(shape.tasks)
        self.input = InputLayer(shape)
        self.experts = experts(count, shape.input_size, shape, normalizes=True)
        self.gates = nn.Linear(shape.input_size, self.task_count * count, bias=False)
        self.towers = Towers(shape.expert_sizes[-1], shape)

    def forward(self, ids: Tensor, numericals: Tensor, leaves: Tensor) -> tuple[Tensor, None]:
        x = self.input(ids, numericals)
        outputs = torch.stack([expert(x) for expert in self.experts], dim=1)
        weights = self.gates(x).unflatten(1, (self.task_count, -1)).softmax(dim=2)
        return self.towers(torch.bmm(weights, outputs).unbind(dim=1)), None
