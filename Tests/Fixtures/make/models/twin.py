"""What the PyTorch twins of models share: the interface, rows, and the blocks of `docs/weights.md`.

A twin is a function registered by `@twin("id")`:

    def forward(weights, batch, problem, settings):
        return logits, auxiliary

- weights: dict from the paths of `docs/weights.md` to Float64 tensors; parameters require gradients, and
  buffers, such as running moments, do not.
- batch: a `Batch`; problem: a `Problem`; settings: dict of all settings of the model by name, with lists and
  strings as in a configuration, and the moment of training: `epoch`, the epochs before the pass, and `phase`, the name
  of its phase (empty if the model is trained in one).
- logits: dict from task name to the log-odds of all rows, `[rows]`.
- auxiliary: dict from the name that curves show to a scalar, as it is added to the loss: **with** its factor.

The pass is without dropout and noise, and normalizes by running moments; or, in some cases, as in training, by the
moments of the rows that a call of `moments` or `network` gets, so these must be the rows that pass through the layer. It
has the auxiliary losses of training. Everything is computed in Float64 from the equations of the papers.
"""

import torch

TWINS = {}


def twin(name):
    """Registers the twin of a model."""

    def register(forward):
        if name in TWINS:
            raise ValueError(f"two twins of {name}")
        TWINS[name] = forward
        return forward

    return register


class Problem:
    """Features, scenarios and tasks, as in `dataset.json`."""

    def __init__(self, description):
        self.fields = [(field["name"], field["vocabularySize"]) for field in description["fields"]]
        self.bags = [(bag["name"], bag["vocabularySize"]) for bag in description["bags"]]
        self.numericals = list(description["numericals"])
        self.roles = dict(description.get("roles") or {})  # feature name -> user, item, scenario-prior
        self.tasks = [task["name"] for task in description["tasks"]]
        # The task that each task follows, or None.
        self.follows = {task["name"]: task.get("follows") for task in description["tasks"]}
        tree = description["scenarios"]
        self.level_sizes = [len(level["values"]) for level in tree["levels"]]  # m(l)
        self.leaves = tree["leaves"]  # for every leaf its scenario at every level
        self.leaf_count = len(self.leaves)  # S

    @property
    def leaders(self):
        """The tasks that follow no other."""
        return [task for task in self.tasks if self.follows[task] is None]

    def leader(self, task):
        """The task at the beginning of a task's chain."""
        while self.follows[task] is not None:
            task = self.follows[task]
        return task

    @property
    def order(self):
        """All tasks, each after the one that it follows."""
        order = []
        while len(order) < len(self.tasks):
            for task in self.tasks:
                if task not in order and self.follows[task] in [None] + order:
                    order.append(task)
        return order


class Batch:
    """Rows of a problem with their labels."""

    def __init__(self, problem, features, dense, leaf, labels, mask):
        self.problem = problem
        self.features = features  # name -> ids `[rows]`; of a multi-valued feature a list of id tensors
        self.dense = dense  # the numerical features as they are: `[rows, numericals]`
        self.leaf = leaf  # `[rows]`
        self.labels = labels  # task -> `[rows]`; 0 where undefined. For heads' losses, not for models
        self.mask = mask  # task -> `[rows]`: 1 where the task is defined

    def __len__(self):
        return len(self.leaf)

    def level(self, l):
        """The scenario of every row at level l."""
        return torch.tensor([leaf[l] for leaf in self.problem.leaves])[self.leaf]

    def rows(self, chosen):
        """Some of the rows as a batch: chosen is a tensor of row numbers."""
        features = {
            name: [ids[row] for row in chosen.tolist()] if isinstance(ids, list) else ids[chosen]
            for name, ids in self.features.items()
        }
        return Batch(
            self.problem, features, self.dense[chosen], self.leaf[chosen],
            {task: values[chosen] for task, values in self.labels.items()},
            {task: values[chosen] for task, values in self.mask.items()})

    def cell_weights(self, task):
        """The factor of every row's cross-entropy: the loss is the mean over (scenario, task) cells with rows.

        With l the cross-entropy, `Σ_t Σ_i cell_weights(t)[i] · l[t][i]` is the mean over the cells that have a row
        on which the task is defined of the mean of l over these rows.
        """
        cells = {
            (t, s): int(((self.leaf == s) * self.mask[t]).sum())
            for t in self.problem.tasks for s in range(self.problem.leaf_count)
        }
        filled = sum(count > 0 for count in cells.values())
        counts = torch.tensor(
            [cells[task, int(s)] or 1 for s in self.leaf], dtype=torch.float64)
        return self.mask[task] / counts / filled


def per_leaf(settings, problem):
    """Whether the rows of each leaf have their own parameters on the axis of the settings."""
    return settings.get("axis") == "flat" and problem.leaf_count > 1


def by_leaf(batch, is_private, function):
    """Puts together what function(suffix, rows) returns for the rows of every leaf, in the order of the batch.

    suffix is `/scenario/{s}`, and rows the numbers of the leaf's rows; without private parameters, the function
    is called once, with an empty suffix and all rows.
    """
    everything = torch.arange(len(batch))
    if not is_private:
        return function("", everything)
    groups = [(s, everything[batch.leaf == s]) for s in range(batch.problem.leaf_count)]
    groups = [(s, rows) for s, rows in groups if len(rows) > 0]
    parts = [function(f"/scenario/{s}", rows) for s, rows in groups]
    return torch.cat(parts)[torch.argsort(torch.cat([rows for _, rows in groups]))]


def activate(x, name):
    return {
        "identity": lambda: x, "relu": lambda: torch.relu(x), "tanh": lambda: torch.tanh(x),
        "leaky-relu": lambda: torch.nn.functional.leaky_relu(x, 0.01),
        "sigmoid": lambda: torch.sigmoid(x),
    }[name]()


_batch_moments = False


def use_batch_moments(is_training):
    """Chooses the moments of the rows, as in training, or running ones."""
    global _batch_moments
    _batch_moments = is_training


def standardized(weights, prefix, x):
    """(x - mean) / sqrt(variance + 1e-5), by running moments, or in training by those of these rows."""
    if _batch_moments:
        mean, variance = x.mean(0), x.var(0, correction=0)
    else:
        mean, variance = weights[f"{prefix}/runningMean"], weights[f"{prefix}/runningVariance"]
    return (x - mean) / torch.sqrt(variance + 1e-5)


def moments(weights, prefix, x):
    """Batch normalization."""
    x = standardized(weights, prefix, x)
    return x * weights[f"{prefix}/scale"] + weights[f"{prefix}/shift"]


def network(weights, prefix, x, sizes, activation):
    """Layers f(norm(x W + b)) named `layer{i}`; an array that a layer does not have is left out."""
    for i in range(len(sizes)):
        layer = f"{prefix}/layer{i}"
        x = x @ weights[f"{layer}/weight"]
        if f"{layer}/norm/scale" in weights:
            x = moments(weights, f"{layer}/norm", x)
        else:
            x = x + weights[f"{layer}/bias"]
        x = activate(x, activation)
    return x


def affine(weights, prefix, x):
    """x W, and + b where there is one."""
    x = x @ weights[f"{prefix}/weight"]
    return x + weights[f"{prefix}/bias"] if f"{prefix}/bias" in weights else x


def gate(weights, prefix, x, sizes):
    """The softmax of the linear map above a network with ReLU: `[rows, choices]`."""
    return torch.softmax(affine(weights, prefix, network(weights, prefix, x, sizes, "relu")), -1)


def gate_unit(weights, prefix, x):
    """2 σ(relu(x W1 + b1) W2 + b2)."""
    hidden = network(weights, f"{prefix}/squeeze", x, [None], "relu")
    return 2 * torch.sigmoid(affine(weights, prefix, hidden))


def mixture(shares, experts):
    """Σ_k shares[:, k] · experts[k], with experts a list of `[rows, size]`."""
    return sum(shares[:, k : k + 1] * expert for k, expert in enumerate(experts))


# The input x


def encoded_numericals(weights, prefix, batch, settings):
    """The columns of the dense features: `[rows, C]`."""
    x = batch.dense
    encoding = settings["numericalEncoding"]
    if encoding == "raw" or x.shape[1] == 0:
        return x
    if encoding == "periodic":
        frequencies = weights[f"{prefix}periodic/frequencies"]
        angles = 2 * torch.pi * x[:, :, None] * frequencies
        waves = torch.cat([torch.cos(angles), torch.sin(angles)], -1)
        return torch.relu(affine(weights, f"{prefix}periodic", waves)).flatten(1)
    borders = weights[f"{prefix}quantiles"]
    below, above = borders[None, :, :-1], borders[None, :, 1:]
    width = above - below
    parts = (x[:, :, None] - below) / torch.where(width > 0, width, torch.ones_like(width))
    last = parts.shape[2] - 1
    columns = []
    for t in range(last + 1):
        part = parts[:, :, t]
        part = part if t == 0 else part.clamp(min=0)
        part = part if t == last else part.clamp(max=1)
        step = (x >= above[:, :, t]).double()
        columns.append(torch.where(width[:, :, t] > 0, part, step))
    columns = torch.stack(columns, -1)
    if encoding == "piecewise-linear":
        return columns.flatten(1)
    return 12 ** 0.5 * (columns.mean(-1).clamp(0, 1) - 0.5)


def embedded_features(batch, table, settings):
    """One vector of the table per feature with embeddings: a list of (name, `[rows, columns]`).

    Single-valued features, then with `scenarioFeature` the levels of the tree (named ("scenario", l)), then the means
    over the values of multi-valued features.
    """
    problem, start, vectors = batch.problem, 0, []
    for name, size in problem.fields:
        vectors.append((name, table[start + batch.features[name]]))
        start += size
    if settings["scenarioFeature"]:
        for l, size in enumerate(problem.level_sizes):
            vectors.append((("scenario", l), table[start + batch.level(l)]))
            start += size
    for name, size in problem.bags:
        means = [
            table[start + ids].mean(0) if len(ids) > 0 else torch.zeros_like(table[0])
            for ids in batch.features[name]
        ]
        vectors.append((name, torch.stack(means)))
        start += size
    return vectors


def input_columns(weights, batch, settings, prefix=""):
    """The parts of x in order: a list of (name, `[rows, columns]`).

    Numerical features have parts of their own with `numericalInput: columns`; with `field` they are one part, named
    "numericals". prefix is the path of the model's input, such as `tasks/click`.
    """
    place = f"{prefix}/input/" if prefix else "input/"
    parts = embedded_features(batch, weights[f"{place}table"], settings)
    columns = encoded_numericals(weights, place, batch, settings)
    count = len(batch.problem.numericals)
    if count == 0:
        return parts
    if settings["numericalInput"] == "field":
        return parts + [("numericals", columns @ weights[f"{place}numericals"])]
    size = columns.shape[1] // count
    return parts + [
        (name, columns[:, i * size : (i + 1) * size])
        for i, name in enumerate(batch.problem.numericals)
    ]


def input_x(weights, batch, settings, prefix=""):
    """The input x: `[rows, D]`."""
    return torch.cat([part for _, part in input_columns(weights, batch, settings, prefix)], 1)


def input_of_roles(weights, batch, settings, roles, prefix=""):
    """The columns of x of the features with one of the roles, in the order of x; None if there are none."""
    parts = [
        part for name, part in input_columns(weights, batch, settings, prefix)
        if batch.problem.roles.get(name) in roles
    ]
    return torch.cat(parts, 1) if parts else None


# Towers


class Towers:
    """The towers of all tasks on their inputs, as heads see them."""

    def __init__(self, weights, inputs, batch, settings, is_private, terms):
        self.weights, self.batch, self.settings = weights, batch, settings
        self.is_private, self.terms = is_private, terms
        # The last hidden layer of every tower: `[rows, k]`.
        self.hidden = {
            task: self.at(task, "", lambda place, rows, task=task: network(
                weights, place, inputs[task][rows], settings["towerSizes"],
                settings["activation"]))
            for task in batch.problem.tasks
        }

    def at(self, task, name, function):
        """Puts together function(place, rows) for the places next to the task's tower with a name."""
        name = f"/{name}" if name else ""
        return by_leaf(
            self.batch, self.is_private,
            lambda suffix, rows: function(f"towers/{task}{suffix}{name}", rows))

    def logits(self, task, representation=None):
        """The log-odds of a tower, on its own last hidden layer or on another in its place: `[rows]`."""
        z = self.hidden[task] if representation is None else representation
        logits = self.at(
            task, "output", lambda place, rows: affine(self.weights, place, z[rows]))[:, 0]
        return logits if self.terms is None else logits + self.terms(task, self)


def towers(weights, inputs, batch, settings, leaf_towers=False, terms=None):
    """Predictions by towers and the head of the settings: logits and auxiliary losses.

    - inputs: what the towers read, `[rows, n]` for all tasks, or a dict from task to that.
    - leaf_towers: whether towers are private to their leaf whatever the axis.
    - terms: function(task, towers) of what a model adds to the log-odds of a tower: `[rows]`.
    """
    from heads import predictions

    problem = batch.problem
    if not isinstance(inputs, dict):
        inputs = {task: inputs for task in problem.tasks}
    is_private = problem.leaf_count > 1 if leaf_towers else per_leaf(settings, problem)
    return predictions(Towers(weights, inputs, batch, settings, is_private, terms))
