"""STEM: Su et al., AAAI 2024, section 4."""

from twin import by_leaf, gate, input_x, mixture, network, per_leaf, towers, twin


@twin("stem")
def forward(weights, batch, problem, settings):
    is_private = per_leaf(settings, problem)

    def own(function):
        return by_leaf(batch, is_private, function)

    def expert(place, state):
        return network(weights, place, state, settings["expertSizes"], settings["activation"])

    shared = input_x(weights, batch, settings)
    states = {
        task: shared if settings["sharedEmbedding"] else own(
            lambda suffix, rows, task=task: input_x(
                weights, batch.rows(rows), settings, f"tasks/{task}{suffix}"))
        for task in problem.tasks
    }
    for j in range(settings["levelCount"]):
        level = f"levels/{j}"
        shared_experts = [
            expert(f"{level}/shared/{k}", shared) for k in range(settings["sharedExpertCount"])
        ]
        specific = {
            task: [
                own(lambda suffix, rows, task=task, k=k: expert(
                    f"{level}/specific/{task}{suffix}/{k}", states[task][rows]))
                for k in range(settings["specificExpertCount"])
            ]
            for task in problem.tasks
        }
        mixed = {}
        for task in problem.tasks:
            choices = [
                output if other == task else output.detach()
                for other in problem.tasks for output in specific[other]
            ]
            reads = states[task] + shared
            shares = own(lambda suffix, rows: gate(
                weights, f"{level}/gates/{task}{suffix}", reads[rows], settings["gateSizes"]))
            mixed[task] = mixture(shares, choices + shared_experts)
        if j < settings["levelCount"] - 1:
            choices = [output for task in problem.tasks for output in specific[task]]
            shares = gate(weights, f"{level}/sharedGate", shared, settings["gateSizes"])
            shared = mixture(shares, choices + shared_experts)
        states = mixed
    return towers(weights, states, batch, settings)
