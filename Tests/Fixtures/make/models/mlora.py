"""MLoRA: Yang et al., RecSys 2024, arXiv 2408.08913. Layers with a low-rank term of the scenario."""

import torch

from twin import activate, affine, by_leaf, input_x, mixture, moments, towers, twin


@twin("mlora")
def forward(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)

    def adapted(place, adapters):
        """A network whose layers have terms of the leaf; their normalization is that of all rows."""
        h = x
        for i in range(len(settings["networkSizes"])):
            layer = f"{place}/layer{i}"

            def term(suffix, rows):
                own = f"{adapters}/{i}{suffix}"
                change = weights[f"{own}/left"] @ weights[f"{own}/right"]
                # In the first phase, in which adapters are not trained, they are zero.
                scale = 0 if settings["phase"] == "pretraining" else settings["adapterScale"]
                return scale * (h[rows] @ change)

            h = affine(weights, layer, h) + by_leaf(batch, problem.leaf_count > 1, term)
            if settings["batchNorm"]:
                h = moments(weights, f"{layer}/norm", h)
            h = activate(h, settings["activation"])
        return h

    if settings["trunk"] == "shared-bottom":
        return towers(weights, adapted("bottom", "adapters"), batch, settings)
    experts = [adapted(f"experts/{k}", f"adapters/{k}") for k in range(settings["expertCount"])]
    scores = (x @ weights["gates/weight"]).split(len(experts), 1)
    inputs = {
        task: mixture(torch.softmax(scores[t], 1), experts) for t, task in enumerate(problem.tasks)
    }
    return towers(weights, inputs, batch, settings)
