"""Writes points of Sobol's sequence as SciPy computes it, without scrambling, for Fixtures/search.

    python3 Tests/Fixtures/make/sobol.py

SciPy orders points by Gray code; every point is stored under the index that it has in the plain order.
"""

import json
import pathlib

import scipy
from scipy.stats import qmc

DIMENSIONS = 128
POSITIONS = [0, 1, 2, 3, 6, 100, 1023, 4096, 65_535]


def main():
    points = []
    for position in POSITIONS:
        sequence = qmc.Sobol(d=DIMENSIONS, scramble=False, bits=32)
        if position > 0:
            sequence.fast_forward(position)
        place = sequence.random(1)[0]
        points.append({
            "index": position ^ (position >> 1),
            "digits": [int(coordinate * 2**32) for coordinate in place],
        })
    folder = pathlib.Path(__file__).resolve().parent.parent / "search"
    folder.mkdir(exist_ok=True)
    text = json.dumps({"made": f"scipy {scipy.__version__}", "points": points})
    (folder / "sobol.json").write_text(text.replace('{"index"', '\n{"index"') + "\n")


main()
