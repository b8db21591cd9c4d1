"""The floating-point operations of matrix products, as PyTorch counts them."""

from collections.abc import Callable

from torch.utils.flop_counter import FlopCounterMode


def product_operations(step: Callable[[], object]) -> int:
    """Runs a step, forward and backward; a multiplication and an addition of a product count as two."""
    with FlopCounterMode(display=False) as counter:
        step()
    return counter.get_total_flops()
