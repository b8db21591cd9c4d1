"""AutoIFS: Yang et al., WSDM 2026, arXiv 2512.13396, by its released code."""

import torch

from twin import affine, by_leaf, input_x, network, twin


@twin("autoifs")
def forward(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)
    z = network(weights, "bottom", x, settings["bottomSizes"], "relu")

    def low_rank(place, v):
        return v @ weights[f"{place}/left"] @ weights[f"{place}/right"] + weights[f"{place}/bias"]

    shared = affine(weights, "scenario/shared", z)
    own = by_leaf(batch, problem.leaf_count > 1,
                  lambda suffix, rows: low_rank(f"scenario/specific{suffix}", z[rows]))
    u = torch.relu(shared + own)
    # The search ends before its last phase, in which gates read the input as the search left it.
    is_search = settings["phase"] != "training"
    read = x.detach() if is_search else input_x(weights, batch, settings, "gates")
    hidden = network(weights, "gates/network", read, settings["gateSizes"], "relu")
    growth = settings["growthEpochs"] - 1
    temperature = 100 ** (min(int(settings["epoch"]), growth) / growth)
    logits, amounts = {}, []
    for task in problem.tasks:
        def to_shared(v):
            return affine(weights, "task/shared", v)[:, 0]

        def to_own(v):
            return low_rank(f"task/specific/{task}", v)[:, 0]

        flows = torch.stack([to_shared(shared), to_own(own), to_own(shared), to_shared(own)], 1)
        a = affine(weights, f"gates/task/{task}", hidden)
        gates = torch.sigmoid(temperature * a) if is_search else (a > 0).to(a.dtype)
        logits[task] = to_shared(u) + to_own(u) - (gates * flows).sum(1)
        amounts.append(gates.mean())
    # One term per task, as in the released code.
    return logits, {"gates": settings["gateLossWeight"] * sum(amounts)} if is_search else {}
