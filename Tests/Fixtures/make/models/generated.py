"""Affine maps with weights generated from a vector of the row, in low rank: for M2M and HierRec."""

from twin import affine


def generated(weights, place, x, condition):
    """x U S(z) V + b + z B, where every row has its own S."""
    left, right = weights[f"{place}/left"], weights[f"{place}/right"]
    rank = left.shape[1]
    own = affine(weights, f"{place}/generator", condition).reshape(-1, rank, rank)
    matrices = left @ own @ right
    bias = weights[f"{place}/bias"] + condition @ weights[f"{place}/biasGenerator/weight"]
    return (x[:, None, :] @ matrices)[:, 0] + bias
