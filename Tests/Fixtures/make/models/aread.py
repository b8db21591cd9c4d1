"""AREAD: AAAI 2025, arXiv 2412.11905. Levels of towers, of whose connections every scenario keeps some."""

import torch

from twin import affine, input_x, mixture, network, towers, twin


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

    def kept(s, l):
        """The connections of a leaf between the towers of level l and those below."""
        return weights[f"connections/{l}/mask"][s].reshape(counts[l], counts[l - 1]) != 0

    def condition(s):
        group = weights["indicators/tower/table"][kept(s, 1).any(0)].mean(0)
        return torch.cat([weights["indicators/scenario/table"][s], group])

    def below(s, l, t, outputs, rows):
        """What tower t of level l reads of the rows of a leaf: a mixture of the towers that it is connected with."""
        gates = affine(weights, f"levels/{l}/gates", condition(s)).reshape(counts[l], counts[l - 1])
        chosen = kept(s, l)[t].nonzero()[:, 0].tolist()
        shares = torch.softmax(gates[t, chosen], 0)[None]
        return mixture(shares, [outputs[k][rows] for k in chosen])

    def is_active(s, l, t):
        return bool(kept(s, 1)[:, t].any() if l == 0 else kept(s, l)[t].any())

    everything, outputs = torch.arange(len(batch)), mixed
    for l in range(len(counts)):
        above = []
        for t in range(counts[l]):
            # Rows pass through the towers that are active for their leaf.
            leaves = [s for s in range(problem.leaf_count) if is_active(s, l, t)]
            groups = [(s, everything[batch.leaf == s]) for s in leaves]
            groups = [(s, rows) for s, rows in groups if len(rows) > 0]
            output = torch.zeros(len(batch), settings["levelSizes"][l], dtype=x.dtype)
            if groups:
                passing = torch.cat([rows for _, rows in groups])
                read = torch.cat([
                    outputs[t][rows] if l == 0 else below(s, l, t, outputs, rows)
                    for s, rows in groups
                ])
                passed = network(weights, f"levels/{l}/towers/{t}", read, [None], f)
                output = output.index_put((passing,), passed)
            above.append(output)
        outputs = above

    last = len(counts) - 1
    active = torch.tensor([
        sum(is_active(s, last, t) for t in range(counts[last])) for s in range(problem.leaf_count)
    ])
    return towers(weights, torch.cat(outputs, 1) / active[batch.leaf][:, None], batch, settings)
