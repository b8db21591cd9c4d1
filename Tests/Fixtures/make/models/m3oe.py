"""M³oE: Zhang et al., SIGIR 2024. Shared experts, experts of scenarios and of tasks, with learned weights."""

import torch
from torch.nn.functional import layer_norm, one_hot

from twin import affine, by_leaf, input_x, mixture, towers, twin


@twin("m3oe")
def forward(weights, batch, problem, settings):
    x, tasks = input_x(weights, batch, settings), problem.tasks
    private = problem.leaf_count > 1
    star = "representation/star"
    u = by_leaf(batch, private, lambda suffix, rows: (
        x[rows] @ (weights[f"{star}/weight"] * weights[f"{star}/own{suffix}/weight"])
        + weights[f"{star}/bias"] + weights[f"{star}/own{suffix}/bias"]))
    h = layers(weights, "representation/layers", u) + layers(weights, "representation/skip", x)

    count = settings["expertCount"]
    shared = [layers(weights, f"experts/shared/{k}", h) for k in range(count)]
    of_scenarios = [layers(weights, f"experts/scenario/{s}", h) for s in range(problem.leaf_count)]
    of_tasks = [layers(weights, f"experts/task/{task}", h) for task in tasks]
    scores = by_leaf(batch, private, lambda suffix, rows: (
        h.detach()[rows] @ weights[f"gates{suffix}/weight"])).split(count, 1)
    d = balanced(weights, "balance/scenario", of_scenarios, batch.leaf)
    inputs = {
        task: mixture(torch.softmax(scores[t], 1), shared) + d
        + balanced(weights, "balance/task", of_tasks, torch.full_like(batch.leaf, t))
        for t, task in enumerate(tasks)
    }
    return towers(weights, inputs, batch, settings, leaf_towers=True)


def balanced(weights, place, experts, own):
    """α (β f_own + (1 - β) / (n - 1) Σ_{j≠own} f_j), with α and β each σ of a number."""
    n = len(experts)
    shares = one_hot(own, n).double()
    if n > 1:
        beta = torch.sigmoid(weights[f"{place}/ownShare"])
        shares = beta * shares + (1 - beta) / (n - 1) * (1 - shares)
    return torch.sigmoid(weights[f"{place}/amount"]) * mixture(shares, experts)


def layers(weights, place, h):
    """relu(LN(h W + b)), as many as there are."""
    i = 0
    while f"{place}/layer{i}/weight" in weights:
        layer = f"{place}/layer{i}"
        norm = weights[f"{layer}/norm/scale"], weights[f"{layer}/norm/shift"]
        h = torch.relu(layer_norm(affine(weights, layer, h), norm[0].shape, *norm, eps=1e-5))
        i += 1
    return h
