"""SNR-Trans: Ma et al., AAAI 2019; its gates in evaluation, and their penalty, by Louizos et al., ICLR 2018."""

import math

import torch

from objectives import names, objective_count, of_own_leaves
from twin import input_x, network, towers, twin

GAMMA, ZETA = -0.1, 1.1


@twin("snr-trans")
def forward(weights, batch, problem, settings):
    def gates(logits):
        return (torch.sigmoid(logits) * (ZETA - GAMMA) + GAMMA).clamp(0, 1)

    def joined(states, z, matrix):
        """Σ_j z_j u_j M_j, with the M_j above each other in a matrix."""
        return sum(
            z_j * u_j @ m_j for z_j, u_j, m_j in zip(z, states, matrix.chunk(len(states))))

    connections = []
    count, levels = settings["subnetworkCount"], settings["levelCount"]
    inputs = [input_x(weights, batch, settings)] * count
    for l in range(levels):
        states = [
            network(
                weights, f"levels/{l}/{i}", v, settings["subnetworkSizes"],
                settings["activation"])
            for i, v in enumerate(inputs)
        ]
        if l < levels - 1:
            connections.append(weights[f"connections/{l}/logits"])
            z = gates(connections[-1])
            inputs = [
                joined(states, z[i], weights[f"connections/{l}/{i}/weight"])
                for i in range(count)
            ]
    connections.append(weights["routes/logits"])
    z = gates(connections[-1])
    routes = [
        joined(states, z[o], weights[f"routes/{name}/weight"])
        for o, name in enumerate(names(problem, settings))
    ]
    assert len(routes) == objective_count(problem, settings)
    logits, auxiliary = towers(
        weights, of_own_leaves(routes, batch, problem, settings), batch, settings)
    shift = settings["temperature"] * math.log(-GAMMA / ZETA)
    open_count = sum(torch.sigmoid(alpha - shift).sum() for alpha in connections)
    return logits, auxiliary | {"open connections": settings["penalty"] * open_count}
