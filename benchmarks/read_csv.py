"""Reads all CSV files under a folder with pandas or polars, and prints the seconds that it took.

    python read_csv.py polars FOLDER
"""

import json
import sys
from pathlib import Path
from time import perf_counter

from memory import peak_megabytes


def main(library: str, folder: Path) -> None:
    if library == "pandas":
        import pandas as reader
    else:
        import polars as reader
    paths = sorted([*folder.rglob("*.csv"), *folder.rglob("*.csv.gz")])
    start = perf_counter()
    frames = [reader.read_csv(path) for path in paths]
    seconds = perf_counter() - start
    print(json.dumps({
        "seconds": seconds, "rows": sum(len(frame) for frame in frames),
        "rss_mb": peak_megabytes()}))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("pandas", "polars"):
        sys.exit("usage: read_csv.py {pandas,polars} FOLDER")
    main(sys.argv[1], Path(sys.argv[2]))
