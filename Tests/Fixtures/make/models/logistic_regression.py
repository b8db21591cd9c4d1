"""Logistic regression: Cox, 1958; with weights of scenarios beside shared ones, Daumé III, ACL 2007."""

import torch

from twin import embedded_features, encoded_numericals, twin


@twin("logistic-regression")
def forward(weights, batch, problem, settings):
    table = weights["weights"]
    columns = encoded_numericals(weights, "", batch, settings)

    def linear(block):
        """The sums of the rows of one block: `[rows, tasks]`."""
        features = embedded_features(batch, block[1:], settings)
        result = block[0] + sum(vector for _, vector in features)
        return result + columns @ block[len(block) - columns.shape[1] :]

    if not settings["scenarioWeights"]:
        logits = linear(table)
    elif problem.leaf_count == 1:
        logits = linear(table)
    else:
        blocks = [linear(block) for block in table.chunk(1 + problem.leaf_count)]
        own = torch.stack(blocks[1:])[batch.leaf, torch.arange(len(batch))]
        logits = blocks[0] + own
    return {task: logits[:, t] for t, task in enumerate(problem.tasks)}, {}
