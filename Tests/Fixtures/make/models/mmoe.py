"""MMoE: Ma et al., KDD 2018, equations 6 and 7; with one gate for all tasks, OMoE (section 4.2)."""

import torch

from twin import by_leaf, input_x, mixture, network, per_leaf, towers, twin


@twin("mmoe")
def forward(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)
    count = settings["expertCount"]
    experts = [
        network(weights, f"experts/{k}", x, settings["expertSizes"], settings["activation"])
        for k in range(count)
    ]
    if settings["sharedGate"]:
        shared = mixture(torch.softmax(x @ weights["gates/weight"], 1), experts)
        return towers(weights, shared, batch, settings)
    scores = by_leaf(
        batch, per_leaf(settings, problem),
        lambda suffix, rows: x[rows] @ weights[f"gates{suffix}/weight"])
    mixed = {
        task: mixture(torch.softmax(scores[:, t * count : (t + 1) * count], 1), experts)
        for t, task in enumerate(problem.tasks)
    }
    return towers(weights, mixed, batch, settings)
