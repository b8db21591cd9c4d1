"""Checks every twin against ten of our training steps; see check_agreement.py."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from runner import Figures, environment

TWINS = {
    "shared-bottom": ("shared-bottom",), "mmoe": ("mmoe",), "ple": ("ple",),
    "aesm2": ("aesm2-dense", "aesm2-sparse")}

# Adam divides by the root of the second moment, so it blows the last bits of gradients near zero up to
# whole steps, and AESM² selects experts by claims that begin almost equal: two correct programs part
# after some steps, as one does from itself with another rounding. Small steps on small batches keep
# ten steps comparable.
SETTINGS = ("--batch-size", "64", "--set", "learningRate=1e-4")


def check_all(tool: str) -> list[Figures]:
    """Returns what was found for every twin."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for model, twins in TWINS.items():
            trace = str(Path(folder, model))
            subprocess.run(
                [tool, "bench", "trace", "--model", model, "--output", trace, *SETTINGS],
                check=True, env=environment())
            for twin in twins:
                checked = subprocess.run(
                    [sys.executable, "benchmarks/check_agreement.py", trace, twin],
                    capture_output=True, text=True, env=environment())
                if not checked.stdout:
                    sys.exit(checked.stderr)
                results.append(json.loads(checked.stdout))
                print(checked.stdout, end="", file=sys.stderr)
    return results
