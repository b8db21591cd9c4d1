"""DSelect-k: Hazimeh et al., NeurIPS 2021, equations 2 to 6."""

import math

import torch

from twin import by_leaf, input_x, mixture, network, per_leaf, towers, twin


def smooth_step(z, width):
    t = (z / width).clamp(-0.5, 0.5)
    return -2 * t ** 3 + 1.5 * t + 0.5


@twin("dselect-k")
def forward(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)
    experts = [
        network(weights, f"experts/{k}", x, settings["expertSizes"], settings["activation"])
        for k in range(settings["expertCount"])
    ]
    selectors, bits = settings["selectorCount"], int(math.log2(settings["expertCount"]))
    entropies = []

    def gate(place, rows):
        a, z = weights[f"{place}/mixing"], weights[f"{place}/codes"]
        if settings["perExample"]:
            a, z = x[rows] @ a, x[rows] @ z
        else:
            a, z = a.expand(len(rows), -1), z.expand(len(rows), -1)
        steps = smooth_step(z.reshape(len(rows), selectors, bits), settings["stepWidth"])
        choices = torch.stack([
            torch.stack([
                steps[:, :, b] if i >> b & 1 else 1 - steps[:, :, b] for b in range(bits)
            ]).prod(0)
            for i in range(settings["expertCount"])
        ], -1)  # [rows, selectors, experts]
        entropy = -(choices * torch.log(choices + 1e-6)).sum(-1)
        entropies.append(entropy.mean(0).sum())
        return (torch.softmax(a, 1)[:, :, None] * choices).sum(1)

    mixed = {
        task: mixture(
            by_leaf(
                batch, per_leaf(settings, problem),
                lambda suffix, rows, task=task: gate(f"gates/{task}{suffix}", rows)),
            experts)
        for task in problem.tasks
    }
    logits, auxiliary = towers(weights, mixed, batch, settings)
    return logits, auxiliary | {
        "selector entropy": settings["entropyWeight"] * sum(entropies)}
