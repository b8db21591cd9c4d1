"""Makes Tests/Fixtures/experiments/paired_tests.json: t distribution and paired tests by SciPy.

Run from the repository's root: python3 Tests/Fixtures/make/paired_tests.py
Made with SciPy 1.17.1.
"""

import json
import random

from scipy import stats

random.seed(7)

tails = [
    {"t": t, "degrees": d, "probability": 2 * float(stats.t.sf(abs(t), d))}
    for d in [1, 2, 3, 4, 5, 9, 10, 29, 30, 99, 1000]
    for t in [0.0, 0.1, -0.7, 1.0, 1.96, -2.5, 4.0, 12.7, 60.0]
]

pairs = []
for n in [2, 3, 5, 10, 25]:
    for shift in [0.0, 0.01, -0.02]:
        reference = [round(random.gauss(0.7, 0.01), 6) for _ in range(n)]
        values = [round(r + shift + random.gauss(0, 0.004), 6) for r in reference]
        result = stats.ttest_rel(values, reference)
        difference = [v - r for v, r in zip(values, reference)]
        pairs.append(
            {
                "values": values,
                "reference": reference,
                "mean": sum(difference) / n,
                "deviation": float(stats.tstd(difference)),
                "probability": float(result.pvalue),
            }
        )

with open("Tests/Fixtures/experiments/paired_tests.json", "w") as file:
    json.dump({"tails": tails, "pairs": pairs}, file, indent=1)
    file.write("\n")
