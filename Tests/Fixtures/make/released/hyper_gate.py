"""HyperGate, without its embeddings and towers."""

import re
import types
from typing import Union

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from released.code import (
    RELATIVE_IMPORTS, Activation, Given, Recorder, author, called, linear, names_in, perceptron, replaced, text_of)
from twin import input_columns, towers


def is_controlled_everywhere(settings, problem):
    """The code's other combinations of gates do not run, or know no scenario."""
    gates = all(settings[name] for name in ("gatesInput", "biasesExperts", "gatesFusion"))
    return gates and problem.leaf_count > 1 and settings["scenarioFeature"] and not settings["batchNorm"]


@author("hyper-gate", is_controlled_everywhere)
def hyper_gate(weights, batch, problem, settings):
    parts, f = input_columns(weights, batch, settings), settings["activation"]
    is_scenario = [isinstance(name, tuple) for name, _ in parts]
    z = torch.cat([part for (_, part), scenario in zip(parts, is_scenario) if not scenario], 1)
    scenario = torch.cat([part for (_, part), scenario in zip(parts, is_scenario) if scenario], 1)
    # The columns of x in the code's order, in which the scenario is last.
    columns, start = ([], []), 0
    for (_, part), last in zip(parts, is_scenario):
        columns[last].extend(range(start, start + part.shape[1]))
        start += part.shape[1]
    order = columns[0] + columns[1]

    layers = names_in("RecStudio/recstudio/model/module/layers.py")
    text = text_of("RecStudio/recstudio/model/module/ctr.py")
    gates = {"nn": nn, "torch": torch, "Union": Union}
    exec(re.search(r"(?ms)^class SENet\(.*?(?=^class )", text).group(), gates)

    class Base(nn.Module):
        def _init_model(self, train_data, drop_unused_field):
            pass

    # The first has the scenario, the second lacks it.
    counts = iter([z.shape[1] + scenario.shape[1], z.shape[1]])

    def embeddings(*_):
        return types.SimpleNamespace(output_dim=next(counts))

    def unit(c_in_dim, x_in_dim):
        return gates["SENet"](c_in_dim, x_in_dim, hidden_dim=settings["gateSize"])

    code = names_in("RecStudio/recstudio/model/multitask/hypergate.py", RELATIVE_IMPORTS, _MultiTaskBase=Base,
                    ctr=types.SimpleNamespace(Embeddings=embeddings, SENet=unit), MLPModule=layers.MLPModule,
                    get_act=layers.get_act)
    net = code.HyperGate()
    net.fields, net.embed_dim, net.frating = {"s"}, scenario.shape[1], problem.tasks
    net.domain_dict = range(problem.leaf_count + 1)
    net.config = {"eval": {"multi_domain_key": "s"}, "model": {
        "enable_embedding_gate": True, "enable_biasing_gate": True, "enable_fusion_gate": True,
        "aug_embed_dim": settings["anchorSize"], "aug_layers": settings["augmentationSizes"], "aug_dropout": 0,
        "num_experts": settings["expertCount"], "expert_mlp_layer": settings["expertSizes"],
        "expert_activation": "relu", "expert_dropout": 0, "expert_batch_norm": False,
        "gate_mlp_layer": settings["fusionSizes"], "gate_activation": "relu", "gate_dropout": 0,
        "gate_batch_norm": False, "tower_mlp_layer": [], "tower_activation": "relu", "tower_dropout": 0,
        "tower_batch_norm": False, "lambda_d": settings["scenarioLossWeight"], "lambda_t": 0,
    }}
    net._init_model(None)
    net.embedding, net.domain_embedding = Given(z), Given(scenario)
    for part in (net.experts, net.biasing_gate, net.domain_aug_module, net.task_aug_module):
        replaced(part, nn.ReLU, lambda: Activation(f))
    net.towers = nn.ModuleDict({task: Recorder() for task in problem.tasks})

    def names(name, count):
        return [f"{name}.model.{3 * i + 1}" for i in range(count)]

    def deep(place, name, hidden):
        """A network and the map above it; its hidden layers lie beside the map."""
        found = {}
        for i in range(hidden):
            layer = f"{place}/hidden/layer{i}"
            found |= linear(names(name, hidden)[i], weights[f"{layer}/weight"], weights[f"{layer}/bias"])
        return found | linear(names(name, hidden + 1)[-1], weights[f"{place}/weight"], weights[f"{place}/bias"])

    unseen = torch.zeros(1, settings["anchorSize"])
    parameters = {
        "domain_anchor_embedding.weight": torch.cat([unseen, weights["scenario/anchors"]]),
        "task_anchor_embedding.weight": weights["task/anchors"],
        **deep("scenario", "domain_aug_module", len(settings["augmentationSizes"])),
        **deep("task", "task_aug_module", len(settings["augmentationSizes"])),
        **perceptron(weights, "inputGate/squeeze", ["domain_gate.fc1.0"]),
        **linear("domain_gate.fc2.0", weights["inputGate/weight"][:, order], weights["inputGate/bias"][order]),
    }
    for i in range(len(settings["expertSizes"])):
        parameters |= deep(f"terms/{i}", f"biasing_gate.{i}", 1)
    for k in range(settings["expertCount"]):
        place = f"experts/{k}"
        for i, name in enumerate(names(place.replace("/", "."), len(settings["expertSizes"]))):
            weight = weights[f"{place}/layer{i}/weight"]
            parameters |= linear(name, weight[order] if i == 0 else weight, weights[f"{place}/layer{i}/bias"])
    for task in problem.tasks:
        gate = names(f"fusion_gates.{task}", len(settings["fusionSizes"]) + 1)
        parameters |= perceptron(weights, f"fusion/{task}", gate)

    class Scores(nn.Module):
        """Calls `score`, by which functional_call reaches the code."""

        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, inputs):
            return self.net.score(inputs), self.net.task_aug_module(z.detach())

    inputs = {"s": batch.leaf + 1} | {task: batch.labels[task] for task in problem.tasks}
    scores, of_task = called(Scores(), {f"net.{name}": value for name, value in parameters.items()}, inputs)
    logits, of_head = towers(weights, {task: net.towers[task].seen for task in problem.tasks}, batch, settings)
    auxiliary = {"scenario": scores["cl_loss"]}
    for t, task in enumerate(problem.tasks):
        # The code takes the mean over all rows; here tasks are defined on some, and weighted by cell.
        errors = binary_cross_entropy_with_logits(
            of_task @ weights["task/anchors"][t], batch.labels[task], reduction="none")
        auxiliary[f"anchor/{task}"] = settings["taskLossWeight"] * (batch.cell_weights(task) * errors).sum()
    return logits, auxiliary | of_head
