"""Writes Tests/Fixtures/training/reference.safetensors with the safetensors package.

Usage: python3 Tests/Fixtures/make/safetensors_file.py   (made with safetensors 0.8.0)
"""

import pathlib

import numpy
from safetensors.numpy import save_file


def main():
    path = pathlib.Path(__file__).parent.parent / "training" / "reference.safetensors"
    save_file(
        {
            "scalar": numpy.array(2.5, dtype=numpy.float32),
            "layer/weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 4,
            "empty": numpy.zeros((0, 4), dtype=numpy.float32),
        },
        path, metadata={"note": "größer \"als\" 1"})


if __name__ == "__main__":
    main()
