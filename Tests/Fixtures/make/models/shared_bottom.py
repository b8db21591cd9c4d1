"""Networks without gates: Shared-Bottom (Caruana, 1997), one network per task, one per scenario."""

from twin import by_leaf, input_x, network, towers, twin


@twin("shared-bottom")
def shared_bottom(weights, batch, problem, settings):
    x = input_x(weights, batch, settings)
    h = network(weights, "bottom", x, settings["bottomSizes"], settings["activation"])
    return towers(weights, h, batch, settings)


@twin("single-task")
def single_task(weights, batch, problem, settings):
    hidden = {
        task: network(
            weights, f"tasks/{task}/network",
            input_x(weights, batch, settings, f"tasks/{task}"), settings["networkSizes"],
            settings["activation"])
        for task in problem.tasks
    }
    return towers(weights, hidden, batch, settings)


@twin("per-scenario")
def per_scenario(weights, batch, problem, settings):
    def own(suffix, rows):
        place = "" if settings["sharedEmbeddings"] else f"networks{suffix}"
        x = input_x(weights, batch.rows(rows), settings, place)
        return network(
            weights, f"networks{suffix}", x, settings["networkSizes"], settings["activation"])

    h = by_leaf(batch, problem.leaf_count > 1, own)
    return towers(weights, h, batch, settings, leaf_towers=True)
