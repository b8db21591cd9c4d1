"""Follows ten of our training steps with every twin; see check_agreement.py, measure_rounding.py."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from runner import Figures, environment

TWINS = {
    "shared-bottom": ("shared-bottom",), "mmoe": ("mmoe",), "ple": ("ple",),
    "aesm2": ("aesm2-dense", "aesm2-sparse")}

# Small steps keep ten of them comparable. With steps as large as training's the last bits decide: Adam
# blows gradients near zero up to whole steps, and AESM² selects experts by claims that begin almost
# equal, so that a program parts even from itself.
SMALL_STEPS = ("--batch-size", "64", "--set", "learningRate=1e-4")
LARGE_STEPS = ("--batch-size", "512", "--set", "learningRate=1e-3")


def check_agreement(tool: str) -> list[Figures]:
    """Returns how far every twin is from us with small steps, and whether that is near enough."""
    return follow(tool, SMALL_STEPS, "benchmarks/check_agreement.py")


def measure_rounding(tool: str) -> list[Figures]:
    """Returns how far every twin is from us with large steps, and how far from itself."""
    return follow(tool, LARGE_STEPS, "benchmarks/measure_rounding.py")


def follow(tool: str, settings: tuple[str, ...], program: str) -> list[Figures]:
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for model, twins in TWINS.items():
            trace = str(Path(folder, model))
            subprocess.run(
                [tool, "bench", "trace", "--model", model, "--output", trace, *settings],
                check=True, env=environment())
            for twin in twins:
                followed = subprocess.run(
                    [sys.executable, program, trace, twin], capture_output=True, text=True,
                    env=environment())
                if not followed.stdout:
                    sys.exit(followed.stderr)
                results.append(json.loads(followed.stdout))
                print(followed.stdout, end="", file=sys.stderr)
    return results
