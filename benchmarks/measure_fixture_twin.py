"""Measures the training steps of a twin of the fixtures, and prints one line of JSON.

    python benchmarks/measure_fixture_twin.py star --tool .build/release/aesm2 --steps 5
"""

import argparse
import json
import tempfile
from statistics import median
from time import perf_counter

import torch

from fixture_twin import FixtureTwin, make_trace
from memory import peak_megabytes
from operations import product_operations


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--tool", default=".build/release/aesm2")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=2048)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    torch.set_num_threads(asked.threads)
    before = peak_megabytes()
    with tempfile.TemporaryDirectory() as folder:
        twin = FixtureTwin(
            asked.tool, asked.model, make_trace(asked.tool, asked.model, asked.batch_size, folder))
    seconds = []
    for index in range(asked.warm_up + asked.steps):
        start = perf_counter()
        twin.step(twin.batches[index % len(twin.batches)])
        seconds.append(perf_counter() - start)
    step, memory = median(seconds[asked.warm_up:]), peak_megabytes()
    products = product_operations(lambda: twin.step(twin.batches[0]))
    print(json.dumps({
        "twin": asked.model, "threads": asked.threads, "steps": asked.steps, "step_s": step,
        "rows_per_s": asked.batch_size / step, "rss_mb": memory, "rss_mb_before": before,
        "product_flops_per_row": products / asked.batch_size}))


if __name__ == "__main__":
    main()
