"""The SQLite file, as Python's sqlite3 and pandas read it."""

import json
import sqlite3

import pandas

from exported import Comparison


def check_sqlite(tool, runs, failure):
    comparison = Comparison("sqlite3")
    tool("runs", "export", "--from", "runs", "--from", "failure.jsonl", "--format", "sqlite",
         "--to", "runs.db")
    database = sqlite3.connect(tool.folder / "runs.db")

    def rows(query, *values):
        return database.execute(query, values).fetchall()

    comparison.equal(rows("PRAGMA integrity_check"), [("ok",)], "the integrity of the file")
    comparison.equal(rows("SELECT count(*) FROM runs"), [(len(runs) + 1,)], "the number of runs")
    comparison.equal(
        rows("SELECT state, failure FROM runs WHERE id = ?", failure),
        [("failed", "the loss became nan")], "the failure")
    for run in runs:
        course, timing = run.record["course"], run.record["timing"]
        comparison.equal(
            rows("SELECT model, seed, parameters, steps, epochs, best_step, rows_per_second, ended "
                 "FROM runs WHERE id = ?", run.id),
            [(run.configuration["model"], run.configuration["seed"],
              run.record["parameterCount"], course["steps"], course["epochs"], course["bestStep"],
              timing["rowsPerSecond"], run.record["provenance"]["date"])], run.id)
        settings = dict(rows("SELECT name, value FROM settings WHERE run = ?", run.id))
        comparison.equal(set(settings), set(run.settings), "the names of settings")
        for name, value in run.settings.items():
            found = settings[name]
            if isinstance(value, (list, dict)):
                found = json.loads(found)
            comparison.equal(found, value, name)
        comparison.equal(
            sorted(rows("SELECT step, name, value FROM course WHERE run = ?", run.id)),
            sorted(run.course()), "the course")
        for split in ("validation", "test"):
            found = {
                f"{metric}/{task}/{scenario or 'pooled'}": value
                for metric, task, scenario, value in rows(
                    "SELECT metric, task, scenario, value FROM metrics WHERE run = ? AND split = ? "
                    "AND scope IN ('cell', 'task pooled') AND value IS NOT NULL", run.id, split)
            }
            comparison.equal(set(found), {name for name, _ in run.numbers(split)}, "the names")
            for name, value in run.numbers(split):
                comparison.equal(found[name], value, name)
            for task, scenario, cell in run.cells(split):
                comparison.equal(
                    rows("SELECT rows, positives FROM cells WHERE run = ? AND split = ? AND task = ? "
                         "AND scenario IS ?", run.id, split, task, scenario),
                    [(cell["rows"], cell["positives"])], f"{task}/{scenario}")
    frame = pandas.read_sql("SELECT model, avg(rows_per_second) AS speed FROM runs "
                            "WHERE state = 'done' GROUP BY model", database).set_index("model")
    for model in {run.configuration["model"] for run in runs}:
        speeds = [run.record["timing"]["rowsPerSecond"] for run in runs
                  if run.configuration["model"] == model]
        comparison.close(frame.loc[model, "speed"], sum(speeds) / len(speeds), model)
    comparison.report()
