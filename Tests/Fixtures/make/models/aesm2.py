"""AESM²: Zou et al., SIGIR 2022, arXiv 2205.14321."""

import torch

from twin import input_x, moments, network, towers, twin


class Layer:
    """A layer of experts, of which every row selects some by its own gate among the gates."""

    def __init__(self, weights, place, settings, kind, gate_count, task=None):
        self.weights, self.place, self.settings = weights, place, settings
        self.gate_count, self.task = gate_count, task
        self.expert_count = settings[f"{kind}ExpertCount"]
        self.specific_count = settings[f"{kind}SpecificCount"]
        self.shared_count = settings[f"{kind}SharedCount"]

    def gate_logits(self, z, indicators):
        """`[rows, gates, experts]`."""
        logits = torch.cat([z] + indicators, 1) @ self.weights[f"{self.place}/gates/weight"]
        if self.settings["gateNorm"]:
            logits = moments(self.weights, f"{self.place}/gates/norm", logits)
        return logits.reshape(len(z), self.gate_count, self.expert_count)

    def __call__(self, z, indicators, own, losses):
        settings, rows = self.settings, torch.arange(len(z))
        logits = self.gate_logits(z, indicators)
        mine = logits[rows, own]
        chosen = torch.ones_like(mine, dtype=torch.bool)
        if self.gate_count == 1:
            masked = mine
        else:
            shares = torch.log_softmax(logits, 1)  # of the gates, for every expert
            claim = shares[rows, own]  # -KL(one-hot of the own gate || G_k)
            agreement = shares.mean(1)  # -KL(uniform || G_k), but for a constant
            specific = top(claim, self.specific_count)
            shared = top(
                agreement.masked_fill(specific, -torch.inf) if settings["exclusiveSets"]
                else agreement, self.shared_count)
            self.add_losses(losses, claim, agreement, specific, shared)
            scaled = torch.where(specific & shared, settings["overlapScale"] * mine, mine)
            unselected = -1e9 * mine if settings["mask"] == "multiply" else -torch.inf
            if settings["mask"] == "infinity":
                chosen = specific | shared
            masked = torch.where(specific | shared, scaled, unselected)
        weight = torch.softmax(masked, 1)
        return sum(
            weight[:, k : k + 1] * self.expert(k, z, chosen[:, k])
            for k in range(self.expert_count))

    def expert(self, k, z, chosen):
        """The expert's output, zero on the rows that do not pass through it."""
        def network_of(rows):
            return network(
                self.weights, f"{self.place}/experts/{k}", rows, self.settings["expertSizes"],
                self.settings["activation"])

        if self.settings["expertNorm"] == "dense":
            return network_of(z)
        output = torch.zeros(
            len(z), self.settings["expertSizes"][-1], dtype=z.dtype)
        if not chosen.any():
            return output
        return output.index_put((chosen.nonzero()[:, 0],), network_of(z[chosen]))

    def add_losses(self, losses, claim, agreement, specific, shared):
        def mean(divergence, chosen):
            return divergence[chosen].mean() if chosen.any() else torch.zeros(())

        uniform = -torch.log(torch.tensor(float(self.gate_count), dtype=torch.float64))
        for name, weight, value in [
            ("specific", self.settings["specificLossWeight"], mean(-claim, specific)),
            ("shared", self.settings["sharedLossWeight"], mean(uniform - agreement, shared)),
        ]:
            suffix = "" if self.task is None else f"/{self.task}"
            losses[f"{self.place}/{name}{suffix}"] = weight * value


def top(claims, count):
    """The places of the largest claims of every row; the lower number wins a tie."""
    order = torch.argsort(claims, dim=1, descending=True, stable=True)[:, :count]
    return torch.zeros_like(claims, dtype=torch.bool).scatter(1, order, True)


@twin("aesm2")
def forward(weights, batch, problem, settings):
    z, indicators, losses = input_x(weights, batch, settings), [], {}
    for l, size in enumerate(problem.level_sizes):
        own = batch.level(l)
        indicators = indicators + [weights[f"indicators/scenario/{l}/table"][own]]
        for d in range(settings["scenarioLayerCount"]):
            layer = Layer(weights, f"scenario/{l}/{d}", settings, "scenario", size)
            z = layer(z, indicators, own, losses)
    outputs = {}
    for t, task in enumerate(problem.tasks):
        o, own = z, torch.full((len(batch),), t)
        indicator = weights["indicators/task/table"][own]
        for d in range(settings["taskLayerCount"]):
            layer = Layer(weights, f"task/{d}", settings, "task", len(problem.tasks), task)
            o = layer(o, indicators + [indicator], own, losses)
        outputs[task] = o
    logits, auxiliary = towers(weights, outputs, batch, settings)
    return logits, auxiliary | losses
