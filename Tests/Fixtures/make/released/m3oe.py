"""M³oE, without its towers."""

import types

import torch
from torch import nn

from released.code import RELATIVE_IMPORTS, Given, Recorder, author, called, linear, names_in
from twin import input_x, towers


def has_several(settings, problem):
    """The code divides by the numbers of other scenarios and tasks."""
    return problem.leaf_count > 1 and len(problem.tasks) > 1 and len(settings["representationSizes"]) == 2


@author("m3oe", has_several)
def m3oe(weights, batch, problem, settings):
    x, tasks, leaves = input_x(weights, batch, settings), problem.tasks, problem.leaf_count
    code = names_in("M3oE/MDMTRec/models/multi_domain/model.py",
                    [*RELATIVE_IMPORTS, (r"(?m)^import pandas.*$", ""), ("np.float32", "np.float64")],
                    EmbeddingLayer=lambda features: Given(x))
    first, second = settings["representationSizes"]
    net = code.MDMTRec([types.SimpleNamespace(embed_dim=x.shape[1])], leaves, len(tasks),
                       [first, second, second, *settings["expertSizes"]], settings["expertCount"], 0, 0, 0, 0,
                       tau_step=0)
    recorders = [Recorder() for _ in range(leaves * len(tasks))]
    net.tower = nn.ModuleList(recorders)

    def layers(name, place):
        found = {}
        for i in range(sum(n.startswith(f"{place}/layer") and n.endswith("norm/scale") for n in weights)):
            layer = f"{place}/layer{i}"
            found |= linear(f"{name}.domain_specific.{3 * i}", weights[f"{layer}/weight"], weights[f"{layer}/bias"])
            found[f"{name}.domain_specific.{3 * i + 1}.weight"] = weights[f"{layer}/norm/scale"]
            found[f"{name}.domain_specific.{3 * i + 1}.bias"] = weights[f"{layer}/norm/shift"]
        return found

    star = "representation/star"
    parameters = {"shared_weight": weights[f"{star}/weight"], "shared_bias": weights[f"{star}/bias"]}
    parameters |= layers("star_mlp", "representation/layers") | layers("skip_conn", "representation/skip")
    for k in range(settings["expertCount"]):
        parameters |= layers(f"expert.{k}", f"experts/shared/{k}")
    for t, task in enumerate(tasks):
        parameters |= layers(f"task_expert.{t}", f"experts/task/{task}")
    for s in range(leaves):
        parameters |= layers(f"domain_expert.{s}", f"experts/scenario/{s}")
        parameters[f"slot_weight.{s}"] = weights[f"{star}/own/scenario/{s}/weight"]
        parameters[f"slot_bias.{s}"] = weights[f"{star}/own/scenario/{s}/bias"]
        gates = weights[f"gates/scenario/{s}/weight"].split(settings["expertCount"], 1)
        for t in range(len(tasks)):
            parameters |= linear(f"gate.{t * leaves + s}.0", gates[t])
    for name, place in [("exp_d", "scenario/amount"), ("exp_t", "task/amount"), ("bal_d", "scenario/ownShare"),
                        ("bal_t", "task/ownShare")]:
        parameters[f"_weight_{name}.deep_weights"] = weights[f"balance/{place}"]
    called(net, parameters, batch.leaf[None])
    rows = torch.arange(len(batch))
    read = torch.stack([recorder.seen for recorder in recorders], 1)
    inputs = {task: read[rows, t * leaves + batch.leaf] for t, task in enumerate(tasks)}
    return towers(weights, inputs, batch, settings, leaf_towers=True)
