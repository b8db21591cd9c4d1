"""Objectives: tasks, or tasks in leaves on the flat axis, where objective o is task o mod T in leaf o // T."""

import torch

from twin import per_leaf


def objective_count(problem, settings):
    return len(problem.tasks) * (problem.leaf_count if per_leaf(settings, problem) else 1)


def of_own_leaves(states, batch, problem, settings):
    """From one value per objective to one per task, that of the objective of the row's leaf."""
    count, rows = len(problem.tasks), torch.arange(len(batch))
    leaf = batch.leaf if per_leaf(settings, problem) else torch.zeros_like(batch.leaf)
    stacked = torch.stack(states)
    return {task: stacked[leaf * count + t, rows] for t, task in enumerate(problem.tasks)}


def names(problem, settings):
    """The path of every objective in the parts that are named by task and leaf."""
    if not per_leaf(settings, problem):
        return list(problem.tasks)
    return [
        f"{task}/scenario/{s}" for s in range(problem.leaf_count) for task in problem.tasks
    ]
