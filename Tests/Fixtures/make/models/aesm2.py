"""AESM²: Zou et al., SIGIR 2022, arXiv 2205.14321; and other selections in its layers.

Noisy top-k: Shazeer et al., ICLR 2017, without the noise, in which the load is a probability nevertheless; with a prompt:
MEASNet, arXiv 2407.19139. Shared experts first: SMES, arXiv 2602.09386. Hash layers: Roller et al., NeurIPS 2021.
"""

import torch

from twin import input_x, moments, network, towers, twin


class Pass:
    """The rows of a task, or all rows, in a layer."""

    def __init__(self, layer, z, indicators, own):
        self.z, self.own = z, own
        self.seen = torch.cat([z] + indicators, 1)
        logits = self.seen @ layer.weights[f"{layer.place}/gates/weight"]
        if layer.settings["gateNorm"]:
            logits = moments(layer.weights, f"{layer.place}/gates/norm", logits)
        self.logits = logits.reshape(len(z), -1, layer.expert_count)  # `[rows, gates, experts]`
        self.mine = layer.of_own_gate(self.logits, own)


class Layer:
    """A layer of experts, of which every row selects some."""

    def __init__(self, weights, place, settings, kind, gate_count, problem, batch):
        self.weights, self.place, self.settings, self.kind = weights, place, settings, kind
        self.rule = settings.get("selection", "kl")
        self.problem, self.batch = problem, batch
        self.gate_count = 1 if self.rule == "prompt-top-k" else gate_count
        self.expert_count = settings[f"{kind}ExpertCount"]
        self.specific_count = settings[f"{kind}SpecificCount"]
        self.shared_count = settings[f"{kind}SharedCount"]

    def of_own_gate(self, x, own):
        return x[:, 0] if self.gate_count == 1 else x[torch.arange(len(x)), own]

    def __call__(self, flows, losses):
        """Replaces the z of each flow; flows are tasks, or all rows of all tasks."""
        passes = [Pass(self, flow.z, flow.indicators, flow.own) for flow in flows]
        self.importance = self.load = 0
        for flow, rows in zip(flows, passes):
            flow.z = self.output(rows, passes, flow.task, losses)
        count = sum(len(rows.z) for rows in passes)
        if self.rule == "shared-first":
            k = self.specific_count + self.shared_count
            value = self.expert_count / k * (
                self.load / count * (self.importance / count)).sum()
        elif self.rule in ("top-k", "prompt-top-k"):
            value = variation(self.importance) + variation(self.load)
        else:
            return
        losses[f"{self.place}/balance"] = self.settings.get("balanceLossWeight", 0.01) * value

    def output(self, rows, passes, task, losses):
        mine = rows.mine
        everything = torch.ones_like(mine, dtype=torch.bool)
        if self.rule == "dense" or self.rule == "kl" and self.gate_count == 1:
            chosen, masked = everything, mine
        elif self.rule == "kl":
            chosen, masked = self.by_divergence(rows, task, losses)
        else:
            chosen = {
                "shared-first": self.shared_first, "top-k": self.top_k,
                "prompt-top-k": self.top_k, "random": self.random, "hash": self.hash,
            }[self.rule](rows, passes)
            masked = mine.masked_fill(~chosen, -torch.inf)
        weight = torch.softmax(masked, 1)
        if self.rule in ("top-k", "prompt-top-k"):
            self.importance = self.importance + weight.sum(0)
        return sum(
            weight[:, k : k + 1] * self.expert(k, rows.z, chosen[:, k])
            for k in range(self.expert_count))

    def by_divergence(self, rows, task, losses):
        settings, mine = self.settings, rows.mine
        shares = torch.log_softmax(rows.logits, 1)  # of the gates, for every expert
        claim = self.of_own_gate(shares, rows.own)  # -KL(one-hot of the own gate || G_k)
        agreement = shares.mean(1)  # -KL(uniform || G_k), but for a constant
        specific = top(claim, self.specific_count)
        shared = top(
            agreement.masked_fill(specific, -torch.inf) if settings["exclusiveSets"]
            else agreement, self.shared_count)
        self.add_divergences(losses, claim, agreement, specific, shared, task)
        scaled = torch.where(specific & shared, settings["overlapScale"] * mine, mine)
        if settings["mask"] == "multiply":
            return torch.ones_like(specific), torch.where(specific | shared, scaled, -1e9 * mine)
        chosen = specific | shared
        return chosen, scaled.masked_fill(~chosen, -torch.inf)

    def add_divergences(self, losses, claim, agreement, specific, shared, task):
        def mean(divergence, chosen):
            return divergence[chosen].mean() if chosen.any() else torch.zeros(())

        uniform = -torch.log(torch.tensor(float(self.gate_count), dtype=torch.float64))
        for name, weight, value in [
            ("specific", self.settings["specificLossWeight"], mean(-claim, specific)),
            ("shared", self.settings["sharedLossWeight"], mean(uniform - agreement, shared)),
        ]:
            suffix = "" if task is None else f"/{task}"
            losses[f"{self.place}/{name}{suffix}"] = weight * value

    def shared_first(self, rows, passes):
        own = torch.softmax(rows.mine, 1)
        if self.kind == "task":
            pooled = sum(torch.softmax(other.mine, 1) for other in passes) / len(passes)
        else:
            pooled = torch.softmax(rows.logits, 2).mean(1)
        chosen = self.shared_then_own(pooled, own)
        self.importance = self.importance + own.sum(0)
        self.load = self.load + chosen.double().sum(0)
        return chosen

    def top_k(self, rows, passes):
        k, mine = self.specific_count + self.shared_count, rows.mine
        chosen = top(mine, k)
        raw = (rows.seen @ self.weights[f"{self.place}/gates/noise"]).reshape(rows.logits.shape)
        deviation = torch.nn.functional.softplus(self.of_own_gate(raw, rows.own)) + 0.01
        for e in range(self.expert_count):
            if k == self.expert_count:
                probability = torch.ones(len(mine), dtype=torch.float64)
            else:
                others = torch.cat([mine[:, :e], mine[:, e + 1 :]], 1)
                threshold = others.sort(1, descending=True).values[:, k - 1]
                probability = torch.special.ndtr((mine[:, e] - threshold) / deviation[:, e])
            one = torch.zeros(self.expert_count, dtype=torch.float64)
            one[e] = 1
            self.load = self.load + probability.sum() * one
        return chosen

    def random(self, rows, passes):
        claims = self.weights[f"{self.place}/claims"].detach()
        own = claims[rows.own] if self.gate_count > 1 else claims[:1].expand(len(rows.z), -1)
        return self.shared_then_own(claims[-1].expand(len(rows.z), -1), own)

    def hash(self, rows, passes):
        fields = [self.batch.features[name].tolist() for name, _ in self.problem.fields]

        def claims(key, row):
            h = fnv(key)
            for ids in fields:
                h = mix((h + ids[row]) % 2**64)
            return [float(mix((h + k + 1) % 2**64) >> 40) for k in range(self.expert_count)]

        gates = [0] * len(rows.z) if self.gate_count == 1 else rows.own.tolist()
        shared = [claims(f"{self.place}/shared", row) for row in range(len(gates))]
        own = [claims(f"{self.place}/gate/{gate}", row) for row, gate in enumerate(gates)]
        return self.shared_then_own(
            torch.tensor(shared, dtype=torch.float64), torch.tensor(own, dtype=torch.float64))

    def shared_then_own(self, pooled, own):
        shared = top(pooled, self.shared_count)
        return shared | top(own.masked_fill(shared, -torch.inf), self.specific_count)

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


def top(claims, count):
    """The places of the largest claims of every row; the lower number wins a tie."""
    order = torch.argsort(claims, dim=1, descending=True, stable=True)[:, :count]
    return torch.zeros_like(claims, dtype=torch.bool).scatter(1, order, True)


def variation(x):
    """The squared coefficient of variation."""
    return x.var(correction=0) / (x.mean() ** 2 + 1e-10)


def fnv(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def mix(z):
    """The last step of SplitMix64."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


class Flow:
    """What layers read: of all rows, or of a task."""

    def __init__(self, z, indicators=(), task=None):
        self.z, self.indicators, self.task, self.own = z, list(indicators), task, None


@twin("aesm2")
def forward(weights, batch, problem, settings):
    losses = {}
    is_flat = settings.get("flatScenarios", False)
    sizes = [problem.leaf_count] if is_flat else problem.level_sizes

    def scenarios(flows):
        for l, size in enumerate(sizes):
            own = batch.leaf if is_flat else batch.level(l)
            for flow in flows:
                flow.indicators.append(weights[f"indicators/scenario/{l}/table"][own])
                flow.own = own
            for d in range(settings["scenarioLayerCount"]):
                layer = Layer(
                    weights, f"scenario/{l}/{d}", settings, "scenario", size, problem, batch)
                layer(flows, losses)
        return flows

    def tasks(flows):
        (flow,) = flows
        flows = [Flow(flow.z, flow.indicators, task) for task in problem.tasks]
        if settings["taskLayerCount"] == 0:
            return flows
        for t, flow in enumerate(flows):
            flow.own = torch.full((len(batch),), t)
            flow.indicators.append(weights["indicators/task/table"][flow.own])
        for d in range(settings["taskLayerCount"]):
            layer = Layer(
                weights, f"task/{d}", settings, "task", len(problem.tasks), problem, batch)
            layer(flows, losses)
        return flows

    flows = [Flow(input_x(weights, batch, settings))]
    is_swapped = settings.get("order") == "tasks-first" and min(
        settings["scenarioLayerCount"], settings["taskLayerCount"]) > 0
    flows = scenarios(tasks(flows)) if is_swapped else tasks(scenarios(flows))
    logits, auxiliary = towers(
        weights, {flow.task: flow.z for flow in flows}, batch, settings)
    return logits, auxiliary | losses
