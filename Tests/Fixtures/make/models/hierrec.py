"""HierRec: Gao et al., CIKM 2024, arXiv 2309.02061. Layers generated from the scenario, then from weighted fields."""

import torch

from generated import generated
from twin import activate, affine, embedded_features, input_x, network, towers, twin


@twin("hierrec")
def forward(weights, batch, problem, settings):
    x, f = input_x(weights, batch, settings), settings["activation"]
    scenarios = weights["indicators/table"]

    def follow(h):
        return activate(h, f) if settings["activatesGenerated"] else h

    h = network(weights, "bottom", x, settings["bottomSizes"], f)
    for i, size in enumerate(settings["explicitSizes"]):
        place = f"explicit/{i}"
        matrices = (scenarios @ weights[f"{place}/generator/weight"]).reshape(
            problem.leaf_count, -1, size) + weights[f"{place}/weight"]
        biases = scenarios @ weights[f"{place}/generator/bias"] + weights[f"{place}/bias"]
        h = follow((h[:, None, :] @ matrices[batch.leaf])[:, 0] + biases[batch.leaf])

    vectors = [vector for _, vector in embedded_features(batch, weights["input/table"], settings)]
    if len(vectors) > 1:
        fields = torch.stack(vectors, 1)
        parts = scenarios[batch.leaf].chunk(settings["implicitCount"], 1)
        results = []
        for i, part in enumerate(parts):
            shares = torch.softmax(affine(weights, f"implicit/weightings/{i}", part), 1)
            z = attention(weights, shares[:, :, None] * fields).flatten(1)
            y = h
            for j in range(len(settings["implicitSizes"])):
                y = follow(generated(weights, f"implicit/layers/{j}", y, z))
            results.append(y)
        h = torch.cat(results, 1)
    h = network(weights, "fusion", h, settings["fusionSizes"], f)
    return towers(weights, h, batch, settings)


def attention(weights, fields):
    """Self-attention with one head: `[rows, fields, size]`."""
    q, k, v = (fields @ weights[f"implicit/attention/{name}"] for name in ("queries", "keys", "values"))
    shares = torch.softmax(q @ k.transpose(1, 2) / fields.shape[2] ** 0.5, 2)
    return shares @ v @ weights["implicit/attention/output"]
