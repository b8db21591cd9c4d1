"""HyperGate, 2025, by its released code XuHwang/HyperGate. Predicted embeddings of scenario and task as gates."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from twin import (
    activate, affine, gate, gate_unit, input_columns, mixture, moments, network, towers, twin)


@twin("hyper-gate")
def forward(weights, batch, problem, settings):
    parts, f = input_columns(weights, batch, settings), settings["activation"]
    x = torch.cat([part for _, part in parts], 1)
    is_controlled = any(settings[name] for name in ("gatesInput", "biasesExperts", "gatesFusion"))
    auxiliary = {}

    def predicted(place):
        """The vector of the row's scenario or of the task, predicted from all other columns."""
        z = torch.cat([part for name, part in parts if name[0] != "scenario" or isinstance(name, str)], 1)
        hidden = network(weights, f"{place}/hidden", z.detach(), settings["augmentationSizes"], f)
        return affine(weights, place, hidden)

    if is_controlled:
        c = predicted("scenario")
        if problem.leaf_count > 1:
            anchors = weights["scenario/anchors"]
            auxiliary["scenario"] = settings["scenarioLossWeight"] * cross_entropy(c @ anchors.T, batch.leaf)
            c = torch.cat([c, anchors[batch.leaf].detach()], 1)
    if settings["gatesInput"]:
        x = gate_unit(weights, "inputGate", c) * x

    def term(i):
        hidden = network(weights, f"terms/{i}/hidden", c, [None], f)
        return affine(weights, f"terms/{i}", hidden)

    terms = [term(i) if settings["biasesExperts"] else 0 for i in range(len(settings["expertSizes"]))]

    def expert(k):
        h = x
        for i, n in enumerate(terms):
            layer = f"experts/{k}/layer{i}"
            h = affine(weights, layer, h) + n
            if settings["batchNorm"]:
                h = moments(weights, f"{layer}/norm", h)
            h = activate(h, f)
        return h

    experts = [expert(k) for k in range(settings["expertCount"])]
    inputs = {}
    for t, task in enumerate(problem.tasks):
        control = x
        if settings["gatesFusion"]:
            a, anchor = predicted("task"), weights["task/anchors"][t]
            loss = binary_cross_entropy_with_logits(a @ anchor, batch.labels[task], reduction="none")
            # Weighted like the loss of the task.
            auxiliary[f"anchor/{task}"] = settings["taskLossWeight"] * (batch.cell_weights(task) * loss).sum()
            control = torch.cat([a, anchor.detach().expand(len(batch), -1), c], 1)
        inputs[task] = mixture(gate(weights, f"fusion/{task}", control, settings["fusionSizes"]), experts)
    logits, of_head = towers(weights, inputs, batch, settings)
    return logits, {**auxiliary, **of_head}
