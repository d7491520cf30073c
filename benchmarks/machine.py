"""What the numbers were measured on, and with."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from running import running

EXTENSIONS = ("sse4_2", "avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")
PACKAGES = ("numpy", "jax", "jaxlib", "torch", "scikit-learn", "scipy")


def describe() -> dict[str, Any]:
    """The processor, the vector extensions it has, and which of them `ours` and a peer run."""
    information = Path("/proc/cpuinfo").read_text().splitlines()
    pairs = [line.partition(":") for line in information]
    about = {key.strip(): value.strip() for key, _, value in reversed(pairs)}
    flags = about.get("flags", about.get("Features", "")).split()
    with running(("ours", "ours_unpinned")) as peers:
        kernels = {name: peer.ask(kernels=True) for name, peer in peers.items()}
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": about.get("model name", platform.machine()),
        "architecture": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(pages / 1e9, 1),
        "system": platform.system(),
        "simd": [name for name in EXTENSIONS if name in flags],
        "kernels": kernels,
    }


def versions() -> dict[str, str]:
    """Of Python and of every peer."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
