"""HoME: Wang et al., arXiv 2408.05430, 2024."""

import torch

from twin import by_leaf, input_x, mixture, network, per_leaf, towers, twin


@twin("home")
def forward(weights, batch, problem, settings):
    is_private = per_leaf(settings, problem)
    x = input_x(weights, batch, settings)

    def own(function):
        return by_leaf(batch, is_private, function)

    def expert(place, v, sizes):
        v = v * 2 * torch.sigmoid(v @ weights[f"{place}/gate/left"] @ weights[f"{place}/gate/right"])
        for i in range(len(sizes)):
            y = network(weights, f"{place}/{i}", v, [None], "identity")
            v = y * torch.sigmoid(y)
        return v

    def private_experts(place, state, count, sizes):
        return [
            own(lambda suffix, rows, k=k: expert(f"{place}{suffix}/{k}", state[rows], sizes))
            for k in range(count)
        ]

    def shared_experts(place, state, count, sizes):
        return [expert(f"{place}/{k}", state, sizes) for k in range(count)]

    def mixed(gate, self_gate, v, mine, others):
        """A mixture of experts, to which those of its own are added by a self-gate; gates are matrices."""
        shares = torch.softmax(v @ gate, 1)
        again = v @ self_gate
        again = torch.sigmoid(again) if len(mine) == 1 else torch.softmax(again, 1)
        return mixture(shares, mine + others) + mixture(again, mine)

    def private_mixture(gate, self_gate, v, mine, others):
        return own(lambda suffix, rows: mixed(
            weights[f"{gate}{suffix}/weight"], weights[f"{self_gate}{suffix}/weight"], v[rows],
            [e[rows] for e in mine], [e[rows] for e in others]))

    count, sizes = settings["metaExpertCount"], settings["metaSizes"]
    shared = shared_experts("meta/shared", x, count, sizes)
    groups = {
        g: private_experts(f"meta/groups/{g}", x, count, sizes) for g in problem.leaders
    }
    z = {
        g: private_mixture(f"meta/gates/{g}", f"meta/selfGates/{g}", x, groups[g], shared)
        for g in problem.leaders
    }
    others = [] if is_private else sum((groups[g] for g in problem.leaders), [])
    z_all = mixed(
        weights["meta/sharedGate/weight"], weights["meta/sharedSelfGate/weight"], x, shared,
        others)

    count, sizes = settings["taskExpertCount"], settings["expertSizes"]
    shared = shared_experts("task/shared", z_all, count, sizes)
    groups = {
        g: private_experts(f"task/groups/{g}", z[g], count, sizes) for g in problem.leaders
    }
    h = {}
    for task in problem.tasks:
        g = problem.leader(task)
        mine = private_experts(f"task/specific/{task}", z[g], count, sizes)
        h[task] = private_mixture(
            f"task/gates/{task}", f"task/selfGates/{task}", z[g], mine, groups[g] + shared)
    return towers(weights, h, batch, settings)
