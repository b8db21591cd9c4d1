"""HAMUR: Li et al., CIKM 2023. A network per scenario with adapters whose weights are generated per row."""

import torch

from twin import affine, by_leaf, input_x, moments, network, towers, twin


@twin("hamur")
def forward(weights, batch, problem, settings):
    x, f = input_x(weights, batch, settings), settings["activation"]
    sizes, rank = settings["networkSizes"], settings["rank"]
    unadapted = len(sizes) - settings["adapterCount"]
    matrices = None
    if settings["adapterCount"] > 0:
        hidden = network(weights, "generator/hidden", x, settings["hyperSizes"], f)
        matrices = affine(weights, "generator", hidden).reshape(-1, rank, rank)
        if settings["clipsMatrix"]:
            matrices = torch.relu(matrices)

    def adapted(h, a, suffix, generated):
        """h + DN_s(σ(h W_down + c) W_up), where every row has its own W = U I V."""
        place = f"adapters/{a}"
        w_down, w_up = (
            weights[f"{place}/{name}/left"] @ generated @ weights[f"{place}/{name}/right"]
            for name in ("down", "up"))
        inner = torch.sigmoid((h[:, None, :] @ w_down)[:, 0] + weights[f"{place}/down/bias"])
        return h + moments(weights, f"{place}/norm{suffix}", (inner[:, None, :] @ w_up)[:, 0])

    def own_network(suffix, rows):
        h = x[rows]
        for i in range(len(sizes)):
            h = network(weights, f"networks/{i}{suffix}", h, [None], f)
            if i >= unadapted:
                h = adapted(h, i - unadapted, suffix, matrices[rows])
        return h

    h = by_leaf(batch, problem.leaf_count > 1, own_network)
    return towers(weights, h, batch, settings, leaf_towers=True)
