"""The sizes that the twins are built with: what `aesm2 bench` calls the shape aliexpress."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """Rows and layers; the defaults are those of `aesm2 bench train --shape aliexpress`."""

    vocabulary: int = 16_000
    scenarios: int = 4
    experts: int | None = None
    fields: int = 16
    numericals: int = 63
    tasks: tuple[str, ...] = ("ctr", "ctcvr")
    embedding_size: int = 128
    indicator_size: int = 16
    bottom_sizes: tuple[int, ...] = (512, 256)
    expert_sizes: tuple[int, ...] = (512, 256)
    tower_sizes: tuple[int, ...] = (128, 64)
    dropout: float = 0.2
    noise: float = 0.1
    auxiliary_weight: float = 0.01
    sparse_embedding: bool = False

    @property
    def input_size(self) -> int:
        return (self.fields + 1) * self.embedding_size

    @property
    def field_sizes(self) -> list[int]:
        share, rest = divmod(self.vocabulary, self.fields)
        return [share + (field < rest) for field in range(self.fields)]
