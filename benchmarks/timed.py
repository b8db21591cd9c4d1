"""Runs a command, once or several times at once, and prints what it measured as one line of JSON.

    python timed.py PROCESSES json|wall COMMAND …

With `json` the command prints its own figures; `rows_per_s` of all processes are added. With `wall`
the figures are the seconds and the peak memory of the process.
"""

import json
import os
import subprocess
import sys
from time import perf_counter


def timed(command: list[str]) -> dict[str, float]:
    """Wall time and peak memory of a process, as the kernel accounts for it."""
    start = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - start
    if status != 0:
        sys.exit(error.decode(errors="replace"))
    unit = 1 if sys.platform == "darwin" else 1024
    return {"seconds": seconds, "rss_mb": usage.ru_maxrss * unit / 1e6}


def printed(command: list[str], count: int) -> dict[str, float]:
    """What so many processes at once print, their speeds added."""
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(count)]
    results = [process.communicate() for process in processes]
    for process, (_, error) in zip(processes, results):
        if process.returncode != 0:
            sys.exit(error)
    figures = [json.loads(output) for output, _ in results]
    total = figures[0]
    for key in ("rows_per_s", "rss_mb", "gflops"):
        if key in total:
            total[key] = sum(found[key] for found in figures)
    if "model_mb" in total:
        total["rss_mb_above_model"] = total["rss_mb"] - total["model_mb"]
    return total


if __name__ == "__main__":
    count, kind, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    print(json.dumps(timed(command) if kind == "wall" else printed(command, count)))
