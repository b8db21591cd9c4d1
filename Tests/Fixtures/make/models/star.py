"""STAR: Sheng et al., CIKM 2021, equations 4 to 9."""

import torch

from twin import activate, by_leaf, input_x, network, standardized, towers, twin


@twin("star")
def forward(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)

    def normalized(place, suffix, h):
        """Partitioned normalization by the moments of a leaf."""
        own = f"{place}/own{suffix}"
        h = standardized(weights, own, h)
        scale = weights[f"{place}/scale"] * weights[f"{own}/scale"]
        return scale * h + weights[f"{place}/shift"] + weights[f"{own}/shift"]

    def star(suffix, rows):
        h = normalized("norm", suffix, x[rows])
        for i in range(len(settings["networkSizes"])):
            place = f"layers/{i}"
            h = h @ (weights[f"{place}/weight"] * weights[f"{place}/own{suffix}/weight"])
            if settings["batchNorm"]:
                h = normalized(f"{place}/norm", suffix, h)
            else:
                h = h + weights[f"{place}/bias"] + weights[f"{place}/own{suffix}/bias"]
            h = activate(h, settings["activation"])
        return h

    main = by_leaf(batch, problem.leaf_count > 1, star)
    indicator = weights["indicators/table"][batch.leaf]
    auxiliary = network(
        weights, "auxiliary", torch.cat([x, indicator], 1), settings["auxiliarySizes"],
        settings["activation"])
    return towers(
        weights, torch.cat([main, auxiliary], 1), batch, settings, leaf_towers=True)
