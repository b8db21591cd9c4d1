"""The twins of heads, which turn towers into predictions; see `docs/heads.md` and the papers named there."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from twin import affine, network


def predictions(towers):
    """Returns the log-odds of all tasks and the auxiliary losses of the head that the settings name."""
    head = towers.settings.get("head") or "independent"
    settings = head if isinstance(head, dict) else {"id": head}
    return HEADS[settings["id"]](towers, settings)


def independent(towers, settings):
    return {task: towers.logits(task) for task in towers.batch.problem.tasks}, {}


def log_sigmoid(x):
    return -softplus(-x)


def log_odds(log_p):
    """log p - log(1 - p)."""
    return log_p - torch.log(-torch.expm1(log_p))


def entire_space(towers, settings=None):
    """ESMM: p_t = p_f · σ(tower_t), multiplied along chains."""
    problem, log_p = towers.batch.problem, {}
    for task in problem.order:
        followed = problem.follows[task]
        factor = log_sigmoid(towers.logits(task))
        log_p[task] = factor if followed is None else log_p[followed] + factor
    return {
        task: towers.logits(task) if problem.follows[task] is None else log_odds(log_p[task])
        for task in problem.tasks
    }, {}


def cross_entropy(logits, labels):
    return binary_cross_entropy_with_logits(logits, labels, reduction="none")


class Follower:
    """What the losses of a conditional probability need of a task t that follows f."""

    def __init__(self, towers, task, logits, settings):
        batch = towers.batch
        followed = batch.problem.follows[task]
        self.c = batch.cell_weights(task)
        self.o, self.y = batch.labels[followed], batch.labels[task]
        self.z = towers.logits(task)
        self.p = torch.sigmoid(logits[followed]).detach()
        self.w = 1 / self.p.clamp(min=settings["minimumPropensity"])
        self.error = cross_entropy(self.z, self.y)
        self.towers, self.task = towers, task

    def second_output(self, name):
        """q_t u + b."""
        towers = self.towers
        return towers.at(
            self.task, name,
            lambda place, rows: affine(towers.weights, place, towers.hidden[self.task][rows]))[:, 0]


def with_counterfactual(loss):
    """A head with the predictions of ESMM, and a loss for the factor of every follower."""

    def head(towers, settings):
        logits, auxiliary = entire_space(towers)
        for task, followed in towers.batch.problem.follows.items():
            if followed is not None:
                term = loss(Follower(towers, task, logits, settings), settings)
                auxiliary[f"counterfactual/{task}"] = settings["counterfactualWeight"] * term
        return logits, auxiliary

    return head


def inverse_propensities(f, settings):
    return (f.c * f.o * f.w * f.error).sum()


def doubly_robust(f, settings):
    imputed = softplus(f.second_output("imputation"))
    excess = f.error - imputed
    return (f.c * (imputed + f.o * f.w * excess + f.o * f.w * excess ** 2)).sum()


def direct(f, settings):
    opposite = f.second_output("counterfactual")
    weight = 1 / (1 - f.p).clamp(min=settings["minimumPropensity"])
    distance = (1 - torch.sigmoid(f.z) - torch.sigmoid(opposite)).abs()
    return (f.c * (
        f.o * f.w * f.error + (1 - f.o) * weight * cross_entropy(opposite, 1 - f.y)
        + settings["constraintWeight"] * distance)).sum()


def information_transfer(towers, settings):
    """AITM: a tower's last layer reads a mixture of its own representation and that of the task before."""
    batch, weights = towers.batch, towers.weights
    problem, z, logits = batch.problem, {}, {}
    for task in problem.order:
        q, followed = towers.hidden[task], problem.follows[task]
        z[task] = q
        if followed is not None:
            def transfer(place, rows):
                p = network(
                    weights, place, z[followed][rows], [None], towers.settings["activation"])
                both = torch.stack([p, q[rows]], 1)
                scores = (
                    (both @ weights[f"{place}/query/weight"])
                    * (both @ weights[f"{place}/key/weight"])).sum(-1) / q.shape[1] ** 0.5
                values = both @ weights[f"{place}/value/weight"]
                return (torch.softmax(scores, 1)[:, :, None] * values).sum(1)

            z[task] = towers.at(task, "transfer", transfer)
        logits[task] = towers.logits(task, z[task])
    excess = [
        torch.relu(torch.sigmoid(logits[task]) - torch.sigmoid(logits[followed])).mean()
        for task, followed in problem.follows.items() if followed is not None
    ]
    return logits, {"calibrator": settings["calibratorWeight"] * sum(excess)}


HEADS = {
    "independent": independent, "esmm": entire_space,
    "escm2-ips": with_counterfactual(inverse_propensities),
    "escm2-dr": with_counterfactual(doubly_robust), "dcmt": with_counterfactual(direct),
    "aitm": information_transfer,
}
