"""How far rounding alone takes training apart, beside how far a twin is from our trace.

    python measure_rounding.py TRACE TWIN

Prints one line of JSON: the largest relative difference of a loss between our steps and the twin's;
between the twin and itself, its initial weights moved by one unit in the last place, up or down at
random, in each of three draws; and of both programs from the twin in 64 bits, which hardly rounds.
"""

import json
import sys
from pathlib import Path

import torch

from recorded import differences, read_trace
from twins import TWINS

DRAWS = 3


def main(folder: Path, twin: str) -> None:
    trace = read_trace(folder)
    theirs = trace.losses_of(twin)
    exact = trace.losses_of(twin, torch.float64)
    moved = [max(differences(trace.losses_of(twin, moved=draw), theirs)) for draw in range(DRAWS)]
    print(json.dumps({
        "twin": twin, "ours_to_twin": max(differences(trace.losses, theirs)),
        "moved_to_twin": moved, "ours_to_exact": max(differences(trace.losses, exact)),
        "twin_to_exact": max(differences(theirs, exact))}))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in TWINS:
        sys.exit(f"usage: measure_rounding.py TRACE {{{','.join(TWINS)}}}")
    main(Path(sys.argv[1]), sys.argv[2])
