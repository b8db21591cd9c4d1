"""Compares our search strategies with Optuna's samplers, on the same functions with equal budgets.

    python3 benchmarks/search/compare.py PATH/TO/SearchBenchmark [--only tpe/branin ...] [--seeds 20]

Both sides begin with the same trial, the defaults, and propose one trial after the other. The figure
is the logarithm of the regret, the best value found minus the minimum, at the end of the budget. Every
value of ours is computed again here. Found figures are kept in results/search/optuna.json, so that
comparisons may run one by one; the page beside it is written from them.
"""

import argparse
import json
import math
import platform
import subprocess
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import optuna
from scipy import stats

from functions import FUNCTIONS, Function

RESULTS = Path(__file__).resolve().parents[2] / "results/search"
#: Our strategy, Optuna's sampler, and the number of trials.
METHODS = {
    "random": ("random", lambda seed: optuna.samplers.RandomSampler(seed=seed), 100),
    "tpe": ("tpe", lambda seed: optuna.samplers.TPESampler(seed=seed), 100),
    "gp": ("gaussian-process", lambda seed: optuna.samplers.GPSampler(seed=seed), 50),
    "cma-es": ("cma-es", lambda seed: optuna.samplers.CmaEsSampler(seed=seed), 100),
}
PAIRS = [f"{method}/{function}" for method in METHODS for function in FUNCTIONS
         if (method, function) not in {("cma-es", "mixed"), ("cma-es", "recorded")}]
#: Regrets below this one count as this one; 1e-8 for functions that are not listed.
LEAST = {"recorded": 1e-4}


def ours(tool: str, name: str, function: Function, strategy: str, trials: int, seeds: int):
    """The values of all trials, by seed."""
    one_by_one = strategy in ("tpe", "gaussian-process")
    begin = time.perf_counter()
    lines = subprocess.run(
        [tool, name, strategy, str(trials), "1" if one_by_one else "0", str(seeds)],
        capture_output=True, text=True, check=True).stdout.splitlines()
    seconds = time.perf_counter() - begin
    found = []
    for line in lines:
        values = []
        for trial in json.loads(line)["trials"]:
            value = function.value(trial["settings"])
            assert math.isclose(value, trial["value"], rel_tol=1e-9, abs_tol=1e-9), (name, trial)
            values.append(value)
        assert len(values) == trials
        found.append(values)
    return found, seconds / seeds


def optunas(function: Function, sampler, trials: int, seeds: int):
    """The values of all trials, by seed."""
    begin = time.perf_counter()
    found = []
    for seed in range(seeds):
        study = optuna.create_study(sampler=sampler(seed))
        study.enqueue_trial(function.defaults)
        study.optimize(lambda trial: function.value(function.suggest(trial)), n_trials=trials)
        found.append([trial.value for trial in study.trials])
    return found, (time.perf_counter() - begin) / seeds


def regrets(values: list[list[float]], name: str, function: Function) -> list[float]:
    """The logarithm to base 10 of the regret of every seed."""
    least = LEAST.get(name, 1e-8)
    return [math.log10(max(min(row) - function.minimum, least)) for row in values]


def interval(a: list[float], b: list[float]) -> tuple[float, float, float]:
    """The mean difference a - b with its 95 % interval (Welch)."""
    variances = np.var(a, ddof=1) / len(a), np.var(b, ddof=1) / len(b)
    total = sum(variances)
    difference = float(np.mean(a) - np.mean(b))
    if total == 0:
        return difference, difference, difference
    freedom = total**2 / sum(v**2 / (len(x) - 1) for v, x in zip(variances, (a, b)) if v > 0)
    half = float(stats.t.ppf(0.975, freedom) * math.sqrt(total))
    return difference, difference - half, difference + half


def page(found: dict) -> str:
    """The table, in Markdown."""
    lines = ["# Search strategies compared with Optuna", "",
             "Made by `benchmarks/search/compare.py`; "
             "[benchmarks/search](../../benchmarks/search/README.md) says how to read it. "
             f"Optuna {found['optuna']}, Python {found['python']}.", "",
             "| method | function | trials | seeds | ours | Optuna's | difference [95 % interval] | | "
             "ours, s a search | Optuna's, s |",
             "|---|---|---:|---:|---:|---:|---:|---|---:|---:|"]
    for pair in PAIRS:
        if pair not in found["pairs"]:
            continue
        one = found["pairs"][pair]
        method, name = pair.split("/")
        mean, low, high = interval(one["ours"], one["optuna"])
        verdict = "better" if high < 0 else "**worse**" if low > 0 else "no difference"
        lines.append(
            f"| {method} | {name} | {one['trials']} | {len(one['ours'])} | {np.mean(one['ours']):.2f} | "
            f"{np.mean(one['optuna']):.2f} | {mean:+.2f} [{low:+.2f}, {high:+.2f}] | {verdict} | "
            f"{one['seconds'][0]:.2f} | {one['seconds'][1]:.2f} |")
    lines += ["", "Ours against our random search, with equal budgets:", "",
              "| method | function | trials | ours | random | difference [95 % interval] |",
              "|---|---|---:|---:|---:|---:|"]
    for pair in PAIRS:
        method, name = pair.split("/")
        random = found["pairs"].get(f"random/{name}")
        if method == "random" or pair not in found["pairs"] or random is None:
            continue
        one = found["pairs"][pair]
        reference = random["ours by trials"][str(one["trials"])]
        mean, low, high = interval(one["ours"], reference)
        lines.append(
            f"| {method} | {name} | {one['trials']} | {np.mean(one['ours']):.2f} | "
            f"{np.mean(reference):.2f} | {mean:+.2f} [{low:+.2f}, {high:+.2f}] |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--only", nargs="*", choices=PAIRS, default=PAIRS)
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore")
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / "optuna.json"
    found = json.loads(kept.read_text()) if kept.exists() else {"pairs": {}}
    found |= {"optuna": version("optuna"), "python": platform.python_version()}
    for pair in options.only:
        method, name = pair.split("/")
        strategy, sampler, trials = METHODS[method]
        function = FUNCTIONS[name]()
        own, own_seconds = ours(options.tool, name, function, strategy, trials, options.seeds)
        other, other_seconds = optunas(function, sampler, trials, options.seeds)
        found["pairs"][pair] = {
            "trials": trials, "ours": regrets(own, name, function),
            "optuna": regrets(other, name, function), "seconds": [own_seconds, other_seconds]}
        if method == "random":
            found["pairs"][pair]["ours by trials"] = {
                str(count): regrets([row[:count] for row in own], name, function)
                for count in sorted({trials for _, _, trials in METHODS.values()})}
        print(pair, *(f"{value:.2f}" for value in interval(
            found["pairs"][pair]["ours"], found["pairs"][pair]["optuna"])), flush=True)
        kept.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
        (RESULTS / "optuna.md").write_text(page(found))


main()
