"""Exports runs in every format and reads them with the programs that the formats are for."""

import hashlib
import json
import pathlib
import shutil
import sys
import tarfile
import tempfile

from exported import Comparison, Run, Tool
from read_mlflow import check_mlflow
from read_sqlite import check_sqlite
from read_tables import check_tables
from read_tensorboard import check_tensorboard


def failed_run(run, path):
    """Writes the failure of a run that never was, and returns its id."""
    record = run.record
    text = json.dumps(
        {**run.configuration, "seed": 99}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    # The record's own text has the numbers as the tool writes them.
    canonical = (run.folder / "configuration.json").read_text().strip()
    seed = f'"seed":{run.configuration["seed"]},'
    assert canonical.count(seed) == 1 and json.loads(text)["seed"] == 99
    canonical = canonical.replace(seed, '"seed":99,')
    identity = hashlib.sha256(canonical.encode()).hexdigest()[:32]
    provenance = json.dumps(record["provenance"])
    path.write_text(
        f'{{"configuration":{canonical},"failure":"the loss became nan","id":"{identity}",'
        f'"provenance":{provenance},"step":7}}\n'
    )
    return identity


def check_bundle(tool, runs):
    """Unpacks a bundle with tarfile and checks its digests with hashlib."""
    comparison = Comparison("tarfile")
    printed = tool("runs", "export", "--format", "bundle", "--to", "runs.tar", "--weights")
    with tarfile.open(tool.folder / "runs.tar") as archive:
        content = {member.name: archive.extractfile(member).read() for member in archive}
    digest = hashlib.sha256(content["manifest.json"]).hexdigest()
    comparison.equal(printed.split()[-1], digest, "the digest")
    files = json.loads(content["manifest.json"])["files"]
    comparison.equal({file["name"] for file in files} | {"manifest.json"}, set(content), "the list")
    for file in files:
        data = content[file["name"]]
        comparison.equal(file["sha256"], hashlib.sha256(data).hexdigest(), file["name"])
        comparison.equal(file["bytes"], len(data), file["name"])
    for run in runs:
        for name in ("record.json", "curves.jsonl", "weights.safetensors", "configuration.json"):
            data = (run.folder / name).read_bytes()
            comparison.equal(content[f"runs/{run.id}/{name}"] == data, True, f"{run.id}/{name}")
    comparison.report()


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory(prefix="aesm2-interop-") as folder:
        folder = pathlib.Path(folder)
        tool = Tool(sys.argv[1], folder)
        (folder / "experiments").mkdir()
        text = (root / "experiments/smoke.yaml").read_text()
        # Two evaluations, so that curves have more than one point.
        assert "epochs: 1" in text
        (folder / "experiments/smoke.yaml").write_text(text.replace("epochs: 1", "epochs: 2"))
        tool("sweep", "experiments/smoke.yaml", "--jobs", "2")
        runs = [Run(place) for place in sorted((folder / "runs").iterdir())]
        failure = failed_run(runs[0], folder / "failure.jsonl")
        print(f"{len(runs)} runs trained", flush=True)
        check_tables(tool, runs)
        check_sqlite(tool, runs, failure)
        check_bundle(tool, runs)
        check_tensorboard(tool, runs, failure)
        check_mlflow(tool, runs, failure)
        shutil.rmtree(folder / "runs")


main()
