"""The models of AdaTT's library: shared bottom, MMoE, PLE, cross-stitch and AdaTT."""

import torch
from torch import nn

from released.code import (
    Activation, author, called, is_plain, linear, names_in, objectives, of_rows, perceptron, replaced)
from twin import input_x, towers


def library(settings):
    module = names_in("AdaTT/mtl_lib.py")
    return module, lambda net: replaced(net, nn.ReLU, lambda: Activation(settings["activation"]))


def mlp(weights, name, place, count):
    return perceptron(weights, place, [f"{name}.mlp_net.{2 * i}" for i in range(count)])


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
