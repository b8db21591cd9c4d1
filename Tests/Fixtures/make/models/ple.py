"""Progressive layered extraction: Tang et al., RecSys 2020, equations 1 to 7. One level is CGC."""

import torch

from objectives import objective_count, of_own_leaves
from twin import by_leaf, input_x, mixture, network, per_leaf, towers, twin


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

    for j in range(settings["levelCount"] - 1):
        level = f"levels/{j}"
        shared = experts(f"{level}/shared", shared_state, settings["sharedExpertCount"])
        specific = [
            experts(f"{level}/specific/{o}", state, settings["specificExpertCount"])
            for o, state in enumerate(states)
        ]
        states = [
            mixed(f"{level}/gates/{o}", state, own + shared)
            for o, (state, own) in enumerate(zip(states, specific))
        ]
        shared_state = mixed(f"{level}/sharedGate", shared_state, sum(specific, []) + shared)

    # At the last level, a row passes through the experts of its own leaf only.
    level = f"levels/{settings['levelCount'] - 1}"
    shared = experts(f"{level}/shared", shared_state, settings["sharedExpertCount"])
    states = of_own_leaves(states, batch, problem, settings)

    def last(task, suffix, rows):
        state = states[task][rows]
        own = experts(
            f"{level}/specific/{task}{suffix}", state, settings["specificExpertCount"])
        return mixed(
            f"{level}/gates/{task}{suffix}", state, own + [expert[rows] for expert in shared])

    outputs = {
        task: by_leaf(
            batch, per_leaf(settings, problem),
            lambda suffix, rows, task=task: last(task, suffix, rows))
        for task in problem.tasks
    }
    return towers(weights, outputs, batch, settings)
