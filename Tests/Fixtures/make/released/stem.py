"""STEM's layers."""

import torch
from torch import nn

from released.code import RELATIVE_IMPORTS, Activation, author, called, is_plain, names_in, perceptron, replaced
from twin import by_leaf, input_x, per_leaf, towers


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
