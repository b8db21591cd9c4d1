"""Runs the sides of comparisons, each measurement in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from comparisons import Comparison, Side

Figures = dict[str, float | int | str]


@dataclass(frozen=True)
class Runner:
    """How measurements are started: our tool, and what stands before every command."""

    tool: str
    prefix: tuple[str, ...]

    def measure(self, comparison: Comparison, repeats: int) -> dict[str, list[Figures]]:
        """Measures all sides in turn, `repeats` times over."""
        found: dict[str, list[Figures]] = {name: [] for name in comparison.sides}
        for repeat in range(repeats):
            for name, side in comparison.sides.items():
                print(f"{comparison.name}: {name}, {repeat + 1} of {repeats}", file=sys.stderr)
                found[name].append(self.run(side))
        return found

    def run(self, side: Side) -> Figures:
        """Starts the processes of a side together; speeds add up, and the largest memory counts."""
        script = Path(__file__).with_name("timed.py")
        command = [
            sys.executable, str(script), str(side.processes), "json" if side.prints_json else "wall",
            *(self.resolved(word) for word in side.command)]
        result = subprocess.run(
            [*self.prefix, *command], capture_output=True, text=True, env=environment())
        if result.returncode != 0:
            lines = result.stderr.strip().splitlines()
            return {"unavailable": lines[-1] if lines else f"exit status {result.returncode}"}
        return json.loads(result.stdout)

    def resolved(self, word: str) -> str:
        return {"TOOL": self.tool, "PYTHON": sys.executable}.get(word, word)


def environment() -> dict[str, str]:
    """The environment without what would choose other BLAS kernels than the processor's."""
    return {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
