#!/usr/bin/env python3
"""Compares the fixtures of models with the released code of their authors.

The twins of models are written from equations; this script feeds the parameters and rows of their cases to the
released code instead, where that is public and right, and compares log-odds, losses and gradients with the numbers in
Tests/Fixtures/models. What belongs to no paper (the input x, and towers) is the twins'. Cases with settings that the
code lacks, such as batch normalization elsewhere, are left out. The code itself is not kept here.

    git clone https://github.com/facebookresearch/AdaTT CLONES/AdaTT                            # at 0efdd82
    git clone https://github.com/LiangcaiSu/STEM CLONES/STEM                                    # at 769e2af
    git clone https://github.com/Applied-Machine-Learning-Lab/M3oE CLONES/M3oE                  # at 1b30217
    git clone https://github.com/Applied-Machine-Learning-Lab/HierRec CLONES/HierRec            # at 074a410
    git clone -b multi-domain-multi-task https://github.com/XuHwang/RecStudio CLONES/RecStudio  # at 6cba6fb
    git clone https://github.com/Chrissie-Law/AREAD-Multi-Domain-Recommendation CLONES/AREAD    # at eb0a5aa
    git clone https://github.com/ChaohuaYang/AutoIFS CLONES/AutoIFS                             # at 65fc27c
    python3 Tests/Fixtures/make/released_models.py CLONES      # needs NumPy and PyTorch (CPU); made with 2.15.0
"""

import importlib
import json
import pathlib
import sys

import torch

import models
from released.code import AUTHORS, CLONES


def difference(found, expected):
    """The largest difference between numbers of two results, relative to 1 and the scale of what is compared."""
    def distance(a, b):
        scale = max([1.0] + [abs(x) for x in b])
        return max([abs(x - y) / scale for x, y in zip(a, b)], default=0)

    pairs = [(found[name], expected[name]) for name in ("logits", "losses")] + [([found["total"]], [expected["total"]])]
    pairs += [([found["auxiliary"].get(name, 0)], [value]) for name, value in expected["auxiliary"].items()]
    pairs += [(found["parameters"][name]["gradient"], parameter["gradient"])
              for name, parameter in expected["parameters"].items()]
    return max(distance(a, b) for a, b in pairs)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    CLONES.append(pathlib.Path(sys.argv[1]))
    for path in sorted((models.HERE / "released").glob("*.py")):
        importlib.import_module(f"released.{path.stem}")
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    problems = json.loads((models.FOLDER / "problems.json").read_text())
    batches = {name: models.read_problem(problem) for name, problem in problems.items()}
    worst = 0
    for model, (accepts, forward) in AUTHORS.items():
        cases = json.loads((models.FOLDER / f"{model}.json").read_text())["cases"]
        chosen = [case for case in cases if accepts(case["settings"], batches[case["problem"]].problem)
                  and not case["hasBatchMoments"]]
        largest = max(difference(models.run(forward, case, batches[case["problem"]]), case) for case in chosen)
        print(f"{model}: {len(chosen)} of {len(cases)} cases, largest difference {largest:.1e}")
        worst = max(worst, largest)
    if worst > 1e-6:
        raise SystemExit("the released code disagrees")


if __name__ == "__main__":
    main()
