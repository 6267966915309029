"""On what machine, and with what versions, something was measured."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "omi-rules",
    "clipspy",
    "duckdb",
    "durable_rules",
    "numpy",
    "orjson",
    "pyarrow",
    "pydantic_core",
    "rule-engine",
    "zen-engine",
)


def machine() -> dict[str, str]:
    """The processor, cores, memory and system."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _processor(),
        "cores": str(cores),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def versions() -> dict[str, str]:
    """The version of each package that is measured or used."""
    return {name: version(name) for name in PACKAGES}
