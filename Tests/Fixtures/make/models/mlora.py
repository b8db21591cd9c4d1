"""MLoRA: Yang et al., RecSys 2024, arXiv 2408.08913. Layers with a low-rank term of the scenario."""

import torch

from twin import activate, affine, by_leaf, input_x, mixture, moments, towers, twin


@twin("mlora")
def forward(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)

    def adapted(place, adapters, suffix, rows):
        """A network with the terms of a leaf."""
        h = x[rows]
        for i in range(len(settings["networkSizes"])):
            layer, own = f"{place}/layer{i}", f"{adapters}/{i}{suffix}"
            change = settings["adapterScale"] * weights[f"{own}/left"] @ weights[f"{own}/right"]
            # In the first phase, in which adapters are not trained, they are zero.
            change = 0 * change if settings["phase"] == "pretraining" else change
            h = affine(weights, layer, h) + h @ change
            if settings["batchNorm"]:
                h = moments(weights, f"{layer}/norm", h)
            h = activate(h, settings["activation"])
        return h

    def of_all(place, adapters):
        return by_leaf(batch, problem.leaf_count > 1,
                       lambda suffix, rows: adapted(place, adapters, suffix, rows))

    if settings["trunk"] == "shared-bottom":
        return towers(weights, of_all("bottom", "adapters"), batch, settings)
    experts = [of_all(f"experts/{k}", f"adapters/{k}") for k in range(settings["expertCount"])]
    scores = (x @ weights["gates/weight"]).split(len(experts), 1)
    inputs = {
        task: mixture(torch.softmax(scores[t], 1), experts) for t, task in enumerate(problem.tasks)
    }
    return towers(weights, inputs, batch, settings)
