"""Measures this project and its PyTorch twins alternately, and writes results/speed/<date>.md.

    python benchmarks/peers.py                         everything
    python benchmarks/peers.py --only auc --repeats 3  one comparison; the others of the day stay

Start it in the root of the repository, with the tool built; `make bench-peers` does both.
"""

import argparse
import json
import os
from datetime import date
from pathlib import Path

from agreement import check_agreement, measure_rounding
from comparisons import COMPARISONS
from inputs import make_inputs
from machine import described
from report import page
from runner import Runner

NAMES = ["agreement", "rounding", *(comparison.name for comparison in COMPARISONS)]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME",
                        help=f"one of {', '.join(NAMES)}; repeatable")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tool", default=".build/release/aesm2")
    parser.add_argument("--output", type=Path, default=Path("results/speed"))
    parser.add_argument("--prefix", default="", help="words before every measurement's command")
    return parser.parse_args()


def write(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text)
    os.replace(partial, path)


def main() -> None:
    asked = arguments()
    names = set(asked.only or NAMES)
    today = date.today().isoformat()
    raw = asked.output / f"{today}.json"
    found = json.loads(raw.read_text()) if raw.exists() else {"agreement": [], "measured": {}}
    asked.output.mkdir(parents=True, exist_ok=True)
    make_inputs(asked.tool, names)
    runner = Runner(asked.tool, tuple(asked.prefix.split()))
    found["machine"] = described(asked.tool, runner.prefix)
    if "agreement" in names:
        found["agreement"] = check_agreement(asked.tool)
    if "rounding" in names:
        found["rounding"] = measure_rounding(asked.tool)
    for comparison in COMPARISONS:
        if comparison.name in names:
            found["measured"][comparison.name] = runner.measure(comparison, asked.repeats)
            write(raw, json.dumps(found, indent=1, sort_keys=True) + "\n")
    write(raw, json.dumps(found, indent=1, sort_keys=True) + "\n")
    write(asked.output / f"{today}.md", page(today, found))
    print(asked.output / f"{today}.md")


if __name__ == "__main__":
    main()
