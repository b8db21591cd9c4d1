"""Makes the large files that comparisons read, once: 1 GB of CSV, and a cache of 20 million rows."""

import gzip
import shutil
import subprocess
from pathlib import Path

import numpy as np

from comparisons import DATA
from runner import environment

COUNTRIES = ("NL", "ES", "FR", "US")
TOTAL_BYTES = 1_000_000_000
BLOCK_ROWS = 20_000
ROWS_PER_SEARCH = 10


def lines(random: np.random.Generator) -> list[str]:
    """Rows as MTReclib writes them, from the first categorical column on."""
    categorical = random.integers(0, [10 ** (1 + i % 4) for i in range(16)], (BLOCK_ROWS, 16))
    numerical = random.random((BLOCK_ROWS, 63)) * (random.random((BLOCK_ROWS, 63)) < 0.8)
    clicks = random.random(BLOCK_ROWS) < 0.1
    conversions = clicks & (random.random(BLOCK_ROWS) < 0.1)
    return [
        ",".join([*map(str, ids), *(f"{x:.6f}" for x in numbers), str(int(c)), str(int(b))]) + "\n"
        for ids, numbers, c, b in zip(categorical, numerical, clicks, conversions)]


def write_csv(path: Path, size: int, block: list[str]) -> None:
    """Writes the same rows again and again, under new search ids, until the file is large enough."""
    names = ["search_id", *(f"categorical_{i + 1}" for i in range(16)),
             *(f"numerical_{i + 1}" for i in range(63)), "click", "conversion"]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        file.write(",".join(names) + "\n")
        first = 0
        while file.tell() < size:
            file.write("".join(
                f"{(first + row) // ROWS_PER_SEARCH},{line}" for row, line in enumerate(block)))
            first += len(block)


def make_csv() -> None:
    plain, zipped = Path(DATA, "csv"), Path(DATA, "csv-gzip")
    if zipped.exists():
        return
    unfinished = Path(DATA, "csv-gzip.partial")
    for folder in (plain, unfinished):
        shutil.rmtree(folder, ignore_errors=True)
    random = np.random.default_rng(1)
    for country in COUNTRIES:
        for part, share in (("train", 0.2), ("test", 0.05)):
            name = f"AliExpress_{country}/{part}.csv"
            write_csv(plain / name, int(share * TOTAL_BYTES), lines(random))
            (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
            with (plain / name).open("rb") as source:
                with gzip.open(unfinished / f"{name}.gz", "wb", compresslevel=6) as target:
                    shutil.copyfileobj(source, target, 1 << 20)
    unfinished.rename(zipped)


def make_cache(tool: str) -> None:
    folder = Path(DATA, "cache-20m")
    if not folder.exists():
        subprocess.run(
            [tool, "bench", "cache", "--rows", "20000000", "--output", str(folder)], check=True,
            stdout=subprocess.DEVNULL, env=environment())


def make_inputs(tool: str, names: set[str]) -> None:
    """Makes what the named comparisons need."""
    Path(DATA).mkdir(parents=True, exist_ok=True)
    if names & {"import-plain", "import-gzip"}:
        make_csv()
    if "train-cache" in names:
        make_cache(tool)
