"""AutoIFS, without its embeddings."""

import torch

from released.code import RELATIVE_IMPORTS, Given, author, called, linear, names_in, perceptron
from twin import input_x


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
