"""Training steps of a twin, as fast as eager PyTorch does them."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from twins.shape import Shape
from twins.weights import decays


@dataclass
class Batch:
    """Rows in memory, as a model reads them."""

    ids: Tensor
    numericals: Tensor
    leaves: Tensor
    labels: Tensor


def random_batches(shape: Shape, batch_size: int, count: int) -> list[Batch]:
    """Ids uniform, numericals normal, labels with a planted dependence, like `aesm2 bench`."""
    random = torch.Generator().manual_seed(1)
    sizes = torch.tensor(shape.field_sizes)
    batches = []
    for _ in range(count):
        uniform = torch.rand(batch_size, shape.fields, generator=random, dtype=torch.float64)
        ids = (uniform * sizes).long()
        numericals = torch.randn(batch_size, shape.numericals, generator=random)
        leaves = torch.randint(shape.scenarios, (batch_size,), generator=random)
        logits = torch.stack([
            numericals[:, 2 * task] - 0.5 * numericals[:, 2 * task + 1] + 0.5 - ids[:, task] % 2
            for task in range(len(shape.tasks))], dim=1)
        drawn = torch.rand(logits.shape, generator=random)
        batches.append(Batch(ids, numericals, leaves, (drawn < logits.sigmoid()).float()))
    return batches


class Trainer:
    """A twin with its optimizer: Adam with weight decay 1e-6.

    `fused` is the fastest of PyTorch's forms; None is the one that it takes by itself.
    With `sparse_embedding` the embedding table has `SparseAdam`, which knows no weight decay.
    """

    def __init__(
        self, model: nn.Module, shape: Shape, bf16: bool = False, learning_rate: float = 1e-3,
        epsilon: float = 1e-8, fused: bool | None = True
    ) -> None:
        self.model = model.train()
        self.bf16 = bf16
        named = dict(model.named_parameters())
        self.optimizers: list[torch.optim.Optimizer] = []
        if shape.sparse_embedding:
            table = named.pop("input.table.weight")
            self.optimizers.append(torch.optim.SparseAdam([table], lr=learning_rate))
        groups = [
            {"params": [p for n, p in named.items() if decays(n)], "weight_decay": 1e-6},
            {"params": [p for n, p in named.items() if not decays(n)], "weight_decay": 0.0}]
        self.optimizers.append(torch.optim.Adam(groups, lr=learning_rate, eps=epsilon, fused=fused))

    def loss(self, batch: Batch) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            logits, auxiliary = self.model(batch.ids, batch.numericals, batch.leaves)
        loss = F.binary_cross_entropy_with_logits(
            logits.to(batch.labels.dtype), batch.labels)
        return loss if auxiliary is None else loss + auxiliary

    def step(self, batch: Batch) -> float:
        loss = self.loss(batch)
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        return loss.item()
