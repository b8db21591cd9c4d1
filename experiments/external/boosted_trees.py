#!/usr/bin/env python3
"""Trains boosted trees (LightGBM) on the train rows of a cache and hands in their predictions.

    python3 boosted_trees.py CACHE OUTPUT [--seeds 1,2,3] [--draws 8] [--metric macro|pooled]

One model per task, on the rows where the task is defined. The trees see what our models see: the ids of
the cache as categories, the leaf scenario as a category, the scaled numericals, and for every
multi-valued feature the number of values and whether each of its 32 most frequent ones is there.

`--draws` settings are drawn at random, the same for every task; for each, the number of trees is where
the loss on the validation rows stops falling, and the setting with the best validation AUC is kept
(`--metric`: mean over scenarios, or pooled; the mean over tasks). The test rows are predicted once, with what
was kept, for every seed of `--seeds`. OUTPUT/SEED then holds `predictions.json`, `validation.npy` and
`test.npy`, for a row `{predictions: OUTPUT/{seed}, label: LightGBM}` of a specification.

Needs NumPy and LightGBM (made with 2.4 and 4.7).
"""

import argparse
import json
import pathlib

import lightgbm
import numpy as np

BAG_VALUES = 32


class Split:
    def __init__(self, root, name, problem):
        folder = root / name
        self.leaves = np.fromfile(folder / "leaves.i32", "<i4")
        rows = len(self.leaves)
        tasks = len(problem["tasks"])
        fields = len(problem["fields"])
        self.ids = np.fromfile(folder / "ids.i32", "<i4").reshape(rows, fields) if fields else (
            np.zeros((rows, 0), "i4"))
        numericals = folder / "numericals.f32"
        self.numericals = (
            np.fromfile(numericals, "<f4").reshape(rows, -1)
            if problem["numericals"] else np.zeros((rows, 0), "f4"))
        self.labels = np.fromfile(folder / "labels.u8", "u1").reshape(rows, tasks)
        mask = folder / "mask.u8"
        self.mask = (
            np.fromfile(mask, "u1").reshape(rows, tasks).astype(bool)
            if mask.exists() else np.ones((rows, tasks), bool))
        self.bags = [
            (np.fromfile(folder / f"bag{i}.offsets.i64", "<i8"),
             np.fromfile(folder / f"bag{i}.ids.i32", "<i4"))
            for i in range(len(problem["bags"]))]

    def features(self):
        parts = [self.ids, self.leaves[:, None], self.numericals]
        for offsets, ids in self.bags:
            # Ids go by falling count, so the first are the most frequent.
            row = np.repeat(np.arange(len(self.leaves)), np.diff(offsets))
            present = np.zeros((len(self.leaves), BAG_VALUES + 1), "f4")
            present[row[ids < BAG_VALUES], ids[ids < BAG_VALUES]] = 1
            present[:, BAG_VALUES] = np.diff(offsets)
            parts.append(present)
        return np.concatenate([part.astype("f4") for part in parts], axis=1)


def area(scores, labels):
    """The area under the ROC curve, ties counted half; nan where there is one class only."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    positives = labels.sum()
    negatives = len(labels) - positives
    if not positives or not negatives:
        return np.nan
    return (ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives)


def score(split, task, logits, metric):
    used = split.mask[:, task]
    if metric == "pooled":
        return area(logits[used], split.labels[used, task])
    cells = [used & (split.leaves == leaf) for leaf in np.unique(split.leaves)]
    return np.nanmean([area(logits[cell], split.labels[cell, task]) for cell in cells if cell.any()])


def drawn(generator):
    return {
        "learning_rate": float(np.exp(generator.uniform(np.log(0.02), np.log(0.15)))),
        "num_leaves": int(generator.choice([15, 31, 63, 127])),
        "min_data_in_leaf": int(generator.choice([20, 50, 100, 300])),
        "feature_fraction": float(generator.choice([0.5, 0.8, 1.0])),
        "lambda_l2": float(generator.choice([0.0, 1.0, 10.0])),
        "cat_smooth": float(generator.choice([10, 50, 200])),
        "min_data_per_group": int(generator.choice([20, 100, 300])),
    }


def fit(train, validation, x, categories, settings, seed, threads):
    boosters = []
    for task in range(train.labels.shape[1]):
        rows, held = train.mask[:, task], validation.mask[:, task]
        data = lightgbm.Dataset(
            x["train"][rows], train.labels[rows, task], categorical_feature=categories,
            params={"verbose": -1})
        watched = data.create_valid(x["validation"][held], validation.labels[held, task])
        parameters = {
            "objective": "binary", "metric": "binary_logloss", "verbose": -1, "seed": seed,
            "deterministic": True, "force_row_wise": True, "num_threads": threads,
            "bagging_fraction": 0.8, "bagging_freq": 1, **settings}
        boosters.append(lightgbm.train(
            parameters, data, num_boost_round=2000, valid_sets=[watched],
            callbacks=[lightgbm.early_stopping(50, verbose=False)]))
    return boosters


def predict(boosters, x):
    return np.stack(
        [booster.predict(x, raw_score=True, num_iteration=booster.best_iteration)
         for booster in boosters], axis=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cache", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--metric", choices=["macro", "pooled"], default="macro")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    manifest = json.loads((arguments.cache / "dataset.json").read_text())
    problem = manifest["problem"]
    splits = {name: Split(arguments.cache, name, problem) for name in ("train", "validation", "test")}
    x = {name: split.features() for name, split in splits.items()}
    train, validation = splits["train"], splits["validation"]
    categories = list(range(len(problem["fields"]) + 1))

    generator = np.random.default_rng(1)
    draws = [{}] + [drawn(generator) for _ in range(arguments.draws - 1)]
    scores = []
    for number, settings in enumerate(draws):
        boosters = fit(train, validation, x, categories, settings, 100, arguments.threads)
        logits = predict(boosters, x["validation"])
        scores.append(np.mean([
            score(validation, task, logits[:, task], arguments.metric)
            for task in range(logits.shape[1])]))
        print(f"draw {number}: validation AUC {scores[-1]:.4f} with {settings}", flush=True)
    best = int(np.argmax(scores))
    for seed in map(int, arguments.seeds.split(",")):
        boosters = fit(train, validation, x, categories, draws[best], seed, arguments.threads)
        folder = arguments.output / str(seed)
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("validation", "test"):
            np.save(folder / f"{name}.npy", predict(boosters, x[name]))
        (folder / "predictions.json").write_text(json.dumps({
            "dataset": manifest["fingerprint"], "scores": "log-odds",
            "made": f"LightGBM {lightgbm.__version__}, experiments/external/boosted_trees.py, "
                    f"settings {json.dumps(draws[best], sort_keys=True)}",
            "selection": f"best validation AUC ({arguments.metric}) of {arguments.draws} random "
                         "draws; trees until the validation loss stops falling",
        }, indent=2) + "\n")
        print(f"seed {seed}: written to {folder}", flush=True)


if __name__ == "__main__":
    main()
