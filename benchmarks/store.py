"""Times `status` and `report` on a store of many runs, and the cost of a sweep per run.

    benchmarks/store.py .build/release/aesm2                  # 20,000 runs: about a minute and 600 MB
    benchmarks/store.py .build/release/aesm2 --runs 2000

Twenty rows are trained once each; the other runs are copies of theirs under other seeds, with the
ids that these configurations have. Needs nothing but Python.
"""

import argparse
import hashlib
import os
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

ROWS = 20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    tool = arguments.tool.resolve()
    with tempfile.TemporaryDirectory(prefix="aesm2-store-") as folder:
        os.chdir(folder)
        make_data(tool)
        measure_overhead(tool, arguments.repeats)
        make_store(tool, arguments.runs // ROWS)
        for command in ["status", "report"]:
            words = [tool, command, "experiment.yaml", "--store", "runs"]
            seconds = [timed(words) for _ in range(arguments.repeats)]
            print(f"{command} of {arguments.runs} runs: {spread(seconds)} s")


def make_data(tool):
    draw = random.Random(1)
    with open("rows.csv", "w") as file:
        file.write("user,place,price,day,click,buy\n")
        for row in range(800):
            click = draw.random() < 0.4
            buy = click and draw.random() < 0.5
            file.write(f"u{draw.randrange(20)},{'AB'[draw.randrange(2)]},{draw.randrange(100)},"
                       f"{row // 80},{int(click)},{int(buy)}\n")
    pathlib.Path("schema.yaml").write_text("""\
name: store
sources: [{file: rows.csv}]
scenarios: [place]
tasks: [click, buy]
split:
  test: {where: {column: day, atLeast: 8}}
  validation: {where: {column: day, atLeast: 6}}
features: {categorical: [user], numerical: [price]}
""")
    run([tool, "data", "import", "schema.yaml", "--files", ".", "--output", "data"])


def specification(epochs, seeds):
    rows = "".join(
        f"  - {{id: shared-bottom, label: row {row}, settings: {{dropout: {row / 100}}}}}\n"
        for row in range(ROWS))
    pathlib.Path("experiment.yaml").write_text(
        f"id: store\ndataset: {{cache: data}}\nmodels:\n{rows}"
        f"training: {{epochs: {epochs}, batchSize: 64, patience: 0}}\nseeds: {seeds}\n"
        "metrics: [auc]\n")


def measure_overhead(tool, repeats):
    """A sweep with one job, and the same runs as processes of their own, one after the other."""
    specification(epochs=1, seeds=1)
    differences = []
    for repeat in range(repeats):
        store = f"sweep-{repeat}"
        whole = timed([tool, "sweep", "experiment.yaml", "--store", store])
        start = timed([tool, "sweep", "experiment.yaml", "--store", store])
        for record in pathlib.Path(store).glob("*/record.json"):
            record.unlink()
        own = sum(
            timed([tool, "run-one", path, "--data", "data", "--threads", "1"])
            for path in sorted(pathlib.Path(store).iterdir()))
        differences.append((whole - start - own) / ROWS * 1000)
    print(f"a sweep of {ROWS} runs takes {spread(differences)} ms a run more than the runs alone")


def make_store(tool, seeds):
    specification(epochs=1, seeds=1)
    run([tool, "sweep", "experiment.yaml", "--store", "runs", "--jobs", "2"])
    for path in list(pathlib.Path("runs").iterdir()):
        configuration = (path / "configuration.json").read_text().strip()
        record = (path / "record.json").read_text()
        assert configuration.count('"seed":1,') == 1 and configuration in record
        for seed in range(2, seeds + 1):
            other = configuration.replace('"seed":1,', f'"seed":{seed},')
            name = hashlib.sha256(other.encode()).hexdigest()[:32]
            folder = path.parent / name
            folder.mkdir()
            (folder / "configuration.json").write_text(other + "\n")
            (folder / "record.json").write_text(
                record.replace(configuration, other).replace(path.name, name))
    specification(epochs=1, seeds=seeds)


def timed(words):
    begin = time.perf_counter()
    run(words)
    return time.perf_counter() - begin


def run(words):
    environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
    subprocess.run(words, check=True, capture_output=True, env=environment)


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
