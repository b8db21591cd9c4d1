"""HierRec, between the network at its bottom and its tower."""

import torch
from torch import nn

from released.code import RELATIVE_IMPORTS, Activation, Given, Recorder, author, called, linear, names_in, replaced
from twin import embedded_features, input_x, network, towers


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
