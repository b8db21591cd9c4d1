"""The greatest memory that this process has had resident, in megabytes (10^6 bytes)."""

import resource
import sys
from pathlib import Path


def peak_megabytes() -> float:
    """On Linux the kernel's high-water mark of this process alone, as `aesm2 bench` reads it."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
