"""Writes Tests/Fixtures/training/balancer-trajectories.json: balancers with state over several epochs.

Three objectives share parameters: each is a logistic loss of a few rows, others in every batch. A balancer combines
their losses or gradients into a step, whose losses the next batch sees. All is computed in Float64 by PyTorch, from
the equations of the papers with the deviations that the cards state (`aesm2 balancers NAME`); derivatives are
autograd's. The losses L, the shares a and the gradients of a L, which balancers are given, are rounded to what 32-bit
numbers hold.

In some batches an objective has no row, and in one epoch one has none at all.

Usage: python3 Tests/Fixtures/make/balancer_trajectories.py   (made with NumPy 2.4.6, PyTorch 2.15.0)
"""

import itertools
import json
import pathlib

import numpy as np
import torch

torch.set_default_dtype(torch.float64)

EPOCHS, BATCHES, COUNT, RATE = 6, 3, 3, 0.8


def batches():
    """(epoch, shares, rows) of every batch: rows are [objective][row, parameter]."""
    random = np.random.default_rng(23)
    scales = np.array([1.0, 2.5, 0.4])
    # Directions of the objectives that conflict with each other.
    centers = np.array([[1, 0, 0.2, 0, 0], [-0.6, 0.8, 0, 0.2, 0], [-0.6, -0.7, 0, 0, 0.2]])
    for epoch, batch in itertools.product(range(EPOCHS), range(BATCHES)):
        shares = np.array([0.5, 0.3125, 0.1875])
        if (epoch, batch) in [(0, 1), (4, 0)]:
            shares = np.array([0.625, 0.375, 0])
        if epoch == 2:
            shares = np.array([0.6875, 0, 0.3125])
        rows = scales[:, None, None] * (centers[:, None] + 0.6 * random.normal(size=(COUNT, 4, 5)))
        yield epoch, shares, torch.tensor(rows)


def losses(theta, rows):
    """Cross-entropies with labels of 0.9, so that no loss falls to zero."""
    z = rows @ theta
    return (torch.nn.functional.softplus(z) - 0.9 * z).mean(1)


def rounded(x):
    return torch.tensor(np.asarray(x.detach() if isinstance(x, torch.Tensor) else x).astype("<f4").astype(float))


def short(x):
    """Ten digits of every element."""
    return [float(f"{element:.10g}") for element in x.tolist()]


# Balancers of `count` losses: a function of (L, a, epoch) and of their state to the scalar that is minimized


class Uncertainty:
    """Kendall et al. 2018, equation 10, for classification: exp(-s) L + s / 2."""

    def __init__(self, count, initialLogVariance=0.0):
        self.parameters = torch.full([count], float(initialLogVariance), requires_grad=True)

    def loss(self, L, a, epoch):
        s = self.parameters
        return (a * (torch.exp(-s) * L + s / 2))[a > 0].sum()


class DynamicWeightAverage:
    """Liu et al. 2019, equation 7: K softmax(r / T), r the ratio of the losses of the two epochs before."""

    def __init__(self, count, temperature=2.0):
        self.temperature, self.seen = temperature, {}

    def loss(self, L, a, epoch):
        def mean(o, epoch):
            rows = [(weight[o], value[o]) for value, weight in self.seen.get(epoch, []) if weight[o] > 0]
            return sum(w * v for w, v in rows) / sum(w for w, _ in rows) if rows else None

        present = [o for o in range(len(a)) if a[o] > 0]
        ratios = []
        for o in present:
            last, before = mean(o, epoch - 1), mean(o, epoch - 2)
            ratios.append(last / before if last is not None and before else 1.0)
        shares = torch.softmax(torch.tensor(ratios).clamp(max=100) / self.temperature, 0)
        self.seen.setdefault(epoch, []).append((L.detach().tolist(), a.tolist()))
        return sum(len(present) * share * a[o] * L[o] for share, o in zip(shares, present))


class EpochDecay:
    """Tang et al. 2020, equation 10."""

    def __init__(self, count, factors):
        self.factors = torch.tensor([factors.get(f"task{o}", 1.0) for o in range(count)])

    def loss(self, L, a, epoch):
        return (self.factors**epoch * a * L).sum()


class GeometricLoss:
    """Chennupati et al. 2019, equation 3, with the shares as exponents: A Π L^(a / A)."""

    def __init__(self, count):
        pass

    def loss(self, L, a, epoch):
        present = a > 0
        A = a.sum()
        return A * torch.prod(L[present] ** (a[present] / A))


class SmoothTchebycheff:
    """Lin et al. 2024, equation 7, on logarithms of losses relative to the epoch after the warm-up."""

    def __init__(self, count, smoothness=1.0, warmUpEpochs=1):
        self.mu, self.warm_up, self.seen = smoothness, warmUpEpochs, []

    def loss(self, L, a, epoch):
        present = a > 0
        if epoch <= self.warm_up:
            if epoch == self.warm_up:
                self.seen.append((L.detach(), a))
            return torch.log(L[present]).sum()
        weights = sum(a for _, a in self.seen)
        sums = sum(a * L for L, a in self.seen)
        references = torch.where(weights > 0, sums / weights.clamp(min=1e-8), torch.ones(len(a)))
        relative = torch.log(L[present] / references[present])
        return self.mu * len(relative) * torch.log(torch.exp(relative / self.mu).sum())


class FAMO:
    """Liu et al. 2023, algorithm 1, with the sum of shares in place of 1."""

    def __init__(self, count, weightRate=0.025, weightDecay=1e-3):
        self.rate, self.decay = weightRate, weightDecay
        self.xi = torch.zeros(count)

    def loss(self, L, a, epoch):
        present = a > 0
        z = torch.softmax(self.xi[present], 0)
        c = a.sum() / (z / L[present]).sum().detach()
        return c * (z / L[present].detach() * L[present]).sum()

    def learn(self, before, after, a):
        present = a > 0
        xi = self.xi[present].clone().requires_grad_()
        change = torch.log(before[present]) - torch.log(after[present])
        (slope,) = torch.autograd.grad((torch.softmax(xi, 0) * change).sum(), xi)
        self.xi[present] -= self.rate * (slope + self.decay * self.xi[present])


# Balancers of `count` gradients: a function of (g, L, a) and of their state to the weights of the gradients g of a L


class GradNorm:
    """Chen et al. 2018, equations 1 and 2, on lengths and targets divided by their mean."""

    def __init__(self, count, restoringForce=1.5, weightRate=0.025):
        self.alpha, self.rate = restoringForce, weightRate
        self.w, self.first = torch.ones(count), {}

    def weights(self, g, L, a):
        used = self.w.clone()
        present = [o for o in range(len(a)) if a[o] > 0]
        for o in present:
            self.first.setdefault(o, L[o])
        relative = torch.stack([L[o] / self.first[o] for o in present])
        relative = relative / relative.mean()
        w = self.w[present].clone().requires_grad_()
        lengths = w * g[present].norm(dim=1)
        mean = lengths.mean().detach()
        ((lengths / mean - relative**self.alpha).abs().sum()).backward()
        w = (w.detach() - self.rate * w.grad).clamp(min=1e-4)
        self.w[present] = self.w[present].sum() * w / w.sum()
        return used


class MetaBalance:
    """He et al. 2022, algorithm 1 with strategy C."""

    def __init__(self, count, target="task0", relaxation=0.7, memory=0.9):
        self.target, self.r, self.beta = int(target[4:]), relaxation, memory
        self.lengths = [[] for _ in range(count)]

    def mean(self, o):
        """The moving average of the lengths so far, as weights that add up to 1 in place of a start at 0."""
        powers = [self.beta**age for age in reversed(range(len(self.lengths[o])))]
        return sum(p * length for p, length in zip(powers, self.lengths[o])) / sum(powers)

    def weights(self, g, L, a):
        for o in range(len(a)):
            if a[o] > 0:
                self.lengths[o].append(g[o].norm())
        w = torch.ones(len(a))
        for o in range(len(a)):
            if o != self.target and a[o] > 0 and self.lengths[self.target]:
                w[o] = self.r * self.mean(self.target) / self.mean(o) + 1 - self.r
        return w


class GradCraft:
    """Bai et al. 2024, sections 3.2 and 3.3."""

    def __init__(self, count, pull=0.5, memory=0.9, margin=0.0):
        self.r, self.beta, self.margin = pull, memory, margin
        self.n = {}

    def weights(self, g, L, a):
        present = [o for o in range(len(a)) if a[o] > 0]
        for o in present:
            length = g[o].norm()
            self.n[o] = self.beta * self.n[o] + (1 - self.beta) * length if o in self.n else length
        longest = max(self.n[o] for o in present)
        factors = {o: self.r * longest / self.n[o] + 1 - self.r for o in present}
        h = {o: factors[o] * g[o] for o in present}
        w = torch.ones(len(a))
        for o in present:
            w[o] = factors[o]
        for o in present:
            conflicts = [c for c in present if h[o] @ h[c] < 0]
            if conflicts:
                H = torch.stack([h[c] for c in conflicts])
                wanted = self.margin * h[o].norm() * H.norm(dim=1)
                for c, v in zip(conflicts, torch.linalg.pinv(H @ H.T) @ (wanted - H @ h[o])):
                    w[c] += v * factors[c]
        return w


class DBMTL:
    """Lin et al. 2023, algorithm 1 with β = 0: gradients of log L, all as long as the longest."""

    def __init__(self, count):
        pass

    def weights(self, g, L, a):
        present = a > 0
        w = torch.ones(len(a))
        h = g[present] / (a * L)[present, None]
        w[present] = h.norm(dim=1).max() / h.norm(dim=1) / (a * L)[present]
        return w


class ExcessMTL:
    """He et al. 2024, equations 6, 7 and 9: risks of the gradients of L, whose squares are added up; sums of weights kept."""

    def __init__(self, count, weightRate=0.01, warmUpEpochs=0):
        self.rate, self.warm_up = weightRate, warmUpEpochs
        self.w, self.squares, self.seen, self.epoch = torch.ones(count), None, {}, 0

    def weights(self, g, L, a):
        present = [o for o in range(len(a)) if (g[o] != 0).any()]
        if self.squares is None:
            self.squares = torch.zeros_like(g)
        risks = {}
        for o in present:
            h = g[o] / a[o]
            self.squares[o] += h**2
            inverse = torch.diag(torch.where(self.squares[o] > 0, self.squares[o], torch.inf) ** -0.5)
            risks[o] = h @ inverse @ h
            if self.epoch < self.warm_up or o not in self.seen:
                self.seen.setdefault(o, []).append(risks[o])
        if self.epoch >= self.warm_up and present:
            w = torch.stack([self.w[o] * torch.exp(self.rate * risks[o] / torch.stack(self.seen[o]).mean())
                             for o in present])
            self.w[present] = self.w[present].sum() * w / w.sum()
        return self.w.clone()


class PCGrad:
    """Yu et al. 2020, algorithm 1. The step of the trajectory takes the objectives in their order; all are recorded."""

    def __init__(self, count):
        pass

    def weights(self, g, L, a):
        present = [o for o in range(len(a)) if a[o] > 0]

        def projected(o, order):
            """The weights in d_o."""
            w = torch.eye(len(a))[o]
            for p in order:
                product = (w @ g) @ g[p]
                if product < 0:
                    w = w - product / (g[p] @ g[p]) * torch.eye(len(a))[p]
            return w

        choices = [[projected(o, order) for order in itertools.permutations([p for p in present if p != o])]
                   for o in present]
        self.candidates = [sum(parts) for parts in itertools.product(*choices)]
        return self.candidates[0]


METHODS = [
    ("uncertainty", Uncertainty, {}), ("uncertainty", Uncertainty, {"initialLogVariance": -0.5}),
    ("dwa", DynamicWeightAverage, {}), ("dwa", DynamicWeightAverage, {"temperature": 0.5}),
    ("epoch-decay", EpochDecay, {"factors": {"task1": 0.5, "task2": 1.25}}), ("gls", GeometricLoss, {}),
    ("stch", SmoothTchebycheff, {}), ("stch", SmoothTchebycheff, {"smoothness": 0.2, "warmUpEpochs": 2}),
    ("stch", SmoothTchebycheff, {"smoothness": 5, "warmUpEpochs": 0}), ("famo", FAMO, {}),
    ("famo", FAMO, {"weightRate": 2, "weightDecay": 0.05}), ("gradnorm", GradNorm, {}),
    ("gradnorm", GradNorm, {"restoringForce": 0.5, "weightRate": 0.2}), ("metabalance", MetaBalance, {}),
    ("metabalance", MetaBalance, {"target": "task1", "relaxation": 0.4, "memory": 0.5}), ("gradcraft", GradCraft, {}),
    ("gradcraft", GradCraft, {"pull": 0.8, "memory": 0.5, "margin": 0.1}), ("db-mtl", DBMTL, {}),
    ("pcgrad", PCGrad, {}), ("excess-mtl", ExcessMTL, {}),
    ("excess-mtl", ExcessMTL, {"weightRate": 2, "warmUpEpochs": 2}),
]


def of_losses(balancer, theta, a, epoch, rows):
    L = losses(theta, rows)
    present = a > 0
    given = torch.where(present, rounded(L), torch.zeros(COUNT)).requires_grad_()
    own = getattr(balancer, "parameters", None)
    loss = balancer.loss(given, a, epoch)
    loss.backward()
    step = {"losses": given.tolist(), "loss": loss.item(), "weights": short(given.grad)}
    if own is not None:
        with torch.no_grad():
            own -= RATE * own.grad
        own.grad = None
        step["parameters"] = short(own)
    (direction,) = torch.autograd.grad((given.grad * L).sum(), theta)
    return step, direction


def of_gradients(balancer, theta, a, epoch, rows):
    jacobian = torch.autograd.functional.jacobian(lambda theta: losses(theta, rows), theta)
    given = torch.where(a > 0, rounded(losses(theta, rows)), torch.zeros(COUNT))
    g = rounded(a[:, None] * jacobian)
    weights = balancer.weights(g, given, a)
    # Where an objective has no gradient, its weight is of no consequence.
    step = {"losses": given.tolist(), "gradients": g.tolist(), "weights": short(torch.where(a > 0, weights, 0.0))}
    if hasattr(balancer, "candidates"):
        step["candidates"] = sorted({tuple(short(candidate)) for candidate in balancer.candidates})
    return step, weights @ g


def trajectory(balancer):
    theta, steps = torch.zeros(5, requires_grad=True), []
    advance = of_losses if hasattr(balancer, "loss") else of_gradients
    for epoch, shares, rows in batches():
        a = torch.tensor(shares)
        balancer.epoch = epoch
        step, direction = advance(balancer, theta, a, epoch, rows)
        with torch.no_grad():
            theta -= RATE * direction / max(1, direction.norm())
        if hasattr(balancer, "learn"):
            after = torch.where(a > 0, rounded(losses(theta, rows)), torch.zeros(COUNT))
            balancer.learn(torch.tensor(step["losses"]), after, a)
            step["after"] = after.tolist()
        steps.append({"epoch": epoch, "shares": shares.tolist(), **step})
    return steps


def main():
    cases = [
        {"id": name, "settings": settings, "rate": RATE, "steps": trajectory(method(COUNT, **settings))}
        for name, method, settings in METHODS
    ]
    path = pathlib.Path(__file__).parent.parent / "training" / "balancer-trajectories.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
