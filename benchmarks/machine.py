"""What the figures were measured on, and with."""

import json
import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

from runner import environment

PACKAGES = ("torch", "numpy", "pandas", "polars", "scikit-learn")


def described(tool: str, prefix: tuple[str, ...]) -> dict[str, str]:
    """The machine and the versions, by name."""
    import torch

    peak = json.loads(output(*prefix, tool, "bench", "peak", "--threads", "2", "--json"))
    mkl = re.search(r"Math Kernel Library Version (\S+)", torch.__config__.show())
    onednn = re.search(r"MKL-DNN v(\S+)", torch.__config__.show())
    return {
        "processor": processor(), "cores": str(len(os.sched_getaffinity(0))),
        "memory": memory(), "system": f"{system()}, kernel {platform.release()}",
        "Swift": output("swift", "--version").splitlines()[0].strip(), "BLAS": peak["blas"],
        "matrix-product peak": f"{peak['peak_gflops']:.0f} GFLOP/s on {peak['threads']} threads",
        "Python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "torch's MKL": mkl.group(1) if mkl else "none",
        "torch's oneDNN": onednn.group(1) if onednn else "none",
        "commit": output("git", "describe", "--always", "--dirty").strip(),
    }


def output(*command: str) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment()).stdout


def processor() -> str:
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return found.group(1) if found else platform.processor()


def memory() -> str:
    found = re.search(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo").read_text())
    return f"{int(found.group(1)) * 1024 / 1e9:.0f} GB" if found else "unknown"


def system() -> str:
    found = re.search(r'PRETTY_NAME="(.+)"', Path("/etc/os-release").read_text())
    return found.group(1) if found else platform.system()
