#!/usr/bin/env python3
"""Judges committed runs by habits of reporting: Tests/Fixtures/statistics/habits.json.

    python3 Tests/Fixtures/make/reporting_habits.py

Written from the definitions in docs/statistics.md, without the program: combinations of seeds are listed one
by one instead of by a formula. Needs Python alone.
"""

import collections
import itertools
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
NAMES = ["kuairand-pure", "us-flights", "aliexpress-twin"]


def score(record, task, pooled=False):
    grid = record["test"]
    place = grid["tasks"].index(task)
    if pooled:
        return grid["pooled"][place]["auc"]
    values = [cell["auc"] for cell in grid["cells"][place] if cell.get("auc") is not None]
    return sum(values) / len(values)


def mean(values):
    return sum(values) / len(values)


def flipped(reference, scores):
    """The number of pairs of rows in another order."""
    return sum(
        (reference[a] - reference[b]) * (scores[a] - scores[b]) < 0
        for a, b in itertools.combinations(reference, 2))


def judged(name):
    results = collections.defaultdict(list)
    searches = collections.defaultdict(lambda: collections.defaultdict(list))
    chosen = {}
    for line in (ROOT / "results" / name / "runs.jsonl").read_text().splitlines():
        fields = json.loads(line)
        if fields["purpose"] == "result":
            results[fields["row"]].append(fields["run"])
            chosen[fields["row"]] = fields["draw"]
        else:
            searches[fields["row"]][fields["draw"]].append(fields["run"])
    rows = list(results)
    for task in results[rows[0]][0]["test"]["tasks"]:
        seeds = {row: [score(run, task) for run in results[row]] for row in rows}
        means = {row: mean(seeds[row]) for row in rows}
        best = {row: max(seeds[row]) for row in rows}
        pooled = {row: mean([score(run, task, True) for run in results[row]]) for row in rows}
        trials = {
            row: {n: mean([score(run, task) for run in runs]) for n, runs in searches[row].items()}
            for row in rows}
        selected = {row: trials[row][chosen[row]] for row in rows}
        first = max(rows, key=means.get)
        choices = [dict(zip(rows, values)) for values in itertools.product(*seeds.values())]
        yield {
            "source": name,
            "task": task,
            "first": first,
            "flipped": {
                "one seed": mean([flipped(means, choice) for choice in choices]),
                "best seed": flipped(means, best),
                "pooled": flipped(means, pooled),
                "test selection": flipped(
                    selected, {row: max(trials[row].values()) for row in rows}),
            },
            "firstChange": mean(
                [any(choice[row] > choice[first] for row in rows) for choice in choices]),
            "possibleFirst": [
                row for row in rows if all(best[row] > means[x] for x in rows if x != row)],
            "bestGain": mean([best[row] - means[row] for row in rows]),
            "selectionGain": mean([max(trials[row].values()) - selected[row] for row in rows]),
        }


tables = [table for name in NAMES for table in judged(name)]
(ROOT / "Tests/Fixtures/statistics/habits.json").write_text(
    json.dumps({"tables": tables}, indent=1, ensure_ascii=False) + "\n")
