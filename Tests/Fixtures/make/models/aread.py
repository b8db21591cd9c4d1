"""AREAD: AAAI 2025, arXiv 2412.11905. Levels of towers, of whose connections every scenario keeps some."""

import torch

from twin import affine, by_leaf, input_x, mixture, network, towers, twin


@twin("aread")
def forward(weights, batch, problem, settings):
    x, f = input_x(weights, batch, settings), settings["activation"]
    counts = settings["levelCounts"]
    experts = [
        network(weights, f"experts/{k}", x, settings["expertSizes"], f)
        for k in range(settings["expertCount"])
    ]
    scores = (x @ weights["gates/weight"]).split(len(experts), 1)
    mixed = [mixture(torch.softmax(scores[t], 1), experts) for t in range(counts[0])]

    def last_level(s, rows):
        """What the final towers read of the rows of a leaf."""
        kept = {
            l: weights[f"connections/{l}/mask"][s].reshape(counts[l], counts[l - 1]) != 0
            for l in range(1, len(counts))
        }
        group = weights["indicators/tower/table"][kept[1].any(0)].mean(0)
        condition = torch.cat([weights["indicators/scenario/table"][s], group])
        outputs = [
            network(weights, f"levels/0/towers/{t}", mixed[t][rows], [None], f)
            for t in range(counts[0])
        ]
        for l in range(1, len(counts)):
            gates = affine(weights, f"levels/{l}/gates", condition).reshape(counts[l], counts[l - 1])
            above = []
            for t in range(counts[l]):
                below = kept[l][t].nonzero()[:, 0].tolist()
                if not below:
                    above.append(torch.zeros(len(rows), settings["levelSizes"][l], dtype=x.dtype))
                    continue
                shares = torch.softmax(gates[t, below], 0)[None]
                h = mixture(shares, [outputs[k] for k in below])
                above.append(network(weights, f"levels/{l}/towers/{t}", h, [None], f))
            outputs = above
        return torch.cat(outputs, 1) / kept[len(counts) - 1].any(1).sum()

    def of_leaf(suffix, rows):
        return last_level(int(suffix.rsplit("/", 1)[1]), rows)

    return towers(weights, by_leaf(batch, True, of_leaf), batch, settings)
