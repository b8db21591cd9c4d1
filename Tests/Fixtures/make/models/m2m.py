"""M2M without behavior sequences: Zhang et al., WSDM 2022. Maps generated from knowledge of the scenario."""

import torch

from generated import generated
from twin import activate, input_x, mixture, network, towers, twin


@twin("m2m")
def forward(weights, batch, problem, settings):
    x, f = input_x(weights, batch, settings), settings["activation"]
    scenario = weights["indicators/scenario/table"][batch.leaf]
    knowledge = network(
        weights, "knowledge", torch.cat([scenario, x], 1), settings["knowledgeSizes"], f)
    views = [
        network(weights, f"experts/{k}", x, settings["expertSizes"], f)
        for k in range(settings["expertCount"])
    ]

    def meta(place, h):
        return generated(weights, place, h, knowledge)

    def phi(h):
        return activate(h, "leaky-relu")

    inputs = {}
    for t, task in enumerate(problem.tasks):
        embedding = weights["indicators/task/table"][t].expand(len(batch), -1)
        view = network(weights, "taskView", embedding, [None], f)
        scores = torch.cat([
            phi(meta("attention/meta", torch.cat([v, view], 1))) @ weights["attention/weight"]
            for v in views
        ], 1)
        h = mixture(torch.softmax(scores, 1), views)
        for j in range(settings["metaLayerCount"]):
            h = phi(meta(f"meta/{task}/{j}", h) + h)
        inputs[task] = h
    return towers(weights, inputs, batch, settings)
