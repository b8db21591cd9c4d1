"""HiNet: Zhou et al., ICDE 2023. Sub-experts of scenarios with attention, then one level of gate control."""

import torch

from twin import by_leaf, input_x, mixture, network, per_leaf, towers, twin


@twin("hinet")
def forward(weights, batch, problem, settings):
    x, f = input_x(weights, batch, settings), settings["activation"]
    count, leaves = settings["subExpertCount"], problem.leaf_count
    scores = x @ weights["scenario/gates/weight"]
    if settings["clipsGates"]:
        scores = torch.relu(scores)

    def integrated(place, block):
        """SEI of one scenario, or of all together."""
        shares = torch.softmax(scores[:, block * count : (block + 1) * count], 1)
        return mixture(shares, [
            network(weights, f"{place}/{k}", x, settings["subExpertSizes"], f) for k in range(count)
        ])

    shared = integrated("scenario/shared", 0)
    own = [integrated(f"scenario/own/{i}", 1 + i) for i in range(leaves)]
    mine = torch.nn.functional.one_hot(batch.leaf, leaves).to(x.dtype)
    parts = [mixture(mine, own), shared]
    if leaves > 1:
        parts.insert(0, mixture(attention(weights, batch.leaf, mine, settings), own))
    c = torch.cat(parts, 1)

    def experts(place, c, count):
        return [
            network(weights, f"task/{place}/{k}", c, settings["expertSizes"], f)
            for k in range(count)
        ]

    of_all = experts("shared", c, settings["sharedExpertCount"])

    def second_level(task, suffix, rows):
        """The mixture of an objective's own experts and the shared ones."""
        place = f"{task}{suffix}"
        choices = experts(f"specific/{place}", c[rows], settings["specificExpertCount"])
        choices += [expert[rows] for expert in of_all]
        if settings["addsExperts"]:
            return sum(choices)
        return mixture(torch.softmax(c[rows] @ weights[f"task/gates/{place}/weight"], 1), choices)

    inputs = {
        task: by_leaf(batch, per_leaf(settings, problem),
                      lambda suffix, rows, task=task: second_level(task, suffix, rows))
        for task in problem.tasks
    }
    return towers(weights, inputs, batch, settings)


def attention(weights, leaf, mine, settings):
    """a: `[rows, leaves]`, zero for the own scenario."""
    if mine.shape[1] == 2 and not settings["masksAfterSoftmax"]:
        return 1 - mine
    e = weights["attention/indicators/table"][leaf]
    hidden = network(weights, "attention/hidden", e, settings["attentionSizes"], "relu")
    scores = hidden @ weights["attention/weight"]
    if settings["masksAfterSoftmax"]:
        return torch.softmax(scores, 1) * (1 - mine)
    return torch.softmax(scores.masked_fill(mine.bool(), float("-inf")), 1)
