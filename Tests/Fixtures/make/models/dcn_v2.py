"""DCN-V2: Wang et al., WWW 2021, equations 1 and 3 to 5."""

import torch

from twin import input_x, mixture, network, towers, twin


def product(weights, place, x, settings):
    """The map of a cross layer without its bias."""
    form = settings["crossForm"]
    if form == "full":
        return x @ weights[f"{place}/weight"]
    if form == "low-rank":
        return x @ weights[f"{place}/left"] @ weights[f"{place}/right"]
    experts = []
    for k in range(settings["crossExpertCount"]):
        part = f"{place}/experts/{k}"
        inner = torch.tanh(x @ weights[f"{part}/left"])
        inner = torch.tanh(inner @ weights[f"{part}/core"])
        experts.append(inner @ weights[f"{part}/right"])
    return mixture(torch.softmax(x @ weights[f"{place}/gates/weight"], 1), experts)


@twin("dcn-v2")
def forward(weights, batch, problem, settings):
    inputs = {}
    for task in problem.tasks:
        first = x = input_x(weights, batch, settings, f"tasks/{task}")
        for l in range(settings["crossLayerCount"]):
            place = f"tasks/{task}/cross/{l}"
            x = first * (product(weights, place, x, settings) + weights[f"{place}/bias"]) + x
        is_stacked = settings["structure"] == "stacked"
        deep = network(
            weights, f"tasks/{task}/deep", x if is_stacked else first, settings["deepSizes"],
            settings["activation"])
        inputs[task] = deep if is_stacked else torch.cat([x, deep], 1)
    return towers(weights, inputs, batch, settings)
