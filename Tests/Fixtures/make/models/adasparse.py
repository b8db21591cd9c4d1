"""AdaSparse: Yang et al., CIKM 2022. Neurons of a shared bottom weighted or pruned per scenario and row."""

import torch

from twin import input_x, network, towers, twin


@twin("adasparse")
def forward(weights, batch, problem, settings):
    growth = settings["growthEpochs"]
    slope = 5 if settings["epoch"] >= growth else 0.1 + 4.9 * settings["epoch"] / growth  # α
    scenario = weights["indicators/table"][batch.leaf]
    h = input_x(weights, batch, settings)
    deviations = []
    layers = len(settings["bottomSizes"])
    for i in range(layers + 1):
        v = torch.cat([scenario, h], 1) @ weights[f"pruners/{i}/weight"]
        factors = pruning(v, slope, settings)
        deviations.append(deviation(1 - factors.mean(), settings))
        h = factors * h
        if i < layers:
            h = network(weights, f"bottom/{i}", h, [None], settings["activation"])
    logits, auxiliary = towers(weights, h, batch, settings)
    sparsity = settings["sparsityWeight"] * sum(deviations) / (layers + 1)
    return logits, {**auxiliary, "sparsity": sparsity}


def pruning(v, slope, settings):
    """S(v)."""
    if settings["pruning"] == "scaling":
        return 2 * torch.sigmoid(v)
    soft = torch.sigmoid(slope * v)
    if settings["pruning"] == "binarization":
        hard = (soft >= settings["threshold"]).to(v.dtype)
        return hard + soft - soft.detach()
    return torch.where(2 * soft < settings["threshold"], torch.zeros_like(v), 2 * soft)


def deviation(sparsity, settings):
    """|r_l - r|, zero in the interval."""
    least, greatest = settings["leastSparsity"], settings["greatestSparsity"]
    if least <= float(sparsity.detach()) <= greatest:
        return 0 * sparsity
    return (sparsity - (least + greatest) / 2).abs()
