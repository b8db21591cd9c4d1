"""Measures a twin and prints one line of JSON, with the names of `aesm2 bench train` and `score`.

    python measure_twin.py train mmoe --threads 2 --steps 5
    python measure_twin.py score aesm2-sparse --experts 16
"""

import argparse
import json
from statistics import median
from time import perf_counter

import torch

from memory import peak_megabytes
from operations import product_operations
from training import Batch, Trainer, random_batches
from twins import TWINS
from twins.shape import Shape

BATCH_COUNT = 20


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["train", "score"])
    parser.add_argument("twin", choices=list(TWINS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=2048)
    parser.add_argument("--experts", type=int)
    parser.add_argument("--vocabulary", type=int, default=16_000)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument("--sparse-embedding", action="store_true")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--default-adam", action="store_true")
    return parser.parse_args()


def seconds_per_step(trainer: Trainer, work: str, batches: list[Batch], count: int) -> list[float]:
    model, seconds = trainer.model, []
    for index in range(count):
        batch = batches[index % len(batches)]
        start = perf_counter()
        if work == "train":
            trainer.step(batch)
        else:
            with torch.inference_mode():
                model(batch.ids, batch.numericals, batch.leaves)
        seconds.append(perf_counter() - start)
    return seconds


def main() -> None:
    asked = arguments()
    torch.set_num_threads(asked.threads)
    before = peak_megabytes()
    shape = Shape(
        vocabulary=asked.vocabulary, experts=asked.experts,
        sparse_embedding=asked.sparse_embedding)
    trainer = Trainer(TWINS[asked.twin](shape), shape, bf16=asked.bf16,
        fused=None if asked.default_adam else True)
    trainer.model.train(asked.work == "train")
    batches = random_batches(shape, asked.batch_size, BATCH_COUNT)
    times = seconds_per_step(trainer, asked.work, batches, asked.warm_up + asked.steps)
    step = median(times[asked.warm_up:])
    found = {
        "twin": asked.twin, "threads": asked.threads, "steps": asked.steps, "step_s": step,
        "rows_per_s": asked.batch_size / step, "rss_mb": peak_megabytes(),
        "rss_mb_before": before}
    if asked.work == "train":
        products = product_operations(lambda: trainer.step(batches[0]))
        found["product_flops_per_row"] = products / asked.batch_size
    print(json.dumps(found))


if __name__ == "__main__":
    main()
