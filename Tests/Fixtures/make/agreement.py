"""Makes Tests/Fixtures/statistics/agreement.json: adjusted mutual information and average linkage.

Run from the repository's root: python3 Tests/Fixtures/make/agreement.py
Needs scikit-learn, scipy and numpy. Made with scikit-learn 1.9.1, SciPy 1.17.1 and NumPy 2.4.6.
"""

import json

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_mutual_info_score

random = np.random.default_rng(23)


def labelings():
    yield [0, 0, 1, 1], [1, 1, 0, 0]
    yield [0, 0, 0, 0], [0, 0, 0, 0]
    yield [0, 0, 0, 0], [0, 1, 2, 3]
    yield [0, 1, 2, 3], [3, 1, 0, 2]
    yield [0, 0, 1, 1], [0, 1, 0, 1]
    yield [0, 0, 0, 1, 1, 2], [5, 5, 7, 7, 7, 9]
    for count, groups in [(10, 3), (16, 4), (64, 8), (40, 2)]:
        planted = np.arange(count) % groups
        noisy = np.where(random.random(count) < 0.3, random.integers(0, groups, count), planted)
        yield planted.tolist(), noisy.tolist()
        yield planted.tolist(), random.integers(0, groups + 2, count).tolist()


def clusterings():
    for count, groups in [(6, 2), (12, 3), (30, 5)]:
        distance = random.random((count, count))
        distance = (distance + distance.T) / 2
        np.fill_diagonal(distance, 0)
        tree = linkage(squareform(distance), "average")
        yield {
            "similarity": (1 - distance).tolist(),
            "count": groups,
            "labels": fcluster(tree, groups, "maxclust").tolist(),
        }


agreement = [
    {"first": a, "second": b, "ami": float(adjusted_mutual_info_score(a, b))} for a, b in labelings()
]
with open("Tests/Fixtures/statistics/agreement.json", "w") as file:
    json.dump({"labelings": agreement, "clusterings": list(clusterings())}, file, indent=1, allow_nan=False)
    file.write("\n")
