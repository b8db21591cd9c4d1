"""Cross-stitch networks: Misra et al., CVPR 2016, equation 1."""

from objectives import objective_count, of_own_leaves
from twin import input_x, network, towers, twin


@twin("cross-stitch")
def forward(weights, batch, problem, settings):
    count = objective_count(problem, settings)
    states = [input_x(weights, batch, settings)] * count
    for i in range(len(settings["networkSizes"])):
        states = [
            network(weights, f"networks/{i}/{o}", state, [None], settings["activation"])
            for o, state in enumerate(states)
        ]
        if count > 1:
            factors = weights[f"units/{i}/factors"]
            factors = factors.reshape(count, count, -1)  # one number, or one per channel
            states = [
                sum(factors[o, p] * old for p, old in enumerate(states)) for o in range(count)
            ]
    return towers(weights, of_own_leaves(states, batch, problem, settings), batch, settings)
