"""The runs of a live MLflow server, as its own client reads them."""

import json
import pathlib
import re
import sys
import tempfile

from exported import Comparison, Server


def check_mlflow(tool, runs, failure):
    from mlflow import MlflowClient

    comparison = Comparison("mlflow")
    program = str(pathlib.Path(sys.executable).parent / "mlflow")
    command = [
        program, "server", "--host", "127.0.0.1", "--port", "PORT", "--workers", "1",
        "--backend-store-uri", f"sqlite:///{tool.folder}/mlflow.db",
        "--artifacts-destination", str(tool.folder / "artifacts"),
    ]
    with Server(command, "/health", tool.folder) as server:
        client = MlflowClient(server.address)
        name = "Smoke & \"tests\""
        # A run that an earlier export was killed in.
        experiment = client.create_experiment(name)
        client.create_run(experiment, tags={"aesm2.run": runs[0].id})

        def export():
            return tool("runs", "export", "--from", "runs", "--from", "failure.jsonl", "--format",
                        "mlflow", "--to", server.address, "--experiment", name)

        comparison.equal(export().startswith(f"{len(runs) + 1} runs written"), True, "the export")
        comparison.equal(
            export().startswith(f"0 runs written to {server.address}; {len(runs) + 1} were there"),
            True, "the second export")
        found = {run.data.tags["aesm2.run"]: run for run in client.search_runs([experiment])}
        comparison.equal(set(found), {run.id for run in runs} | {failure}, "the runs")
        comparison.equal(found[failure].info.status, "FAILED", "the status of the failed run")
        for run in runs:
            check_run(client, found[run.id], run, comparison)
    comparison.report()


def check_run(client, found, run, comparison):
    comparison.equal(found.info.status, "FINISHED", "the status")
    comparison.equal(found.info.run_name, run.name, "the name")
    for name, value in {"model": run.configuration["model"], **run.settings}.items():
        shown = found.data.params[name]
        if isinstance(value, str):
            comparison.equal(shown, value, name)
        else:
            comparison.equal(json.loads(shown), value, name)
    expected = {}
    for step, name, value in run.course():
        expected.setdefault(name, []).append((step, value))
    best = run.record["course"]["bestStep"]
    for split, place in (("validation", "kept/validation"), ("test", "test")):
        for name, value in run.numbers(split):
            expected[f"{place}/{name}"] = [(best, value)]
    for index, (name, points) in enumerate(sorted(expected.items())):
        accepted = re.sub(r"[^\w/. -]", "_", name)
        comparison.equal(found.data.metrics[accepted], points[-1][1], name)
        if len(points) > 1 or index % 40 == 0:
            history = client.get_metric_history(found.info.run_id, accepted)
            comparison.equal(sorted((m.step, m.value) for m in history), points, name)
    with tempfile.TemporaryDirectory() as place:
        for name in ("record.json", "curves.jsonl"):
            path = client.download_artifacts(found.info.run_id, name, place)
            same = pathlib.Path(path).read_bytes() == (run.folder / name).read_bytes()
            comparison.equal(same, True, name)
