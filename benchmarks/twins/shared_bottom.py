"""Hard parameter sharing: one network below, one tower per task above."""

from torch import Tensor, nn

from twins.layers import MLP, InputLayer, Towers
from twins.shape import Shape


class SharedBottom(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input = InputLayer(shape)
        self.bottom = MLP(
            shape.input_size, shape.bottom_sizes, normalizes=True, dropout=shape.dropout)
        self.towers = Towers(shape.bottom_sizes[-1], shape)

    def forward(self, ids: Tensor, numericals: Tensor, leaves: Tensor) -> tuple[Tensor, None]:
        shared = self.bottom(self.input(ids, numericals))
        return self.towers([shared] * len(self.towers)), None
