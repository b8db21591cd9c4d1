"""Measures training steps of all models, ten of them beside PyTorch, and writes results/speed/<date>-models.md.

    python benchmarks/models.py                       every model, three repeats
    python benchmarks/models.py --only star --only ple --repeats 1

Start it in the root of the repository, with the tool built; `make bench-models` does both.
"""

import argparse
import json
import subprocess
from datetime import date
from pathlib import Path
from statistics import median

from comparisons import Comparison, Side, ours, twin
from machine import described
from peers import write
from report import Measured, number, spread, values
from runner import Runner, environment

# The models that papers compare with most often, and AESM². Four have twins written for speed in twins/;
# the others are twins of the fixtures.
PEERS = {
    "shared-bottom": twin("train", "shared-bottom", "--steps", "5"),
    "mmoe": twin("train", "mmoe", "--steps", "5"),
    "ple": twin("train", "ple", "--steps", "5"),
    "aesm2": twin("train", "aesm2-sparse", "--steps", "5"),
}
FIXTURE_PEERS = ("deepfm", "dcn-v2", "cross-stitch", "adatt", "star", "pepnet")


def compared(model: str) -> Comparison:
    """Our steps and, for ten models, PyTorch's; a twin of the fixtures has no dropout, nor has ours then."""
    words = ["train", "--model", model, "--steps", "10"]
    if model in FIXTURE_PEERS:
        peer = Side(("PYTHON", "benchmarks/measure_fixture_twin.py", model, "--tool", "TOOL"))
        return Comparison(
            model, {"ours": ours(*words, "--set", "dropout=0"), "twin": peer}, ())
    sides = {"ours": ours(*words)}
    return Comparison(model, sides | ({"twin": PEERS[model]} if model in PEERS else {}), ())


def catalog(tool: str) -> dict[str, str]:
    """The titles of all models that are trained in steps, by id."""
    listed = subprocess.run(
        [tool, "models", "--json"], capture_output=True, text=True, check=True, env=environment())
    return {
        model["id"]: model["title"] for model in json.loads(listed.stdout)
        if model["id"] != "logistic-regression"}


def page(day: str, titles: dict[str, str], found: dict) -> str:
    """The whole page, in Markdown."""
    lines = [f"# Training steps of all models, {day}", "",
             "Made by `make bench-models`; [benchmarks](../../benchmarks/README.md#all-models) says how to "
             "read it.", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in found["machine"].items()]
    lines += ["", "| model | parameters | kFLOPs/row, scoring | kFLOPs/row, training | rows/s "
              "[min – max] | peak MB | PyTorch rows/s [min – max] | PyTorch peak MB | ratio |",
              "|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
    lines += [
        row(title, found["measured"][model]) for model, title in titles.items()
        if model in found["measured"]]
    checked = [
        check(title, found["measured"][model]) for model, title in titles.items()
        if "twin" in found["measured"].get(model, {})]
    lines += ["", "## Operations of matrix products in a training step, as both programs count them", "",
              "| model | ours, kFLOPs/row | PyTorch, kFLOPs/row |", "|---|---:|---:|", *checked]
    return "\n".join(lines) + "\n"


def row(title: str, measured: Measured) -> str:
    speed, peer = values(measured, "ours", "rows_per_s"), values(measured, "twin", "rows_per_s")
    if not speed:
        reason = next((f["unavailable"] for f in measured["ours"] if "unavailable" in f), "")
        return f"| {title} | not available: {reason} | | | | | | | |"
    def middle(side: str, key: str, scale: float = 1) -> str:
        numbers = values(measured, side, key)
        return number(median(numbers) / scale) if numbers else ""
    return " | ".join([
        f"| {title}", f"{median(values(measured, 'ours', 'parameters')):,.0f}",
        middle("ours", "flops_per_row", 1e3), middle("ours", "train_flops_per_row", 1e3),
        spread(speed), middle("ours", "rss_mb"), spread(peer) if peer else "",
        middle("twin", "rss_mb"),
        f"{median(speed) / median(peer):.2f} |" if peer else "|"])


def check(title: str, measured: Measured) -> str:
    counts = [values(measured, side, "product_flops_per_row") for side in ("ours", "twin")]
    shown = [f"{median(count) / 1e3:,.1f}" if count else "" for count in counts]
    return f"| {title} | {' | '.join(shown)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="MODEL", help="a model; repeatable")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tool", default=".build/release/aesm2")
    parser.add_argument("--output", type=Path, default=Path("results/speed"))
    parser.add_argument("--prefix", default="", help="words before every measurement's command")
    parser.add_argument("--label", default="", help="what the name of the page ends with")
    asked = parser.parse_args()
    titles = catalog(asked.tool)
    unknown = set(asked.only or []) - titles.keys()
    if unknown:
        parser.error(f"unknown model {sorted(unknown)[0]} (known: {', '.join(titles)})")
    day = date.today().isoformat()
    name = f"{day}-models" + (f"-{asked.label}" if asked.label else "")
    raw = asked.output / f"{name}.json"
    found = json.loads(raw.read_text()) if raw.exists() else {"measured": {}}
    asked.output.mkdir(parents=True, exist_ok=True)
    runner = Runner(asked.tool, tuple(asked.prefix.split()))
    found["machine"] = described(asked.tool, runner.prefix)
    if asked.prefix:
        found["machine"]["started with"] = f"`{asked.prefix}`"
    for model in titles:
        if not asked.only or model in asked.only:
            found["measured"][model] = runner.measure(compared(model), asked.repeats)
            write(raw, json.dumps(found, indent=1, sort_keys=True) + "\n")
    write(asked.output / f"{name}.md", page(day, titles, found))
    print(asked.output / f"{name}.md")


if __name__ == "__main__":
    main()
