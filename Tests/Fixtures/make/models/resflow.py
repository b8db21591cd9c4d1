"""ResFlow: Fu et al., KDD 2024, section 3."""

from twin import by_leaf, input_x, network, per_leaf, towers, twin


@twin("resflow")
def forward(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)
    states = {task: x for task in problem.tasks}
    for i in range(len(settings["networkSizes"])):
        hidden = {}
        for task in problem.order:
            hidden[task] = by_leaf(
                batch, per_leaf(settings, problem),
                lambda suffix, rows: network(
                    weights, f"networks/{i}/{task}{suffix}", states[task][rows], [None],
                    settings["activation"]))
            followed = problem.follows[task]
            if followed is not None and not settings["logitsOnly"]:
                hidden[task] = hidden[task] + hidden[followed]
        states = hidden

    def term(task, outputs):
        followed = problem.follows[task]
        return 0 if followed is None else outputs.logits(followed)

    return towers(weights, states, batch, settings, terms=term)
