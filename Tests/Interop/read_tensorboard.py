"""The events, as TensorBoard's reader and its server read them."""

import json
import pathlib
import sys
import urllib.request

import numpy
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from exported import Comparison, Server


def check_tensorboard(tool, runs, failure):
    comparison = Comparison("tensorboard")
    tool("runs", "export", "--from", "runs", "--from", "failure.jsonl", "--format", "tensorboard",
         "--to", "events", "--weights")
    for run in runs:
        reader = EventAccumulator(
            str(tool.folder / "events" / run.name), size_guidance={"scalars": 0, "histograms": 0})
        reader.Reload()
        check_scalars(reader, run, comparison)
        check_histograms(reader, run, comparison)
    check_hyperparameters(tool, runs, failure, comparison)
    comparison.report()


def check_scalars(reader, run, comparison):
    expected = {}
    for step, name, value in run.course():
        expected.setdefault(name, []).append((step, value))
    best = run.record["course"]["bestStep"]
    for split, place in (("validation", "kept/validation"), ("test", "test")):
        for name, value in run.numbers(split):
            expected[f"{place}/{name}"] = [(best, value)]
    tags = set(reader.Tags()["scalars"])
    comparison.equal(set(expected) - tags, set(), "the set of missing tags")
    for name, points in expected.items():
        found = [(event.step, event.value) for event in reader.Scalars(name)]
        comparison.equal(found, [(step, float(numpy.float32(value))) for step, value in points], name)


def check_histograms(reader, run, comparison):
    weights = run.weights()
    comparison.equal(
        set(reader.Tags()["histograms"]), {f"weights/{name}" for name in weights}, "the histograms")
    for name, values in weights.items():
        (event,) = reader.Histograms(f"weights/{name}")
        found, values = event.histogram_value, values.astype(float)
        comparison.equal((found.min, found.max, found.num),
                         (values.min(), values.max(), len(values)), name)
        comparison.close(found.sum, values.sum(), name)
        comparison.close(found.sum_squares, (values * values).sum(), name)
        comparison.equal(sum(found.bucket), len(values), name)
        if len(found.bucket) > 1:
            counts, _ = numpy.histogram(values, bins=30)
            # A value within rounding of a bound may count on either side.
            comparison.equal(bool(numpy.abs(counts - found.bucket).max() <= 2), True, name)


def check_hyperparameters(tool, runs, failure, comparison):
    """The HParams tab, which the server makes."""
    program = str(pathlib.Path(sys.executable).parent / "tensorboard")
    command = [program, "--logdir", str(tool.folder / "events"), "--host", "127.0.0.1", "--port",
               "PORT", "--load_fast", "false"]
    with Server(command, "/data/plugins_listing", tool.folder) as server:
        def ask(what, request):
            call = urllib.request.Request(
                f"{server.address}/data/plugin/hparams/{what}", json.dumps(request).encode(),
                {"Content-Type": "application/json"})
            with urllib.request.urlopen(call, timeout=60) as answer:
                return json.load(answer)

        experiment = ask("experiment", {"experimentName": ""})
        columns = {column["name"] for column in experiment["hparamInfos"]}
        comparison.equal({"model", "seed"} <= columns, True, "the columns of the tab")
        metrics = [info["name"]["tag"] for info in experiment["metricInfos"]]
        comparison.equal("test/auc/macro" in metrics, True, "the metrics of the tab")
        answer = ask("session_groups", {
            "experimentName": "", "startIndex": 0, "sliceSize": 100,
            "allowedStatuses": ["STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_UNKNOWN"],
            "colParams": []})
        groups = {group["name"]: group for group in answer["sessionGroups"]}
        comparison.equal(len(groups), len(runs) + 1, "the number of sessions")
        for run in runs:
            group = groups[run.name]
            for name in columns:
                if name in run.settings:
                    value = run.settings[name]
                    if isinstance(value, (list, dict)):
                        value = json.dumps(value, separators=(",", ":"))
                    comparison.equal(group["hparams"][name], value, name)
            comparison.equal(group["hparams"]["model"], run.configuration["model"], "the model")
            comparison.equal(group["sessions"][0]["status"], "STATUS_SUCCESS", "the status")
        failed = [group for name, group in groups.items() if name.endswith(failure[:12])]
        comparison.equal([group["sessions"][0]["status"] for group in failed], ["STATUS_FAILURE"],
                         "the status of the failed run")
