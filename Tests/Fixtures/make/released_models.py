#!/usr/bin/env python3
"""Compares the fixtures of models with the released code of their authors.

The twins of models are written from equations; this script feeds the parameters and rows of their cases to the
released code instead, where that is public and right, and compares log-odds, losses and gradients with the numbers in
Tests/Fixtures/models. What belongs to no paper (the input x, and towers) is the twins'. Cases with settings that the
code lacks, such as batch normalization elsewhere, are left out. The code itself is not kept here.

    git clone https://github.com/facebookresearch/AdaTT CLONES/AdaTT                            # at 0efdd82
    git clone https://github.com/LiangcaiSu/STEM CLONES/STEM                                    # at 769e2af
    git clone https://github.com/Applied-Machine-Learning-Lab/M3oE CLONES/M3oE                  # at 1b30217
    git clone https://github.com/Applied-Machine-Learning-Lab/HierRec CLONES/HierRec            # at 074a410
    git clone -b multi-domain-multi-task https://github.com/XuHwang/RecStudio CLONES/RecStudio  # at 6cba6fb
    git clone https://github.com/Chrissie-Law/AREAD-Multi-Domain-Recommendation CLONES/AREAD    # at eb0a5aa
    git clone https://github.com/ChaohuaYang/AutoIFS CLONES/AutoIFS                             # at 65fc27c
    python3 Tests/Fixtures/make/released_models.py CLONES      # needs NumPy and PyTorch (CPU); made with 2.15.0
"""

import json
import pathlib
import re
import sys
import types
from typing import Union

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

import models
from twin import (
    activate, affine, by_leaf, embedded_features, input_columns, input_x, mixture, network, per_leaf, towers)

CLONES = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
AUTHORS = {}  # model -> (whether a case can be compared, the twin made of the released code)


def author(name, accepts=lambda settings, problem: True):
    def register(forward):
        AUTHORS[name] = accepts, forward
        return forward

    return register


# The released code


def names_in(path, replacements=(), **given):
    """The names that a file of a clone defines; given ones stand for what it imports."""
    text = (CLONES / path).read_text()
    for pattern, replacement in replacements:
        text = re.sub(pattern, replacement, text)
    module = types.ModuleType(path)
    sys.modules[path] = module
    vars(module).update(given)
    exec(compile(text, path, "exec"), vars(module))
    return module


RELATIVE_IMPORTS = [(r"(?m)^from (\.|model|fuxictr|recstudio|utils|modules)\S* import .*$|^import modules.*$", "")]


class Given(nn.Module):
    """In place of a part of the code: returns what is computed elsewhere."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, *_, **__):
        return self.value


class Recorder(nn.Module):
    """In place of a tower: keeps what it reads."""

    def forward(self, x):
        self.seen = x
        return x[:, :1]


class Activation(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.name = name

    def forward(self, x):
        return activate(x, self.name)


def replaced(module, kind, replacement):
    """The module with another in place of every submodule of a kind."""
    for name, child in module.named_children():
        if isinstance(child, kind):
            setattr(module, name, replacement())
        else:
            replaced(child, kind, replacement)
    return module


def called(module, parameters, *inputs):
    """The module's result with these values of its parameters; those that are not given are zero."""
    values = {name: torch.zeros_like(p) for name, p in module.named_parameters()}
    unknown = parameters.keys() - values.keys()
    assert not unknown, f"the code has no {sorted(unknown)}"
    return torch.func.functional_call(module, values | parameters, inputs)


def linear(name, weight, bias=None):
    """Parameters of nn.Linear, which keeps the transpose."""
    parameters = {f"{name}.weight": weight.T}
    if bias is not None:
        parameters[f"{name}.bias"] = bias
    return parameters


def perceptron(weights, place, names):
    """The parameters of linear layers with these names: those of a network, and of the map above it."""
    places = [f"{place}/layer{i}" for i in range(sum(name.startswith(f"{place}/layer") and name.endswith("/weight")
                                                     and "/norm" not in name for name in weights))]
    places += [place] if len(places) < len(names) else []
    assert len(places) == len(names), (place, names)
    parameters = {}
    for name, layer in zip(names, places):
        parameters |= linear(name, weights[f"{layer}/weight"], weights[f"{layer}/bias"])
    return parameters


def objectives(batch, settings):
    """The tasks of all objectives, in their order, with their places."""
    tasks = batch.problem.tasks
    if not per_leaf(settings, batch.problem):
        return [(task, "") for task in tasks]
    return [(task, f"/scenario/{s}") for s in range(batch.problem.leaf_count) for task in tasks]


def of_rows(outputs, batch, settings):
    """What the towers read: of `[rows, objectives, size]`, for every task the objective of the row."""
    tasks = batch.problem.tasks
    rows = torch.arange(len(batch))
    leaf = batch.leaf if per_leaf(settings, batch.problem) else torch.zeros_like(batch.leaf)
    return {task: outputs[rows, leaf * len(tasks) + t] for t, task in enumerate(tasks)}


# The models of AdaTT's library


def library(settings):
    module = names_in("AdaTT/mtl_lib.py")
    return module, lambda net: replaced(net, nn.ReLU, lambda: Activation(settings["activation"]))


def mlp(weights, name, place, count):
    return perceptron(weights, place, [f"{name}.mlp_net.{2 * i}" for i in range(count)])


def is_plain(settings, problem):
    return not settings["batchNorm"]


@author("shared-bottom", is_plain)
def shared_bottom(weights, batch, problem, settings):
    code, active = library(settings)
    x, sizes = input_x(weights, batch, settings), settings["bottomSizes"]
    net = active(code.SharedBottom(x.shape[1], sizes, 1, "RELU"))
    h = called(net, mlp(weights, "bottom_projection", "bottom", len(sizes)), x)[:, 0]
    return towers(weights, h, batch, settings)


@author("mmoe", is_plain)
def mmoe(weights, batch, problem, settings):
    code, active = library(settings)
    x, sizes, count = input_x(weights, batch, settings), settings["expertSizes"], settings["expertCount"]
    own = objectives(batch, settings)
    net = active(code.MLMMoE(x.shape[1], [sizes], [[]], len(own), count))
    parameters = {}
    for k in range(count):
        parameters |= mlp(weights, f"experts.0.{k}", f"experts/{k}", len(sizes))
    for o, (task, suffix) in enumerate(own):
        if settings["sharedGate"]:
            gate = weights["gates/weight"]
        else:
            gate = weights[f"gates{suffix}/weight"].split(count, 1)[problem.tasks.index(task)]
        parameters |= linear(f"gates.0.{o}.1", gate)
    return towers(weights, of_rows(called(net, parameters, x), batch, settings), batch, settings)


@author("ple", is_plain)
def ple(weights, batch, problem, settings):
    code, active = library(settings)
    x, sizes, levels = input_x(weights, batch, settings), settings["expertSizes"], settings["levelCount"]
    own, k_own, k_shared = objectives(batch, settings), settings["specificExpertCount"], settings["sharedExpertCount"]
    net = active(code.PLE(x.shape[1], [sizes] * levels, len(own), k_own, k_shared))
    parameters = {}
    for j in range(levels):
        for o, (task, suffix) in enumerate(own):
            place = f"{task}{suffix}" if j == levels - 1 else f"{o}"
            for k in range(k_own):
                name = f"experts.{j}.{o * k_own + k}"
                parameters |= mlp(weights, name, f"levels/{j}/specific/{place}/{k}", len(sizes))
            parameters |= linear(f"gate_weights.{j}.{o}.0", weights[f"levels/{j}/gates/{place}/weight"])
        for k in range(k_shared):
            name = f"experts.{j}.{len(own) * k_own + k}"
            parameters |= mlp(weights, name, f"levels/{j}/shared/{k}", len(sizes))
        if j < levels - 1:
            parameters |= linear(f"gate_weights.{j}.{len(own)}.0", weights[f"levels/{j}/sharedGate/weight"])
    inputs = x[:, None].expand(-1, len(own) + 1, -1)
    return towers(weights, of_rows(called(net, parameters, inputs), batch, settings), batch, settings)


@author("cross-stitch", lambda settings, problem: not settings["batchNorm"] and not settings["perChannel"])
def cross_stitch(weights, batch, problem, settings):
    code, active = library(settings)
    x, sizes, own = input_x(weights, batch, settings), settings["networkSizes"], objectives(batch, settings)
    net = active(code.CrossStitch(x.shape[1], [[size] for size in sizes], len(own)))
    parameters = {}
    for i in range(len(sizes)):
        for o in range(len(own)):
            parameters |= mlp(weights, f"experts.{i}.{o}", f"networks/{i}/{o}", 1)
        parameters[f"stitchs.{i}.weight"] = weights[f"units/{i}/factors"] if len(own) > 1 else torch.ones(1, 1)
    inputs = x[:, None].expand(-1, len(own), -1)
    return towers(weights, of_rows(called(net, parameters, inputs), batch, settings), batch, settings)


@author("adatt", is_plain)
def adatt(weights, batch, problem, settings):
    code, active = library(settings)
    x, sizes, levels = input_x(weights, batch, settings), settings["expertSizes"], settings["levelCount"]
    own, k_own, k_shared = objectives(batch, settings), settings["specificExpertCount"], settings["sharedExpertCount"]
    arguments = x.shape[1], [sizes] * levels, len(own)
    net = active(code.AdaTTWSharedExps(*arguments, k_shared, num_task_experts=k_own) if k_shared
                 else code.AdaTTSp(*arguments, k_own))
    parameters = {}

    def residual(j, place, count):
        return weights[f"levels/{j}/residuals/{place}/weight"][0] if count > 1 else torch.ones(1)

    residuals = []
    for j in range(levels):
        places = [f"{task}{suffix}" if j == levels - 1 else f"{o}" for o, (task, suffix) in enumerate(own)]
        residuals.append([residual(j, place, k_own) for place in places])
        if k_shared and j < levels - 1:
            places.append(f"{len(own)}")
            residuals[j].append(residual(j, places[-1], k_shared))
        for o in range(len(own)):
            for k in range(k_own):
                parameters |= mlp(weights, f"experts.{j}.{o * k_own + k}", f"levels/{j}/specific/{o}/{k}", len(sizes))
        for k in range(k_shared):
            name = f"experts.{j}.{len(own) * k_own + k}"
            parameters |= mlp(weights, name, f"levels/{j}/shared/{k}", len(sizes))
        for i, place in enumerate(places):
            gate = f"levels/{j}/gates/{place}"
            parameters |= linear(f"gate_weights.{j}.{i}.0", weights[f"{gate}/weight"], weights[f"{gate}/bias"])
    if k_shared == 0 and k_own > 1:
        parameters |= {f"self_exp_weights.{j}": torch.stack(row) for j, row in enumerate(residuals)}
    elif k_shared and (k_own > 1 or k_shared > 1):
        for i in range(len(own) + 1):
            column = [row[i] for row in residuals if i < len(row)]
            parameters[f"self_exp_weights.{i}"] = torch.stack(column) if column else torch.zeros(0, k_shared)
    inputs = x[:, None].expand(-1, len(own) + (k_shared > 0), -1)
    return towers(weights, of_rows(called(net, parameters, inputs), batch, settings), batch, settings)


# STEM


@author("stem", is_plain)
def stem(weights, batch, problem, settings):
    def get_activation(name, sizes=None):
        return nn.Softmax(dim=-1) if name == "softmax" else [nn.ReLU() for _ in sizes]

    block = names_in("STEM/fuxictr/pytorch/layers/blocks/mlp_block.py", RELATIVE_IMPORTS,
                     get_activation=get_activation).MLP_Block
    code = names_in("STEM/models/STEM.py", RELATIVE_IMPORTS, get_activation=get_activation, MLP_Block=block,
                    MultiTaskModel=nn.Module)
    tasks, sizes, gate_sizes = problem.tasks, settings["expertSizes"], settings["gateSizes"]
    k_own, k_shared = settings["specificExpertCount"], settings["sharedExpertCount"]
    shared = input_x(weights, batch, settings)

    def of_leaf(suffix, rows):
        """The states of all tasks, `[rows, tasks, size]`: with private parameters, those of the leaf."""
        own = [shared if settings["sharedEmbedding"] else input_x(weights, batch, settings, f"tasks/{task}{suffix}")
               for task in tasks]
        x = [state[rows] for state in own + [shared]]
        for j in range(settings["levelCount"]):
            net = code.STEM_Layer(
                k_shared, k_own, len(tasks), x[0].shape[1], list(sizes), list(gate_sizes), "ReLU", 0, False)
            for experts in (net.shared_experts, net.specific_experts):  # gates keep ReLU
                replaced(experts, nn.ReLU, lambda: Activation(settings["activation"]))
            parameters = {}
            for t, task in enumerate(tasks):
                for k in range(k_own):
                    parameters |= perceptron(weights, f"levels/{j}/specific/{task}{suffix}/{k}",
                                             [f"specific_experts.{t}.{k}.mlp.{2 * i}" for i in range(len(sizes))])
            for k in range(k_shared):
                parameters |= perceptron(weights, f"levels/{j}/shared/{k}",
                                         [f"shared_experts.{k}.mlp.{2 * i}" for i in range(len(sizes))])
            gates = [f"gates/{task}{suffix}" for task in tasks]
            gates += ["sharedGate"] if j < settings["levelCount"] - 1 else []
            for t, gate in enumerate(gates):
                parameters |= perceptron(weights, f"levels/{j}/{gate}",
                                         [f"gate.{t}.mlp.{2 * i}" for i in range(len(gate_sizes) + 1)])
            x = called(net, parameters, x)
        return torch.stack(x[:-1], 1)

    states = by_leaf(batch, per_leaf(settings, problem), of_leaf)
    return towers(weights, {task: states[:, t] for t, task in enumerate(tasks)}, batch, settings)


# M³oE


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


# HierRec


def has_two_generated_layers(settings, problem):
    return (
        len(settings["explicitSizes"]) == 2 and len(settings["implicitSizes"]) == 2
        and settings["fusionSizes"] == settings["implicitSizes"][-1:] and not settings["batchNorm"]
        and not settings["activatesGenerated"] and settings["indicatorSize"] == settings["embeddingSize"])


@author("hierrec", has_two_generated_layers)
def hierrec(weights, batch, problem, settings):
    layers = names_in("HierRec/utils/layers.py", [("np.long", "np.int64")])
    code = names_in("HierRec/model/HierRec.py", RELATIVE_IMPORTS, **vars(layers))
    x, f = input_x(weights, batch, settings), settings["activation"]
    fields = torch.stack([v for _, v in embedded_features(batch, weights["input/table"], settings)], 1)
    h = network(weights, "bottom", x, settings["bottomSizes"], f)
    explicit, implicit = settings["explicitSizes"], settings["implicitSizes"]
    n, r = settings["implicitCount"], settings["rank"]
    net = code.HierRec([problem.leaf_count] + [1] * fields.shape[1], fields.shape[2],
                       [[h.shape[1]], explicit, implicit, [1]], n, 0.0, "cpu")
    net.embedding, net.dnn1, net.dnn3 = Given(fields), Given(h), Recorder()
    replaced(net, nn.BatchNorm1d, nn.Identity)
    replaced(net, nn.ReLU, lambda: Activation(f))
    attention = "implicit/attention"
    parameters = {
        "explicit.d_embedding.embedding.weight": weights["indicators/table"],
        "implicit.embed_atten.in_proj_weight": torch.cat(
            [weights[f"{attention}/{name}"].T for name in ("queries", "keys", "values")]),
        "implicit.embed_atten.out_proj.weight": weights[f"{attention}/output"].T,
        **linear("out_trans.mlp.0", weights["fusion/layer0/weight"], weights["fusion/layer0/bias"]),
    }
    for i in range(n):
        place = f"implicit/weightings/{i}"
        parameters |= linear(f"explicit.dnn2.{i}", weights[f"{place}/weight"], weights[f"{place}/bias"])
    for i in range(2):
        place = f"explicit/{i}"
        parameters |= linear(f"explicit.dnn1{i + 1}", weights[f"{place}/generator/weight"],
                             weights[f"{place}/weight"].flatten())
        parameters |= linear(f"explicit.bg1{i + 1}", weights[f"{place}/generator/bias"], weights[f"{place}/bias"])
        place = f"implicit/layers/{i}"
        left, right = weights[f"{place}/left"], weights[f"{place}/right"]

        def full(s):
            """U S V of every row of S, where all elements are generated."""
            return (left @ s.reshape(-1, r, r) @ right).flatten(1)

        parameters |= linear(f"implicit.dnn1{i + 1}", full(weights[f"{place}/generator/weight"]),
                             full(weights[f"{place}/generator/bias"])[0])
        parameters |= linear(f"implicit.bg1{i + 1}", weights[f"{place}/biasGenerator/weight"], weights[f"{place}/bias"])
    called(net, parameters, batch.leaf[:, None])
    return towers(weights, net.dnn3.seen, batch, settings)


# HyperGate


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
    text = (CLONES / "RecStudio/recstudio/model/module/ctr.py").read_text()
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


# AREAD


@author("aread", is_plain)
def aread(weights, batch, problem, settings):
    """The pass through the towers that a leaf's mask keeps; what feeds them, and what reads them, is the twins'."""
    code = names_in("AREAD/model/aread.py", RELATIVE_IMPORTS, BaseModel=nn.Module)
    x, f, counts = input_x(weights, batch, settings), settings["activation"], settings["levelCounts"]
    experts = [network(weights, f"experts/{k}", x, settings["expertSizes"], f) for k in range(settings["expertCount"])]
    scores = (x @ weights["gates/weight"]).split(len(experts), 1)
    mixed = [mixture(torch.softmax(scores[t], 1), experts) for t in range(counts[0])]
    net = types.SimpleNamespace(
        n_level=len(counts), n_tower=counts, tower_dims=[[size] for size in settings["levelSizes"]],
        device=torch.device("cpu"), output_layers=[nn.Identity()] * counts[-1],
        towers_linear=[Recorder() for _ in range(counts[-1])],
        towers=[[lambda h, place=f"levels/{l}/towers/{t}": network(weights, place, h, [None], f)
                 for t in range(counts[l])] for l in range(len(counts))],
        tower_gates=[[lambda u, l=l, t=t: affine(weights, f"levels/{l}/gates", u).split(counts[l - 1], 1)[t]
                      for t in range(counts[l])] for l in range(1, len(counts))])

    def of_leaf(suffix, rows):
        s = int(suffix.rsplit("/")[-1])
        # In the code, the mask of a level is [towers below, towers].
        masks = [weights[f"connections/{l}/mask"][s].reshape(counts[l], counts[l - 1]).T != 0
                 for l in range(1, len(counts))]
        masks.insert(0, masks[0].any(1)[None])
        group = weights["indicators/tower/table"][torch.nonzero(masks[0])[:, 1]].mean(0)
        control = torch.cat([weights["indicators/scenario/table"][s], group]).expand(len(rows), -1)
        nothing = torch.zeros(len(rows), 0), torch.zeros(len(rows), 1)
        code.AREAD.hier_tower_mask_forward(net, s, [h[rows] for h in mixed], control, *nothing, masks)
        active = masks[-1].any(0)
        outputs = [recorder.seen if active[t] else torch.zeros(len(rows), settings["levelSizes"][-1])
                   for t, recorder in enumerate(net.towers_linear)]
        return torch.cat(outputs, 1) / active.sum()

    return towers(weights, by_leaf(batch, True, of_leaf), batch, settings)


# AutoIFS


def has_two_tasks(settings, problem):
    return len(problem.tasks) == 2 and len(settings["bottomSizes"]) == 2


@author("autoifs", has_two_tasks)
def autoifs(weights, batch, problem, settings):
    layers = names_in("AutoIFS/modules/layers.py")
    code = names_in("AutoIFS/modules/autoifs.py", [*RELATIVE_IMPORTS, (r"print\(.*\)", "pass")],
                    MultiLayerPerceptron=layers.MultiLayerPerceptron, FeatureEmbedding=layers.FeatureEmbedding)
    x, is_search = input_x(weights, batch, settings), settings["phase"] != "training"
    net = code.AutoIFS({
        "latent_dim": 1, "feat_num": 1, "field_num": x.shape[1], "task_num": 2,
        "domain_list": range(problem.leaf_count), "lora_r": settings["rank"],
        "mlp_dims": [*settings["bottomSizes"], settings["scenarioSize"]], "mlp_dropout": 0.0, "use_bn": False,
    })
    net.gate_hypernet = layers.MultiLayerPerceptron(x.shape[1], settings["gateSizes"], 0.0, output_layer=False)
    net.embedding = Given(x)
    net.gate_embedding = Given(x if is_search else input_x(weights, batch, settings, "gates"))
    growth = settings["growthEpochs"] - 1
    net.ticket, net.temp = not is_search, 100 ** (min(int(settings["epoch"]), growth) / growth)

    def stacked(places, name):
        return torch.stack([weights[f"{place}/{name}"] for place in places])

    own = [f"scenario/specific/scenario/{s}" if problem.leaf_count > 1 else "scenario/specific"
           for s in range(problem.leaf_count)]
    gate_layers = [f"gate_hypernet.mlp.{3 * i}" for i in range(len(settings["gateSizes"]))]
    parameters = {
        "D_kernels.0": weights["scenario/shared/weight"], "D_bias.0": weights["scenario/shared/bias"],
        "T_kernels.0": weights["task/shared/weight"], "T_bias.0": weights["task/shared/bias"],
        **perceptron(weights, "bottom", ["share_mlp.mlp.0", "share_mlp.mlp.3"]),
        **perceptron(weights, "gates/network", gate_layers),
    }
    for letter, places in ("D", own), ("T", [f"task/specific/{task}" for task in problem.tasks]):
        parameters[f"{letter}_A_kernel.0"] = stacked(places, "left")
        parameters[f"{letter}_B_kernel.0"] = stacked(places, "right")
        parameters[f"{letter}_lora_bias.0"] = stacked(places, "bias")
    for t, task in enumerate(problem.tasks):
        place = f"gates/task/{task}"
        parameters |= linear(f"gate_head{t}", weights[f"{place}/weight"], weights[f"{place}/bias"])
    logits = called(net, parameters, batch.leaf, batch.leaf[:, None])
    auxiliary = {}
    if is_search:
        auxiliary["gates"] = settings["gateLossWeight"] * sum(torch.sigmoid(net.temp * a).mean() for a in net.weights)
    return {task: logits[t][:, 0] for t, task in enumerate(problem.tasks)}, auxiliary


# The comparison


def difference(found, expected):
    """The largest difference between numbers of two results, relative to 1 and the scale of what is compared."""
    def distance(a, b):
        scale = max([1.0] + [abs(x) for x in b])
        return max([abs(x - y) / scale for x, y in zip(a, b)], default=0)

    pairs = [(found[name], expected[name]) for name in ("logits", "losses")] + [([found["total"]], [expected["total"]])]
    pairs += [([found["auxiliary"].get(name, 0)], [value]) for name, value in expected["auxiliary"].items()]
    pairs += [(found["parameters"][name]["gradient"], parameter["gradient"])
              for name, parameter in expected["parameters"].items()]
    return max(distance(a, b) for a, b in pairs)


def main():
    if CLONES is None:
        raise SystemExit(__doc__)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    problems = json.loads((models.FOLDER / "problems.json").read_text())
    batches = {name: models.read_problem(problem) for name, problem in problems.items()}
    worst = 0
    for model, (accepts, forward) in AUTHORS.items():
        cases = json.loads((models.FOLDER / f"{model}.json").read_text())["cases"]
        chosen = [case for case in cases if accepts(case["settings"], batches[case["problem"]].problem)
                  and not case["hasBatchMoments"]]
        largest = max(difference(models.run(forward, case, batches[case["problem"]]), case) for case in chosen)
        print(f"{model}: {len(chosen)} of {len(cases)} cases, largest difference {largest:.1e}")
        worst = max(worst, largest)
    if worst > 1e-6:
        raise SystemExit("the released code disagrees")


if __name__ == "__main__":
    main()
