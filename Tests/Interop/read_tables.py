"""JSON lines, and the lines of `aesm2 runs list`, as pandas reads them."""

import io

import pandas

from exported import Comparison


def check_tables(tool, runs):
    comparison = Comparison("pandas")
    tool("runs", "export", "--format", "jsonl", "--to", "records.jsonl")
    frame = pandas.read_json(tool.folder / "records.jsonl", lines=True, precise_float=True)
    comparison.equal(len(frame), len(runs), "the number of records")
    frame = frame.set_index("id")
    for run in runs:
        row = frame.loc[run.id]
        for key, value in run.record.items():
            if key != "id" and value is not None:
                comparison.equal(row[key], value, f"{key} of {run.id}")

    columns = ["id", "model", "seed", "settings.embeddingSize", "training.learningRate",
               "rowsPerSecond"]
    metrics = [f"test.{name}" for name, _ in runs[0].numbers("test")]
    text = tool("runs", "list", "--columns", ",".join(columns + metrics))
    frame = pandas.read_csv(io.StringIO(text), sep="\t", float_precision="round_trip")
    frame = frame.set_index("id")
    for run in runs:
        row = frame.loc[run.id]
        comparison.equal(row["model"], run.configuration["model"], "the model")
        comparison.equal(int(row["seed"]), run.configuration["seed"], "the seed")
        comparison.equal(row["rowsPerSecond"], run.record["timing"]["rowsPerSecond"], "the speed")
        for name in columns[3:5]:
            comparison.equal(float(row[name]), float(run.settings[name]), name)
        for name, value in run.numbers("test"):
            comparison.equal(row[f"test.{name}"], value, name)
    comparison.report()
