"""SAR-Net, reduced: Shen et al., CIKM 2021. A transform of the scenario, then its own and shared experts."""

import torch

from twin import by_leaf, input_x, mixture, network, towers, twin


@twin("sar-net")
def forward(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)
    own, shared = settings["specificExpertCount"], settings["sharedExpertCount"]
    private = problem.leaf_count > 1

    def expert(place, x):
        return network(weights, place, x, settings["expertSizes"], settings["activation"])

    x = by_leaf(batch, private, lambda suffix, rows: (
        weights[f"transform{suffix}/scale"] * x[rows] + weights[f"transform{suffix}/shift"]))
    experts = [
        by_leaf(batch, private, lambda suffix, rows: expert(f"specific{suffix}/{k}", x[rows]))
        for k in range(own)
    ] + [expert(f"shared/{k}", x) for k in range(shared)]
    scores = (x @ weights["gates/weight"]).split(own + shared, 1)
    inputs = {
        task: mixture(torch.softmax(scores[t], 1), experts) for t, task in enumerate(problem.tasks)
    }
    return towers(weights, inputs, batch, settings, leaf_towers=settings["privateTowers"])
