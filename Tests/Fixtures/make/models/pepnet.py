"""EPNet, PPNet and PEPNet: Chang et al., KDD 2023, section 2.2."""

import torch

from twin import by_leaf, gate_unit, input_of_roles, input_x, network, per_leaf, towers, twin


def adapted_input(weights, x, batch, settings):
    """δ ⊙ x: x as the scenario scales it."""
    parts = [weights["indicators/table"][batch.leaf], x.detach()]
    prior = input_of_roles(weights, batch, settings, ["scenario-prior"])
    if prior is not None:
        parts.insert(1, prior)
    return gate_unit(weights, "domainGate", torch.cat(parts, 1)) * x


def personalized(weights, x, batch, problem, settings):
    """The gated output of every task's network: a dict from task to `[rows, size]`."""
    prior = input_of_roles(weights, batch, settings, ["user", "item"])
    known = torch.cat([prior, x.detach()], 1)
    sizes = [x.shape[1]] + settings["networkSizes"]
    first = 0 if settings["gatesInput"] else 1
    gates = {
        l: gate_unit(weights, f"gates/{l}", known).split(sizes[l], 1)
        for l in range(first, len(sizes))
    }

    def gated(h, l, t):
        return gates[l][t] * h if l in gates else h

    outputs = {}
    for t, task in enumerate(problem.tasks):
        h = gated(x, 0, t)
        for l in range(len(sizes) - 1):
            h = by_leaf(batch, per_leaf(settings, problem), lambda suffix, rows: network(
                weights, f"networks/{l}/{task}{suffix}", h[rows], [None], settings["activation"]))
            h = gated(h, l + 1, t)
        outputs[task] = h
    return outputs


@twin("epnet")
def epnet(weights, batch, problem, settings):
    x = adapted_input(weights, input_x(weights, batch, settings), batch, settings)
    h = network(weights, "bottom", x, settings["bottomSizes"], settings["activation"])
    return towers(weights, h, batch, settings)


@twin("ppnet")
def ppnet(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)
    return towers(weights, personalized(weights, x, batch, problem, settings), batch, settings)


@twin("pepnet")
def pepnet(weights, batch, problem, settings):
    x = adapted_input(weights, input_x(weights, batch, settings), batch, settings)
    return towers(weights, personalized(weights, x, batch, problem, settings), batch, settings)
