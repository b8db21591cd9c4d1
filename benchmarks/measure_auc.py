"""scikit-learn's AUC of the rows that `aesm2 bench auc` draws; prints one line of JSON."""

import json
import sys
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from memory import peak_megabytes


def hashes(count: int) -> NDArray[np.uint64]:
    """SplitMix64's finalizer of 0, 1, 2, …"""
    z = np.arange(count, dtype=np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def main(count: int) -> None:
    bits = hashes(count)
    upper = bits >> np.uint64(44)
    scores = (upper * 2.0**-20).astype(np.float32)
    labels = (bits & np.uint64(0xFFFFF)) < upper // np.uint64(8)
    start = perf_counter()
    area = roc_auc_score(labels, scores)
    seconds = perf_counter() - start
    print(json.dumps({"auc": area, "seconds": seconds, "rss_mb": peak_megabytes()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
