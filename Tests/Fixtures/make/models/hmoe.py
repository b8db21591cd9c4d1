"""HMoE: Li et al., CIKM 2020. Predictions of all scenarios, mixed in label space."""

import torch

from twin import affine, gate, input_x, mixture, network, twin


@twin("hmoe")
def forward(weights, batch, problem, settings):
    x, f = input_x(weights, batch, settings), settings["activation"]
    experts = [
        network(weights, f"experts/{k}", x, settings["expertSizes"], f)
        for k in range(settings["expertCount"])
    ]
    leaves = problem.leaf_count
    own = torch.nn.functional.one_hot(batch.leaf, leaves).bool()

    def score(task, suffix):
        """z_j: the log-odds that scenario j gives every row."""
        shares = gate(weights, f"gates/{task}{suffix}", x, settings["gateSizes"])
        place = f"towers/{task}{suffix}"
        hidden = network(weights, place, mixture(shares, experts), settings["towerSizes"], f)
        return affine(weights, f"{place}/output", hidden)

    logits = {}
    for task in problem.tasks:
        if leaves == 1:
            logits[task] = score(task, "")[:, 0]
            continue
        z = torch.cat([score(task, f"/scenario/{j}") for j in range(leaves)], 1)
        if settings["phase"] == "scenarios":
            # Of two stages, the first trains the predictions by themselves.
            logits[task] = (own * z).sum(1)
            continue
        if settings["transfer"] == "stop-gradient":
            z = torch.where(own, z, z.detach())
        shares = gate(weights, f"mixture/{task}", x, settings["gateSizes"])
        p = (shares * torch.sigmoid(z)).sum(1)
        not_p = (shares * torch.sigmoid(-z)).sum(1)
        logits[task] = torch.log(p) - torch.log(not_p)
    return logits, {}
