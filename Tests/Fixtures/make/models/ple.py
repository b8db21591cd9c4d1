"""Progressive layered extraction: Tang et al., RecSys 2020, equations 1 to 7. One level is CGC."""

import torch

from objectives import names, objective_count, of_own_leaves
from twin import input_x, mixture, network, towers, twin


@twin("ple")
def forward(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)
    count = objective_count(problem, settings)
    states, shared_state = [x] * count, x

    def experts(place, state, number):
        return [
            network(
                weights, f"{place}/{k}", state, settings["expertSizes"], settings["activation"])
            for k in range(number)
        ]

    def mixed(place, state, choices):
        return mixture(torch.softmax(state @ weights[f"{place}/weight"], 1), choices)

    last = settings["levelCount"] - 1
    for j in range(last + 1):
        level = f"levels/{j}"
        own_names = names(problem, settings) if j == last else range(count)
        shared = experts(f"{level}/shared", shared_state, settings["sharedExpertCount"])
        specific = [
            experts(f"{level}/specific/{name}", state, settings["specificExpertCount"])
            for name, state in zip(own_names, states)
        ]
        states = [
            mixed(f"{level}/gates/{name}", state, own + shared)
            for name, state, own in zip(own_names, states, specific)
        ]
        if j < last:
            shared_state = mixed(f"{level}/sharedGate", shared_state, sum(specific, []) + shared)
    return towers(weights, of_own_leaves(states, batch, problem, settings), batch, settings)
