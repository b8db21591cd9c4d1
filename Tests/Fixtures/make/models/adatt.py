"""AdaTT: Li et al., KDD 2023, equations 3 to 7."""

import torch

from objectives import names, objective_count, of_own_leaves
from twin import gate, input_x, mixture, network, towers, twin


@twin("adatt")
def forward(weights, batch, problem, settings):
    count = objective_count(problem, settings)
    shared_count, own_count = settings["sharedExpertCount"], settings["specificExpertCount"]
    states = [input_x(weights, batch, settings)] * (count + (shared_count > 0))

    def experts(place, state, number):
        return [
            network(
                weights, f"{place}/{k}", state, settings["expertSizes"], settings["activation"])
            for k in range(number)
        ]

    last = settings["levelCount"] - 1
    for j in range(last + 1):
        level = f"levels/{j}"
        own = [
            experts(f"{level}/specific/{o}", states[o], own_count) for o in range(count)
        ]
        if shared_count > 0:
            own.append(experts(f"{level}/shared", states[count], shared_count))
        everything = sum(own, [])
        units = names(problem, settings) if j == last else range(len(states))
        fused = []
        for unit, state, mine in zip(units, states, own):
            if len(mine) > 1:
                free = weights[f"{level}/residuals/{unit}/weight"]
                residual = sum(free[0, k] * expert for k, expert in enumerate(mine))
            else:
                residual = mine[0]
            shares = gate(weights, f"{level}/gates/{unit}", state, [])
            fused.append(mixture(shares, everything) + residual)
        states = fused
    return towers(weights, of_own_leaves(states, batch, problem, settings), batch, settings)
