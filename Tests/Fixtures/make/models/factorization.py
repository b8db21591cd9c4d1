"""Factorization machines (Rendle, ICDM 2010, equation 1), and below a deep network (DeepFM, IJCAI 2017)."""

import torch

from twin import embedded_features, encoded_numericals, network, towers, twin


def weights_and_factors(weights, batch, settings, task):
    """`[rows, 1 + k]` for every feature of a row: its weight and its factors, times its value."""
    place = f"tasks/{task}/input/"
    features = [
        vector for _, vector in embedded_features(batch, weights[f"{place}table"], settings)
    ]
    columns = encoded_numericals(weights, place, batch, settings)
    numericals = [
        columns[:, c : c + 1] * weights[f"{place}numericals"][c] for c in range(columns.shape[1])
    ]
    if settings["numericalInput"] == "field" and numericals:
        numericals = [sum(numericals)]
    return features + numericals


def machine(features):
    """Σ_i w_i x_i + Σ_{i<j} <v_i, v_j> x_i x_j."""
    result = sum(feature[:, 0] for feature in features)
    for i, first in enumerate(features):
        for second in features[i + 1 :]:
            result = result + (first[:, 1:] * second[:, 1:]).sum(1)
    return result


@twin("fm")
def fm(weights, batch, problem, settings):
    return {
        task: machine(weights_and_factors(weights, batch, settings, task))
        + weights[f"tasks/{task}/bias"]
        for task in problem.tasks
    }, {}


@twin("deepfm")
def deepfm(weights, batch, problem, settings):
    features = {
        task: weights_and_factors(weights, batch, settings, task) for task in problem.tasks
    }
    deep = {
        task: network(
            weights, f"tasks/{task}/deep",
            torch.cat([feature[:, 1:] for feature in features[task]], 1),
            settings["deepSizes"], settings["activation"])
        for task in problem.tasks
    }
    return towers(
        weights, deep, batch, settings, terms=lambda task, _: machine(features[task]))
