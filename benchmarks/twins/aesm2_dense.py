"""AESM² (Zou et al., SIGIR 2022) as its authors wrote it: every expert computes every row, and the
mixture gives the experts that a row did not select the weight zero."""

from math import log

import torch
from torch import Tensor, nn

from twins.layers import InputLayer, Towers, experts, mixed
from twins.shape import Shape


class Indicator(nn.Module):
    """A vector for every scenario, or every task."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__()
        self.table = nn.Embedding(count, size)

    def forward(self, ids: Tensor) -> Tensor:
        return self.table(ids)


class SelectionLayer(nn.Module):
    """Experts, of which every row selects one specific to its own gate and one shared by all gates.

    With G_k the softmax over the m gates of expert k's noisy logits and j the row's own gate, the
    specific expert has the greatest log G_kj, the shared one the greatest Σ_i log G_ki. The weights
    are the softmax of the own gate's logits without noise, over the selected experts alone.
    """

    def __init__(self, inputs: int, indicators: int, gate_count: int, shape: Shape) -> None:
        super().__init__()
        self.expert_count = shape.experts or 8
        self.gate_count = gate_count
        self.noise = shape.noise
        self.auxiliary_weight = shape.auxiliary_weight
        self.experts = experts(self.expert_count, inputs, shape, normalizes=False)
        self.gates = nn.Linear(inputs + indicators, gate_count * self.expert_count, bias=False)

    def forward(self, z: Tensor, indicator: Tensor, own: Tensor) -> tuple[Tensor, Tensor | None]:
        logits = self.gates(torch.cat([z, indicator], dim=1))
        logits = logits.unflatten(1, (self.gate_count, self.expert_count))
        noisy = logits
        if self.training and self.noise > 0:
            noisy = logits + self.noise * torch.randn_like(logits)
        log_shares = noisy.log_softmax(dim=1)
        places = own.view(-1, 1, 1).expand(-1, 1, self.expert_count)
        own_shares = log_shares.gather(1, places).squeeze(1)
        mean_shares = log_shares.mean(dim=1)
        specific = own_shares.argmax(dim=1, keepdim=True)
        shared = mean_shares.argmax(dim=1, keepdim=True)
        selected = torch.zeros_like(own_shares, dtype=torch.bool)
        selected = selected.scatter(1, specific, True).scatter(1, shared, True)
        own_logits = logits.gather(1, places).squeeze(1)
        weights = own_logits.masked_fill(~selected, float("-inf")).softmax(dim=1)
        if not self.training:
            return self.mixture(z, weights, selected), None
        divergence = -own_shares.gather(1, specific).mean()
        divergence = divergence - mean_shares.gather(1, shared).mean() - log(self.gate_count)
        return self.mixture(z, weights, selected), self.auxiliary_weight * divergence

    def mixture(self, z: Tensor, weights: Tensor, selected: Tensor) -> Tensor:
        return mixed(torch.stack([expert(z) for expert in self.experts], dim=1), weights)


class AESM2Dense(nn.Module):
    layer = SelectionLayer

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        size = shape.indicator_size
        self.input = InputLayer(shape)
        self.indicators = nn.ModuleDict({
            "scenario": nn.ModuleList([Indicator(shape.scenarios, size)]),
            "task": Indicator(len(shape.tasks), size)})
        self.scenario = nn.ModuleList([nn.ModuleList([
            self.layer(shape.input_size, size, shape.scenarios, shape)])])
        self.task = nn.ModuleList([
            self.layer(shape.expert_sizes[-1], 2 * size, len(shape.tasks), shape)])
        self.towers = Towers(shape.expert_sizes[-1], shape)

    def forward(
        self, ids: Tensor, numericals: Tensor, leaves: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        scenario = self.indicators["scenario"][0](leaves)
        z, divergence = self.scenario[0][0](self.input(ids, numericals), scenario, leaves)
        outputs = []
        for task in range(len(self.towers)):
            own = torch.full_like(leaves, task)
            indicator = torch.cat([scenario, self.indicators["task"](own)], dim=1)
            output, more = self.task[0](z, indicator, own)
            outputs.append(output)
            divergence = None if more is None else divergence + more
        return self.towers(outputs), divergence
