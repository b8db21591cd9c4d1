#!/usr/bin/env python3
"""How long training steps take on many ranks, from rates measured on one machine.

    benchmarks/scaling.py measure --tool .build/release/aesm2 [--json rates.json]
    benchmarks/scaling.py tables [--json benchmarks/scaling.json]

`measure` runs `aesm2 bench ranks` with one process, and with two and four ranks under mpirun, all with
one thread per process; it fits the rates below to one process and to two ranks on a small batch,
predicts the other measurements, and prints both. `tables` prints the tables of docs/scaling.md.

The model of a step of a batch of B rows on n ranks, with P dense parameters:

    compute(n)  = row * B / n + step / n       processor time of a rank: rows, and updates of its part
                + exchange * 2 (n-1)/n * P     packing, summing and copying of what it sends
    step time   = compute(n) * max(1, ranks per core)
                + max(0, gradients - overlap * backward) + weights + lookups
                + exchanges * latency

where gradients = weights = 4 P (n-1)/n / bandwidth, backward is two thirds of the work of the rows,
lookups are the rows of divided tables, forth and back, and latency is that of a message to each other
rank. The terms of the network apply between machines only: on one machine, messages are copies by the
processor, which `exchange` measures.

Processor time is used because it hardly depends on what else the machine does. Only the standard
library is needed.
"""

import argparse
import json
import os
import subprocess
import sys

BATCH = 2048
SMALL = 128
WORKLOAD = ["--model", "mmoe", "--embedding-updates", "lazy", "--threads", "1"]


def bench(tool, ranks, batch, steps, warm_up=2):
    """The figures of one `bench ranks`; no ranks: one process."""
    command = [tool, "bench", "ranks", *WORKLOAD, "--batch-size", str(batch),
               "--steps", str(steps), "--warm-up", str(warm_up), "--json"]
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    environment.pop("OPENBLAS_CORETYPE", None)
    if ranks:
        command = ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks), *command,
                   "--ranks", "mpi"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{found.stderr}")
    return json.loads(found.stdout)


class Rates:
    """What is measured: seconds of processor time, and counts."""

    def __init__(self, values):
        self.__dict__.update(values)

    def compute(self, ranks, batch):
        """The processor time of one rank in a step."""
        sent = 2 * (ranks - 1) / ranks * self.parameters
        return self.row * batch / ranks + self.step / ranks + self.exchange * sent

    @staticmethod
    def fitted(small, large, pair):
        """Rates from one process on two sizes of batch, and two ranks on the small one."""
        row = (large["processor_s"] - small["processor_s"]) / (large["batch_size"] - small["batch_size"])
        step = max(0.0, small["processor_s"] - row * small["batch_size"])
        parameters = pair["sent_bytes"]["gradients"] / 4 * 2
        rest = pair["processor_s"] - row * pair["batch_size"] / 2 - step / 2
        return Rates({"row": row, "step": step, "exchange": max(0.0, rest / parameters),
                      "parameters": parameters, "exchanges": pair["exchanges"]})


def measure(arguments):
    cores = os.cpu_count() or 1
    load = os.getloadavg()[0]
    one_small = bench(arguments.tool, 0, SMALL, arguments.steps * 2)
    one = bench(arguments.tool, 0, BATCH, arguments.steps)
    pair_small = bench(arguments.tool, 2, SMALL, arguments.steps * 2)
    rates = Rates.fitted(one_small, one, pair_small)
    rates.cores, rates.load, rates.blas = cores, load, one["blas"]
    print(f"{one['model']}, {one['parameters']} parameters, {cores} cores, load {load:.1f} before, {one['blas']}")
    print(f"row {rates.row * 1e6:.1f} us, step {rates.step * 1e3:.1f} ms, "
          f"exchange {rates.exchange * 1e9:.2f} ns per parameter sent")
    print()
    print("| ranks | batch | processor s per rank: predicted | measured | rows/s: predicted | measured "
          "| waiting s | sent MB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    baseline = one["batch_size"] / rates.compute(1, BATCH)
    print(f"| one process | {BATCH} | {rates.compute(1, BATCH):.3f} | {one['processor_s']:.3f} "
          f"| {baseline:.0f} | {one['rows_per_s']:.0f} | | |")
    for ranks, batch in [(2, BATCH), (4, BATCH), (2, 2 * BATCH)]:
        found = bench(arguments.tool, ranks, batch, arguments.steps)
        spent = rates.compute(ranks, batch)
        predicted = batch / (spent * max(1, ranks / cores))
        print(f"| {ranks} | {batch} | {spent:.3f} | {found['processor_s']:.3f} | {predicted:.0f} "
              f"| {found['rows_per_s']:.0f} | {found['wait_s']:.3f} | {found['sent_mb']:.1f} |")
        if ranks == 2 and batch == BATCH:
            print(f"two ranks to one process, by processor time: "
                  f"{one['processor_s'] / found['processor_s']:.2f} (predicted "
                  f"{rates.compute(1, BATCH) / spent:.2f}); by rows/s: "
                  f"{found['rows_per_s'] / one['rows_per_s']:.2f}", file=sys.stderr)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(vars(rates), file, indent=1, sort_keys=True)
            file.write("\n")


def step_time(rates, nodes, rows_per_node, threads, bandwidth, latency, overlap, lookups=0.0):
    """The seconds of a step of one rank per node, and those of them that the network takes."""
    batch = rows_per_node * nodes
    compute = rates.compute(nodes, batch) / threads
    if nodes == 1:
        return compute, 0.0
    share = (nodes - 1) / nodes
    dense = 4 * rates.parameters * share / bandwidth
    backward = 2 / 3 * rates.row * rows_per_node / threads
    network = max(0.0, dense - overlap * backward) + dense + lookups * share / bandwidth
    network += rates.exchanges * (latency + 1e-6 * (nodes - 1))
    return compute + network, network


def tables(arguments):
    try:
        with open(arguments.json, encoding="utf-8") as file:
            rates = Rates(json.load(file))
    except OSError as error:
        sys.exit(f"{error}: measure the rates first (make bench-ranks)")
    bandwidth, latency, threads, overlap = 12.5e9, 5e-6, arguments.threads, 0.8
    rows, local = 0.13e9, 2048
    print(f"AliExpress-RU: {rows:.2g} rows, MMoE with {rates.parameters / 1e6:.1f} M dense parameters, "
          f"{local} rows per rank and step, {threads} cores per rank at {arguments.efficiency:.0%} efficiency\n")
    print("| nodes | batch | steps per epoch | step ms | network ms | rows/s | efficiency | epoch |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    alone = None
    for nodes in [1, 2, 4, 8, 16, 32, 64]:
        seconds, network = step_time(
            rates, nodes, local, threads * arguments.efficiency, bandwidth, latency, overlap)
        rate = local * nodes / seconds
        alone = alone or rate
        print(f"| {nodes} | {local * nodes} | {rows / (local * nodes):.0f} | {seconds * 1e3:.1f} "
              f"| {network * 1e3:.1f} | {rate:.0f} | {rate / (alone * nodes):.0%} | {duration(rows / rate)} |")
    ids, width, fields = 1_000_000_000, 128, 16
    state = 3 * 4 * width
    distinct = local * fields
    print(f"\n{ids:.0e} embedding rows of {width} numbers with Adam: {ids * state / 1e12:.1f} TB; at most "
          f"{distinct} distinct rows per rank and step\n")
    print("| nodes | GB of tables per node | lookups MB per rank and step | step ms | network ms | rows/s |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for nodes in [8, 16, 32, 64]:
        lookups = 2 * distinct * (4 * width + 4)
        seconds, network = step_time(
            rates, nodes, local, threads * arguments.efficiency, bandwidth, latency, overlap, lookups)
        print(f"| {nodes} | {ids * state / nodes / 1e9:.0f} | {lookups * (nodes - 1) / nodes / 1e6:.1f} "
              f"| {seconds * 1e3:.1f} | {network * 1e3:.1f} | {local * nodes / seconds:.0f} |")


def duration(seconds):
    return f"{seconds / 3600:.1f} h" if seconds >= 7200 else f"{seconds / 60:.1f} min"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("measure", help="measure, predict and compare")
    command.add_argument("--tool", required=True)
    command.add_argument("--steps", type=int, default=10)
    command.add_argument("--json", help="write the rates to this file")
    command.set_defaults(run=measure)
    command = commands.add_parser("tables", help="print the tables of docs/scaling.md")
    command.add_argument("--json", default=os.path.join(os.path.dirname(__file__), "scaling.json"))
    command.add_argument("--threads", type=int, default=32, help="cores per rank")
    command.add_argument("--efficiency", type=float, default=0.7, help="of these cores together")
    command.set_defaults(run=tables)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
