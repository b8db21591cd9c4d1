"""What the comparisons with released code share: clones, and the parameters and parts of modules."""

import re
import sys
import types

import torch
from torch import nn

from twin import activate, per_leaf

CLONES = []  # the folder of the clones
AUTHORS = {}  # model -> (whether a case can be compared, the twin made of the released code)


def author(name, accepts):
    """Registers a model made of released code, with the settings and problems on which that can be compared."""

    def register(forward):
        AUTHORS[name] = accepts, forward
        return forward

    return register


def is_plain(settings, problem):
    return not settings["batchNorm"]


def text_of(path):
    return (CLONES[0] / path).read_text()


def names_in(path, replacements=(), **given):
    """The names that a file of a clone defines; given ones stand for what it imports."""
    text = text_of(path)
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
