"""Makes the large files that comparisons read, once: 1 GB of CSV, and a cache of 20 million rows."""

import gzip
import shutil
import subprocess
from pathlib import Path

import numpy as np

from comparisons import CSV, DATA, ZIPPED_CSV
from mtreclib import NAMES, ROWS_PER_SEARCH, lines
from runner import environment

COUNTRIES = ("NL", "ES", "FR", "US")
TOTAL_BYTES = 1_000_000_000
BLOCK_ROWS = 20_000


def write_csv(path: Path, size: int, block: list[str]) -> None:
    """Writes the same rows again and again, under new search ids, as many as fit in `size` bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="\n") as file:
        file.write(",".join(NAMES) + "\n")
        first = 0
        while True:
            text = "".join(
                f"{(first + row) // ROWS_PER_SEARCH},{line}" for row, line in enumerate(block))
            room = size - file.tell()
            if len(text) > room:
                file.write(text[: text.rfind("\n", 0, room) + 1])
                return
            file.write(text)
            first += len(block)


def make_csv() -> None:
    plain, zipped = Path(CSV), Path(ZIPPED_CSV)
    if zipped.exists():
        return
    unfinished = zipped.with_name(zipped.name + ".partial")
    for folder in (plain, unfinished):
        shutil.rmtree(folder, ignore_errors=True)
    random = np.random.default_rng(1)
    for country in COUNTRIES:
        for part, share in (("train", 0.2), ("test", 0.05)):
            name = f"AliExpress_{country}/{part}.csv"
            write_csv(plain / name, int(share * TOTAL_BYTES), lines(random, BLOCK_ROWS))
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
